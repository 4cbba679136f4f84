"""docs/causes.md out of the tables: ``python -m harness.explain.page > docs/causes.md``."""

import sys
from collections.abc import Iterator, Sequence

from harness.explain.answer import SaidBy, saying
from harness.explain.rows import ClientRows, read_rows
from harness.knowledge.causes import CauseRow, cause_rows, word_rows
from harness.model.outcome import Side

_HEAD = """# Causes of a refusal

Made from `harness/knowledge/causes.toml` and the error tables by `python -m harness.explain.page`;
a test keeps it current. [`dbtls explain`](explain.md) shows the same at a terminal.
What is marked *weakens* removes the error, and protection with it.
"""


def causes_page(clients: Sequence[ClientRows]) -> str:
    """The whole page."""
    return "\n".join((_HEAD, *(line for row in cause_rows().values() for line in _section(row, clients)), *_words()))


def _section(row: CauseRow, clients: Sequence[ClientRows]) -> Iterator[str]:
    yield f"## {row.name.value}\n"
    for side, sentence in ((Side.CLIENT, row.by_client), (Side.SERVER, row.by_server)):
        if sentence:
            yield f"- **Refused by the {side.value}.** {sentence}"
            yield from _said(saying(row.name, side, clients))
    yield f"- Often: {'; '.join(row.hides)}."
    yield f"- Ask for: {'; '.join(row.ask)}."
    yield f"- Remedy: {'; '.join(row.remedy)}."
    if row.weakening:
        yield f"- *Weakens*: {'; '.join(row.weakening)}."
    if scenarios := dict.fromkeys((*row.client_scenarios, *row.server_scenarios)):
        yield f"- Shown by: `dbtls run -k {','.join(scenarios)}`"
    yield ""


def _said(said: Sequence[SaidBy]) -> Iterator[str]:
    names = sorted({name for one in said for name in one.clients})
    others = dict.fromkeys(one.versions for one in said if not one.clients)
    if names or others:
        yield f"  Said by: {'; '.join((*(f'`{name}`' for name in names), *others))}."


def _words() -> Iterator[str]:
    yield "## Words of the reports\n"
    yield "| word | means | next |\n|---|---|---|"
    yield from (f"| `{row.name}` | {row.sentence} | {row.next} |" for row in word_rows().values())
    yield ""


if __name__ == "__main__":
    sys.stdout.write(causes_page(read_rows()))
