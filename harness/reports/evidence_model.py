"""What a verdict rests on, as a report has it: values of the JSON, and back to what was seen.

A union told apart by ``kind``. A kind of case that a report's reader does not know is ``OtherReport``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, assert_never

from pydantic import ConfigDict, Discriminator, Field, Tag

from harness.case.command_check import CommandCheck
from harness.judge.case import describe
from harness.kinds.attempt import AttemptEvidence
from harness.kinds.command import CommandEvidence
from harness.kinds.kind import Evidence
from harness.kinds.rotation.kind import RotationEvidence
from harness.kinds.start_up import StartEvidence
from harness.model.evidence import Seen, ServerEvidence
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
    Side,
    Unclassified,
)
from harness.model.startup import Start, StartOutcome
from harness.model.tls import TlsVersion
from harness.model.wire import WireEvidence
from harness.reports.rotation.model import RotatedReport
from harness.reports.shape import Count, Serial, Shape

KINDS = frozenset({"attempt", "start", "command", "rotation"})
"""The kinds of evidence that the model knows."""

_Ignored = Annotated[tuple[str, ...], Field(json_schema_extra={"uniqueItems": True})]


class ErrorReport(Shape):
    """One link of a driver's error chain, as the driver gave it."""

    kind: str
    """The exception's class, or where the error comes from."""
    code: int | None
    """The error's number; null when it has none."""
    sqlstate: str | None
    """The error's SQLSTATE; null when it has none."""
    message: str
    """The error's text."""

    def raw(self) -> RawError:
        """It, as a probe reported it."""
        return RawError(kind=self.kind, message=self.message, code=self.code, sqlstate=self.sqlstate)


class AcceptedEnd(Shape):
    """A query came back."""

    outcome: Literal["accepted"]
    """Which outcome this is."""
    tls_version: TlsVersion | None
    """The session's protocol version; null in the clear."""
    cipher: str | None
    """The session's cipher suite; null in the clear."""
    account: str
    """CURRENT_USER() as the server gave it."""
    connection_id: Count
    """CONNECTION_ID() as the server gave it."""
    server_serial: Serial | None
    """The serial of the certificate that the client saw, hexadecimal; null where it saw none or cannot show it."""
    legacy: bool
    """Whether the client had been allowed legacy crypto."""
    ignored: _Ignored
    """Properties that the driver was given and does not list: it ignores them in silence."""


class RefusedEnd(Shape):
    """The connection was refused."""

    outcome: Literal["refused"]
    """Which outcome this is."""
    by: Side
    """Which end refused."""
    causes: Annotated[tuple[Cause, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})]
    """Why: one cause, or those between which the driver's text does not tell."""
    error: tuple[ErrorReport, ...]
    """The driver's own error, outermost first."""
    ignored: _Ignored
    """Properties that the driver was given and does not list: it ignores them in silence."""


class UnclassifiedEnd(Shape):
    """The driver reported an error that no table knows."""

    outcome: Literal["unclassified"]
    """Which outcome this is."""
    error: tuple[ErrorReport, ...]
    """The driver's own error, outermost first."""
    ignored: _Ignored
    """Properties that the driver was given and does not list: it ignores them in silence."""


class HungEnd(Shape):
    """The client gave no answer in time and was ended."""

    outcome: Literal["hung"]
    """Which outcome this is."""
    deadline_s: Annotated[float, Field(gt=0)]
    """How long its answer was waited for, in seconds."""


class ClientFaultEnd(Shape):
    """The client's probe died while it had the attempt in hand, or answered what its protocol does not allow."""

    outcome: Literal["client-fault"]
    """Which outcome this is."""
    how: str
    """What it did; completes «the client's probe …»."""
    last_words: tuple[str, ...]
    """The last lines on its standard error."""


class NotAttemptedEnd(Shape):
    """No attempt was made, because the client's probe is not available any more."""

    outcome: Literal["not-attempted"]
    """Which outcome this is."""
    reason: str
    """Why."""


ClientEnd = AcceptedEnd | RefusedEnd | UnclassifiedEnd | HungEnd | ClientFaultEnd | NotAttemptedEnd
"""What became of an attempt at the client's end."""


class ServerEnd(Shape):
    """What the server's end says of an attempt."""

    seen: Seen
    """What became of the connection, by the server's counters and log."""
    connection_ids: tuple[Count, ...]
    """The connections that the attempt made, by the server's own count."""
    counters: dict[str, int]
    """The server's status counters that moved, by name, and how far."""
    log: tuple[str, ...]
    """The lines of the server's log about these connections."""
    account: str
    """The account that the client was told to use."""
    served_serial: Serial | None
    """The serial of the certificate that the server was serving, hexadecimal; null without TLS."""
    was: str
    """How the server came to serve what it did: unchanged, reloaded, restarted, started afresh."""


class AttemptReport(Shape):
    """One attempt, seen from both ends."""

    kind: Literal["attempt"]
    """What this is evidence of."""
    label: str
    """Which one: `good before`, `case`, `good after`, or `step` and its name."""
    expected: str
    """What was expected of this attempt."""
    client: Annotated[ClientEnd, Field(discriminator="outcome")]
    """What became of it at the client's end."""
    wire: WireEvidence | None
    """What passed between the two, as far as it was in the clear; null where nothing stood between them to read it."""
    server: ServerEnd | None
    """What the server's end says; null where the server would not serve what it was told, and nobody was asked."""

    def observation(self) -> Observation:
        """The attempt, as it was observed."""
        server = self.server
        if server is None:
            return Observation(outcome=_outcome(self.client), testimony=None, wire=self.wire)
        return Observation(
            outcome=_outcome(self.client),
            testimony=ServerEvidence(
                seen=server.seen, connection_ids=server.connection_ids, counters=server.counters, log=server.log
            ),
            user=server.account,
            served_serial=_number(server.served_serial),
            server_was=server.was,
            wire=self.wire,
        )

    def evidence(self) -> AttemptEvidence:
        """It, as the verdict rested on it."""
        return AttemptEvidence(label=self.label, expected=self.expected, observation=self.observation())

    @property
    def words(self) -> str:
        """What the client reports, in one line."""
        return describe(_outcome(self.client))


class StartReport(Shape):
    """One start of the server with literal options and files.

    As the harness's own client finds it, which refuses nothing that a server might present.
    """

    kind: Literal["start"]
    """What this is evidence of."""
    label: str
    """Which one: `good before`, or `case`."""
    expected: str
    """What was expected of this start."""
    outcome: Literal["serves", "without", "breaks", "refuses", "hangs"]
    """It serves TLS; starts without TLS; offers TLS and no handshake succeeds; ends; neither answers nor ends."""
    tls_version: TlsVersion | None
    """The protocol version that was negotiated; null where none was."""
    alone: bool
    """Whether only a client that offers no other version is served."""
    plaintext: bool
    """Whether a login in the clear succeeded; true where none was tried."""
    dropped: tuple[str, ...]
    """The options that the server took and has no value for."""
    error: str
    """Why no handshake succeeded; empty where one did or none was tried."""
    log: tuple[str, ...]
    """The server's errors, and its warnings about TLS."""

    def evidence(self) -> StartEvidence:
        """It, as the verdict rested on it."""
        outcome = StartOutcome(
            start=Start[self.outcome.upper()],
            version=self.tls_version,
            alone=self.alone,
            plaintext=self.plaintext,
            dropped=self.dropped,
            error=self.error,
            log=self.log,
        )
        return StartEvidence(label=self.label, expected=self.expected, outcome=outcome)


class CommandReport(Shape):
    """What came of a command that a document has."""

    kind: Literal["command"]
    """What this is evidence of."""
    label: str
    """Which one: `case`."""
    expected: str
    """What the document says comes of it."""
    command: str
    """The command as the document writes it."""
    ran: str
    """The command with what stands for the document's own paths and names; empty where it was not carried out."""
    found: str
    """What came of it."""
    printed: tuple[str, ...]
    """What it printed."""

    def evidence(self) -> CommandEvidence:
        """It, as the verdict rested on it."""
        trial = CommandCheck(
            command=self.command, ran=self.ran, expected=self.expected, found=self.found, said=self.printed
        )
        return CommandEvidence(label=self.label, expected=self.expected, trial=trial)


class RotationReport(Shape):
    """What was found in the history of a rotation under load."""

    kind: Literal["rotation"]
    """What this is evidence of."""
    label: str
    """What was looked at: `history`."""
    expected: str
    """What was expected."""
    result: RotatedReport
    """What was found, as `dbtls rotate --json` writes it."""

    def evidence(self) -> RotationEvidence:
        """It, as the verdict rested on it."""
        return RotationEvidence(label=self.label, expected=self.expected, rotated=self.result.rotated())


class OtherReport(Shape):
    """Evidence of a kind of case that the model does not know: what it says is kept beside how it reads."""

    model_config = ConfigDict(extra="allow")

    kind: Annotated[str, Field(json_schema_extra={"not": {"enum": sorted(KINDS)}})]
    """What this is evidence of."""
    label: str
    """Which part of it."""
    expected: str
    """What was expected."""
    brief: str
    """What was seen, in a word or two; may be empty."""
    lines: tuple[str, ...]
    """What was seen, for a reader."""

    def evidence(self) -> "OtherEvidence":
        """It, as a reader has it."""
        return OtherEvidence(report=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvidence:
    """Evidence that is known by its report alone."""

    report: OtherReport

    @property
    def label(self) -> str:
        return self.report.label

    @property
    def expected(self) -> str:
        return self.report.expected

    @property
    def brief(self) -> str:
        return self.report.brief

    def lines(self) -> Iterator[str]:
        yield from self.report.lines

    def as_json(self) -> dict[str, Any]:
        return self.report.model_dump(mode="json")


def _kind(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return str(kind) if kind in KINDS else "other"


EvidenceReport = Annotated[
    Annotated[AttemptReport, Tag("attempt")]
    | Annotated[StartReport, Tag("start")]
    | Annotated[CommandReport, Tag("command")]
    | Annotated[RotationReport, Tag("rotation")]
    | Annotated[OtherReport, Tag("other")],
    Discriminator(_kind),
]
"""A piece of evidence. ``evidence()`` of each gives what the verdict rested on, with ``lines()`` for a reader."""


def evidence_lines(piece: EvidenceReport) -> Iterator[str]:
    """What was expected of ``piece``, and what there is to show for what came of it."""
    seen: Evidence = piece.evidence()
    yield f"{seen.label}: expected {seen.expected}"
    yield from seen.lines()


def _outcome(end: ClientEnd) -> Outcome:
    match end:
        case AcceptedEnd():
            return Accepted(
                version=end.tls_version,
                cipher=end.cipher,
                account=end.account,
                connection_id=end.connection_id,
                server_serial=_number(end.server_serial),
                legacy=end.legacy,
                ignored=end.ignored,
            )
        case RefusedEnd():
            return Refused(by=end.by, causes=frozenset(end.causes), chain=_chain(end.error), ignored=end.ignored)
        case UnclassifiedEnd():
            return Unclassified(chain=_chain(end.error), ignored=end.ignored)
        case HungEnd():
            return Hung(deadline_s=end.deadline_s)
        case ClientFaultEnd():
            return ClientFault(how=end.how, last_words=end.last_words)
        case NotAttemptedEnd():
            return NotAttempted(reason=end.reason)
        case _:
            assert_never(end)


def _chain(error: tuple[ErrorReport, ...]) -> tuple[RawError, ...]:
    return tuple(link.raw() for link in error)


def _number(serial: str | None) -> int | None:
    return None if serial is None else int(serial, 16)
