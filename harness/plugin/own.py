"""For tests of one's own: each runs once a chosen server, and client where it uses one, and judges cases on them."""

import inspect
import shlex

import pytest

from harness.case.scenario import Scenario, ScenarioResult
from harness.case.testbed import Testbed
from harness.plugin.choice import choice_of
from harness.plugin.faults import collect_errors, failures
from harness.plugin.lanes import CLIENT, SERVER, lanes_of, parameter
from harness.plugin.verdicts import conclude, note
from harness.runner.results import CellResult
from harness.servers.server import RunningServer


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Have a test run once a server that is chosen, and once a client of each where it uses one."""
    with collect_errors():
        selection = choice_of(metafunc.config).selection
    servers = [build.name for build in selection.servers]
    clients = [build.name for build in selection.clients]
    # Scope session: pytest brings the tests of one server together.
    if CLIENT in metafunc.fixturenames:
        pairs = [(server, client) for server in servers for client in clients]
        ids = [f"{server}+{client}" for server, client in pairs]
        metafunc.parametrize((SERVER, CLIENT), pairs, ids=ids, indirect=True, scope="session")
    else:
        metafunc.parametrize(SERVER, servers, indirect=True, scope="session")


def mark_own(item: pytest.Item) -> None:
    """Mark a test that uses a server as what it is."""
    server = parameter(item, SERVER)
    if server is not None:
        give_marks(item, server)


def give_marks(item: pytest.Item, server: str) -> None:
    """Mark a test as using ``server``: for ``-m dbtls``, and for ``--dist loadgroup`` to start it in one worker."""
    item.add_marker("dbtls")
    if any(line.startswith("xdist_group") for line in item.config.getini("markers")):
        item.add_marker(pytest.mark.xdist_group(f"dbtls-{server}"))


def good_server(config: pytest.Config, server: str) -> RunningServer:
    """That server, serving the good one-way situation; fails the test where it is not available."""
    with failures(allow_missing=choice_of(config).allow_missing):
        return lanes_of(config).serving_good(server)


def bed(config: pytest.Config, server: str, client: str) -> Testbed:
    """The testbed for that server and client; fails the test where they is not available."""
    with failures(allow_missing=choice_of(config).allow_missing):
        return lanes_of(config).lane(server).opened.bed(client)


class Judge:
    """Carries a case out, or several, on a test's server with its client."""

    def __init__(self, item: pytest.Item, server: str, client: str) -> None:
        self._item = item
        self._server = server
        self._client = client

    def __call__(self, made: ScenarioResult) -> list[CellResult]:
        """What each case came to, if that is PASS or KNOWN; else skips the test, or fails it with the evidence."""
        __tracebackhide__ = True
        # loadgroup writes its group behind the id.
        identity = self._item.nodeid.partition("@dbtls-")[0]
        scenario = Scenario(id=identity, claim=self._claim(), needs=frozenset(), make=lambda bed: made)
        with failures():
            results, opened = lanes_of(self._item.config).carry_out(
                self._server, lambda opened: opened.plan([scenario], self._client)
            )
        note(self._item, opened, results)
        options = ("--server", self._server, "--client", self._client, *choice_of(self._item.config).options)
        again = shlex.join(("pytest", identity, *(_for_pytest(word) for word in options)))
        conclude(results, again=[again] * len(results), traceback=True)
        return results

    def _claim(self) -> str:
        function = getattr(self._item, "function", None)
        claim = inspect.getdoc(function) if function is not None else None
        return claim.splitlines()[0] if claim else self._item.name


def _for_pytest(word: str) -> str:
    """A word of a ``dbtls run`` command as pytest takes it."""
    return f"--dbtls-{word.removeprefix('--')}" if word.startswith("--") else word
