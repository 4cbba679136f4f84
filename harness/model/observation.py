"""One attempt, seen from both ends and from between them."""

from dataclasses import dataclass

from harness.model.evidence import ServerEvidence
from harness.model.outcome import Outcome
from harness.model.wire import WireEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The client's outcome and the server's testimony about the same attempt.

    ``served_serial`` is that of the certificate the server was presenting; ``user`` the account that was asked for;
    ``testimony`` None where the server could not be asked, because it refused its configuration.
    """

    outcome: Outcome
    testimony: ServerEvidence | None
    user: str = ""
    served_serial: int | None = None
    server_was: str = ""
    """How the server came to have what it was told: unchanged, reloaded, restarted, started afresh."""
    wire: WireEvidence | None = None
    """What passed between the two; None where nothing stood between them to read it."""
