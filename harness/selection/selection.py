"""What a run is about: names, patterns and folders as a user gave them, and the builds and scenarios that they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.case.scenario import Scenario, Skip
from harness.case.testbed import ClientView, ServerView, Testbed
from harness.clients.build import ClientBuild
from harness.errors import UsageError
from harness.knowledge.reader import Knowledge
from harness.model.tls import Can, TlsVersion
from harness.names import chosen, place_of, theme_of, unknown
from harness.runner.plan import may_make
from harness.selection.discovery import all_clients, all_knowledge, all_scenarios, all_servers, elsewhere
from harness.servers.build import ServerBuild

_ANYTHING = Testbed(
    server=ServerView(name="", vendor="", versions=tuple(TlsVersion), reloads=True, behaviour=frozenset()),
    client=ClientView(name="", versions=tuple(TlsVersion), can=frozenset(Can)),
)
"""A server and a client that can everything, for whoever asks what a scenario makes before there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked for: names and patterns (none: the defaults), and folders beside the built-in ones."""

    server_names: tuple[str, ...] = ()
    client_names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    server_folders: tuple[Path, ...] = ()
    client_folders: tuple[Path, ...] = ()
    scenario_folders: tuple[Path, ...] = ()
    knowledge_folders: tuple[Path, ...] = ()

    def options(self) -> tuple[str, ...]:
        """What of it a case needs to be found again by ``dbtls run``."""
        return (
            *(word for folder in self.server_folders for word in ("--server-dir", str(folder))),
            *(word for folder in self.client_folders for word in ("--client-dir", str(folder))),
            *(word for folder in self.scenario_folders for word in ("--scenario-dir", str(folder))),
            *(word for folder in self.knowledge_folders for word in ("--knowledge-dir", str(folder))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What that means: builds, clients, and the scenarios that may make a case which ``patterns`` mean.

    ``others`` are, where no server was named, the builds that a place may run which cannot run ``servers``.
    """

    servers: tuple[ServerBuild, ...]
    others: tuple[ServerBuild, ...]
    clients: tuple[ClientBuild, ...]
    scenarios: tuple[Scenario, ...]
    knowledge: Knowledge
    patterns: tuple[str, ...]


def select(wanted: Wanted) -> Selection:
    """Raises UsageError for a name that means nothing, a double name, a folder or file that cannot be used."""
    builds = all_servers(wanted.server_folders, wanted.server_names)
    defaults = [name for name, build in builds.items() if build.manifest.default]
    others = [build for name, build in builds.items() if name not in defaults and not build.manifest.opt_in]
    scenarios = all_scenarios(wanted.scenario_folders)
    patterns = meant_patterns(wanted.patterns, scenarios)
    clients = all_clients(wanted.client_folders, wanted.client_names)
    return Selection(
        servers=tuple(chosen("server", builds, wanted.server_names, defaults, elsewhere=elsewhere("server"))),
        others=() if wanted.server_names else tuple(others),
        clients=tuple(chosen("client", clients, wanted.client_names, ["all"], elsewhere=elsewhere("client"))),
        scenarios=tuple(scenario for scenario in scenarios.values() if may_make(scenario, patterns)),
        knowledge=all_knowledge(wanted.knowledge_folders),
        patterns=patterns,
    )


def meant_patterns(patterns: Sequence[str], scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    """Ids and patterns over ids that ``patterns`` mean, each of which may make a case.

    A bare word is a theme, else a part of scenarios' ids. Themes are written with hyphens or as their files are called.
    Raises UsageError for one that means nothing.
    """
    return tuple(dict.fromkeys(meant for pattern in patterns for meant in _meant(pattern, scenarios)))


def _meant(pattern: str, scenarios: Mapping[str, Scenario]) -> list[str]:
    theme, colons, rest = pattern.lower().partition("::")
    spelt = f"{theme.replace('_', '-')}{colons}{rest}"
    bare = not colons and not any(mark in spelt for mark in "*?[")
    themes = set(map(theme_of, scenarios))
    if bare and spelt in themes:
        return [f"{spelt}::*"]
    inside = [identity for identity in scenarios if spelt and (spelt in identity or pattern.lower() in identity)]
    if bare and inside:
        return inside
    if not any(may_make(scenario, [spelt]) for scenario in scenarios.values()):
        raise unknown("scenario", pattern, list(scenarios), elsewhere=elsewhere("scenario")(pattern))
    _check_label(pattern, spelt, scenarios)
    return [spelt]


def _check_label(pattern: str, spelt: str, scenarios: Mapping[str, Scenario]) -> None:
    """Raises UsageError for a label of a scenario that makes one case, which has none."""
    identity, slash, _ = spelt.partition("/")
    scenario = scenarios.get(identity)
    if not slash or scenario is None:
        return
    try:
        made = scenario.cases(_ANYTHING)
    except Exception:
        return
    if list(made) == [identity] and not isinstance(made[identity], Skip):
        what = f"`{identity}` is one case, and has none that is called `{spelt}`"
        raise UsageError(what, place=place_of(pattern), remedy=f"name it as `{identity}`")
