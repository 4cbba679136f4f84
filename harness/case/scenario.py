"""Scenarios: functions that state a claim in their docstring and return the case that shows it.

An id is ``theme::function`` (the file's name, with hyphens, and the function's), or ``theme::function/label`` where a
scenario returns several cases. Scenario files are loaded by path; a name that occurs twice is an error. A TOML file
with ``[[case]]`` holds scenarios of one case each (``harness.case.written``).
"""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from harness.case.command_check import After
from harness.case.kind import AnyCase
from harness.case.testbed import NotApplicable, Testbed
from harness.case.written import CASES, written_cases
from harness.errors import UsageError
from harness.knowledge.rows import Known
from harness.locations import builtin_scenarios
from harness.manifest import Manifest, has_key, read_manifest
from harness.model.obstacle import NOT_APPLICABLE, Because, Obstacle
from harness.model.script import Script, ScriptResult
from harness.model.tls import Can

BUILTIN_SCENARIOS = builtin_scenarios()
_NO_PROGRAM = Obstacle(Because.MACHINE, "run a program that it lacks")


@dataclass(frozen=True, slots=True)
class Skip(AnyCase):
    """A scenario's answer where it has nothing to show: the reason, and of which class that is."""

    reason: str
    obstacle: Obstacle = NOT_APPLICABLE


ScenarioResult = AnyCase | After | Mapping[str, AnyCase]
"""What a scenario makes: a case, several by their labels, or what has commands carried out first."""
Function = Callable[[Testbed], ScenarioResult]


class Theme(Manifest):
    """The shape of the TOML file that may stand beside a scenario file, with the same stem.

    ``known`` are deviations of the theme's cases. ``divergences`` is the heading of a list of their own in reports;
    without one they stand among the known deviations. ``clients`` are patterns: for others its scenarios make nothing,
    not even a reason to skip.
    """

    divergences: str = ""
    clients: tuple[str, ...] = ("*",)
    known: tuple[Known, ...] = ()


class CaseFile(Theme):
    """The shape of a TOML file that holds cases itself; it declares of them what a theme does."""

    case: tuple[dict[str, Any], ...] = ()


def nothing_carried_out(script: Script) -> ScriptResult:
    """Carry out nothing, for whoever wants no more than what a scenario makes by itself."""
    programs = dict.fromkeys(command.line.split()[0] for command in script.commands)
    return ScriptResult(lacks=f"this machine has no {', '.join(programs)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A claim and the function that makes its cases for one server and one client."""

    id: str
    claim: str
    needs: frozenset[Can]
    make: Function
    clientless: bool = False
    """No client takes part: its cases are made once a server."""
    theme: Theme = field(default_factory=Theme)
    place: str = ""
    """Its file, and where that is known its line; empty for one of no file."""

    def is_for(self, client: str | None) -> bool:
        """Whether it makes cases for a client of that name; None: for a server alone."""
        if self.clientless or client is None:
            return self.clientless and client is None
        return any(fnmatchcase(client, pattern) for pattern in self.theme.clients)

    def cases(
        self, bed: Testbed, carry_out: Callable[[Script], ScriptResult] = nothing_carried_out
    ) -> Mapping[str, AnyCase]:
        """What it makes for one server and one client, by id. Raises whatever its function and ``carry_out`` raise."""
        try:
            made = self.make(bed)
            if isinstance(made, After):
                result = carry_out(made.script)
                made = Skip(result.lacks, _NO_PROGRAM) if result.lacks else made.make(result)
        except NotApplicable as reason:
            made = Skip(str(reason), reason.obstacle)
        if isinstance(made, Mapping):
            return {f"{self.id}/{label}": case for label, case in made.items()}
        return {self.id: made}


def scenario(
    *, needs: frozenset[Can] | set[Can] = frozenset(), clientless: bool = False
) -> Callable[[Function], Function]:
    """Mark a function as a scenario; clients that lack one of ``needs`` are SKIPPED with that reason.

    A ``clientless`` one makes cases in which no client takes part.
    """

    def mark(function: Function) -> Function:
        function.__dict__["dbtls_needs"] = frozenset(needs)
        function.__dict__["dbtls_clientless"] = clientless
        return function

    return mark


def discover_scenarios(folders: Sequence[Path]) -> Mapping[str, Scenario]:
    """Every scenario below ``folders``, by id, in the order of the files' names and of their lines.

    Raises UsageError for a folder that is none, a file that raises on import, a case that is none, a scenario without a
    claim, a double id.
    """
    found: dict[str, Scenario] = {}
    places: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError("no such folder", place=str(folder), remedy="name a folder that holds scenario files")
        for path in sorted((*folder.glob("[!_]*.py"), *folder.glob("[!_]*.toml"))):
            for scenario_ in _load(path) if path.suffix == ".py" else read_case_file(path):
                if scenario_.id in found:
                    raise UsageError(
                        f"scenario `{scenario_.id}` is there twice",
                        place=f"{places[scenario_.id]} and {path}",
                        remedy="rename one of them, or its file",
                    )
                found[scenario_.id] = scenario_
                places[scenario_.id] = path
    return found


def read_case_file(path: Path) -> list[Scenario]:
    """The scenarios of a TOML file that holds cases: none of one beside a Python file, whose theme it is about."""
    if path.with_suffix(".py").is_file() or not has_key(path, CASES):
        return []
    file = read_manifest(path, CaseFile)
    about = Theme(**file.model_dump(include=set(Theme.model_fields)))
    return [
        Scenario(
            id=f"{_theme_of(path)}::{one.heading.id}",
            claim=one.heading.claim,
            needs=one.heading.needs,
            make=one.make,
            clientless=one.clientless,
            theme=about,
            place=str(path),
        )
        for one in written_cases(path, file.case)
    ]


def _theme_of(path: Path) -> str:
    return path.stem.replace("_", "-")


def _load(path: Path) -> list[Scenario]:
    name = f"dbtls_scenarios_{abs(hash(path.resolve()))}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError("is no Python file", place=str(path), remedy="name scenario files *.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = next(
            (
                frame.lineno
                for frame in reversed(traceback.extract_tb(error.__traceback__))
                if frame.filename == str(path)
            ),
            getattr(error, "lineno", None),
        )
        raise UsageError(
            f"cannot be loaded: {type(error).__name__}: {error}",
            place=f"{path}:{line}" if line else str(path),
            remedy="correct the scenario file",
        ) from error
    theme = _theme_of(path)
    beside = path.with_suffix(".toml")
    about = read_manifest(beside, Theme) if beside.is_file() else Theme()
    made = []
    for function in vars(module).values():
        if not (inspect.isfunction(function) and "dbtls_needs" in function.__dict__):
            continue
        if function.__module__ != name:
            continue
        claim = inspect.getdoc(function)
        if not claim:
            raise UsageError(
                f"scenario `{function.__name__}` states no claim",
                place=f"{path}:{function.__code__.co_firstlineno}",
                remedy="say in its docstring what it shows",
            )
        made.append(
            Scenario(
                id=f"{theme}::{function.__name__}",
                claim=claim.splitlines()[0],
                needs=function.__dict__["dbtls_needs"],
                make=function,
                clientless=function.__dict__["dbtls_clientless"],
                theme=about,
                place=f"{path}:{function.__code__.co_firstlineno}",
            )
        )
    return made
