"""What passes through is counted, shown and handed on unchanged."""

from pathlib import Path

from harness.history.writing import HistoryWriter
from harness.load.counters import CountingRecorder
from harness.model.history import HISTORY, Begun, Closed, Ended, Failed, Failure, Kind, Opening, Why
from tests.load.fakes import FAILED, SERVED, plan_of, records


def test_attempts_are_counted_shown_and_handed_on(tmp_path: Path) -> None:
    told = plan_of(tmp_path)
    shown: list[tuple[Kind, str, str | None]] = []

    def show(kind: Kind, pool: str, took_ms: float, failure: str | None) -> None:
        assert 0 <= took_ms < 60_000
        shown.append((kind, pool, failure))

    with HistoryWriter(Path(told.history), Opening(HISTORY, told.writer)) as history:
        counting = CountingRecorder(history, show)
        first = counting.begin(Kind.CONNECT, material="m1", intended_s=1.0)
        second = counting.begin(Kind.HELD, pool="context-1")
        third = counting.begin(Kind.OPEN, pool="context-1", material="m1")
        assert (counting.begun, counting.ended) == (3, 0)
        counting.end(second, SERVED, asked=7)
        counting.end(first, FAILED)
        counting.end(third, Failed(Failure.HUNG, None, (), "nothing within 5 s"))
        counting.closed("context-1", 1, "m1", Why.RELOAD)
    assert (counting.begun, counting.ended, counting.failed, counting.served) == (3, 3, 2, {"m1": 1})
    assert shown == [
        (Kind.HELD, "context-1", None),
        (Kind.CONNECT, "", "refused unknown-authority"),
        (Kind.OPEN, "context-1", "hung"),
    ]
    written, flaws = records(told)
    assert flaws == []
    begun, *_ = (record for record in written if isinstance(record, Begun))
    assert begun[:5] == (1, Kind.CONNECT, "", "m1", 1.0)
    ended, *_ = (record for record in written if isinstance(record, Ended))
    assert (ended.number, ended.asked, ended.result) == (2, 7, SERVED)
    assert any(isinstance(record, Closed) for record in written)
