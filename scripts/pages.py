"""What pages of docs/ have from code and data: where server builds come from, and until when they get fixes.

``make pages`` writes it between the marks of those pages; a test compares.
"""

import re
import tomllib
from pathlib import Path

from harness.servers.build import BUILTIN_SERVERS, ServerManifest, discover_servers

DOCS = Path(__file__).resolve().parents[1] / "docs"
DEBIAN = {"bullseye": "Debian 11 (bullseye)", "bookworm": "Debian 12 (bookworm)", "trixie": "Debian 13 (trixie)"}


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


WRITTEN = {"servers": ("origins", origins)}
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
