"""Reading: whatever was done to a file is found, at its place, and what is whole behind it is still read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.history.codec import line
from harness.history.reading import StoredHistory, read_history
from harness.history.stored import Flaw
from harness.history.terms import stated, understood
from harness.model.history import HISTORY, Begun, Closing, Ended, Kind, Opening, Record, Served
from tests.history.records import TERMS

BROKEN = "the checksum is broken: here something was altered, cut out, inserted or moved"
CUT = "no closing line: it was cut short"
Lines = list[bytes]


def write(path: Path, *records: Record) -> None:
    crc, texts = 0, []
    for record in records:
        text, crc = line(record, crc)
        texts.append(text)
    path.write_bytes(b"".join(texts))


def attempts(count: int) -> list[Record]:
    served = Served("a1", 7, "TLSv1.3", "AES", 255, "m1")
    return [
        record
        for number in range(1, count + 1)
        for record in (Begun(number, Kind.CONNECT, "", "m1", 1.0, 1.0), Ended(number, 1.5, 1, served))
    ]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A conductor's file and two workers', of 3 and 1 attempts."""
    path = tmp_path / "h"
    opening = Opening(HISTORY, "conductor", stated(TERMS), {"harness": "1"})
    write(path, opening, Closing(9.0, 0, {"w1": 3, "w2": 1}))
    write(tmp_path / "h.w1", Opening(HISTORY, "w1"), *attempts(3), Closing(2.0, 3))
    write(tmp_path / "h.w2", Opening(HISTORY, "w2"), *attempts(1), Closing(2.0, 1))
    return path


def read(path: Path) -> tuple[StoredHistory, dict[str, list[Record]]]:
    """The history, and each worker's records."""
    stored = read_history(path)
    return stored, {name: list(lines) for name, lines in stored.workers.items()}


def test_a_whole_history_has_no_flaw_however_often_it_is_read(history: Path) -> None:
    stored, workers = read(history)
    assert stored.flaws == ()
    assert (stored.terms, stored.provenance) == (TERMS, {"harness": "1"})
    assert [type(record) for record in stored.conductor] == [Opening, Closing]
    assert {name: len(records) for name, records in workers.items()} == {"w1": 8, "w2": 4}
    assert list(stored.workers["w1"]) == workers["w1"]
    assert stored.flaws == ()


def altered(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b"TLSv1.3", b"TLSv1.2"), *lines[3:]]


def altered_as_nobody_writes(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b'"at":1.500000', b'"at":1.5'), *lines[3:]]


def cut_out(lines: Lines) -> Lines:
    return [*lines[:2], *lines[3:]]


def inserted(lines: Lines) -> Lines:
    return [*lines[:3], lines[2], *lines[3:]]


def swapped(lines: Lines) -> Lines:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def garbage(lines: Lines) -> Lines:
    return [*lines[:2], b"nothing\n", *lines[2:]]


def torn(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1][:-5]]


def torn_at_the_line_feed(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1][:-1]]


@pytest.mark.parametrize(
    ("harm", "found", "left"),
    [
        (altered, [("h.w1:3", BROKEN)], 8),
        (altered_as_nobody_writes, [("h.w1:3", BROKEN)], 7),
        (cut_out, [("h.w1:3", BROKEN)], 7),
        (inserted, [("h.w1:4", BROKEN)], 9),
        (swapped, [("h.w1:3", BROKEN), ("h.w1:4", BROKEN), ("h.w1:5", BROKEN)], 8),
        (garbage, [("h.w1:3", "no line of a history: b'nothing\\n'")], 8),
        (torn, [("h.w1:8", "the last line is torn"), ("h.w1:8", CUT)], 7),
        (torn_at_the_line_feed, [("h.w1:8", "the last line is torn"), ("h.w1:8", CUT)], 7),
        (lambda lines: lines[:-1], [("h.w1:7", CUT)], 7),
        (
            lambda lines: lines[:-2],
            [("h.w1:6", CUT)],
            6,
        ),
        (
            lambda lines: lines[:-3],
            [("h.w1:5", CUT), ("h.w1", "the conductor counted 3 attempts begun, and 2 are there")],
            5,
        ),
        (lambda lines: [*lines, lines[-1]], [("h.w1:9", "a line behind the closing one"), ("h.w1:9", BROKEN)], 9),
        (
            lambda lines: [],
            [("h.w1", "holds no record"), ("h.w1", "the conductor counted 3 attempts begun, and 0 are there")],
            0,
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_done_to_a_workers_file_is_found(
    history: Path, harm: Callable[[Lines], Lines], found: list[tuple[str, str]], left: int
) -> None:
    file = history.with_name("h.w1")
    file.write_bytes(b"".join(harm(file.read_bytes().splitlines(keepends=True))))
    stored, workers = read(history)
    assert stored.flaws == tuple(Flaw(*each) for each in found)
    assert len(workers["w1"]) == left
    assert len(workers["w2"]) == 4


def test_a_cut_that_is_sealed_again_is_found_by_the_counts(history: Path) -> None:
    write(history.with_name("h.w1"), Opening(HISTORY, "w1"), *attempts(2), Closing(2.0, 3))
    stored, _ = read(history)
    assert [flaw.what for flaw in stored.flaws] == [
        "closes with 3 attempts begun, and 2 are there",
        "the conductor counted 3 attempts begun, and 2 are there",
    ]


def test_garbage_without_end_is_not_listed_without_end(history: Path) -> None:
    history.with_name("h.w1").write_bytes(b"x\n" * 1000)
    stored, workers = read(history)
    assert workers["w1"] == []
    assert len(stored.flaws) == 101
    assert stored.flaws[-1] == Flaw("h.w1", "more than 100 faults; the rest is not listed")


def test_a_workers_file_that_is_missing_is_named(history: Path) -> None:
    history.with_name("h.w2").unlink()
    stored, _ = read(history)
    assert stored.flaws == (Flaw("h.w2", "cannot be read: No such file or directory"),)


def test_a_workers_file_that_nobody_declared_is_named(history: Path) -> None:
    history.with_name("h.w3").write_bytes(history.with_name("h.w2").read_bytes())
    stored, workers = read(history)
    assert stored.flaws == (Flaw("h.w3", "of a worker that nobody declared"),)
    assert list(workers) == ["w1", "w2"]


def test_another_workers_file_in_a_workers_place_is_found(history: Path) -> None:
    history.with_name("h.w2").write_bytes(history.with_name("h.w1").read_bytes())
    stored, _ = read(history)
    assert stored.flaws == (
        Flaw("h.w2:1", "written by w1, not by w2"),
        Flaw("h.w2", "the conductor counted 1 attempts begun, and 3 are there"),
    )


def test_a_conductor_that_was_cut_short_leaves_what_workers_there_are(history: Path) -> None:
    history.write_bytes(history.read_bytes().splitlines(keepends=True)[0])
    stored, workers = read(history)
    assert stored.flaws == (Flaw("h:1", CUT),)
    assert list(workers) == ["w1", "w2"]


def test_an_opening_in_mid_file_and_one_that_is_missing_are_found(history: Path) -> None:
    opening = Opening(HISTORY, "w1")
    write(history.with_name("h.w1"), opening, opening, *attempts(3), Closing(2.0, 3))
    write(history.with_name("h.w2"), *attempts(1), Closing(2.0, 1))
    stored, _ = read(history)
    assert stored.flaws == (Flaw("h.w1:2", "an opening line in mid-file"), Flaw("h.w2:1", "no opening line"))


def test_a_workers_file_of_another_version_is_found(history: Path) -> None:
    write(history.with_name("h.w2"), Opening(HISTORY + 1, "w2"), *attempts(1), Closing(2.0, 1))
    stored, _ = read(history)
    assert stored.flaws == (Flaw("h.w2:1", f"of version {HISTORY + 1}, this program reads {HISTORY}"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"", "the file is empty"),
        (b"\x00\xff" * 100, "this is no history of a rotation"),
        (b'{"history":1}\n', "this is no history of a rotation"),
        (b'00000000 {"closing":1,"at":1.0}\n', "this is no history of a rotation"),
        (b'00000000 {"history":99,"unheard":"of"}\n', "a history of version 99; this program reads version 1"),
        (line(Opening(HISTORY, "w1"), 0)[0], "this is a worker's history"),
        (line(Opening(HISTORY, "conductor", {}, {}), 0)[0], "its terms cannot be understood: `what`: Field required"),
        (
            line(Opening(HISTORY, "conductor", stated(TERMS) | {"how": "by hand"}, {}), 0)[0],
            "its terms cannot be understood: `how`: Input should be",
        ),
    ],
)
def test_what_is_no_conductors_history_is_refused_in_words(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "h"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_history(path)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)
    assert raised.value.remedy


def test_terms_come_back_as_they_were() -> None:
    assert understood(stated(TERMS)) == TERMS
