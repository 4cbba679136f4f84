"""Rotations that never were: one proved, one that failed, one that is short of evidence, one of a thousand."""

from dataclasses import replace

from harness.model.history import Kind
from harness.model.rotated import Figures, Finding, GenerationFigures, Mark, Moment, Rotated
from harness.model.rotation import Control, How, Mix, Terms, What
from harness.model.verdict import Status, Verdict

TERMS = Terms(
    what=What.BOTH,
    how=How.IN_PLACE,
    stores="pem",
    rotations=1,
    rate=250,
    mix=Mix(),
    duration_s=6,
    max_life_time_s=60,
    drain_s=3,
    at_least=10,
    server_moves=True,
)
PROVENANCE = {"harness": "dbtls 0.2.0 at 0123456789ab", "server": "mariadb-10.11 10.11.18, OpenSSL 3.0.20"}
WIDENED = "rotation 1: trust widened and new leaf published"
FOLLOWS = "rotation 1: server's certificate by the new authority"
RETIRED = "rotation 1: old authority retired"
PASSED = Finding(checker="loss", status=Status.PASS, reason="every attempt was served")


def generation(
    number: int, rotation: int = 1, *, served: int = 620, last_use_s: float | None = 0.41
) -> GenerationFigures:
    """One that came and went in good time."""
    return GenerationFigures(
        number=number,
        rotation=rotation,
        served=served,
        first_connect_s=0.0321,
        first_pooled_s=0.1234,
        last_use_s=last_use_s,
        drained=4,
    )


GENERATIONS = (
    replace(generation(1, 0), first_connect_s=0.0052, first_pooled_s=0.0),
    generation(2),
    replace(generation(3, last_use_s=None), drained=0),
)
FIGURES = Figures(
    attempts={Kind.CONNECT: 1500, Kind.OPEN: 12, Kind.CHECK_OUT: 375, Kind.HELD: 30},
    served={Kind.CONNECT: 1500, Kind.OPEN: 12, Kind.CHECK_OUT: 375, Kind.HELD: 30},
    failures={},
    indeterminate=0,
    bound=3 / 1917,
    asked=250,
    reached=249.83333,
    longest_stall_s=0.0874,
    stalled_at=FOLLOWS,
    lag_max_s=0.0126,
    cpu_max=0.5512,
    probe_cpu_max=0.4199,
    peak_connections=21,
    client_connections=1512,
    server_connections=1512,
    reload_s=0.0455,
    server_change_s=0.0121,
    generations=GENERATIONS,
)
MOMENTS = (
    Moment(at_s=0.0, sessions={1: 4}),
    Moment(at_s=1.5, sessions={1: 18, None: 1}),
    Moment(at_s=2.0, sessions={1: 9, 2: 12}),
    Moment(at_s=3.0, sessions={2: 17}),
    Moment(at_s=4.0, sessions={2: 6, 3: 13}),
    Moment(at_s=6.0, sessions={3: 15}),
    Moment(at_s=6.5, sessions={}),
)
MARKS = (
    Mark(at_s=0.0, text="the load begins"),
    Mark(at_s=1.6, text=f"{WIDENED}: reloaded"),
    Mark(at_s=2.8, text=f"{FOLLOWS}: server changed"),
    Mark(at_s=3.9, text=f"{RETIRED}: reloaded"),
    Mark(at_s=6.0, text="the load ends"),
)
PASS = Rotated(
    terms=TERMS,
    provenance=PROVENANCE,
    verdict=Verdict(Status.PASS, "1,917 attempts over 1 rotation, and none was lost"),
    findings=(
        PASSED,
        Finding(checker="happened", status=Status.PASS, reason="3 generations, each used from both ends"),
    ),
    figures=FIGURES,
    moments=MOMENTS,
    marks=MARKS,
)
FAIL = replace(
    PASS,
    terms=replace(TERMS, control=Control.AUTHORITY_TOO_EARLY),
    verdict=Verdict(Status.FAIL, "31 attempts were lost"),
    findings=(
        Finding(checker="happened", status=Status.INCONCLUSIVE, reason="generation 3 was hardly used", step=FOLLOWS),
        Finding(checker="loss", status=Status.FAIL, reason="31 attempts were lost", step=RETIRED),
        Finding(checker="stall", status=Status.PASS, reason="no stall"),
    ),
    figures=replace(
        FIGURES,
        served={**FIGURES.served, Kind.CONNECT: 1471, Kind.HELD: 27},
        failures={"held: exhausted": 2, "connect: refused by the client: unknown-authority": 29},
        indeterminate=1,
        bound=None,
        server_connections=None,
        reload_s=None,
        server_change_s=None,
    ),
)
INCONCLUSIVE = replace(
    PASS,
    verdict=Verdict(Status.INCONCLUSIVE, "the history was cut short: h.jsonl:812: no closing line"),
    findings=(
        PASSED,
        Finding(checker="files", status=Status.INCONCLUSIVE, reason="h.jsonl:812: no closing line: it was cut short"),
    ),
    figures=replace(FIGURES, bound=None, generations=(), stalled_at=""),
    moments=(),
    marks=MARKS[:1],
)
HOSTILE = replace(
    FAIL,
    provenance={"server": "<script>alert(1)</script> [red]\x1b[31m & \ud800"},
    verdict=Verdict(Status.FAIL, "]]> <b>bold</b> [link=x]y[/link] \x1b]0;title\x07"),
    findings=(Finding(checker="loss", status=Status.FAIL, reason="\x1b[2J", step="</text>"),),
    figures=replace(FAIL.figures, failures={"connect: unclassified: <x> & \x00": 31}),
    marks=(Mark(at_s=1.0, text="rotation 1: \"</text><a href='x'>\""),),
)

ROUNDS = 1000
THOUSAND = replace(
    PASS,
    terms=replace(TERMS, what=What.LEAF, rotations=ROUNDS, duration_s=2000, rate=25),
    verdict=Verdict(Status.FAIL, "rotation 412: new leaf published: the old one was still in use 9.2 s after it"),
    findings=(Finding(checker="drain", status=Status.FAIL, reason="9.2 s", step="rotation 412: new leaf published"),),
    figures=replace(
        FIGURES,
        generations=(
            *(
                replace(
                    generation(number, number - 1, served=0 if number == 700 else 62, last_use_s=0.2 + number / 5000),
                    first_connect_s=None if number == 700 else 0.03,
                )
                for number in range(1, ROUNDS + 1)
            ),
            generation(ROUNDS + 1, ROUNDS, served=62, last_use_s=None),
        ),
    ),
    moments=tuple(
        Moment(at_s=half / 2, sessions={(half + 3) // 4: 5 + half % 7, (half + 7) // 4: half % 4 * 3})
        for half in range(1, 2 * 2 * ROUNDS)
    ),
    marks=tuple(
        Mark(at_s=2 * number - 0.5, text=f"rotation {number}: new leaf published: reloaded")
        for number in range(1, ROUNDS + 1)
    ),
)
