"""A worker's client without a server. What it does is named in its plan's ``client``."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import gevent

from harness.clients.protocol import Hello
from harness.errors import ProbeFault, UsageError
from harness.history.reading import Lines
from harness.history.writing import HistoryWriter
from harness.load.control import Progress
from harness.load.counters import AttemptListener, CountingRecorder
from harness.load.plan import Arrivals, LoadPlan
from harness.load.worker import Worker
from harness.load.worker_channel import Opened
from harness.model.history import HISTORY, Failed, Failure, Kind, Opening, Record, Served
from harness.pool.client import Reloaded

TOOK_S = 0.002
POOLS = ("configdb-read", "configdb-write", "context-1")
REFUSED = "the store cannot be read"
SERVED = Served("g1", 1, "TLSv1.3", "TLS_AES_256_GCM_SHA384", 255, "m1")
FAILED = Failed(Failure.REFUSED, "server", ("unknown-authority",), "no, said 10.0.0.1")
HELLO = Hello(
    protocol=1,
    name="fake",
    driver="Fake 1.0",
    runtime="none",
    tls_library="none",
    versions=("TLSv1.3",),
    can=frozenset(),
    concurrency=4,
)
NONE = Arrivals(connects=0, check_outs=0, held=0, hold_s=0.1)


def plan_of(
    folder: Path, index: int = 0, *, workers: int = 1, client: str = "fake", arrivals: Arrivals = NONE, name: str = ""
) -> LoadPlan:
    """Of worker ``index`` of so many ``workers``."""
    writer = f"{name}worker-{index + 1}"
    return LoadPlan(
        writer=writer,
        history=str(folder / f"{writer}.jsonl"),
        client=client,
        client_folders=(),
        scratch=str(folder),
        yaml="dbconnector.yaml",
        configdb="configdb.properties",
        contexts={},
        deadline_s=5,
        arrivals=Arrivals.model_validate(arrivals.model_dump() | {"workers": workers, "index": index}),
    )


def records(told: LoadPlan) -> tuple[list[Record], list[str]]:
    """What that worker has written, and what is wrong with it."""
    lines = Lines(Path(told.history), told.writer)
    return list(lines), [flaw.what for flaw in lines.flaws]


def unseen(kind: Kind, pool: str, took_ms: float, failure: str | None) -> None:
    """Shows to nobody."""


class FakeClient:
    """Serves everything after 2 ms."""

    def __init__(self, told: LoadPlan, recorder: CountingRecorder) -> None:
        self._does = told.client
        self._index = told.arrivals.index
        self._recorder = recorder

    @property
    def pools(self) -> Sequence[str]:
        return POOLS

    def connect(self, *, intended_s: float) -> object:
        return self._attempt(Kind.CONNECT, "", intended_s, TOOK_S)

    def check_out(self, pool: str, *, intended_s: float) -> object:
        return self._attempt(Kind.CHECK_OUT, pool, intended_s, TOOK_S)

    def hold(self, pool: str, *, hold_s: float, intended_s: float) -> object:
        return self._attempt(Kind.HELD, pool, intended_s, hold_s)

    def reload(self) -> Reloaded:
        match self._does, self._index:
            case ("refuses", _) | ("first-refuses", 0):
                return Reloaded(told=(), refused=REFUSED)
            case "tells-differently", index:
                return Reloaded(told=POOLS[: 1 + index], refused="")
            case "faulty", _:
                raise ProbeFault("client `fake` ended", remedy="look at it", detail=("its last words",))
            case "defective", _:
                raise KeyError("nobody foresaw this")
            case "killed", 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return Reloaded(told=POOLS, refused="")

    def close(self) -> None:
        """There is nothing."""

    def _attempt(self, kind: Kind, pool: str, intended_s: float, took_s: float) -> Served | Failed:
        material = "m1" if kind.connects else None
        number = self._recorder.begin(kind, pool=pool, material=material, intended_s=intended_s)
        gevent.sleep(took_s)
        result = FAILED if self._does == "every-third-fails" and number % 3 == 0 else SERVED
        self._recorder.end(number, result)
        return result


@contextmanager
def opened(plan: LoadPlan, *, show: AttemptListener, report: Callable[[Progress], None]) -> Iterator[Opened]:
    """As ``harness.load.worker_setup.opened``, without a probe. Leaves its process and that one's parent in a file."""
    if plan.client == "nobody":
        raise UsageError("there is no client `nobody`", place="clients", remedy="name one of fake")
    with HistoryWriter(Path(plan.history), Opening(HISTORY, plan.writer)) as history:
        counting = CountingRecorder(history, show)
        worker = Worker(
            FakeClient(plan, counting), history, counting, plan.arrivals, probe_cpu_s=lambda: 0.0, report=report
        )
        Path(plan.scratch, f"{plan.writer}.pids").write_text(f"{os.getpid()} {os.getppid()}", encoding="ascii")
        with closing(worker):
            yield Opened(worker=worker, facts=HELLO)
