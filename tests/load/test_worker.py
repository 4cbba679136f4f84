"""One share of a load: what it writes, counts and reports, and that orders out of turn change nothing."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import gevent
import pytest

from harness.errors import HarnessError, ProbeFault
from harness.history.writing import HistoryWriter
from harness.load.control import Progress
from harness.load.counters import CountingRecorder
from harness.load.plan import Arrivals, LoadPlan
from harness.load.worker import Worker
from harness.model.history import HISTORY, Act, ActKind, Begun, Closing, Ended, Health, Kind, Opening, Served
from tests.load.fakes import POOLS, REFUSED, FakeClient, plan_of, records, unseen

PATIENCE_S = 5.0
ARRIVALS = Arrivals(connects=100, check_outs=90, held=30, hold_s=0.02)


def _act(kind: ActKind) -> Act:
    return Act(kind, time.monotonic(), 1, "leaf")


class Loaded:
    """A worker, its plan, and what it has reported."""

    def __init__(self, told: LoadPlan, history: HistoryWriter, *, probe_cpu_s: float = 0.0) -> None:
        self.plan = told
        self.reports: list[Progress] = []
        self.counting = CountingRecorder(history, unseen)
        self.worker = Worker(
            FakeClient(told, self.counting),
            history,
            self.counting,
            told.arrivals,
            probe_cpu_s=lambda: probe_cpu_s,
            report=self.reports.append,
        )

    def wait_begun(self, many: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while self.counting.begun < many:
            assert time.monotonic() < end, f"{self.counting.begun} of {many} begun"
            gevent.sleep(0.001)


@contextmanager
def _loaded(folder: Path, *, client: str = "fake", arrivals: Arrivals = ARRIVALS) -> Iterator[Loaded]:
    told = plan_of(folder, client=client, arrivals=arrivals)
    with HistoryWriter(Path(told.history), Opening(HISTORY, told.writer)) as history:
        loaded = Loaded(told, history)
        with closing(loaded.worker):
            yield loaded


def test_a_load_from_its_begin_to_its_end(tmp_path: Path) -> None:
    with _loaded(tmp_path) as loaded:
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(100)
        assert loaded.worker.reload(_act(ActKind.RELOADING)).told == POOLS
        begun = loaded.worker.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    written, flaws = records(loaded.plan)
    assert flaws == []
    begins = [record for record in written if isinstance(record, Begun)]
    ends = [record for record in written if isinstance(record, Ended)]
    assert begun == len(begins) == len(ends) == loaded.counting.ended
    acts = [record for record in written if isinstance(record, Act)]
    assert [act.kind for act in acts] == [ActKind.BEGIN, ActKind.RELOADING, ActKind.RELOADED, ActKind.END]
    assert acts[2].told == POOLS
    after = written[written.index(acts[3]) :]
    assert not any(isinstance(record, Begun) for record in after), "an arrival began behind the end"
    health = [record for record in written if isinstance(record, Health)]
    assert health[-1].due >= begun, "what was started had been due"
    assert loaded.reports[-1] == Progress(
        begun=begun,
        ended=begun,
        served={"m1": begun},
        connects={"m1": sum(record.kind is Kind.CONNECT for record in begins)},
        looks=len(loaded.reports),
        lag_s=loaded.reports[-1].lag_s,
        cpu=loaded.reports[-1].cpu,
        probe_cpu=0.0,
    )
    assert isinstance(written[-1], Closing)


def test_every_kind_meets_every_pool(tmp_path: Path) -> None:
    with _loaded(tmp_path) as loaded:
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(200)
        loaded.worker.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    seen = Counter((record.kind, record.pool) for record in records(loaded.plan)[0] if isinstance(record, Begun))
    # Three check-outs for each held one, over three pools: one turn for both would give all held to one pool.
    assert set(seen) == {(Kind.CONNECT, "")} | {(kind, pool) for kind in (Kind.CHECK_OUT, Kind.HELD) for pool in POOLS}
    for kind in (Kind.CHECK_OUT, Kind.HELD):
        shares = [seen[kind, pool] for pool in POOLS]
        assert max(shares) - min(shares) <= 1


def test_a_refused_reload_is_written_with_its_reason(tmp_path: Path) -> None:
    with _loaded(tmp_path, client="refuses") as loaded:
        assert loaded.worker.reload(_act(ActKind.RELOADING)).refused == REFUSED
    last = [record for record in records(loaded.plan)[0] if isinstance(record, Act)][-1]
    assert (last.kind, last.refused) == (ActKind.RELOADED, REFUSED)


def test_what_is_under_way_behind_the_deadline_has_no_end(tmp_path: Path) -> None:
    arrivals = Arrivals(connects=0, check_outs=0, held=100, hold_s=60)
    with _loaded(tmp_path, arrivals=arrivals) as loaded:
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(3)
        begun = loaded.worker.end(_act(ActKind.END), deadline_s=0.01)
    written, flaws = records(loaded.plan)
    assert flaws == []
    assert sum(isinstance(record, Begun) for record in written) == begun
    assert not any(isinstance(record, Ended) for record in written)


def test_failures_are_counted_apart(tmp_path: Path) -> None:
    with _loaded(tmp_path, client="every-third-fails") as loaded:
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(30)
        loaded.worker.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    last = loaded.reports[-1]
    assert last.failed == last.begun // 3
    assert last.served["m1"] + last.failed == last.ended == last.begun
    ends = [record for record in records(loaded.plan)[0] if isinstance(record, Ended)]
    assert sum(isinstance(record.result, Served) for record in ends) == last.served["m1"]


def test_orders_out_of_turn_are_refused(tmp_path: Path) -> None:
    with _loaded(tmp_path) as loaded:
        with pytest.raises(HarnessError, match="no load has begun"):
            loaded.worker.end(_act(ActKind.END), deadline_s=1)
        loaded.worker.begin(_act(ActKind.BEGIN))
        with pytest.raises(HarnessError, match="the load has begun"):
            loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.worker.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    assert [act.kind for act in records(loaded.plan)[0] if isinstance(act, Act)] == [ActKind.BEGIN, ActKind.END]


@pytest.mark.parametrize("by", ["end", "close"])
def test_what_an_attempt_raised_keeps_the_client_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    def broken(client: FakeClient, *, intended_s: float) -> object:
        raise ProbeFault("client `fake` ended", remedy="look at it")

    closed: list[FakeClient] = []
    monkeypatch.setattr(FakeClient, "connect", broken)
    monkeypatch.setattr(FakeClient, "close", lambda client: closed.append(client))
    told = plan_of(tmp_path, arrivals=ARRIVALS)
    with HistoryWriter(Path(told.history), Opening(HISTORY, told.writer)) as history:
        loaded = Loaded(told, history)
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(3)
        end = partial(loaded.worker.end, _act(ActKind.END), deadline_s=PATIENCE_S)
        with pytest.raises(ProbeFault, match="`fake` ended"):
            end() if by == "end" else loaded.worker.close()
    assert len(closed) == 1


def test_what_an_attempt_raised_is_told_at_the_next_act_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(client: FakeClient, *, intended_s: float) -> object:
        raise ProbeFault("client `fake` ended", remedy="look at it")

    monkeypatch.setattr(FakeClient, "connect", broken)
    told = plan_of(tmp_path, arrivals=ARRIVALS)
    with HistoryWriter(Path(told.history), Opening(HISTORY, told.writer)) as history:
        loaded = Loaded(told, history)
        loaded.worker.begin(_act(ActKind.BEGIN))
        loaded.wait_begun(3)
        with pytest.raises(ProbeFault, match="`fake` ended"):
            loaded.worker.write(_act(ActKind.PUBLISHED))
        with pytest.raises(ProbeFault, match="`fake` ended"):
            loaded.worker.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    assert [act.kind for act in records(told)[0] if isinstance(act, Act)] == [ActKind.BEGIN, ActKind.END]
