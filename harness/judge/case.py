"""The verdict of one case: right outcome, right reason, all witnesses agreeing, and the good situation around it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import assert_never

from harness.judge.agreement import AGREES, CERTIFICATE_CAUSES, LOSES_THE_ALERT
from harness.judge.wire import contradiction, retried
from harness.model.evidence import Seen
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.observation import Observation
from harness.model.outcome import (
    Accepted,
    Cause,
    ClientFault,
    Hung,
    NotAttempted,
    Outcome,
    RawError,
    Refused,
    Unclassified,
)
from harness.model.verdict import Status, Verdict


def judge_case(
    expectation: Expectation,
    observation: Observation,
    *,
    good: Sequence[Observation],
    good_expectation: ExpectAccepted,
    silent: AbstractSet[Cause] = frozenset(),
) -> Verdict:
    """Judge ``observation`` against ``expectation``.

    ``good`` are the proofs of the good situation before and after it; when one of them is not as ``good_expectation``
    says, nothing is proved and the verdict is INCONCLUSIVE. ``silent`` are the causes for which the build is
    known to log nothing about a refusal. A client that breaks in the attempt itself FAILs whatever the good
    situation: no situation is one in which it may.
    """
    return (
        client_broke(observation)
        or unproved(good, good_expectation, silent=silent)
        or _judge(expectation, observation, silent=silent)
    )


def client_broke(observation: Observation) -> Verdict | None:
    """FAIL if the client's probe broke in this attempt; else None."""
    if isinstance(observation.outcome, ClientFault):
        return Verdict(Status.FAIL, describe(observation.outcome))
    return None


def unproved(
    good: Sequence[Observation], expectation: ExpectAccepted, *, silent: AbstractSet[Cause] = frozenset()
) -> Verdict | None:
    """INCONCLUSIVE if a proof of the good situation is not as expected; None if all are."""
    for proof in good:
        verdict = _judge(expectation, proof, silent=silent)
        if verdict.status is not Status.PASS:
            return Verdict(Status.INCONCLUSIVE, f"the good situation does not hold: {verdict.reason}")
    return None


def describe(outcome: Outcome) -> str:
    """An outcome in one line."""
    match outcome:
        case Accepted():
            if outcome.version is None:
                return "accepted in the clear"
            return f"accepted over {outcome.version}" + (", legacy crypto allowed" if outcome.legacy else "")
        case Refused():
            causes = " or ".join(sorted(cause.value for cause in outcome.causes))
            return f"refused by the {outcome.by.value}: {causes}"
        case Unclassified():
            return "an error that no table knows: " + chain_text(outcome.chain)
        case Hung():
            return f"no answer for {outcome.deadline_s:g} s"
        case ClientFault():
            return f"the client's probe {outcome.how}"
        case NotAttempted():
            return f"not attempted: {outcome.reason}"
        case _:
            assert_never(outcome)


def chain_text(chain: Sequence[RawError]) -> str:
    """A raw error chain, outermost first."""
    return " ← ".join(str(link) for link in chain)


def _judge(expectation: Expectation, observation: Observation, *, silent: AbstractSet[Cause]) -> Verdict:
    verdict = _with_the_wire(_judged(expectation, observation, silent=silent), observation)
    outcome = observation.outcome
    # Whatever the result: what the driver was configured with is not what it did.
    if isinstance(outcome, Accepted | Refused | Unclassified) and outcome.ignored:
        return Verdict(verdict.status, f"{verdict.reason}; ignored in silence: {', '.join(outcome.ignored)}")
    return verdict


def _with_the_wire(verdict: Verdict, observation: Observation) -> Verdict:
    """``verdict`` in the light of the third witness. A FAIL stays one: what it says of the client holds anyway."""
    if not isinstance(observation.outcome, Accepted | Refused):
        return verdict
    against = contradiction(observation)
    if against is not None:
        if verdict.status is Status.FAIL:
            return Verdict(Status.FAIL, f"{verdict.reason}; contradicted by the wire: {against}")
        return Verdict(Status.INCONCLUSIVE, against)
    made = retried(observation)
    if made and verdict.status is not Status.FAIL:
        return Verdict(Status.FAIL, _retried(made))
    return verdict


def _judged(expectation: Expectation, observation: Observation, *, silent: AbstractSet[Cause]) -> Verdict:
    outcome = observation.outcome
    match outcome:
        case Unclassified() | NotAttempted():
            return Verdict(Status.INCONCLUSIVE, describe(outcome))
        case ClientFault():
            return Verdict(Status.FAIL, describe(outcome))
        case Hung():
            return Verdict(Status.FAIL, f"the client hung ({describe(outcome)}), which is neither accepted nor refused")
        case Accepted():
            if isinstance(expectation, ExpectRefused):
                return Verdict(Status.FAIL, _accepted_instead(expectation, outcome))
            return _accepted(expectation, observation, outcome)
        case Refused():
            if isinstance(expectation, ExpectAccepted):
                return Verdict(Status.FAIL, f"{describe(outcome)}: {chain_text(outcome.chain)}")
            return _refused(expectation, observation, outcome, silent=silent)
        case _:
            assert_never(outcome)


def _accepted_instead(expectation: ExpectRefused, outcome: Accepted) -> str:
    if expectation.cause in CERTIFICATE_CAUSES:
        return f"connected but unverified: {describe(outcome)}, expected to be {expectation}"
    if outcome.version is None and expectation.cause is Cause.NO_TLS:
        return "connected in the clear although TLS was required"
    return f"{describe(outcome)}, expected to be {expectation}"


def _accepted(expectation: ExpectAccepted, observation: Observation, outcome: Accepted) -> Verdict:
    if expectation.encrypted != (outcome.version is not None):
        return Verdict(Status.FAIL, f"{describe(outcome)}, expected to be {expectation}")
    if expectation.version is not None and outcome.version is not expectation.version:
        return Verdict(Status.FAIL, f"{describe(outcome)}, expected {expectation.version}")
    testimony = observation.testimony
    if testimony is None or testimony.seen is not Seen.LOGGED_IN:
        seen = "nothing" if testimony is None else testimony.seen.value
        return Verdict(Status.INCONCLUSIVE, f"the client says accepted, the server's end says: {seen}")
    if outcome.connection_id not in testimony.connection_ids:
        return Verdict(
            Status.INCONCLUSIVE,
            f"the client's connection id {outcome.connection_id} is none that the server counted "
            f"({', '.join(map(str, testimony.connection_ids))})",
        )
    if len(testimony.connection_ids) > 1:
        return Verdict(Status.FAIL, _retried(len(testimony.connection_ids)))
    if outcome.account.partition("@")[0] != observation.user:
        return Verdict(Status.FAIL, f"logged in as `{outcome.account}`, not as `{observation.user}`")
    if outcome.version is not None and outcome.server_serial not in {None, observation.served_serial}:
        return Verdict(
            Status.FAIL,
            f"the client saw certificate serial {outcome.server_serial:x}, the server was told to serve another",
        )
    return Verdict(Status.PASS, describe(outcome))


def _refused(
    expectation: ExpectRefused, observation: Observation, outcome: Refused, *, silent: AbstractSet[Cause]
) -> Verdict:
    wanted = (expectation.by or outcome.by, expectation.cause)
    lost = outcome.causes == {Cause.CONNECTION_LOST} and wanted in LOSES_THE_ALERT
    if not lost and (outcome.by is not wanted[0] or expectation.cause not in outcome.causes):
        return Verdict(
            Status.FAIL, f"{describe(outcome)}, expected to be {expectation}; raw: {chain_text(outcome.chain)}"
        )
    if expectation.cause in {Cause.NOT_SERVED, Cause.RELOAD_REFUSED}:
        return Verdict(Status.PASS, describe(outcome))
    testimony = observation.testimony
    if testimony is None:
        return Verdict(Status.INCONCLUSIVE, "the server's end was not heard")
    # A lost connection says so little that "it ended early" at the server's end would add nothing to it.
    agreeing = {Seen.HANDSHAKE_FAILED} if lost else AGREES.get(wanted, frozenset())
    if testimony.seen not in agreeing:
        return Verdict(
            Status.INCONCLUSIVE, f"the client says {describe(outcome)}, the server's end says: {testimony.seen.value}"
        )
    if len(testimony.connection_ids) > 1:
        return Verdict(Status.FAIL, _retried(len(testimony.connection_ids)))
    if testimony.seen is not Seen.NOTHING and not testimony.log and expectation.cause not in silent:
        return Verdict(Status.INCONCLUSIVE, f"{describe(outcome)}, and the server's log says nothing about it")
    if lost:
        return _lost(expectation, outcome, testimony.seen, () if observation.wire is None else observation.wire.faults)
    return Verdict(Status.PASS, describe(outcome))


def _lost(expectation: ExpectRefused, outcome: Refused, seen: Seen, faults: Sequence[str]) -> Verdict:
    """A refusal in whose place the client saw a lost connection: the certificate itself must have the fault."""
    said = f"{describe(outcome)}; the server's end: {seen.value}"
    found = " and ".join(faults)
    if not faults:
        return Verdict(Status.PASS, f"{said}; for which fault of the certificate, neither end says")
    if expectation.cause.value not in faults:
        return Verdict(
            Status.INCONCLUSIVE, f"{said}; the client's certificate is {found}, not {expectation.cause.value}"
        )
    return Verdict(Status.PASS, f"{said}; the client's certificate is {found}")


def _retried(made: int) -> str:
    return f"the client made {made} connections for one attempt: it retried without saying so"
