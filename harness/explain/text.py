"""Reading a pasted error: a program's output, a stack trace of Python or Java, a server's log, dbtls's own lines.

A text becomes links as a driver's chain has them. What the text does not say (a kind, a number) stays None: whoever
matches a link knows then that it was not said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FRAME = re.compile(
    r"\s*(at [\w.$/<>@]+\(|\.\.\. \d+ (more|common frames)|File \".*\", line \d+|Traceback \(most recent)"
)
_KIND = re.compile(
    r"(?P<kind>(?:[A-Za-z_]\w*\.)*[A-Za-z_$][\w$]*(?:Error|Exception))(?: \[(?:(?P<state>\w+)/)?(?P<code>-?\d+)\])?: ?"
)
_PROGRAM = re.compile(r"^(?P<kind>[a-z][\w.-]*) \[(?:(?P<state>\w+)/)?(?P<code>-?\d+)\]: (?P<message>.*)$", re.DOTALL)
_NUMBERED = (
    re.compile(r"\bERROR (?P<code>\d{4})(?: \((?P<state>\w{5})\))?(?: at line \d+)?: (?P<message>.*)", re.DOTALL),
    re.compile(r"^(?P<code>\d{4})(?: \((?P<state>\w{5})\))?: (?P<message>.*)", re.DOTALL),
    re.compile(r"^\((?P<code>\d{1,4}), (?P<quote>[\"'])(?P<message>.*?)(?P=quote)\)?$", re.DOTALL),
    re.compile(r"\bSQLSTATE\[(?P<state>\w{5})\] \[(?P<code>\d{4})\] (?P<message>.*)", re.DOTALL),
    re.compile(r"^\[(?P<state>\w{5})\]\[(?P<code>\d{4})\] (?P<message>.*)", re.DOTALL),
)
_LOG = re.compile(r"\[(?:Note|Warning|ERROR|System)\] ?(?:\[MY-\d+\] ?)?(?:\[\w+\] ?)?(?P<message>.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A part of a text that can be an error; None: the text does not say."""

    message: str
    kind: str | None = None
    code: int | None = None
    sqlstate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """``links`` of a text; ``of_server``: it is a server's log, so that who speaks is the server."""

    text: str
    links: tuple[Link, ...]
    of_server: bool


def read_text(text: str) -> Pasted:
    """Every link that ``text`` may hold."""
    links: dict[Link, None] = {}
    of_server = False
    for entry in _entries(text):
        if found := _LOG.search(entry):
            of_server = True
            links.update(dict.fromkeys(_links(found["message"])))
        links.update(dict.fromkeys(_links(entry)))
    return Pasted(text=text, links=tuple(links), of_server=of_server)


def _entries(text: str) -> Iterator[str]:
    """The lines but for a stack's frames, each with the lines that its message goes on for, and each alone."""
    gathered: list[str] = []
    for line in (*text.splitlines(), ""):
        begins = _KIND.search(line) or _PROGRAM.match(line) or _LOG.search(line) or line.startswith("ERROR ")
        if (begins or _FRAME.match(line)) and gathered:
            yield "\n".join(gathered)
            gathered = []
        if not _FRAME.match(line) and (line.strip() or gathered):
            gathered.append(line)
            if line.strip():
                yield line.strip()
    if gathered:
        yield "\n".join(gathered).strip()


def _links(text: str) -> Iterator[Link]:
    if found := _PROGRAM.match(text):
        yield _link(found["message"], kind=found["kind"], code=found["code"], state=found["state"])
    for found in _KIND.finditer(text):
        kind, message = found["kind"], text[found.end() :].strip()
        yield _link(message, kind=kind, code=found["code"], state=found["state"])
        for inner in _numbered(message):
            yield Link(message=inner.message, kind=kind, code=inner.code, sqlstate=inner.sqlstate)
    numbered = list(_numbered(text))
    yield from numbered
    if not numbered and not _KIND.search(text) and not _PROGRAM.match(text):
        yield Link(message=text)


def _numbered(text: str) -> Iterator[Link]:
    for form in _NUMBERED:
        if found := form.search(text):
            groups = found.groupdict()
            yield _link(groups["message"], kind=None, code=groups["code"], state=groups.get("state"))


def _link(message: str, *, kind: str | None, code: str | None, state: str | None) -> Link:
    return Link(message=message.strip(), kind=kind, code=None if code is None else int(code), sqlstate=state)
