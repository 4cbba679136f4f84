"""Attempts: a good situation, one change, and the result of a connection then; each seen from both ends.

What passed between the ends is read too, by the wire.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from harness.case.data import write_case
from harness.case.difference import difference
from harness.case.scenario import Skip
from harness.case.situation import Case, ServerSide, Situation
from harness.errors import ServerStartError
from harness.judge.case import describe, judge_case
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Judgement, Kind, Phase
from harness.kinds.lacks import untold
from harness.kinds.unserved import server_will_not
from harness.knowledge.rows import Lack
from harness.model.observation import Observation
from harness.model.outcome import (
    Accepted,
    ClientFault,
    Hung,
    NotAttempted,
    Outcome,
    RawError,
    Refused,
    Unclassified,
)
from harness.servers.server import Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEvidence:
    """One observed attempt of a case: ``good before``, ``case``, ``good after``, or a journey's step."""

    label: str
    expected: str
    observation: Observation

    @property
    def brief(self) -> str:
        """Nothing: a client takes part, and the matrix has a mark for it."""
        return ""

    def lines(self) -> Iterator[str]:
        observation = self.observation
        yield f"  client: {describe(observation.outcome)}{_seen_by_client(observation)}"
        match observation.outcome:
            case Refused(chain=chain) | Unclassified(chain=chain):
                for link in chain:
                    yield f"    raw: {link}"
            case ClientFault(last_words=last_words):
                yield from (f"    last words: {line}" for line in last_words)
            case NotAttempted():
                return
            case _:
                pass
        outcome = observation.outcome
        if isinstance(outcome, Accepted | Refused | Unclassified) and outcome.ignored:
            yield f"    ignored in silence by the driver, which does not list it: {', '.join(outcome.ignored)}"
        if observation.wire is not None:
            yield from (f"  wire: {line}" for line in observation.wire.words())
            if observation.wire.told:
                yield f"    tells which of {observation.wire.told}"
            if observation.wire.faults:
                yield f"    what the refusing end saw is, to dbtls's own verifier: {', '.join(observation.wire.faults)}"
        testimony = observation.testimony
        if testimony is None:
            yield "  server: nothing to ask; it would not serve what it was told"
            return
        counters = ", ".join(f"{name} +{moved}" for name, moved in sorted(testimony.counters.items()))
        yield f"  server ({observation.server_was}): {testimony.seen.value}" + (f" [{counters}]" if counters else "")
        for line in testimony.log:
            yield f"    log: {line}"

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "attempt",
            "label": self.label,
            "expected": self.expected,
            "client": _outcome(self.observation.outcome),
            "wire": None if self.observation.wire is None else self.observation.wire.as_json(),
            "server": _testimony(self.observation),
        }


class Attempts(Kind[Case]):
    """Cases of one change."""

    made = Case
    phase = Phase.AROUND_GOOD

    def without(self, case: Case, lacks: Sequence[Lack]) -> Skip | None:
        return untold((case.good, case.situation), lacks)

    def good(self, case: Case) -> Situation:
        return case.good

    def stations(self, case: Case) -> tuple[ServerSide, ...]:
        """None where the server does not notice the change."""
        changed = case.situation.server_side()
        return () if changed == case.good.server_side() else (changed,)

    def prepare(self, cell: Cell, case: Case, bench: Bench) -> None:
        bench.make(client_of(cell), case.good, case.situation)

    def as_data(self, case: Case) -> Mapping[str, Any]:
        return write_case(case)

    def carry_out(self, cells: Sequence[tuple[Cell, Case]], bench: Bench) -> Iterator[Carried]:
        """Configure the server, if the case does; that it refuses the configuration is an observation too."""
        applied = Applied.UNCHANGED
        for changed in self.stations(cells[0][1]):
            try:
                applied = bench.apply(changed)
            except ServerStartError as error:
                refusal = server_will_not(error)
                yield from (_carried(cell, case, refusal, 0.0, bench) for cell, case in cells)
                return
        for cell, case in cells:
            yield _carried(cell, case, *bench.attempt(client_of(cell), case.situation, applied), bench)


def client_of(cell: Cell) -> str:
    """The client of a case in which one takes part. Raises ValueError where none does."""
    if cell.client is None:
        raise ValueError(f"{cell.id}: a connection takes a client, and its scenario is clientless")
    return cell.client


def _carried(cell: Cell, case: Case, observation: Observation, duration_s: float, bench: Bench) -> Carried:
    def judge(good: Sequence[Observation]) -> Judgement:
        before, after = good
        expected = case.good.expectation()
        return Judgement(
            verdict=judge_case(
                case.expectation, observation, good=good, good_expectation=expected, silent=bench.silent
            ),
            expected=str(case.expectation),
            difference=difference(case.good, case.situation),
            outcome=describe(observation.outcome),
            proofs=(
                AttemptEvidence(label="good before", expected=str(expected), observation=before),
                AttemptEvidence(label="case", expected=str(case.expectation), observation=observation),
                AttemptEvidence(label="good after", expected=str(expected), observation=after),
            ),
            faults=bench.met(client_of(cell), (before, observation, after)),
            duration_s=duration_s,
        )

    return Carried(cell, judge)


def _seen_by_client(observation: Observation) -> str:
    outcome = observation.outcome
    if not isinstance(outcome, Accepted):
        return ""
    serial = ""
    if outcome.version is not None:
        if outcome.server_serial is not None:
            serial = f", server certificate serial {outcome.server_serial:x}"
        elif observation.served_serial is not None:
            serial = f", server certificate serial not visible to this client (served: {observation.served_serial:x})"
    return f" as {outcome.account}, connection {outcome.connection_id}, {outcome.cipher or 'no cipher'}{serial}"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Accepted():
            return {
                "outcome": "accepted",
                "tls_version": outcome.version and outcome.version.value,
                "cipher": outcome.cipher,
                "account": outcome.account,
                "connection_id": outcome.connection_id,
                "server_serial": None if outcome.server_serial is None else f"{outcome.server_serial:x}",
                "legacy": outcome.legacy,
                "ignored": list(outcome.ignored),
            }
        case Refused():
            return {
                "outcome": "refused",
                "by": outcome.by.value,
                "causes": sorted(cause.value for cause in outcome.causes),
                "error": _chain(outcome.chain),
                "ignored": list(outcome.ignored),
            }
        case Unclassified():
            return {"outcome": "unclassified", "error": _chain(outcome.chain), "ignored": list(outcome.ignored)}
        case Hung():
            return {"outcome": "hung", "deadline_s": outcome.deadline_s}
        case ClientFault():
            return {"outcome": "client-fault", "how": outcome.how, "last_words": list(outcome.last_words)}
        case NotAttempted():
            return {"outcome": "not-attempted", "reason": outcome.reason}
        case _:
            assert_never(outcome)


def _chain(chain: tuple[RawError, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": link.kind, "code": link.code, "sqlstate": link.sqlstate, "message": link.message} for link in chain
    ]


def _testimony(observation: Observation) -> dict[str, Any] | None:
    testimony = observation.testimony
    if testimony is None:
        return None
    return {
        "seen": testimony.seen.value,
        "connection_ids": list(testimony.connection_ids),
        "counters": dict(testimony.counters),
        "log": list(testimony.log),
        "account": observation.user,
        "served_serial": None if observation.served_serial is None else f"{observation.served_serial:x}",
        "was": observation.server_was,
    }


KIND = Attempts()
