"""The JSON of a rotation under load as values: what ``dbtls rotate --json`` writes, and a rotation's case has."""

from typing import Annotated, Literal

from pydantic import Field

from harness.exits import Exit
from harness.history.terms import understood
from harness.kinds.rotation.as_json import as_json
from harness.model.history import Kind
from harness.model.rotated import Figures, Finding, GenerationFigures, Mark, Moment, Rotated
from harness.model.rotation import Control, How, Terms, What
from harness.model.verdict import Status, Verdict
from harness.reports.shape import Count, Seconds, Shape


class VerdictReport(Shape):
    """What it came to: the worst finding."""

    status: Status
    """A rotation's is pass, inconclusive or fail."""
    step: str
    """The step that it is about; empty for a pass, or where none can be named."""
    reason: str
    """One sentence."""


class MixReport(Shape):
    """What else arrives."""

    check_outs: Annotated[float, Field(ge=0)]
    """Check-outs from pools for each new connection."""
    held: Annotated[float, Field(ge=0)]
    """Held check-outs for each new connection."""
    hold_s: Seconds
    """How long those are held."""


class TermsReport(Shape):
    """What was asked for."""

    what: What
    """What was exchanged."""
    how: How
    """How it was brought to the client."""
    stores: str
    """The form of the key stores."""
    rotations: Count
    """How many rotations."""
    rate: Annotated[float, Field(ge=0)]
    """New connections a second, scheduled."""
    mix: MixReport
    """What else arrives."""
    duration_s: Seconds
    """How long arrivals are scheduled."""
    max_life_time_s: Seconds
    """maxLifeTime of the pools."""
    drain_s: Seconds
    """How long after a step the last connection of a retired generation may live."""
    at_least: Count
    """Successes that each generation needs."""
    server_moves: bool
    """Whether the server's certificate follows; false: this server cannot reload."""
    control: Control | None
    """What was broken on purpose; null: nothing."""

    def terms(self) -> Terms:
        """These, as whoever judges has them."""
        return understood(self.model_dump(mode="json"))


class FindingReport(Shape):
    """What one checker found."""

    checker: str
    """Its name."""
    status: Status
    """What it came to."""
    step: str
    """The step that it is about, or empty."""
    reason: str
    """One sentence."""


class AttemptCounts(Shape):
    """Counts by the kind of an attempt."""

    connect: Count
    """Connections of the load's own: opened, asked, closed."""
    open: Count
    """Connections that a pool opened."""
    try_: Annotated[int, Field(ge=0, alias="try")]
    """Connections with which a reload tried a new configuration."""
    check_out: Annotated[int, Field(ge=0, alias="check-out")]
    """Borrowed from a pool, asked once, given back."""
    held: Count
    """Borrowed from a pool, asked again and again for some seconds, given back."""

    def by_kind(self) -> dict[Kind, int]:
        """These, those that are none left out."""
        counts = {Kind(kind): count for kind, count in self.model_dump(by_alias=True).items()}
        return {kind: count for kind, count in counts.items() if count}


class FiguresReport(Shape):
    """Counts and times of the run."""

    attempts: AttemptCounts
    """Attempts begun, by kind."""
    served: AttemptCounts
    """Attempts in which a query came back, by kind."""
    failures: dict[str, Annotated[int, Field(ge=1)]]
    """Attempts that failed, by cause."""
    indeterminate: Count
    """Attempts begun that have no end."""
    bound: Annotated[float, Field(ge=0)] | None
    """With 95 % certainty at most this share of attempts fail: 3/n for n successes without a failure; null with one."""
    asked_per_s: Annotated[float, Field(ge=0)]
    """New connections a second, scheduled."""
    reached_per_s: Annotated[float, Field(ge=0)]
    """New connections a second, begun, over the scheduled time."""
    longest_stall_s: Seconds
    """The longest time in which attempts of a kind were under way and none ended."""
    stalled_at: str
    """The step in which that was, or empty."""
    lag_max_s: Seconds
    """The longest wait from an attempt's intended start to its actual one."""
    cpu_max: Annotated[float, Field(ge=0)]
    """Cores in use by the load generator, at most."""
    probe_cpu_max: Annotated[float, Field(ge=0)]
    """Cores in use by its client's probe, at most."""
    peak_connections: Count
    """Connections at once at the server, at most."""
    client_connections: Count
    """Connections that clients began."""
    server_connections: Count | None
    """Connections of the load's that the server counted; null: it was not asked at both ends."""
    reload_s: Seconds | None
    """The longest reload at a client; null: there was none."""
    server_change_s: Seconds | None
    """The longest change of the server's certificate; null: there was none."""


class GenerationReport(Shape):
    """How one generation came and went. Null: never seen."""

    number: Annotated[int, Field(ge=1)]
    """From 1."""
    rotation: Count
    """The rotation that published it; 0: the load began with it."""
    served: Count
    """Attempts served on connections with it."""
    first_connect_s: float | None
    """From the start of its publication to the end of the load's first own connect with it."""
    first_pooled_s: float | None
    """From the start of its publication to the end of the first connect of a pool with it."""
    last_use_s: float | None
    """From the publication of the generation which retires it to the last end of an attempt on a connection with it."""
    drained: Count
    """Connections with it that pools closed after that publication."""


class MomentReport(Shape):
    """The server's sessions at a moment."""

    at_s: float
    """Since the load began."""
    sessions: dict[Annotated[str, Field(pattern="^[1-9][0-9]*$")], Count]
    """Sessions by the number of their generation."""
    of_no_generation: Count
    """Sessions whose account is no generation's."""

    def moment(self) -> Moment:
        """This, as a picture draws it."""
        sessions: dict[int | None, int] = {int(number): count for number, count in self.sessions.items()}
        if self.of_no_generation:
            sessions[None] = self.of_no_generation
        return Moment(at_s=self.at_s, sessions=sessions)


class MarkReport(Shape):
    """Something was done."""

    at_s: float
    """Since the load began."""
    text: str
    """What."""


class RotatedReport(Shape):
    """What a judge found in the history of a rotation under load.

    A change that breaks readers changes the number in `format`. Times are in seconds.
    """

    format: Literal["dbtls-rotation/1"]
    """The name and version of this format."""
    exit_code: Literal[Exit.PASSED, Exit.FAILED, Exit.INCONCLUSIVE]
    """0 proved loss-free, 1 failed, 3 inconclusive: not enough was seen to say either."""
    verdict: VerdictReport
    """What it came to: the worst finding."""
    provenance: dict[str, str]
    """What ran, where and with what, by name, as the conductor of the load wrote it down."""
    terms: TermsReport
    """What was asked for."""
    findings: tuple[FindingReport, ...]
    """One of each checker."""
    figures: FiguresReport
    """Counts and times of the run."""
    generations: tuple[GenerationReport, ...]
    """Each material that was published, in order; the first is what the load began with."""
    moments: tuple[MomentReport, ...]
    """What the server said of its sessions, in order of time."""
    marks: tuple[MarkReport, ...]
    """What was done to the system, in order of time."""

    @classmethod
    def of(cls, rotated: Rotated) -> "RotatedReport":
        """The report of ``rotated``."""
        return cls.model_validate(as_json(rotated))

    def rotated(self) -> Rotated:
        """What was found, as pictures and tables take it; numbers are as rounded as the report has them."""
        figures = self.figures
        return Rotated(
            terms=self.terms.terms(),
            provenance=self.provenance,
            verdict=Verdict(self.verdict.status, self.verdict.reason),
            findings=tuple(Finding(**finding.model_dump()) for finding in self.findings),
            figures=Figures(
                attempts=figures.attempts.by_kind(),
                served=figures.served.by_kind(),
                failures=figures.failures,
                indeterminate=figures.indeterminate,
                bound=figures.bound,
                asked=figures.asked_per_s,
                reached=figures.reached_per_s,
                longest_stall_s=figures.longest_stall_s,
                stalled_at=figures.stalled_at,
                lag_max_s=figures.lag_max_s,
                cpu_max=figures.cpu_max,
                probe_cpu_max=figures.probe_cpu_max,
                peak_connections=figures.peak_connections,
                client_connections=figures.client_connections,
                server_connections=figures.server_connections,
                reload_s=figures.reload_s,
                server_change_s=figures.server_change_s,
                generations=tuple(GenerationFigures(**one.model_dump()) for one in self.generations),
            ),
            moments=tuple(moment.moment() for moment in self.moments),
            marks=tuple(Mark(at_s=mark.at_s, text=mark.text) for mark in self.marks),
        )
