"""Documents: what stands in the fenced blocks of a Markdown text, so that it is carried out as written."""

from dataclasses import dataclass

import yaml

from harness.errors import UsageError

_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block below the heading ``section``; its lines as they are."""

    section: str
    lines: tuple[str, ...]

    def commands(self) -> tuple[str, ...]:
        """Its command lines: without comments and prompts, a line that a backslash ends joined with the next."""
        joined = "\n".join(self.lines).replace("\\\n", " ").splitlines()
        lines = (" ".join(line.strip().removeprefix("$ ").split()) for line in joined)
        return tuple(line for line in lines if line and not line.startswith("#"))

    def values(self, name: str = "", *, askew: bool = False) -> tuple[tuple[str, str], ...]:
        """Its YAML mapping, or the one below ``name``: each value as it is written. Raises UsageError for all else.

        ``askew``: its lines begin in different columns although they are one mapping.
        """
        lines = [line.strip() for line in self.lines] if askew else self.lines
        try:
            # BaseLoader: `true` stays the word that stands there.
            found = yaml.load("\n".join(lines), Loader=yaml.BaseLoader)  # noqa: S506  makes text, lists and dicts alone
        except yaml.YAMLError as error:
            raise UsageError(f"below `{self.section}` is no YAML: {error}", remedy="correct the document") from error
        if name and isinstance(found, dict):
            found = found.get(name)
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise UsageError(f"below `{self.section}` are no settings", remedy="correct the document")
        return tuple(found.items())

    def settings(self, *, commented: bool = False) -> tuple[str, ...]:
        """Its settings, or those that stand in it as comments: one word a line, with or without a value."""
        lines = [line.strip() for line in self.lines]
        if commented:
            lines = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
        return tuple(line for line in lines if line and not line.startswith(("#", "[", "(", ".")) and " " not in line)


def blocks(text: str, section: str) -> tuple[Block, ...]:
    """The fenced blocks below the heading ``section``, before the next heading. Raises UsageError for none."""
    found: list[Block] = []
    heading = ""
    inside: list[str] | None = None
    for line in text.splitlines():
        if line.startswith(_FENCE):
            if inside is None:
                inside = []
            else:
                found.append(Block(heading, tuple(inside)))
                inside = None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("#").strip()
    meant = tuple(block for block in found if block.section == section)
    if not meant:
        raise UsageError(f"no fenced block below `{section}`", remedy="name a heading of the document")
    return meant
