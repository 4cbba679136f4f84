"""What the conductor and a worker of its load say to each other: JSON lines, one message each.

The worker speaks first (``Here``). The conductor gives orders, each with an id; a worker carries them out one after the
other and answers each with that id. ``Progress`` comes unasked. The end of the channel ends the worker; there is no
order for it, so that a conductor that was killed ends its load as well.

Pure: text to values and back. A line that is no message raises ``BadMessage`` with what is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self, TypeVar, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from harness.clients.protocol import Hello
from harness.errors import HarnessError, ProbeFault, ProbeUnavailable, UsageError
from harness.load.plan import LoadPlan
from harness.model.history import Act


class BadMessage(ValueError):
    """A line that is no message of this channel; the text says where it goes wrong."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Load(_Message):
    """Open the history, start the client, load its configuration. Answer: ``Ready``."""

    op: Literal["load"] = "load"
    id: int
    plan: LoadPlan


class Begin(_Message):
    """Write the act; arrivals begin at its time. Answer: ``Done``."""

    op: Literal["begin"] = "begin"
    id: int
    act: Act


class Write(_Message):
    """Write an act of the conductor's among the attempts. Answer: ``Done``, when it is written."""

    op: Literal["write"] = "write"
    id: int
    act: Act


class Reload(_Message):
    """Write the act, have the client reload, write what came of it. Answer: ``ReloadAnswer``."""

    op: Literal["reload"] = "reload"
    id: int
    act: Act


class End(_Message):
    """Stop arrivals and write the act; what is under way has ``deadline_s`` seconds. Answer: ``Ended``."""

    op: Literal["end"] = "end"
    id: int
    act: Act
    deadline_s: float


Order = Load | Begin | Write | Reload | End


class Here(_Message):
    """A worker is there, in the process ``pid``."""

    said: Literal["here"] = "here"
    pid: int


class Ready(_Message):
    """The client is there and has its configuration."""

    said: Literal["ready"] = "ready"
    id: int
    facts: Hello


class Done(_Message):
    """It is done, and nothing needs to be said of it."""

    said: Literal["done"] = "done"
    id: int


class ReloadAnswer(_Message):
    """The client has reloaded: the pools that it ``told``, or why it ``refused``."""

    said: Literal["told"] = "told"
    id: int
    told: tuple[str, ...]
    refused: str


class Ended(_Message):
    """Everything is closed; ``begun`` attempts are in the history."""

    said: Literal["ended"] = "ended"
    id: int
    begun: int


_FaultKind = Literal["usage", "unavailable", "probe", "harness"]


class Fault(_Message):
    """The order could not be carried out; ``kind`` is whose matter that is, ``how`` a probe's ``ProbeFault.how``."""

    said: Literal["fault"] = "fault"
    id: int
    kind: _FaultKind
    what: str
    place: str | None
    remedy: str
    detail: tuple[str, ...]
    how: str = ""

    @classmethod
    def of(cls, number: int, error: HarnessError) -> Self:
        """``error`` as the answer to the order ``number``."""
        kind: _FaultKind
        how = ""
        match error:
            case UsageError():
                kind = "usage"
            case ProbeFault():
                kind, how = "unavailable" if isinstance(error, ProbeUnavailable) else "probe", error.how
            case _:
                kind = "harness"
        return cls(
            id=number,
            kind=kind,
            what=error.what,
            place=error.place,
            remedy=error.remedy,
            detail=error.detail,
            how=how,
        )

    def raised(self) -> HarnessError:
        """The error again, at the other end."""
        match self.kind:
            case "usage":
                return UsageError(self.what, place=self.place, remedy=self.remedy, detail=self.detail)
            case "harness":
                return HarnessError(self.what, place=self.place, remedy=self.remedy, detail=self.detail)
            case "probe" | "unavailable":
                made = ProbeUnavailable if self.kind == "unavailable" else ProbeFault
                return made(self.what, place=self.place, remedy=self.remedy, detail=self.detail, how=self.how)
            case _:
                assert_never(self.kind)


class Progress(_Message):
    """How far a load is. ``served`` counts by material, of which ``connects`` are the load's own new connections, and
    so does ``under_way`` connects that have not ended.

    ``looks`` counts a worker's messages of this kind, of all together the fewest; ``lag_s`` is the longest wait from
    intended to actual start since the one before; ``cpu`` and ``probe_cpu`` are cores in use.
    """

    said: Literal["progress"] = "progress"
    begun: int = 0
    ended: int = 0
    failed: int = 0
    served: Mapping[str, int] = Field(default_factory=dict)
    connects: Mapping[str, int] = Field(default_factory=dict)
    under_way: Mapping[str, int] = Field(default_factory=dict)
    looks: int = 0
    lag_s: float = 0.0
    cpu: float = 0.0
    probe_cpu: float = 0.0

    @property
    def in_flight(self) -> int:
        """Begun and not ended."""
        return self.begun - self.ended

    @classmethod
    def total(cls, parts: Iterable["Progress"]) -> "Progress":
        """All workers together: sums, and the longest lag."""
        parts = tuple(parts)
        served, connects, under_way = Counter[str](), Counter[str](), Counter[str]()
        for part in parts:
            served.update(part.served)
            connects.update(part.connects)
            under_way.update(part.under_way)
        return cls(
            begun=sum(part.begun for part in parts),
            ended=sum(part.ended for part in parts),
            failed=sum(part.failed for part in parts),
            served=served,
            connects=connects,
            under_way=under_way,
            looks=min((part.looks for part in parts), default=0),
            lag_s=max((part.lag_s for part in parts), default=0.0),
            cpu=sum(part.cpu for part in parts),
            probe_cpu=sum(part.probe_cpu for part in parts),
        )


Answer = Ready | Done | ReloadAnswer | Ended | Fault
Report = Here | Progress | Answer

_ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])
_REPORT: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="said")])


def line_of(message: Order | Report) -> bytes:
    """The message as its line."""
    return message.model_dump_json().encode() + b"\n"


def read_order(line: bytes) -> Order:
    """What the conductor wants. Raises BadMessage."""
    return _read(_ORDER, line)


def read_report(line: bytes) -> Report:
    """What a worker says. Raises BadMessage."""
    return _read(_REPORT, line)


M = TypeVar("M")


def _read(shape: TypeAdapter[M], line: bytes) -> M:
    try:
        return shape.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessage(f"`{where}`: {first['msg']}" if where else first["msg"]) from error
