"""Each fact that code and data cite is on a page of docs/facts/, under the heading or the number that they name."""

import re
from collections.abc import Iterator

import pytest

from tests.documents import DOCS, ROOT

PAGES = {"FACTS": "facts.md", "FACTS-SERVERS": "servers.md", "FACTS-JDBC": "jdbc.md"}
FOLDERS = ("harness", "scenarios", "containers", "loadtests")
KINDS = frozenset({".py", ".toml", ".sh", ".java", ".md"})
CITATION = re.compile(
    r"\b(?P<page>FACTS(?:-[A-Z]+)?)(?: sections? (?P<numbers>\d+(?:(?:,| and) \d+)*)|[:,] (?P<parts>[^;()\n]+))?"
)


def _cited(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The pages that ``text`` cites, each with its places: numbers of sections, or a heading and words."""
    for found in CITATION.finditer(text):
        if found["numbers"]:
            yield found["page"], tuple(f"{number}." for number in re.findall(r"\d+", found["numbers"]))
        elif found["parts"]:
            parts = re.sub(r"[\".]+$", "", found["parts"].strip()).strip('"')
            yield found["page"], tuple(part.strip().strip('"') for part in parts.split(", "))
        else:
            yield found["page"], ()


def _missing(page: str, places: tuple[str, ...]) -> list[str]:
    """What of a citation is not there."""
    if page not in PAGES:
        return [page]
    text = (DOCS / "facts" / PAGES[page]).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    if not places:
        return [f"{page}: names no place"]
    titles = [*headings, *(re.sub(r"^\d+\. ", "", heading) for heading in headings)]

    def there(place: str, *, heading: bool) -> bool:
        return any(title.startswith(place) for title in titles) or (not heading and place in text)

    numbered = places[0][0].isdigit()
    wrong = (each for at, each in enumerate(places) if not there(each, heading=numbered or at == 0))
    return [f"{page}: {each}" for each in wrong]


def _citations() -> list[tuple[str, str, tuple[str, ...]]]:
    files = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS)
    return [
        (path.relative_to(ROOT).as_posix(), page, places)
        for path in files
        for page, places in _cited(path.read_text(encoding="utf-8"))
    ]


def test_there_are_citations() -> None:
    assert len(_citations()) >= 25


@pytest.mark.parametrize(("file", "page", "places"), _citations())
def test_each_cited_page_has_the_cited_place(file: str, page: str, places: tuple[str, ...]) -> None:
    assert _missing(page, places) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("FACTS-SERVERS section 4", []),
        ("FACTS-SERVERS sections 4 and 9", ["FACTS-SERVERS: 9."]),
        ("FACTS: Bread", ["FACTS: Bread"]),
        ("FACTS: Load, Reload bread", ["FACTS: Reload bread"]),
        ("FACTS-DRIVERS section 1", ["FACTS-DRIVERS"]),
        ("FACTS", ["FACTS: names no place"]),
    ],
)
def test_a_citation_of_nothing_would_be_found(text: str, missing: list[str]) -> None:
    assert [each for page, places in _cited(text) for each in _missing(page, places)] == missing
