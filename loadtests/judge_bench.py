"""How long the judge takes for a long history: `python loadtests/judge_bench.py [ATTEMPTS]`, a million by default.

Writes such a history into a temporary folder, judges it in a process of its own, and prints seconds and peak memory.
"""

import heapq
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from harness.history.codec import line
from harness.history.reading import read_history
from harness.history.terms import stated
from harness.judge.rotation.verdict import judge_rotation
from harness.locations import run_folder
from harness.model.history import (
    HISTORY,
    Act,
    ActKind,
    Begun,
    Census,
    Closed,
    Closing,
    Ended,
    Generation,
    Health,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)
from harness.model.rotation import How, Mix, Terms, What
from harness.owner import Owner
from harness.reports.streams import stdout

ROTATIONS = 100
RATE = 250.0
HOLD_S = 2.0
POOLS = ("configdb-read", "configdb-write", "context-1", "context-2")
SERIAL = 0x3A5F_0C11_2233_4455_6677_8899_AABB_CCDD_EEFF_0011
JUDGE = "--judge"


def main() -> None:
    """Write, judge in a fresh process, print."""
    console = stdout()
    if sys.argv[1:2] == [JUDGE]:
        begun_s = time.monotonic()
        rotated = judge_rotation(read_history(Path(sys.argv[2])))
        taken_s = time.monotonic() - begun_s
        console.print(
            f"judged in {taken_s:.1f} s ({time.process_time():.1f} s of processor), {_peak_mib():.0f} MiB at most: "
            f"{rotated.verdict.status.name}: {rotated.verdict.reason}"
        )
        return
    attempts = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with run_folder(Owner.this_process()) as folder:
        path = folder / "history"
        begun_s = time.monotonic()
        write(path, attempts)
        files = sorted(folder.glob("history*"))
        size_mib = sum(file.stat().st_size for file in files) / 2**20
        taken_s = time.monotonic() - begun_s
        console.print(f"{attempts:,} attempts, {ROTATIONS} rotations, {size_mib:.0f} MiB, written in {taken_s:.1f} s")
        subprocess.run([sys.executable, __file__, JUDGE, str(path)], check=True)


def _peak_mib() -> float:
    """Not getrusage's: that counts what was there before exec as well."""
    (line_,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line_.split()[1]) / 1024


def write(path: Path, attempts: int) -> None:
    """A rotation that passes, with so many scheduled attempts: the conductor's file and one worker's."""
    mix = Mix(hold_s=HOLD_S)
    rate = RATE * (1 + mix.check_outs + mix.held)
    duration_s = attempts / rate
    terms = Terms(
        what=What.LEAF,
        how=How.IN_PLACE,
        stores="pem",
        rotations=ROTATIONS,
        rate=RATE,
        mix=mix,
        duration_s=duration_s,
        max_life_time_s=600.0,
        drain_s=3.0,
        at_least=10,
        server_moves=False,
    )
    course = list(_course(duration_s))
    worker = list(_attempts(attempts, rate, mix))
    begun = _write(path.with_name(f"{path.name}.w1"), _worker(course, worker, rate))
    connects = sorted(record.begun_s for _, record in worker if isinstance(record, Begun) and record.kind.connects)
    _write(path, _conductor(terms, course, connects, begun, duration_s))


def _course(duration_s: float) -> Iterator[Act]:
    yield Act(ActKind.BEGIN, 0.0, 0, "load", 1, SERIAL)
    for number in range(1, ROTATIONS + 1):
        at_s = number * duration_s / (ROTATIONS + 1)
        step = f"rotation {number}: new leaf published"
        yield Act(ActKind.PUBLISHING, at_s, number, step, number + 1)
        yield Act(ActKind.PUBLISHED, at_s + 0.01, number, step, number + 1)
        yield Act(ActKind.RELOADING, at_s + 0.01, number, step)
        yield Act(ActKind.RELOADED, at_s + 0.03, number, step, told=POOLS)
    yield Act(ActKind.END, duration_s, 0, "load ends")


def _attempts(attempts: int, rate: float, mix: Mix) -> Iterator[tuple[float, Record]]:
    """Begins and ends, a few under way at a time, in the order of time; what they used is put in later."""
    connects, check_outs = 1 / (1 + mix.check_outs + mix.held), mix.check_outs / (1 + mix.check_outs + mix.held)
    under_way: list[tuple[float, int, Kind]] = []
    for number in range(1, attempts + 1):
        at_s = 0.001 + (number - 1) / rate
        while under_way and under_way[0][0] <= at_s:
            yield _ended(*heapq.heappop(under_way))
        share = number * 0.6180339887 % 1
        kind = Kind.CONNECT if share < connects else Kind.CHECK_OUT if share < connects + check_outs else Kind.HELD
        pool = "" if kind is Kind.CONNECT else POOLS[number % len(POOLS)]
        yield at_s, Begun(number, kind, pool, "" if kind is Kind.CONNECT else None, at_s - 0.0004, at_s)
        lasts_s = HOLD_S if kind is Kind.HELD else 0.0105
        heapq.heappush(under_way, (at_s + lasts_s, number, kind))
    while under_way:
        yield _ended(*heapq.heappop(under_way))


def _ended(at_s: float, number: int, kind: Kind) -> tuple[float, Record]:
    served = Served("", 0, "TLSv1.3", "TLS_AES_256_GCM_SHA384", SERIAL, kind.value)
    return at_s, Ended(number, at_s, 1, served)


def _worker(course: list[Act], attempts: list[tuple[float, Record]], rate: float) -> Iterator[Record]:
    """Attempts among the acts, each on what is in force where it begins."""
    yield Opening(HISTORY, "w1")
    acts = iter(course)
    coming: Act | None = next(acts)
    generation, looked_s, opened = 1, 0.0, 0
    used: dict[int, int] = {}
    for at_s, record in attempts:
        while coming is not None and coming.at_s <= at_s:
            yield coming
            if coming.kind is ActKind.RELOADED:
                generation += 1
            coming = next(acts, None)
        if at_s - looked_s > 0.5:
            looked_s = at_s
            yield Health(at_s, 0.5, 0.4, int(at_s * rate), 0.004)
        if isinstance(record, Begun):
            used[record.number] = generation
            yield record if record.material is None else record._replace(material=_material(generation))
        elif isinstance(record, Ended) and isinstance(record.result, Served):
            with_generation = used.pop(record.number)
            told = record.result._replace(
                account=_account(with_generation), connection_id=record.number, material=_material(with_generation)
            )
            yield record._replace(result=told)
            if record.number % 1000 == 0:
                opened += 1
                yield Closed(POOLS[0], record.number, _material(with_generation), at_s, Why.RELOAD)
    if coming is not None:
        yield coming
    yield Closing(attempts[-1][0] + 0.1, len(used) + sum(isinstance(record, Begun) for _, record in attempts))


def _conductor(
    terms: Terms, course: list[Act], connects: list[float], begun: int, duration_s: float
) -> Iterator[Record]:
    def census(at_s: float, made: int) -> Census:
        return Census(at_s, {}, {"Connections": 10 + made, "Aborted_connects": 0}, 1)

    yield Opening(HISTORY, "conductor", stated(terms), {})
    yield census(-0.1, 0)
    made, next_s = 0, 0.25
    for act in course:
        while next_s < act.at_s:
            while made < len(connects) and connects[made] <= next_s - 0.02:
                made += 1
            yield census(next_s, made)
            next_s += 0.25
        if act.kind is ActKind.BEGIN:
            yield Generation(1, 0, _material(1), _account(1), ())
        elif act.kind is ActKind.PUBLISHING and act.generation is not None:
            number = act.generation
            yield Generation(number, act.rotation, _material(number), _account(number), (number - 1,))
        yield act
    yield census(duration_s + HOLD_S + 1, len(connects))
    yield Closing(duration_s + HOLD_S + 2, 0, {"w1": begun})


def _material(number: int) -> str:
    return f"{number:016x}"


def _account(number: int) -> str:
    return f"c_subje_{number:08x}"


def _write(path: Path, records: Iterator[Record]) -> int:
    """The attempts begun in it."""
    begun, crc = 0, 0
    with path.open("wb") as file:
        for record in records:
            begun += isinstance(record, Begun)
            text, crc = line(record, crc)
            file.write(text)
    return begun


if __name__ == "__main__":
    main()
