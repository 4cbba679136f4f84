"""Scenarios as pytest's own items: one for each scenario, server and client, several cases of it judged together.

Which cases a scenario makes depends on what a server and a client say of themselves, which costs starting them; what is
collected does not, so it is quick and the same in every xdist worker.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.case.scenario import Scenario
from harness.plugin.choice import Choice, choice_of
from harness.plugin.faults import failures
from harness.plugin.lanes import lanes_of
from harness.plugin.own import give_marks
from harness.plugin.verdicts import conclude, note
from harness.runner.plan import wanted

ROOT = "dbtls"


def scenario_tests(session: pytest.Session, named: Sequence[str]) -> list[pytest.Item]:
    """The items of the session's choice; if ``named`` names some, those alone. Raises pytest.UsageError."""
    items = list(session.genitems(ScenarioTests.from_parent(session, name=ROOT, nodeid=ROOT, named=named)))
    for identity in set(named) - {item.nodeid for item in items}:
        what = f"there is no test `{identity}` among the scenarios, servers and clients of this run"
        raise pytest.UsageError(f"{what}\nhint: give the --dbtls options that it was collected with")
    return items


class ScenarioTests(pytest.Collector):
    """Every scenario × server × client of the choice, one server's together; if ``named`` names some, those alone."""

    def __init__(self, *, named: Sequence[str], **node: Any) -> None:
        super().__init__(**node)
        self._named = named

    def collect(self) -> Iterator[pytest.Item]:
        choice = choice_of(self.config)
        clients = [client.name for client in choice.selection.clients]
        # What takes no client goes last: nothing of what clients are served is left after it.
        scenarios = sorted(choice.selection.scenarios, key=lambda scenario: scenario.clientless)
        for server in choice.selection.servers:
            for scenario in scenarios:
                for client in [None] if scenario.clientless else clients:
                    pair = server.name if client is None else f"{server.name}+{client}"
                    name = f"{scenario.id}[{pair}]"
                    nodeid = f"{ROOT}::{name}"  # said, so that pytest takes it apart as it does when it reads one
                    if not self._named or nodeid in self._named:
                        yield ScenarioTest.from_parent(
                            self,
                            name=name,
                            nodeid=nodeid,
                            choice=choice,
                            scenario=scenario,
                            server=server.name,
                            client=client,
                        )


class ScenarioTest(pytest.Item):
    """One scenario on one server with one client, None where none takes part."""

    def __init__(self, *, choice: Choice, scenario: Scenario, server: str, client: str | None, **node: Any) -> None:
        super().__init__(**node)
        self.dbtls_server = server
        self.dbtls_client = client
        self._choice = choice
        self._scenario = scenario
        give_marks(self, server)

    def setup(self) -> None:
        with failures(allow_missing=self._choice.allow_missing):
            lanes_of(self.config).lane(self.dbtls_server)

    def runtest(self) -> None:
        patterns = self._choice.selection.patterns
        with failures():
            results, opened = lanes_of(self.config).carry_out(
                self.dbtls_server, lambda opened: opened.plan([self._scenario], self.dbtls_client, patterns)
            )
        if not results:
            self._nothing_made(patterns)
        note(self, opened, results)
        again = [result.rerun(self._choice.options) for result in results]
        conclude(results, again=again, traceback=False)

    def _nothing_made(self, patterns: Sequence[str]) -> None:
        """Skip: it has nothing to show here, or other scenarios have such cases. Fail if a case of it was named."""
        named = [pattern for pattern in patterns if pattern.startswith(f"{self._scenario.id}/") and "*" not in pattern]
        if named and not wanted(self._scenario.id, patterns):
            pytest.fail(f"inconclusive: {self.name} makes no case {' '.join(named)}", pytrace=False)
        pytest.skip(f"{self.name} makes no case" + (f" that {' '.join(patterns)} means" if patterns else ""))

    def reportinfo(self) -> tuple[Path, int, str]:
        code = self._scenario.make.__code__
        return Path(code.co_filename), code.co_firstlineno - 1, self.name
