"""One case by its id, or by the file that holds it."""

from collections.abc import Mapping
from pathlib import Path

from harness.case.scenario import Scenario, read_case_file
from harness.errors import UsageError
from harness.names import listed, scenario_of, unknown
from harness.selection.discovery import all_scenarios, elsewhere

_CASE_FILE = ".toml"


def case_meant(text: str, folders: tuple[Path, ...]) -> tuple[str, Scenario]:
    """The id of the case that ``text`` means, and the scenario that makes it.

    ``text`` is an id (``one-way::expired``, ``versions::offered/TLSv1.2``), the file of one case (``renewal.toml``), or
    a case of such a file (``renewal.toml::expired``). Raises UsageError.
    """
    name, _, inside = text.partition("::")
    if name.endswith(_CASE_FILE):
        return _of_file(Path(name), inside)
    scenarios = all_scenarios(folders)
    identity = _spelt(text, scenarios)
    scenario = scenarios.get(scenario_of(identity))
    if scenario is None:
        raise unknown("case", text, list(scenarios), elsewhere=elsewhere("scenario")(text))
    return identity, scenario


def _spelt(text: str, scenarios: Mapping[str, Scenario]) -> str:
    """Themes are written with hyphens or as their files are called; a label stays as it is."""
    if text in scenarios:
        return text
    scenario, slash, label = text.partition("/")
    theme, colons, rest = scenario.lower().partition("::")
    return f"{theme.replace('_', '-')}{colons}{rest}{slash}{label}"


def _of_file(path: Path, inside: str) -> tuple[str, Scenario]:
    if not path.is_file():
        raise UsageError("there is no such file", place=str(path), remedy="name a TOML file of cases")
    found = {scenario.id.partition("::")[2]: scenario for scenario in read_case_file(path)}
    if not found:
        raise UsageError("no case is in it", place=str(path), remedy="name a TOML file with `[[case]]`")
    if not inside and len(found) > 1:
        raise UsageError(
            f"{len(found)} cases are in it", place=str(path), remedy=f"name one as {path}::ID: {listed(list(found))}"
        )
    scenario = found.get(inside) if inside else next(iter(found.values()))
    if scenario is None:
        what = f"no case `{inside}` is in it"
        raise UsageError(what, place=str(path), remedy=f"there are: {listed(list(found))}")
    return scenario.id, scenario
