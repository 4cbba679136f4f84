"""The servers of one pytest process: opened when a first test needs one, kept for the others, closed at the end."""

import contextlib
import logging
from collections.abc import Callable, Sequence

import pytest

from harness.errors import HarnessError
from harness.kinds.kind import Cell
from harness.kinds.material import one_way_server
from harness.model.fault import Fault
from harness.pki import Materials
from harness.plugin.choice import Choice, choice_of
from harness.runner.opened import RunningLane, opened_lane
from harness.runner.results import CellResult
from harness.runner.session import Session, opened_session
from harness.selection.places import opened_place
from harness.servers.place import Place
from harness.servers.server import RunningServer

SERVER, CLIENT = "dbtls_server", "dbtls_client"
"""The fixtures that hold the names of a test's server and client, and the attributes of a scenario's item that do."""

_LOG = logging.getLogger("dbtls")


class SharedLane:
    """One server's lane, open for all tests of this process that want that server."""

    def __init__(
        self, opened: RunningLane, results: list[CellResult], faults: list[Fault], closing: contextlib.ExitStack
    ) -> None:
        self.opened = opened
        self._results = results
        self._faults = faults
        self._closing = closing

    def carry_out(self, cells: Sequence[Cell]) -> list[CellResult]:
        """The results of ``cells``, the good situation proved around them. Raises HarnessError."""
        self._results.clear()
        self.opened.lane.run(cells)
        for fault in self._faults:
            raise HarnessError(fault.what, remedy=fault.remedy, detail=fault.detail)
        return list(self._results)

    def close(self) -> None:
        self._closing.close()


class Lanes:
    """What has been opened so far. ``clients`` are those whose probes a lane is opened with."""

    def __init__(self, choice: Choice, clients: frozenset[str]) -> None:
        self.materials = Materials()
        self._choice = choice
        self._clients = [build for build in choice.selection.clients if build.name in clients]
        self._opened = contextlib.ExitStack()
        self._place: Place | None = None
        self._session: Session | None = None
        self._lanes: dict[str, SharedLane | HarnessError] = {}

    @property
    def place(self) -> Place:
        """Where the servers run, opened at its first use. Raises EngineError."""
        if self._place is None:
            self._place = self._opened.enter_context(opened_place(self._choice.engine))
        return self._place

    @property
    def session(self) -> Session:
        """What is open in that place, begun at its first use. Raises EngineError."""
        if self._session is None:
            self._session = self._opened.enter_context(
                opened_session(
                    self.place,
                    self._clients,
                    knowledge=self._choice.selection.knowledge,
                    on_progress=lambda name, text: _LOG.info("%s: %s", name, text),
                    materials=self.materials,
                )
            )
        return self._session

    def lane(self, server: str) -> SharedLane:
        """The lane of that server, opened at its first use; what it failed of once it fails of again.

        Raises BuildUnavailable, ServerStartError, EngineError.
        """
        if server not in self._lanes:
            self._lanes[server] = self._open(server)
        found = self._lanes[server]
        if isinstance(found, HarnessError):
            raise found.with_traceback(None)
        return found

    def serving_good(self, server: str) -> RunningServer:
        """That server, serving the good one-way situation. Raises as ``lane`` does."""
        running = self.lane(server).opened.server
        running.apply(one_way_server(self.materials))
        return running

    def carry_out(
        self, server: str, plan: Callable[[RunningLane], Sequence[Cell]]
    ) -> tuple[list[CellResult], RunningLane]:
        """The results of what ``plan`` makes for that server's lane; if it breaks, the next test gets another one.

        Raises as ``lane`` does, and UsageError for what cannot be planned.
        """
        lane = self.lane(server)
        cells = plan(lane.opened)
        try:
            return lane.carry_out(cells), lane.opened
        except Exception:
            del self._lanes[server]
            lane.close()
            raise

    def close(self) -> None:
        """Let go of everything: servers, probes, keys, programs that still build something."""
        with contextlib.ExitStack() as closing:
            closing.callback(self._opened.close)
            for lane in self._lanes.values():
                if isinstance(lane, SharedLane):
                    closing.callback(lane.close)
            self._lanes.clear()

    def _open(self, server: str) -> SharedLane | HarnessError:
        (build,) = (build for build in self._choice.selection.servers if build.name == server)
        results: list[CellResult] = []
        faults: list[Fault] = []
        with contextlib.ExitStack() as closing:
            try:
                for missing in self.session.clients().missing.values():
                    return missing
                opened = closing.enter_context(
                    self.session.lane(build, opened_lane, emit=results.append, tell=faults.append)
                )
            except HarnessError as error:
                return error
            return SharedLane(opened, results, faults, closing.pop_all())


_LANES = pytest.StashKey[Lanes]()
_CLIENTS = pytest.StashKey[frozenset[str]]()


def lanes_of(config: pytest.Config) -> Lanes:
    """Those of this process."""
    if _LANES not in config.stash:
        config.stash[_LANES] = Lanes(choice_of(config), config.stash[_CLIENTS])
    return config.stash[_LANES]


def note_clients_of(session: pytest.Session) -> None:
    """Remember which clients the collected tests use: no other probe is started."""
    named = (parameter(item, CLIENT) for item in session.items)
    session.config.stash[_CLIENTS] = frozenset(name for name in named if name is not None)


def parameter(item: pytest.Item, name: str) -> str | None:
    """The server or the client (``name`` is the fixture that holds it) that a test runs with, if it does."""
    own: str | None = getattr(getattr(item, "callspec", None), "params", {}).get(name)
    return own or getattr(item, name, None)


def close_lanes(config: pytest.Config) -> None:
    """Close what this process has opened, if anything."""
    if _LANES in config.stash:
        config.stash[_LANES].close()
        del config.stash[_LANES]
