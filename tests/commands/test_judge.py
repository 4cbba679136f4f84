"""``dbtls judge``: what it takes, what it says of what it cannot take, and how it ends."""

import json
import signal
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

import pytest

from harness.cli import main
from harness.history.codec import line
from harness.history.stored import History
from harness.history.terms import stated
from harness.history.writing import HistoryWriter
from harness.model.history import HISTORY, ActKind, Kind, Opening, Record, Served
from harness.model.rotated import Rotated
from tests.judge.rotation.histories import leaf
from tests.reports.rotation.samples import FAIL, INCONCLUSIVE, PASS, RETIRED, TERMS

SERVED = Served("c_1@%", 7, "TLSv1.3", "TLS_AES_128_GCM_SHA256", 0xABC, "aa")
Finds = Callable[[Rotated], list[History]]
Judged = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """``main`` takes SIGTERM, which is the test runner's."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Judged:
    """Runs ``dbtls judge`` with arguments: exit code, stdout, stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dbtls", "judge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return ended.value.code, told.out, told.err

    return run


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history of nothing but its frame: a conductor's file, and one worker's."""
    path = tmp_path / "h.jsonl"
    with HistoryWriter(tmp_path / "h.jsonl.w1", Opening(HISTORY, "w1")) as worker:
        worker.end(worker.begin(Kind.CONNECT, material="aa"), SERVED)
    with HistoryWriter(path, Opening(HISTORY, "conductor", stated(TERMS), {"server": "mysql-9.7"})) as conductor:
        conductor.act(ActKind.BEGIN, rotation=0, step="load")
        conductor.close({"w1": 1})
    return path


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Finds:
    """Has the judge find what it is told to; the histories that it was given."""

    def install(rotated: Rotated) -> list[History]:
        given: list[History] = []

        def judge(history: History) -> Rotated:
            given.append(history)
            return rotated

        monkeypatch.setattr("harness.commands.doing.judge.judge_rotation", judge)
        return given

    return install


@pytest.mark.parametrize(("rotated", "code"), [(PASS, 0), (FAIL, 1), (INCONCLUSIVE, 3)])
def test_it_prints_the_verdict_and_ends_with_its_code(
    judged: Judged, finds: Finds, history: Path, rotated: Rotated, code: int
) -> None:
    given = finds(rotated)
    ended, out, err = judged(history)
    assert (ended, err) == (code, "")
    assert out.splitlines()[-1].startswith(f"{rotated.verdict.status.name}")
    assert f"again: dbtls judge {history}" in out
    (read,) = given
    assert (read.terms, read.provenance, list(read.workers)) == (TERMS, {"server": "mysql-9.7"}, ["w1"])


def test_it_writes_json_and_a_picture(judged: Judged, finds: Finds, history: Path, tmp_path: Path) -> None:
    finds(FAIL)
    made, drawn = tmp_path / "out.json", tmp_path / "out.svg"
    code, out, _ = judged(history, "--json", made, "--picture", drawn)
    assert (code, json.loads(made.read_text())["verdict"]["step"]) == (1, RETIRED)
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")
    assert f"picture          {drawn}" in out.splitlines()


def _no_history(path: Path) -> None:
    path.write_text("{}\n")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _missing(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _newer(path: Path) -> None:
    path.write_bytes(line(Opening(HISTORY + 1, "conductor", stated(TERMS), {}), 0)[0])


def _of_a_worker(path: Path) -> None:
    path.write_bytes(line(Opening(HISTORY, "w1"), 0)[0])


def _other_terms(path: Path) -> None:
    path.write_bytes(line(Opening(HISTORY, "conductor", {**stated(TERMS), "what": "shoes"}, {}), 0)[0])


@pytest.mark.parametrize(
    ("spoil", "what", "hint"),
    [
        (_no_history, ":1: this is no history of a rotation", "that `dbtls rotate --history` wrote"),
        (_empty, ": the file is empty", "that `dbtls rotate --history` wrote"),
        (_missing, ": cannot be read: No such file or directory", "that `dbtls rotate --history` wrote"),
        (_folder, ": cannot be read: Is a directory", "that `dbtls rotate --history` wrote"),
        (
            _newer,
            f":1: a history of version {HISTORY + 1}; this program reads version {HISTORY}",
            "the release of dbtls",
        ),
        (_of_a_worker, ":1: this is a worker's history, not the conductor's", "without its ending"),
        (_other_terms, ":1: its terms cannot be understood: `what`: ", "that `dbtls rotate --history` wrote"),
    ],
)
def test_what_cannot_be_judged_is_one_line_and_a_hint(
    judged: Judged, history: Path, spoil: Callable[[Path], None], what: str, hint: str
) -> None:
    spoil(history)
    code, out, err = judged(history)
    assert (code, out) == (2, "")
    error, told = err.splitlines()
    assert error.startswith(f"error: {history}{what}")
    assert told.startswith("hint: ")
    assert hint in told


@pytest.mark.parametrize("option", ["--json", "--picture"])
def test_a_report_in_a_folder_that_is_not_there_is_told_before_anything_is_read(
    judged: Judged, tmp_path: Path, option: str
) -> None:
    code, _, err = judged(tmp_path / "nowhere", option, tmp_path / "nothing" / "out")
    assert code == 2
    assert err.startswith(f"error: {tmp_path / 'nothing'}: there is no such folder for the report\n")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--json", "h.jsonl"), "the JSON report would be written over the history"),
        (("--picture", "h.jsonl"), "the picture would be written over the history"),
        (("--picture", "h.jsonl.w1"), "the picture would be written over a worker's history"),
        (("--json", "out", "--picture", "./out"), "the picture would be written over the JSON report"),
    ],
)
def test_evidence_is_never_written_over(
    judged: Judged, history: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], what: str
) -> None:
    monkeypatch.chdir(history.parent)
    before = {path: path.read_bytes() for path in history.parent.iterdir()}
    code, _, err = judged("h.jsonl", *options)
    assert code == 2
    assert what in err
    assert {path: path.read_bytes() for path in history.parent.iterdir()} == before


def test_a_report_beside_the_history_with_a_name_like_it_is_no_workers(
    judged: Judged, finds: Finds, history: Path
) -> None:
    finds(PASS)
    code, _, _ = judged(history, "--picture", history.with_name("h.jsonl.web.svg"))
    assert code == 0


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A small history that is as it should be, as its writers would have stored it."""
    run = leaf()
    path = tmp_path / "h.jsonl"
    opening = Opening(HISTORY, "conductor", stated(run.terms), {})
    _store(path, [opening, *run.conducted[1:]])
    _store(tmp_path / "h.jsonl.w1", run.worker)
    return path


def _store(path: Path, records: Iterable[Record]) -> None:
    crc = 0
    with path.open("wb") as file:
        for record in records:
            text, crc = line(record, crc)
            file.write(text)


def _last_line_out(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _workers_last_lines_out(path: Path) -> None:
    worker = path.with_name("h.jsonl.w1")
    worker.write_bytes(b"".join(worker.read_bytes().splitlines(keepends=True)[:-2]))


def _a_line_out(path: Path) -> None:
    worker = path.with_name("h.jsonl.w1")
    lines = worker.read_bytes().splitlines(keepends=True)
    worker.write_bytes(b"".join(lines[:4] + lines[5:]))


def _altered(path: Path) -> None:
    worker = path.with_name("h.jsonl.w1")
    worker.write_bytes(worker.read_bytes().replace(b'"cipher":"AES"', b'"cipher":"DES"', 1))


def _worker_gone(path: Path) -> None:
    path.with_name("h.jsonl.w1").unlink()


def _a_record_that_makes_no_sense(path: Path) -> None:
    """Sealed as its writer would have: nothing but the value is wrong."""
    worker = path.with_name("h.jsonl.w1")
    crc, sealed = 0, b""
    for text in worker.read_bytes().splitlines(keepends=True):
        content = text[9:-1].replace(b'"cipher":"AES"', b'"cipher":["AES"]', 1)
        crc = zlib.crc32(content, crc)
        sealed += b"%08x %b\n" % (crc, content)
    worker.write_bytes(sealed)


def test_a_defect_of_the_judge_is_none_of_the_history(
    judged: Judged, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(gathering: object, record: Record) -> NoReturn:
        raise TypeError("nobody foresaw this")

    monkeypatch.setattr("harness.judge.rotation.summary._SummaryBuilder.begun", broken)
    code, out, err = judged(whole)
    assert (code, out) == (2, "")
    assert err.startswith("error: a defect of dbtls: TypeError: nobody foresaw this\n")


def test_a_whole_history_passes_the_judge_itself(judged: Judged, whole: Path) -> None:
    code, out, err = judged(whole)
    assert (code, err) == (0, ""), out
    assert out.splitlines()[-1].startswith("PASS: ")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_last_line_out, "no closing line: it was cut short"),
        (_torn, "the last line is torn"),
        (_workers_last_lines_out, "no closing line: it was cut short"),
        (_a_line_out, "h.jsonl.w1:5: the checksum is broken: here something was altered, cut out, inserted or moved"),
        (_altered, "the checksum is broken: here something was altered, cut out, inserted or moved"),
        (_a_record_that_makes_no_sense, 'no record: TypeError `cipher` is ["AES"]'),
        (_worker_gone, "h.jsonl.w1: cannot be read: No such file or directory"),
    ],
)
def test_what_is_left_of_a_history_is_judged_and_what_is_wrong_with_it_said(
    judged: Judged, whole: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(whole)
    code, out, err = judged(whole)
    # Not only INCONCLUSIVE: what is left may also show a loss.
    assert (code, err) == (3, ""), out
    assert said in out
    assert out.splitlines()[-1].startswith(("INCONCLUSIVE", "FAIL"))
