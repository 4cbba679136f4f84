"""The README, CONTRIBUTING and the pages of ``docs/``, for tests that check what they show."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))


def page(name: str) -> str:
    """The text of a page of ``docs/``."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def shown(name: str, language: str, begin: str) -> str:
    """The block of code of a page of ``docs/`` in ``language`` that begins with the line ``begin``."""
    found = re.search(rf"^```{language}\n({re.escape(begin)}\n.*?)^```$", page(name), re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/{name}.md shows no such block"
    return found[1]
