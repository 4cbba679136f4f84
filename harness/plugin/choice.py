"""What one pytest session is about: its options, and where they are silent the project's ``[tool.dbtls]``."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.engines import AUTO
from harness.locations import joined
from harness.names import separated
from harness.runner.plan import may_make, wanted
from harness.selection.selection import Selection, Wanted, select
from harness.selection.settings import read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``options`` are what `dbtls run` needs to find the same cases again."""

    selection: Selection
    options: tuple[str, ...]
    engine: str
    allow_missing: bool

    def __str__(self) -> str:
        servers = ", ".join(build.name for build in self.selection.servers)
        clients = ", ".join(build.name for build in self.selection.clients)
        return f"{len(self.selection.scenarios)} scenarios; servers: {servers}; clients: {clients}"


_CHOICE = pytest.StashKey[Choice]()


def choice_of(config: pytest.Config) -> Choice:
    """Made once a session. Raises UsageError."""
    if _CHOICE not in config.stash:
        config.stash[_CHOICE] = _choose(config)
    return config.stash[_CHOICE]


def _meant(selection: Selection) -> Selection:
    """With the scenarios that a pattern means, and for a pattern that means none those that may make such a case.

    Which cases there are is known once servers run: `*::expired` would make a test of every scenario, skipped then.
    """
    scenarios, patterns = selection.scenarios, selection.patterns
    of_cases = [pattern for pattern in patterns if not any(wanted(scenario.id, [pattern]) for scenario in scenarios)]
    kept = (
        scenario
        for scenario in scenarios
        if wanted(scenario.id, patterns) or (of_cases and may_make(scenario, of_cases))
    )
    return replace(selection, scenarios=tuple(kept))


def _choose(config: pytest.Config) -> Choice:
    option, here = config.option, config.invocation_params.dir
    settings = read_settings(here)
    engine = option.dbtls_engine or settings.engine or AUTO

    def folders(own: tuple[Path, ...], given: list[str]) -> tuple[Path, ...]:
        return joined(own, [here / folder for folder in given])

    asked = Wanted(
        server_names=separated(option.dbtls_server) or settings.server,
        client_names=separated(option.dbtls_client) or settings.client,
        patterns=separated(option.dbtls_scenario) or settings.scenario,
        server_folders=folders(settings.folders("server"), option.dbtls_servers),
        client_folders=folders(settings.folders("client"), option.dbtls_clients),
        scenario_folders=folders(settings.folders("scenario"), option.dbtls_scenarios),
        knowledge_folders=folders(settings.folders("knowledge"), option.dbtls_knowledge),
    )
    return Choice(
        selection=_meant(select(asked)),
        options=(*asked.options(), *(("--engine", engine) if engine != AUTO else ())),
        engine=engine,
        allow_missing=option.dbtls_allow_missing,
    )
