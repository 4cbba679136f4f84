"""What pages of docs/ have from code and data: where server builds come from, and what clients say of each cause.

``make pages`` writes it between the marks of those pages; a test compares.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.table import ErrorRow
from harness.model import outcome
from harness.model.outcome import Cause
from harness.servers.build import BUILTIN_SERVERS, ServerManifest, discover_servers

DOCS = Path(__file__).resolve().parents[1] / "docs"
DEBIAN = {"bullseye": "Debian 11 (bullseye)", "bookworm": "Debian 12 (bookworm)", "trixie": "Debian 13 (trixie)"}
EXAMPLES = 3
"""Of one cause, by each side."""
_LONGEST = 150


def origins() -> str:
    """A row a server build: where it comes from, and until when its project mends it."""
    told = tomllib.loads((DOCS / "facts" / "lifetimes.toml").read_text(encoding="utf-8"))
    ends = {row["name"]: row["ends"] for row in told["series"]}
    rows = ["| server | where the build comes from | fixes until |", "|---|---|---|"]
    for name, build in discover_servers([BUILTIN_SERVERS]).items():
        series = re.match(r"[a-z]+-\d+\.\d+", name)
        until = ends[series[0]] if series else "unknown"
        rows.append(f"| `{name}` | {_origin(name, build.manifest)} | {until} |")
    return "\n".join(rows) + "\n"


def _origin(name: str, manifest: ServerManifest) -> str:
    if manifest.artifact:
        return "Maven artifact " + ", ".join(f"`{one.coordinates}`" for one in manifest.artifact)
    suite = manifest.base.suite if manifest.base is not None else ""
    system = DEBIAN.get(suite, f"Debian {suite}, which moves: the server is asked for its version")
    return f"{system}, built from its source package" if "source" in name else f"{system}, packages"


def causes() -> str:
    """A row for what some client said when it was refused for a cause."""
    means = _meanings()
    rows = ["| cause | means | refused by | words, as recorded |", "|---|---|---|---|"]
    for cause in Cause:
        for number, row in enumerate(_chosen(cause)):
            first = number == 0
            cells = (f"`{cause.value}`" if first else "", means[cause] if first else "", row.by.value, said(row))
            rows.append(f"| {' | '.join(cells)} |")
        if not _chosen(cause):
            rows.append(f"| `{cause.value}` | {means[cause]} | server | (from its log or its answer to a statement) |")
    return "\n".join(rows) + "\n"


def said(row: ErrorRow) -> str:
    """The line of a row's example that it is known by, as code."""
    lines = row.example.strip().splitlines()
    words = next((line for line in lines if re.search(row.pattern, line)), lines[-1]).strip().replace("|", "\\|")
    return f"`{words}`" if len(words) <= _LONGEST else f"`{words[:_LONGEST]} …`"


def error_rows() -> list[ErrorRow]:
    """The rows of all clients' tables, each once."""
    found: dict[tuple[object, ...], ErrorRow] = {}
    for client in discover_clients([BUILTIN_CLIENTS]).values():
        found |= {(row.by, row.causes, row.pattern): row for row in client.table.errors}
    return list(found.values())


def _chosen(cause: Cause) -> list[ErrorRow]:
    """Rows that mean this cause alone, of each side a few."""
    rows = [row for row in error_rows() if row.causes == (cause,)] or [
        row for row in error_rows() if cause in row.causes
    ]
    return [row for side in outcome.Side for row in [one for one in rows if one.by is side][:EXAMPLES]]


def _meanings() -> dict[Cause, str]:
    """What the text below each member says; of one without, its name says it."""
    tree = ast.parse(Path(outcome.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == Cause.__name__)
    return dict(_pairs(body))


def _pairs(body: list[ast.stmt]) -> Iterator[tuple[Cause, str]]:
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = " ".join(str(after.value.value).split())
            yield Cause[node.targets[0].id], text


WRITTEN = {"servers": ("origins", origins), "causes": ("causes", causes)}
"""By page: the name of its mark, and what stands there."""


def marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by `make pages` -->\n", f"<!-- {name}: end -->\n"


def main() -> None:
    """Write every page anew."""
    for page, (name, content) in WRITTEN.items():
        path, (begin, end) = DOCS / f"{page}.md", marks(name)
        before, _, rest = path.read_text(encoding="utf-8").partition(begin)
        path.write_text(before + begin + content() + end + rest.partition(end)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
