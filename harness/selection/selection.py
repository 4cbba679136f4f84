"""What a run is about: names, patterns and folders as a user gave them, and the builds and scenarios that they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.named import with_named as with_named_drivers
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.names import chosen, unknown
from harness.runner.plan import may_make
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.named import with_named


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
            *(word for folder in self.server_folders for word in ("--servers", str(folder))),
            *(word for folder in self.client_folders for word in ("--clients", str(folder))),
            *(word for folder in self.scenario_folders for word in ("--scenarios", str(folder))),
            *(word for folder in self.knowledge_folders for word in ("--knowledge", str(folder))),
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
    for pattern in wanted.patterns:
        if not any(may_make(scenario, [pattern]) for scenario in scenarios.values()):
            raise unknown("scenario", pattern, scenarios)
    clients = all_clients(wanted.client_folders, wanted.client_names)
    return Selection(
        servers=tuple(chosen("server", builds, wanted.server_names, defaults)),
        others=() if wanted.server_names else tuple(others),
        clients=tuple(chosen("client", clients, wanted.client_names, ["all"])),
        scenarios=tuple(scenario for scenario in scenarios.values() if may_make(scenario, wanted.patterns)),
        knowledge=all_knowledge(wanted.knowledge_folders),
        patterns=wanted.patterns,
    )


def joined(folders: Sequence[Path], more: Sequence[Path]) -> tuple[Path, ...]:
    """Both, in order; a folder that is named twice is still one."""
    return tuple({folder.resolve(): folder for folder in (*folders, *more)}.values())


def all_servers(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ServerBuild]:
    """The built-in server builds, those in ``folders``, and what of ``names`` is an image or a folder by itself."""
    return with_named(discover_servers((BUILTIN_SERVERS, *folders)), names)


def all_clients(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ClientBuild]:
    """The built-in clients, those in ``folders``, and what of ``names`` is a driver by itself."""
    return with_named_drivers(discover_clients((BUILTIN_CLIENTS, *folders)), names)


def all_scenarios(folders: tuple[Path, ...]) -> Mapping[str, Scenario]:
    """The built-in scenarios and those in ``folders``."""
    return discover_scenarios((BUILTIN_SCENARIOS, *folders))


def all_knowledge(folders: tuple[Path, ...]) -> Knowledge:
    """What is known of products: the rows of ``folders`` first, then the built-in ones."""
    return Knowledge.read((*folders, BUILTIN_KNOWLEDGE))
