"""HistoryWriter: every record is out before the call returns, in one chain, and a disk that is full is said."""

import os
import threading
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.history.reading import Lines
from harness.history.writing import HistoryWriter
from harness.model.history import (
    HISTORY,
    ActKind,
    Closing,
    Failed,
    Failure,
    Generation,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)

OPENING = Opening(HISTORY, "w1")
SERVED = Served("a1", 7, "TLSv1.3", "AES", 255, "m1")


def lines(path: Path) -> tuple[list[Record], list[str]]:
    """The records of a worker's file, and its flaws."""
    read = Lines(path, "w1")
    return list(read), [flaw.what for flaw in read.flaws]


def test_what_is_written_is_there_at_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "h.w1"
    with HistoryWriter(path, OPENING) as writer:
        number = writer.begin(Kind.CONNECT, material="m1", intended_s=1.0)
        assert path.read_bytes().count(b"\n") == 2
        writer.end(number, SERVED)
        writer.end(writer.begin(Kind.CHECK_OUT, pool="p"), Failed(Failure.HUNG, None, (), "late"), asked=0)
        writer.closed("p", 7, "m1", Why.RELOAD)
        writer.act(ActKind.RELOADED, rotation=1, step="s", told=["p"])
        writer.generation(Generation(1, 0, "m1", None, ()))
        writer.census({"a1": 1}, {"Connections": 3}, own=1)
        writer.health(cpu=0.5, probe_cpu=0.25, due=2, lag_s=0.0)
        assert writer.begun == 2
    records, flaws = lines(path)
    assert flaws == []
    assert [type(record).__name__ for record in records] == [
        *("Opening", "Begun", "Ended", "Begun", "Ended", "Closed", "Act", "Generation", "Census", "Health", "Closing")
    ]
    assert isinstance(records[-1], Closing)
    assert records[-1].begun == 2


def test_a_history_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_text("precious")
    with pytest.raises(UsageError, match="never written over"):
        HistoryWriter(path, OPENING)
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file") as raised:
        HistoryWriter(tmp_path / "none" / "h", OPENING)
    assert raised.value.place == str(tmp_path / "none" / "h")


def test_a_full_disk_is_said_at_once_and_at_every_later_line(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path / "h.w1", OPENING)
    with Path("/dev/full").open("wb", buffering=0) as full:
        os.dup2(full.fileno(), writer._file)
    for _ in range(2):
        with pytest.raises(UsageError, match="No space left on device"):
            writer.begin(Kind.CONNECT, material="m1")
    with pytest.raises(UsageError, match="No space left on device"):
        writer.close()
    writer.close()


def test_left_by_an_exception_it_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "h.w1"
    writer = HistoryWriter(path, OPENING)
    writer.begin(Kind.CONNECT, material="m1")
    writer.__exit__(KeyError, KeyError(), None)
    assert lines(path)[1] == ["no closing line: it was cut short"]


def test_a_writer_that_is_closed_writes_nothing_more(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path / "h.w1", OPENING)
    writer.close()
    writer.close()
    with pytest.raises(UsageError, match="it is closed"):
        writer.begin(Kind.CONNECT)
    assert lines(tmp_path / "h.w1")[1] == []


def test_threads_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "h.w1"
    with HistoryWriter(path, OPENING) as writer:

        def attempts() -> None:
            for _ in range(200):
                writer.end(writer.begin(Kind.CONNECT, material="m1"), SERVED)

        threads = [threading.Thread(target=attempts) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records, flaws = lines(path)
    assert (len(records), flaws) == (1602, [])
