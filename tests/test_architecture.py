"""Who may import whom: rooms in the order of the flow, pure rooms pure, each foreign engine behind one file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1] / "harness"
GROUND = (
    "engines",
    "errors",
    "exits",
    "limits",
    "waiting",
    "owner",
    "locations",
    "manifest",
    "names",
    "installed",
    "idleness",
    "lifetime",
    "project",
    "provenance",
    "tools",
    "version",
)
ROOMS = (
    "model",
    "knowledge",
    "history",
    "case",
    "pki",
    "containers",
    "wire",
    "servers",
    "clients",
    "pool",
    "load",
    "explain",
    "judge",
    "rotation",
    "kinds",
    "runner",
    "reference",
    "machine",
    "reports",
    "compare",
    "selection",
    "commands",
    "cli",
    "plugin",
    "pytest_plugin",
)
PURE = frozenset({"model", "judge"})
IMPURE = frozenset({"asyncio", "io", "os", "pathlib", "random", "shutil", "socket", "ssl", "subprocess", "sys"}) | {
    "tempfile",
    "threading",
    "time",
}
ONLY_IN = {
    "docker": "containers/",
    "testcontainers": "containers/",
    "jks": "tests/",  # an independent reader and writer of what pki/jks_format.py reads and writes
}
LONGEST = 500

SOURCES = sorted(HARNESS.rglob("*.py"))


def _imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that is imported anywhere in ``source``, from-imports with their member."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from ((node.lineno, "." * level + f"{module or ''}.{alias.name}") for alias in names)
            case _:
                pass


def _room(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else ""


def _may_import(room: str) -> frozenset[str]:
    if room in GROUND:
        return frozenset(GROUND)
    return frozenset((*GROUND, *ROOMS[: ROOMS.index(room) + 1]))


def breaches(place: str, source: str) -> list[str]:
    """What ``source``, at ``place`` below harness/, imports and may not: ``place:line what``."""
    room = place.partition("/")[0].removesuffix(".py")
    found = []
    for line, name in _imports(source):
        top = name.partition(".")[0]
        if name.startswith("."):
            found.append(f"{place}:{line} {name} is relative")
        elif top == "harness" and room != "__init__" and _room(name) not in _may_import(room):
            found.append(f"{place}:{line} {name} is no room before {room}")
        elif room in PURE and top in IMPURE and (place, name) != ("model/tls.py", "pathlib.Path"):
            found.append(f"{place}:{line} {name} is not pure")
        elif not place.startswith(ONLY_IN.get(top, "")):
            found.append(f"{place}:{line} {name} belongs to {ONLY_IN[top]}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HARNESS)))
def test_a_module_imports_only_the_ground_and_rooms_before_its_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert breaches(str(path.relative_to(HARNESS)), source) == []
    assert len(source.splitlines()) <= LONGEST


def test_every_module_and_folder_has_its_place_in_the_order() -> None:
    there = {path.relative_to(HARNESS).parts[0].removesuffix(".py") for path in SOURCES}
    assert there == {"__init__", *GROUND, *ROOMS}


@pytest.mark.parametrize(
    ("place", "source", "breach"),
    [
        ("model/tls.py", "import os", "model/tls.py:1 os is not pure"),
        ("model/tls.py", "from pathlib import Path", None),
        ("model/outcome.py", "from pathlib import Path", "model/outcome.py:1 pathlib.Path is not pure"),
        ("judge/case.py", "\nimport time", "judge/case.py:2 time is not pure"),
        ("pki/leaf.py", "from harness.pki import keys", None),
        ("pki/leaf.py", "def f():\n    import harness.pool", "pki/leaf.py:2 harness.pool is no room before pki"),
        ("case/startup.py", "from harness import pki", "case/startup.py:1 harness.pki is no room before case"),
        ("errors.py", "from harness.model import tls", "errors.py:1 harness.model.tls is no room before errors"),
        ("judge/case.py", "from harness import runner", "judge/case.py:1 harness.runner is no room before judge"),
        ("cli.py", "from harness import limits", None),
        ("cli.py", "from .runner import run", "cli.py:1 .runner.run is relative"),
        ("containers/engine.py", "import docker.errors", None),
        ("servers/container.py", "import docker.errors", "servers/container.py:1 docker.errors belongs to containers/"),
        ("pki/jks.py", "import jks", "pki/jks.py:1 jks belongs to tests/"),
    ],
)
def test_a_forbidden_import_is_found_with_its_line(place: str, source: str, breach: str | None) -> None:
    assert breaches(place, source) == ([] if breach is None else [breach])


def test_the_plugin_needs_no_command() -> None:
    for path in (HARNESS / "plugin").rglob("*.py"):
        imported = {name for _, name in _imports(path.read_text(encoding="utf-8"))}
        assert not [name for name in imported if name.startswith("harness.commands")], path
