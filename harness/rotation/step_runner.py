"""Takes the steps of a course, each when it is due, and writes an act into every history before and after it."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from harness import limits
from harness.case.rotation import Rotation
from harness.errors import HarnessError, ReloadRefused
from harness.history.writing import HistoryWriter
from harness.load.control import Progress
from harness.load.process import LoadProcess
from harness.model.history import Act, ActKind, Generation
from harness.pool.client import Reloaded
from harness.rotation.course import Configured, Published, ServerMoves, Step
from harness.rotation.installation import Installation
from harness.rotation.watch import CensusTaker
from harness.servers.server import RunningServer
from harness.waiting import wait_for

_REFUSED_LOGINS = "Aborted_connects"
"""The counter that every server moves when it refuses a login."""
_LOOK_S = 0.1
"""Between two looks at a load that nothing is done to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """How far a rotation is, for whoever watches: ``generations`` are numbers by material."""

    step: str
    elapsed_s: float
    progress: Progress
    generations: Mapping[str, int]


@dataclass(slots=True)
class StepRunner:
    """Takes a rotation through its course on a server and a load that are ready. One thread."""

    server: RunningServer
    load: LoadProcess
    installation: Installation
    history: HistoryWriter
    census: CensusTaker
    watch: Callable[[Now], None]
    _generations: dict[str, int] = field(default_factory=dict)
    _retired: frozenset[str] = frozenset()
    _in_force: str = ""
    _step: str = "load"
    _begun_s: float = 0.0
    _hopeless: bool = False

    def begin(self, first: Generation, server_serial: int) -> None:
        """Have arrivals begin, with ``first`` in force."""
        self._declare(first)
        self._in_force = first.material
        act = self._act(ActKind.BEGIN, 0, self._step, generation=first.number, server_serial=server_serial)
        self._begun_s = act.at_s
        self.load.begin(act)

    def take(self, steps: Iterable[Step], rotation: Rotation) -> None:
        """Take ``steps`` when they are due, or later where one before came late. One that is refused is the last.

        What is due after twice the time is left, and so is all once the load is hopelessly late: a machine that is too
        slow ends all the same, and the judge says what was reached.
        """
        proved_s = 0.0
        for number, step in enumerate(steps, start=1):
            self._until(max(number * rotation.pause_s, proved_s), rotation)
            if self._hopeless or self._elapsed_s > 2 * rotation.duration_s:
                return
            self._step = step.step
            if not self._taken(step):
                return
            proved_s = self._elapsed_s + rotation.proving_s

    def end(self, rotation: Rotation) -> Mapping[str, int]:
        """End arrivals, not before the last step has drained; the attempts that each worker began."""
        self._until(max(rotation.duration_s, self._elapsed_s + rotation.tail_s), rotation)
        return self.load.end(self._act(ActKind.END, 0, "load ends"), deadline_s=limits.LOAD_END)

    def _taken(self, step: Step) -> bool:
        """Whether nobody refused it."""
        match step:
            case Published():
                return self._publish(step)
            case Configured():
                self._told(ActKind.PUBLISHING, step)
                self.installation.configure(step)
                self._told(ActKind.PUBLISHED, step)
                return self._reloaded(step)
            case ServerMoves():
                return self._move_server(step)
            case _:
                assert_never(step)

    def _publish(self, step: Published) -> bool:
        self._declare(step.generation)
        self._in_force = step.generation.material
        self._retired = frozenset(
            material for material, number in self._generations.items() if number in step.generation.retires
        )
        if not step.account_follows:
            self.server.account(step.demands)
        self._told(ActKind.PUBLISHING, step, generation=step.generation.number)
        self.installation.publish(step.contents)
        self._told(ActKind.PUBLISHED, step, generation=step.generation.number)
        if not step.reload:
            return True
        if not step.account_follows:
            return self._reloaded(step)
        return self._reloaded_before_account(step)

    def _reloaded_before_account(self, step: Published) -> bool:
        """Reload while the server does not know the new leaf's account; it learns of it once it has refused a login."""
        before = self._refused_logins()
        done: list[bool | HarnessError] = []

        def reload() -> None:
            try:
                done.append(self._reloaded(step))
            except HarnessError as error:
                done.append(error)

        reloading = threading.Thread(target=reload, name="reload")
        reloading.start()
        wait_for(
            lambda: True if done or self._refused_logins() > before else None,
            deadline_s=limits.RELOAD,
            interval_s=_LOOK_S,
        )
        self.server.account(step.demands)
        reloading.join()
        (outcome,) = done
        if isinstance(outcome, HarnessError):
            raise outcome
        return outcome

    def _refused_logins(self) -> int:
        return self.census.counters()[_REFUSED_LOGINS]

    def _reloaded(self, step: Published | Configured) -> bool:
        act = self._act(ActKind.RELOADING, step.rotation, step.step)
        reloaded: Reloaded = self.load.reload(act)
        self._act(ActKind.RELOADED, step.rotation, step.step, told=reloaded.told, refused=reloaded.refused)
        return not reloaded.refused

    def _move_server(self, step: ServerMoves) -> bool:
        if not self._retired_unused():
            return False
        self._told(ActKind.SERVER_CHANGING, step)
        refused = ""
        try:
            self.server.change(step.tls)
        except ReloadRefused as error:
            refused = str(error)
        serial = self.server.served_serial()
        self._told(ActKind.SERVER_CHANGED, step, server_serial=serial, refused=refused)
        return not refused

    def _retired_unused(self) -> bool:
        """Whether no connect is under way any more that does not know the new trust: the guide's preparation."""
        looks = self.load.progress.looks

        def unused() -> bool | None:
            progress = self.load.progress
            # The next message may have been on its way already when the last one was looked at.
            fresh = progress.looks > looks + 1
            return True if fresh and not self._retired & progress.under_way.keys() else None

        return wait_for(unused, deadline_s=limits.UNUSED, interval_s=_LOOK_S) is not None

    def _declare(self, generation: Generation) -> None:
        """Write a generation that is not known yet, before anybody can meet it."""
        if generation.material not in self._generations:
            self._generations[generation.material] = generation.number
            self.history.generation(generation)

    def _told(
        self,
        kind: ActKind,
        step: Step,
        *,
        generation: int | None = None,
        server_serial: int | None = None,
        refused: str = "",
    ) -> None:
        """Have an act stand in every history."""
        self.load.write(
            self._act(
                kind,
                step.rotation,
                step.step,
                generation=generation,
                server_serial=server_serial,
                refused=refused,
            )
        )

    def _act(
        self,
        kind: ActKind,
        rotation: int,
        step: str,
        *,
        generation: int | None = None,
        server_serial: int | None = None,
        told: tuple[str, ...] = (),
        refused: str = "",
    ) -> Act:
        at_s = self.history.act(
            kind,
            rotation=rotation,
            step=step,
            generation=generation,
            server_serial=server_serial,
            told=told,
            refused=refused,
        )
        return Act(kind, at_s, rotation, step, generation, server_serial, told, refused)

    @property
    def _elapsed_s(self) -> float:
        """Since the begin."""
        return time.monotonic() - self._begun_s

    def _until(self, since_begin_s: float, rotation: Rotation) -> None:
        """Until so long after the begin, or until the load is hopelessly late.

        What is in force and in use has time for as many new connections as it needs, up to twice the time of all: a
        reload that was held up has taken some of it. Raises HarnessError when the load or the census breaks meanwhile.
        """

        def due() -> bool | None:
            self.census.check()
            progress, elapsed_s = self.load.progress, self._elapsed_s
            self._hopeless = self._hopeless or progress.lag_s > limits.LOAD_HOPELESS
            now = Now(step=self._step, elapsed_s=elapsed_s, progress=progress, generations=self._generations)
            self.watch(now)
            rare = 0 < progress.connects.get(self._in_force, 0) < rotation.at_least
            due_s = max(since_begin_s, 2 * rotation.duration_s) if rare else since_begin_s
            return True if self._hopeless or elapsed_s >= due_s else None

        latest_s = max(since_begin_s, 2 * rotation.duration_s)
        wait_for(due, deadline_s=max(0.0, latest_s - self._elapsed_s), interval_s=_LOOK_S)
