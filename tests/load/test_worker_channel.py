"""A worker's end of the channel: each order has its answer, and a conductor that goes leaves no closing line."""

import os
import socket
from functools import partial
from pathlib import Path

import pytest

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
    read_report,
)
from harness.load.worker_channel import serve
from harness.model.history import Act, ActKind, Closing
from tests.load.fakes import HELLO, POOLS, opened, plan_of, records, unseen

ACT = Act(ActKind.BEGIN, 0.0, 0, "load")


def _said(*orders: Order, raw: bytes = b"") -> list[Report]:
    """What a worker says to these orders, progress apart, when the conductor then goes."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as lines:
        ours.sendall(b"".join(line_of(order) for order in orders) + raw)
        ours.shutdown(socket.SHUT_WR)
        try:
            serve(theirs, partial(opened, show=unseen))
        finally:
            theirs.shutdown(socket.SHUT_WR)
        return [said for line in lines if not isinstance(said := read_report(line), Progress)]


def test_each_order_has_its_answer(tmp_path: Path) -> None:
    told = plan_of(tmp_path)
    said = _said(
        Load(id=1, plan=told),
        Begin(id=2, act=ACT),
        Write(id=3, act=ACT._replace(kind=ActKind.PUBLISHED, generation=2)),
        Reload(id=4, act=ACT._replace(kind=ActKind.RELOADING)),
        End(id=5, act=ACT._replace(kind=ActKind.END), deadline_s=1),
    )
    assert said == [
        Here(pid=os.getpid()),
        Ready(id=1, facts=HELLO),
        Done(id=2),
        Done(id=3),
        ReloadAnswer(id=4, told=POOLS, refused=""),
        Ended(id=5, begun=0),
    ]
    written, flaws = records(told)
    assert flaws == []
    assert isinstance(written[-1], Closing)
    assert [act.kind for act in written if isinstance(act, Act)] == [
        ActKind.BEGIN,
        ActKind.PUBLISHED,
        ActKind.RELOADING,
        ActKind.RELOADED,
        ActKind.END,
    ]


def test_orders_out_of_turn_are_faults_and_the_load_goes_on(tmp_path: Path) -> None:
    told = plan_of(tmp_path)
    begin, end = Begin(id=9, act=ACT), End(id=9, act=ACT, deadline_s=1)
    said = _said(begin, end, Load(id=1, plan=told), Load(id=9, plan=told), end, begin, begin, end, begin)
    outcomes = [message.what if isinstance(message, Fault) else message.said for message in said]
    assert outcomes == [
        "here",
        "`begin` does not fit: nothing is loaded",
        "`end` does not fit: nothing is loaded",
        "ready",
        "`load` does not fit: the load before it has not ended",
        "`end` does not fit: no load has begun",
        "`begin` does not fit: nothing is loaded",
        "`begin` does not fit: nothing is loaded",
        "`end` does not fit: nothing is loaded",
        "`begin` does not fit: nothing is loaded",
    ]


def test_a_conductor_that_goes_leaves_a_history_without_its_closing_line(tmp_path: Path) -> None:
    told = plan_of(tmp_path)
    assert [message.said for message in _said(Load(id=1, plan=told), Begin(id=2, act=ACT))] == ["here", "ready", "done"]
    written, flaws = records(told)
    assert not isinstance(written[-1], Closing)
    assert flaws


def test_a_fault_is_told_as_it_is(tmp_path: Path) -> None:
    _, unknown = _said(Load(id=1, plan=plan_of(tmp_path, client="nobody")))
    assert unknown == Fault(
        id=1, kind="usage", what="there is no client `nobody`", place="clients", remedy="name one of fake", detail=()
    )
    *_, died = _said(Load(id=1, plan=plan_of(tmp_path, client="faulty")), Reload(id=2, act=ACT))
    assert isinstance(died, Fault)
    assert (died.id, died.kind, died.detail) == (2, "probe", ("its last words",))


def test_a_defect_is_told_with_its_place(tmp_path: Path) -> None:
    *_, told = _said(Load(id=1, plan=plan_of(tmp_path, client="defective")), Reload(id=2, act=ACT))
    assert isinstance(told, Fault)
    assert (told.id, told.kind) == (2, "harness")
    assert told.what == "a defect of dbtls: KeyError: 'nobody foresaw this'"
    assert any("fakes.py" in line for line in told.detail)


def test_a_line_that_is_no_order_ends_the_worker(tmp_path: Path) -> None:
    told = plan_of(tmp_path)
    with pytest.raises(BadMessage):
        _said(Load(id=1, plan=told), raw=b"dance\n")
    assert not isinstance(records(told)[0][-1], Closing)
