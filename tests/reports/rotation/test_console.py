"""The console's whole output for rotations under load, as people see it."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from harness.model.rotated import Rotated
from harness.reports.rotation.console import print_rotated
from tests.reports.rotation.samples import FAIL, FIGURES, HOSTILE, INCONCLUSIVE, PASS, TERMS, THOUSAND

PROVED_PRINTED = """
harness          dbtls 0.2.0 at 0123456789ab
server           mariadb-10.11 10.11.18, OpenSSL 3.0.20
terms            both, in-place, pem; 1 rotation in 6 s; 250 new connections/s, 0.25 check-outs and 0.02 held for 2 s to each; maxLifeTime 60 s; old ones gone after 3 s; no control

attempts         begun  served  not served
connect          1,500   1,500           0
open                12      12           0
check-out          375     375           0
held                30      30           0
all              1,917   1,917           0

failures         none
bound            with 95 % certainty at most 0.0016 of attempts fail (3/n)
longest stall    87 ms at «rotation 1: server's certificate by the new authority»
arrivals         250.0 new connections/s asked, 249.8 reached
generator        13 ms late at most, 0.55 cores at most, its client 0.42
reload           46 ms at most at clients; change of the server: 12 ms at most
connections      21 at once at most; 1,512 begun by clients, 1,512 counted by the server

generation  rotation  first connect  first pooled  last use  served  drained
1                  0         5.2 ms          0 ms    410 ms     620        4
2                  1          32 ms        123 ms    410 ms     620        4
3                  1          32 ms        123 ms         -     620        0
times from the start of its publication; last use from that of the one which retires it

✓ loss: every attempt was served
✓ happened: 3 generations, each used from both ends

history          a b.jsonl   (again: dbtls judge 'a b.jsonl')
PASS: 1,917 attempts over 1 rotation, and none was lost
"""  # noqa: E501  lines are not folded

FAIL_PRINTED = """
harness          dbtls 0.2.0 at 0123456789ab
server           mariadb-10.11 10.11.18, OpenSSL 3.0.20
terms            both, in-place, pem; 1 rotation in 6 s; 250 new connections/s, 0.25 check-outs and 0.02 held for 2 s to each; maxLifeTime 60 s; old ones gone after 3 s; control authority-too-early: broken on purpose

attempts         begun  served  not served
connect          1,500   1,471          29
open                12      12           0
check-out          375     375           0
held                30      27           3
all              1,917   1,885          32

failures         29 × connect: refused by the client: unknown-authority
failures         2 × held: exhausted
indeterminate    1 attempt begun without an end
longest stall    87 ms at «rotation 1: server's certificate by the new authority»
arrivals         250.0 new connections/s asked, 249.8 reached
generator        13 ms late at most, 0.55 cores at most, its client 0.42
reload           none at clients; change of the server: none
connections      21 at once at most; 1,512 begun by clients, no count by the server

generation  rotation  first connect  first pooled  last use  served  drained
1                  0         5.2 ms          0 ms    410 ms     620        4
2                  1          32 ms        123 ms    410 ms     620        4
3                  1          32 ms        123 ms         -     620        0
times from the start of its publication; last use from that of the one which retires it

F loss at «rotation 1: old authority retired»: 31 attempts were lost
? happened at «rotation 1: server's certificate by the new authority»: generation 3 was hardly used
✓ stall: no stall

history          h.jsonl   (again: dbtls judge h.jsonl)
picture          h.svg
FAIL at «rotation 1: old authority retired»: 31 attempts were lost
"""  # noqa: E501  lines are not folded

INCONCLUSIVE_PRINTED = """
harness          dbtls 0.2.0 at 0123456789ab
server           mariadb-10.11 10.11.18, OpenSSL 3.0.20
terms            both, in-place, pem; 1 rotation in 6 s; 250 new connections/s, 0.25 check-outs and 0.02 held for 2 s to each; maxLifeTime 60 s; old ones gone after 3 s; no control

attempts         begun  served  not served
connect          1,500   1,500           0
open                12      12           0
check-out          375     375           0
held                30      30           0
all              1,917   1,917           0

failures         none
longest stall    87 ms
arrivals         250.0 new connections/s asked, 249.8 reached
generator        13 ms late at most, 0.55 cores at most, its client 0.42
reload           46 ms at most at clients; change of the server: 12 ms at most
connections      21 at once at most; 1,512 begun by clients, 1,512 counted by the server

? files: h.jsonl:812: no closing line: it was cut short
✓ loss: every attempt was served

history          h.jsonl   (again: dbtls judge h.jsonl)
INCONCLUSIVE: the history was cut short: h.jsonl:812: no closing line
"""  # noqa: E501  lines are not folded

THOUSAND_GENERATIONS = """
generation  rotation  first connect  first pooled  last use  served  drained
median                        30 ms        123 ms    300 ms      62        4
maximum                       32 ms        123 ms    400 ms      62        4
1                  0          30 ms        123 ms    200 ms      62        4
2                  1          30 ms        123 ms    200 ms      62        4
3                  2          30 ms        123 ms    201 ms      62        4
700              699              -        123 ms    340 ms       0        4
998              997          30 ms        123 ms    400 ms      62        4
999              998          30 ms        123 ms    400 ms      62        4
1000             999          30 ms        123 ms    400 ms      62        4
1001            1000          32 ms        123 ms         -      62        4
1,001 generations: named are those that served nothing and the slowest; times from the start of its publication; last use from that of the one which retires it
"""  # noqa: E501  lines are not folded


def _printed(rotated: Rotated, *, width: int = 400, history: str = "h.jsonl", picture: Path | None = None) -> list[str]:
    out = io.StringIO()
    console = Console(width=width, file=out, no_color=True, force_terminal=False)
    print_rotated(rotated, console, history=Path(history), picture=picture)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_rotation_that_passed() -> None:
    assert "\n".join(["", *_printed(PASS, history="a b.jsonl"), ""]) == PROVED_PRINTED


def test_a_rotation_that_failed_at_a_step() -> None:
    assert "\n".join(["", *_printed(FAIL, picture=Path("h.svg")), ""]) == FAIL_PRINTED


def test_a_rotation_that_proves_nothing() -> None:
    assert "\n".join(["", *_printed(INCONCLUSIVE), ""]) == INCONCLUSIVE_PRINTED


def test_of_many_generations_the_worst_are_named_and_the_rest_summed_up() -> None:
    printed = _printed(THOUSAND)
    start = next(index for index, line in enumerate(printed) if line.startswith("generation "))
    end = printed.index("", start)
    assert "\n".join(["", *printed[start:end], ""]) == THOUSAND_GENERATIONS
    assert len(printed) < 40


def test_nothing_is_cut_off_on_a_narrow_terminal() -> None:
    for wide in THOUSAND, FAIL:
        assert not [line for line in _printed(wide, width=80) if "…" in line]


def test_a_server_that_cannot_reload_is_said() -> None:
    printed = _printed(replace(PASS, terms=replace(TERMS, server_moves=False)))
    (terms,) = (line for line in printed if line.startswith("terms "))
    assert "; the server cannot reload: the client's trust alone moves; " in terms


def test_of_many_causes_the_most_frequent_are_named_and_the_rest_summed_up() -> None:
    failures = {f"connect: unclassified: {number}": number for number in range(1, 12)}
    printed = _printed(replace(FAIL, figures=replace(FIGURES, failures=failures)))
    told = [line for line in printed if line.startswith("failures")]
    assert len(told) == 9
    assert told[0] == "failures         11 × connect: unclassified: 11"
    assert told[-1] == "failures         6 of 3 other causes"


def test_text_from_elsewhere_is_neither_markup_nor_able_to_drive_a_terminal() -> None:
    printed = _printed(HOSTILE)
    assert not {"\x1b", "\x07", "\ud800"} & set("".join(printed))
    assert printed[0] == r"server           <script>alert(1)</script> [red]\x1b[31m & \ud800"
    assert printed[-1] == r"FAIL at «</text>»: ]]> <b>bold</b> [link=x]y[/link] \x1b]0;title\x07"


@pytest.mark.parametrize("rotated", [PASS, FAIL, INCONCLUSIVE, HOSTILE, THOUSAND])
def test_the_last_line_is_the_verdict(rotated: Rotated) -> None:
    last = _printed(rotated, picture=Path("h.svg"))[-1]
    assert last.startswith(rotated.verdict.status.name)
