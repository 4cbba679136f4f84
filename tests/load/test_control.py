"""Messages between conductor and worker: all come through unchanged, and nothing else does."""

from pathlib import Path

import pytest

from harness.errors import HarnessError, ProbeFault, ProbeUnavailable, UsageError
from harness.load.control import (
    BadMessage,
    Begin,
    Done,
    End,
    Ended,
    Fault,
    Here,
    Load,
    Order,
    Progress,
    Ready,
    Reload,
    ReloadAnswer,
    Report,
    Write,
    line_of,
    read_order,
    read_report,
)
from harness.load.plan import Arrivals
from harness.model.history import Act, ActKind
from harness.model.rotation import Control
from tests.load.fakes import HELLO, plan_of

ACT = Act(ActKind.RELOADED, 12.5, 3, "leaf «3»", 4, 2**70, ("configdb-read",), "no")
ARRIVALS = Arrivals(connects=250, check_outs=62.5, held=5, hold_s=2)
PLAN = plan_of(Path("/scratch"), 1, workers=2, arrivals=ARRIVALS)


@pytest.mark.parametrize(
    "order",
    [
        Load(id=1, plan=PLAN),
        Load(id=2, plan=PLAN.model_copy(update={"environment": {"A": "b"}, "control": Control.LOAD_STALLS})),
        Begin(id=3, act=ACT),
        Write(id=4, act=Act(ActKind.END, 1.25, 0, "end")),
        Reload(id=5, act=ACT),
        End(id=6, act=ACT, deadline_s=7.5),
    ],
    ids=lambda order: order.op,
)
def test_an_order_comes_through(order: Order) -> None:
    assert read_order(line_of(order)) == order


@pytest.mark.parametrize(
    "report",
    [
        Here(pid=1),
        Ready(id=1, facts=HELLO),
        Done(id=2),
        ReloadAnswer(id=3, told=("configdb-read",), refused=""),
        Ended(id=4, begun=5),
        Fault.of(6, HarnessError("it broke", remedy="mend it")),
        Progress(begun=5, ended=4, failed=1, served={"m1": 3}, lag_s=0.5, cpu=0.1, probe_cpu=0.9),
    ],
    ids=lambda report: report.said,
)
def test_a_report_comes_through(report: Report) -> None:
    line = line_of(report)
    assert line.count(b"\n") == 1
    assert read_report(line) == report


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "JSON"),
        (b"{}", "discriminator"),
        (b'{"op":"dance","id":1}', "dance"),
        (b'{"op":"end","id":1}', "deadline_s|act"),
        (b'{"op":"reload","id":1,"act":["reloading",1,1,"x",null,null,[],""],"more":1}', "more"),
        (b'{"said":"here","pid":1}', "discriminator"),
    ],
)
def test_what_is_no_order_says_where_it_goes_wrong(line: bytes, says: str) -> None:
    with pytest.raises(BadMessage, match=says):
        read_order(line)


@pytest.mark.parametrize("error", [UsageError, ProbeFault, ProbeUnavailable, HarnessError])
def test_a_fault_is_raised_again_as_it_was(error: type[HarnessError]) -> None:
    raised = Fault.of(1, error("it broke", place="here:3", remedy="mend it", detail=["a", "b"])).raised()
    assert type(raised) is error
    assert (raised.what, raised.place, raised.remedy, raised.detail) == ("it broke", "here:3", "mend it", ("a", "b"))


@pytest.mark.parametrize("error", [ProbeFault, ProbeUnavailable])
def test_a_fault_of_a_probe_still_says_how(error: type[ProbeFault]) -> None:
    raised = Fault.of(1, error("client `x` died: signal 6", remedy="r", how="died: signal 6")).raised()
    assert isinstance(raised, ProbeFault)
    assert raised.how == "died: signal 6"


def test_the_total_has_all_workers_sums_and_the_longest_lag() -> None:
    parts = [
        Progress(
            begun=5,
            ended=4,
            failed=1,
            served={"m1": 3},
            lag_s=0.5,
            cpu=0.1,
            probe_cpu=0.9,
            looks=2,
            under_way={"m1": 1},
        ),
        Progress(begun=7, ended=7, served={"m1": 3, "m2": 4}, under_way={"m1": 2}, looks=3, lag_s=0.2, cpu=0.2),
    ]
    total = Progress.total(parts)
    assert (total.begun, total.ended, total.failed, total.in_flight) == (12, 11, 1, 1)
    assert total.served == {"m1": 6, "m2": 4}
    assert (total.under_way, total.looks) == ({"m1": 3}, 2)
    assert (total.lag_s, total.cpu, total.probe_cpu) == pytest.approx((0.5, 0.3, 0.9))
    assert Progress.total([]) == Progress()
