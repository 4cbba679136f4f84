"""The report of a run as frozen values: what ``--json`` writes and ``read_report`` reads, format ``dbtls-report/3``.

``making.report_of`` makes one of a run that has just ended, ``reading.read_report`` reads one. Every other format, the
console included, is made of a ``Report``, so that a stored one shows as it did. Names are those of the JSON's keys.
These are stable:

- ``Report``: ``cases``, ``counts``, ``provenance``, ``missing``, ``faults``, ``not_reached``, ``properties``,
  ``divergences``, ``ended``, ``exit_code``, ``allow_missing``, ``fail_on``, ``duration_s``, ``first_verdict_s``,
  ``spent_s``, ``spent_by_theme_s``.
- ``CaseReport``: ``id``, ``claim``, ``server``, ``client``, ``status``, ``reason``, ``expected``, ``difference``,
  ``outcome``, ``known`` (``KnownReport``), ``skipped`` (``SkippedReport``), ``divergences``, ``faulted``, ``case``,
  ``duration_s``, ``rerun``, ``evidence``; read off these ``key``, ``ends``, ``theme``, ``is_unsafe``, ``is_lost``,
  ``brief``, ``lines()``.
- ``ProvenanceReport``: ``runs`` (``RunOrigin``, one each; several where reports were merged), ``servers``
  (``ServerReport``), ``clients`` (``ClientReport``).
- ``FaultReport``, ``MissingReport``, ``PendingReport``, ``PropertyReport``, ``DivergenceReport``, ``Counts``.
- Evidence, of ``evidence_model``: ``AttemptReport`` (``client``: a ``…End``, ``server``: a
  ``ServerEnd``), ``StartReport``, ``CommandReport``, ``RotationReport`` (``result.rotated()`` is what pictures take),
  ``OtherReport``; ``evidence()`` of each gives what the verdict rested on.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.exits import Exit
from harness.knowledge.rows import Severity
from harness.model.obstacle import Because
from harness.model.tls import TlsVersion
from harness.model.verdict import Status
from harness.names import theme_of
from harness.reports.evidence_model import EvidenceReport, evidence_lines
from harness.reports.shape import Count, Seconds, Shape
from harness.runner.results import Ended

FORMAT = "dbtls-report/3"


class FailOn(Enum):
    """What else than a failure ends a run with the exit code of one, where that was asked for."""

    UNSAFE = "unsafe"
    """A known deviation that is unsafe."""
    KNOWN = "known"
    """A known deviation."""
    SKIPPED = "skipped"
    """A case that was not run."""


class Counts(Shape):
    """How many cases came to each status."""

    pass_: Annotated[int, Field(ge=0, alias="pass")]
    """Cases as expected."""
    known: Count
    """Cases that deviate as the data of their server or client declares."""
    skipped: Count
    """Cases that were not run, each with its reason."""
    inconclusive: Count
    """Cases that prove nothing either way."""
    fail: Count
    """Cases that deviate."""

    def __getitem__(self, status: Status) -> int:
        """How many came to ``status``."""
        count: int = getattr(self, "pass_" if status is Status.PASS else status.value)
        return count


class RunOrigin(Shape):
    """One run: what was run, where, and with what."""

    harness: str
    """Name and version of the harness."""
    revision: str
    """The git head that the harness ran from, `-dirty` when the tree differed; `unknown` outside a checkout."""
    command: str
    """What the user typed."""
    engine: str
    """The container engine and its version."""
    python: str
    """The version of the harness's own Python."""
    machine: str
    """Operating system, its release, and the machine's architecture."""
    begun: datetime | None
    """When it began, with its offset from UTC; null where its report did not say."""
    ended: Ended
    """How it ended."""
    duration_s: Seconds
    """How long it took, in seconds."""
    shard: Annotated[str, Field(pattern="^[1-9][0-9]*/[1-9][0-9]*$")] | None
    """Which part of the cases it had, as `2/3`; null: all."""


class ServerReport(Shape):
    """What a server said of itself in this run."""

    name: str
    """The server build's name."""
    product: str
    """What ranges of knowledge see in what it says: name and version, and the parts that it is made of."""
    image: str
    """The image that it ran from; its tag is a digest of what it was made of."""
    version: str
    """VERSION() as the server gave it."""
    tls_library: str
    """The server's TLS library and its version, as the server gave them."""
    protocols: tuple[TlsVersion, ...]
    """The protocol versions that it offers as shipped."""
    reload: str | None
    """The statement that reloads its TLS material; null when it has none."""


class ClientReport(Shape):
    """What a client's probe said of itself in this run."""

    name: str
    """The client's name."""
    product: str
    """What ranges of knowledge see in what it says: name and version, and the parts that it is made of."""
    driver: str
    """The driver and its version."""
    runtime: str
    """What the driver runs in, and its version."""
    tls_library: str
    """The client's TLS library and its version."""
    properties: tuple[str, ...]
    """The properties that its driver lists; empty for a driver that takes none."""


class ProvenanceReport(Shape):
    """What was run, where, and with what."""

    runs: Annotated[tuple[RunOrigin, ...], Field(min_length=1)]
    """The run; several where this is the sum of several reports."""
    servers: tuple[ServerReport, ...]
    """Every server that was reached, by name. A name stands twice where runs had different servers by it."""
    clients: tuple[ClientReport, ...]
    """Every client, by name. A name stands twice where runs had different clients by it."""


class MissingReport(Shape):
    """A server or a client that was not available."""

    kind: Literal["server", "client"]
    """What was not available."""
    name: str
    """Its name."""
    reason: str
    """Why it was not available."""
    remedy: str
    """What to do about it."""
    detail: tuple[str, ...]
    """The last lines of what failed."""


class FaultReport(Shape):
    """A malfunction of the harness, its surroundings or a client."""

    server: str | None
    """The server build that it was met with; null where it concerns none."""
    client: str | None
    """The client that it was met with; null where it concerns none."""
    text: str
    """What went wrong."""
    remedy: str
    """What to do about it."""
    detail: tuple[str, ...]
    """Raw lines: a log's end, a probe's last words."""
    traceback: tuple[str, ...]
    """Of a defect of dbtls itself: the places that it came through, outermost first, as `file:line function`."""
    cases: tuple[str, ...]
    """The ids of the cases that it cost: they fail or are inconclusive because of it. A scenario's, where the cases
    were not made."""

    @property
    def place(self) -> str:
        """What it was met with, for a reader: server and client, or what is known of them."""
        return " ".join(name for name in (self.server, self.client) if name is not None)


class PendingReport(Shape):
    """A case without a verdict."""

    id: str
    """The case's id, or its scenario's where the cases were not made yet."""
    server: str
    """The server build."""
    client: str | None
    """The client's name; null where no client takes part."""
    claim: str
    """What the scenario claims."""

    @property
    def key(self) -> tuple[str, str, str]:
        """As of ``CaseReport``."""
        return (self.id, self.server, self.client or "")


class PropertyReport(Shape):
    """What a client's driver makes of a property."""

    client: str
    """The client."""
    server: str
    """The server build."""
    name: str
    """The property."""
    use: Literal["honours", "translates", "ignores", "refuses"]
    """It makes a difference and the driver lists it; it makes one and the driver does not list it; it makes none, and
    nothing is said; the driver does not begin because of it."""
    outcome: str
    """What became of the attempt with the property as in the guide."""
    outcome_otherwise: str
    """What became of the attempt with another value of it, or without it."""


class DivergenceReport(Shape):
    """A case in which something is not as a document says."""

    list: str
    """The heading of the list that it belongs to."""
    id: str
    """The case's id."""
    server: str
    """The server build's name."""
    client: str | None
    """The client's name; null where no client takes part."""
    expected: str
    """What the document says."""
    outcome: str
    """What came of it."""
    reason: str
    """Why."""
    source: str
    """Where that is known from."""


class KnownReport(Shape):
    """A declared deviation."""

    severity: Severity
    """`unsafe`: connected unverified or in the clear, a server without TLS, a revoked certificate that gets in.
    `breaks`: what should work does not. `text`: the same refusal by other words, another cause or the other side.
    `guide`: the document does not say what today's tools and servers do."""
    reason: str
    """Why it deviates."""
    source: str
    """Where that is known from."""
    servers: tuple[str, ...]
    """Ranges of the servers that it is about; empty: all."""
    clients: tuple[str, ...]
    """Ranges of the clients that it is about; empty: all."""
    measured: tuple[str, ...]
    """Products on which it was seen, of either end."""
    unmeasured: str
    """Where it was measured, if not on these versions; empty if it was."""
    place: str
    """File and line of the declaration."""


class SkippedReport(Shape):
    """Why a case was not run, as reports count it."""

    because: Because
    """`client`, `server`, `machine`: which of them cannot do what the case needs. `unavailable`: the server or the
    client was not available at all. `not-applicable`: the case has nothing to show there."""
    what: str
    """What cannot be done, in a word or two; empty where that says nothing more."""


class CaseReport(Shape):
    """One case on one server with one client."""

    id: str
    """`theme::scenario`, or `theme::scenario/label`."""
    claim: str
    """What the scenario states, in one sentence."""
    server: str
    """The server build's name."""
    client: str | None
    """The client's name; null where no client takes part."""
    status: Status
    """What the case came to."""
    reason: str
    """Why, in one sentence."""
    expected: str
    """What was expected to happen; empty when the case was not run."""
    difference: str
    """The one change from the good situation to the case, or a journey's steps; empty when the case was not run."""
    outcome: str
    """What became of it, in words; empty when the case was not run."""
    known: KnownReport | None
    """The declaration that made it `known`; null for another status."""
    skipped: SkippedReport | None
    """Why it is `skipped`; null for another status, and where an earlier format did not say."""
    divergences: str
    """The heading of the list of its own that its theme has for what is known; empty where it has none."""
    faulted: bool
    """Whether it fails or is inconclusive because of a fault, which stands in `faults`."""
    case: dict[str, Any] | None
    """The case itself as data, so that it can be carried out again: its `kind`, a good situation, the change, what is
    expected, as a TOML file of cases has them (docs/scenarios.md). Null where nothing was to be carried out, and for a
    document's commands."""
    duration_s: Seconds
    """From the case's own first attempt to its last, in seconds; shared proofs of the good situation are not
    counted."""
    rerun: str
    """The command that runs just this case again."""
    evidence: tuple[EvidenceReport, ...]
    """All that the verdict rests on, in order: attempts by a client, starts of the server, commands of a document, a
    rotation under load."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Id, server, client: what a report has once, and is sorted by; an empty client is none."""
        return (self.id, self.server, self.client or "")

    @property
    def ends(self) -> tuple[str, ...]:
        """The server, and the client where one takes part."""
        return (self.server,) if self.client is None else (self.server, self.client)

    @property
    def theme(self) -> str:
        """What stands before ``::`` in its id."""
        return theme_of(self.id)

    @property
    def is_unsafe(self) -> bool:
        """Whether it is a known deviation that is unsafe."""
        return self.known is not None and self.known.severity is Severity.UNSAFE

    @property
    def is_lost(self) -> bool:
        """Whether a fault kept it from being carried out."""
        return self.faulted and not self.evidence and self.status is Status.INCONCLUSIVE

    @property
    def brief(self) -> str:
        """What was seen last, in a word or two, for a table; may be empty."""
        return self.evidence[-1].evidence().brief if self.evidence else ""

    def lines(self) -> Iterator[str]:
        """What was changed, and all that the verdict rests on, for a reader."""
        if self.difference:
            yield f"one difference: {self.difference}"
        for piece in self.evidence:
            yield from evidence_lines(piece)


class Report(Shape):
    """One run of dbtls, or several whose reports were merged: what was run, where, and what each case came to.

    A change that breaks readers changes the number in `format`.
    """

    format: Literal["dbtls-report/3"]
    """The name and version of this format."""
    ended: Ended
    """How the run ended: by itself, by Ctrl-C, by SIGTERM, by the first case that did not pass where that was asked
    for, or killed: what it had streamed breaks off. Of a run that did not finish, `not_reached` is the rest. The worst
    of several."""
    exit_code: Exit
    """130 interrupted by Ctrl-C, 143 ended by SIGTERM; else 2 there was a fault, or the run was killed; else 1 a case
    failed, or is what `fail_on` names; else 3 inconclusive: a case was, a server build was missing, or nothing was
    proved; else 0 all passed."""
    allow_missing: bool
    """Whether a server build that was not available makes no difference to the exit code."""
    fail_on: tuple[FailOn, ...]
    """What else than a failure makes the exit code 1: unsafe known deviations, known deviations, skipped cases."""
    counts: Counts
    """How many cases came to each status."""
    duration_s: Seconds
    """The whole run, in seconds; the longest of several."""
    first_verdict_s: Seconds | None
    """From the run's beginning to its first verdict, in seconds; null when there was none. The first of several."""
    spent_s: dict[str, Seconds]
    """Seconds by kind of work, summed over the servers, which run side by side."""
    spent_by_theme_s: dict[str, Seconds]
    """The same seconds by the theme of the cases that they were spent on, without what is no case's own: images, a
    server's first start, the harness's work."""
    provenance: ProvenanceReport
    """What was run, where, and with what."""
    missing: tuple[MissingReport, ...]
    """Servers and clients that were not available."""
    faults: tuple[FaultReport, ...]
    """Malfunctions of the harness, its surroundings or a client, each once, with what they cost."""
    not_reached: tuple[PendingReport, ...]
    """The cases without a verdict because the run was ended before its end. A scenario whose cases were not made yet
    stands here once for all of them."""
    properties: tuple[PropertyReport, ...]
    """What each client's driver makes of the guide's properties, read off two attempts that differ in one."""
    divergences: tuple[DivergenceReport, ...]
    """Every case that deviates as its theme declares, where the theme has a list of its own for these: what today's
    tools and servers no longer do as a document says."""
    cases: tuple[CaseReport, ...]
    """Every case on every server with every client, by id, server, client."""

    def count(self, status: Status) -> int:
        """How many cases came to ``status``."""
        return self.counts[status]
