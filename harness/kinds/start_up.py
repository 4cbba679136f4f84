"""Start-ups: a server started with a configuration, and the result; no client takes part."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.case.data import write_case
from harness.case.scenario import Skip
from harness.case.startup import StartUp, start_difference
from harness.judge.startup import judge_start
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Judgement, Kind, Phase
from harness.kinds.lacks import without_option
from harness.knowledge.rows import Lack
from harness.model.startup import ExpectStart, ServerOptions, Start, StartOutcome, option_name

_SERVES = ExpectStart(start=Start.SERVES)
_BRIEF: Mapping[Start, str] = {
    Start.SERVES: "",
    Start.WITHOUT: "no TLS",
    Start.BREAKS: "breaks",
    Start.REFUSES: "refuses",
    Start.HANGS: "hangs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEvidence:
    """One observed start of a server: ``good before``, or ``case``."""

    label: str
    expected: str
    outcome: StartOutcome

    @property
    def brief(self) -> str:
        outcome = self.outcome
        parts = [_BRIEF[outcome.start] or str(outcome.version)]
        parts += ["alone"] * outcome.alone
        parts += [] if outcome.plaintext else ["only" if outcome.start is Start.SERVES else "at all"]
        parts += [f"{option} dropped" for option in outcome.dropped]
        return " ".join(parts)

    def lines(self) -> Iterator[str]:
        yield f"  server, as dbtls's own client finds it: {self.outcome}"
        if self.outcome.error:
            yield f"    handshake: {self.outcome.error}"
        yield from (f"    log: {line}" for line in self.outcome.log)

    def as_json(self) -> dict[str, Any]:
        outcome = self.outcome
        return {
            "kind": "start",
            "label": self.label,
            "expected": self.expected,
            "outcome": outcome.start.name.lower(),
            "tls_version": outcome.version and outcome.version.value,
            "alone": outcome.alone,
            "plaintext": outcome.plaintext,
            "dropped": list(outcome.dropped),
            "error": outcome.error,
            "log": list(outcome.log),
        }


class StartUps(Kind[StartUp]):
    """Start-ups: what is good is started first, then what differs from it, each once."""

    made = StartUp
    phase = Phase.LAST

    def without(self, case: StartUp, lacks: Sequence[Lack]) -> Skip | None:
        # Only what it begins from: what a server does with an option that it lacks is for such a case to show.
        return without_option(map(option_name, case.good.options), lacks)

    def prepare(self, cell: Cell, case: StartUp, bench: Bench) -> None:
        bench.configuration(case.good)
        bench.configuration(case.told)

    def as_data(self, case: StartUp) -> Mapping[str, Any]:
        return write_case(case)

    def carry_out(self, cells: Sequence[tuple[Cell, StartUp]], bench: Bench) -> Iterator[Carried]:
        seen: dict[ServerOptions, StartOutcome] = {}

        def outcome_of(told: ServerOptions) -> StartOutcome:
            if told not in seen:
                seen[told] = bench.try_start(told)
            return seen[told]

        by_good: dict[ServerOptions, list[tuple[Cell, StartUp]]] = {}
        for cell, case in cells:
            by_good.setdefault(case.good, []).append((cell, case))
        for good, group in by_good.items():
            before = outcome_of(good)
            for cell, case in group:
                begun = time.monotonic()
                outcome = outcome_of(case.told)
                yield Carried.judged(cell, judged(case, before, outcome, time.monotonic() - begun))


def judged(case: StartUp, good: StartOutcome, outcome: StartOutcome, duration_s: float) -> Judgement:
    """The verdict of a start, after a good one."""
    return Judgement(
        verdict=judge_start(case.expected, outcome, good=good),
        expected=str(case.expected),
        difference="; ".join(start_difference(case.good, case.told)) or "nothing",
        outcome=str(outcome),
        proofs=(
            StartEvidence(label="good before", expected=str(_SERVES), outcome=good),
            StartEvidence(label="case", expected=str(case.expected), outcome=outcome),
        ),
        duration_s=duration_s,
    )


KIND = StartUps()
