"""Both ends' evidence about a case, as lines for a reader."""

from collections.abc import Iterator
from typing import assert_never

from harness.judge.case import told
from harness.model.observation import Observation
from harness.model.outcome import Accepted, ClientFault, NotAttempted, Refused, Unclassified
from harness.reports.rotation.words import finding_line, terms_line
from harness.runner.results import AnyProof, CellResult, Proof, RotationProof, StartProof, TrialProof


def result_lines(result: CellResult) -> Iterator[str]:
    """What was changed, and the evidence of every attempt that the verdict rests on."""
    if result.difference:
        yield f"one difference: {result.difference}"
    for proof in result.proofs:
        yield from evidence_lines(proof)


def evidence_lines(proof: AnyProof) -> Iterator[str]:
    """What was expected, and what is there to show for what came of it."""
    yield f"{proof.label}: expected {proof.expected}"
    match proof:
        case Proof(observation=observation):
            yield from _attempt_lines(observation)
        case StartProof(outcome=outcome):
            yield f"  server, as the harness's own client finds it: {outcome}"
            if outcome.error:
                yield f"    handshake: {outcome.error}"
            yield from (f"    log: {line}" for line in outcome.log)
        case TrialProof(trial=trial):
            yield f"  command: {trial.command}"
            if trial.ran not in {"", trial.command}:
                yield f"  carried out as: {trial.ran}"
            yield f"  found: {trial.found}"
            yield from (f"    printed: {line}" for line in trial.said)
        case RotationProof(rotated=rotated):
            yield f"  terms: {terms_line(rotated.terms)}"
            yield from (f"  {finding.status.value}: {finding_line(finding)}" for finding in rotated.findings)
        case _:
            assert_never(proof)


def _attempt_lines(observation: Observation) -> Iterator[str]:
    """What the client's end and the server's end say."""
    yield f"  client: {told(observation.outcome)}{_seen_by_client(observation)}"
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
    testimony = observation.testimony
    if testimony is None:
        yield "  server: nothing to ask; it would not serve what it was told"
        return
    counters = ", ".join(f"{name} +{moved}" for name, moved in sorted(testimony.counters.items()))
    yield f"  server ({observation.server_was}): {testimony.seen.value}" + (f" [{counters}]" if counters else "")
    for line in testimony.log:
        yield f"    log: {line}"


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
