"""Both ends' evidence about one attempt, as lines for a reader."""

from collections.abc import Iterator

from harness.judge.case import told
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Refused, Unclassified
from harness.runner.results import Proof


def evidence_lines(proof: Proof) -> Iterator[str]:
    """What was expected of an attempt, what the client's end and the server's end say."""
    observation = proof.observation
    yield f"{proof.label}: expected {proof.expected}"
    yield f"  client: {told(observation.outcome)}{_seen_by_client(observation)}"
    match observation.outcome:
        case Refused(chain=chain) | Unclassified(chain=chain):
            for link in chain:
                yield f"    raw: {link}"
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
