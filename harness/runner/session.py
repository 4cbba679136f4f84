"""A session: what is open for as long as cases are carried out, and the one way in which a lane is opened."""

import contextlib
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import limits
from harness.clients.build import ClientBuild
from harness.knowledge.reader import Knowledge
from harness.lifetime import Lifetime
from harness.locations import run_folder
from harness.model.fault import Fault
from harness.owner import Owner
from harness.pki import Materials
from harness.runner.opened import L_co, OpensLane
from harness.runner.readiness import ReadyClients, make_ready
from harness.runner.results import CellResult
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.tools import end_running_tools


class Session:
    """Servers in ``place`` with ``clients``, all that is made for them, and a folder for it. Safe between threads.

    ``on_progress`` is told who does what a person may wait for. ``lifetime`` has what lanes have open.
    """

    def __init__(
        self,
        place: Place,
        clients: Sequence[ClientBuild],
        *,
        knowledge: Knowledge,
        folder: Path,
        on_progress: Callable[[str, str], None],
        materials: Materials | None = None,
    ) -> None:
        self.place = place
        self.materials = materials or Materials()
        self.lifetime = Lifetime()
        self._clients = clients
        self._knowledge = knowledge
        self._folder = folder
        self._owner = Owner.this_process()
        self._say = on_progress
        self._preparing = threading.Lock()
        self._ready: ReadyClients | None = None

    def clients(self) -> ReadyClients:
        """The clients, made ready by whoever asks first; the others wait. Raises EngineError, CutShort."""
        with self._preparing:
            if self._ready is None:
                ready = make_ready(
                    self._clients, self.place.images, shared=self._folder, owner=self._owner, on_progress=self._say
                )
                self.lifetime.check()
                self._ready = ready
            return self._ready

    @contextlib.contextmanager
    def lane(
        self,
        build: ServerBuild,
        open_lane: OpensLane[L_co],
        *,
        emit: Callable[[CellResult], None],
        tell: Callable[[Fault], None],
    ) -> Iterator[L_co]:
        """A lane of ``build`` with the clients that are ready; when it is closed, the server may have another one.

        Raises as ``clients`` and ``opened_lane`` do.
        """
        with contextlib.ExitStack() as opened:
            opened.callback(shutil.rmtree, self._folder / build.name, ignore_errors=True)
            lane = opened.enter_context(self._opening(build, open_lane, emit=emit, tell=tell))
            yield lane

    def _opening(
        self,
        build: ServerBuild,
        open_lane: OpensLane[L_co],
        *,
        emit: Callable[[CellResult], None],
        tell: Callable[[Fault], None],
    ) -> contextlib.AbstractContextManager[L_co]:
        return open_lane(
            build,
            self.clients().ready,
            place=self.place,
            owner=self._owner,
            folder=self._folder,
            materials=self.materials,
            knowledge=self._knowledge,
            lifetime=self.lifetime,
            on_progress=lambda text: self._say(build.name, text),
            emit=emit,
            tell=tell,
        )

    def end(self) -> None:
        """Close what is open, and end the programs that still run for it; then raise the first fault that one met.

        What was ended is not ended again.
        """
        if self.lifetime.over:
            return
        try:
            self.lifetime.close_all()
        finally:
            end_running_tools()


@contextlib.contextmanager
def opened_session(
    place: Place,
    clients: Sequence[ClientBuild],
    *,
    knowledge: Knowledge,
    on_progress: Callable[[str, str], None],
    materials: Materials | None = None,
) -> Iterator[Session]:
    """A session with a folder of its own; at the end nothing of it stays. ``materials`` may have been begun before."""
    sys.setswitchinterval(limits.HANDOVER)
    with run_folder(Owner.this_process()) as folder:
        session = Session(
            place, clients, knowledge=knowledge, folder=folder, on_progress=on_progress, materials=materials
        )
        try:
            yield session
        finally:
            session.end()
