"""LoadPlan: all that one worker of a load is told before it begins."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from harness.model.rotation import Control, Pools


class Arrivals(BaseModel):
    """The schedule, in arrivals a second: all workers together; each takes every ``workers``-th, from ``index`` on.

    ``hold_s`` is how long a held session is kept, in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    connects: float
    check_outs: float
    held: float
    hold_s: float
    workers: int = 1
    index: int = 0

    @model_validator(mode="after")
    def _share_is_there(self) -> Self:
        # A share that is none would be looked for without end.
        if not 0 <= self.index < self.workers:
            raise ValueError(f"there is no share {self.index} of {self.workers}")
        return self

    def connects_within(self, seconds: float) -> int:
        """Connections of this worker's share."""
        return round(self.connects / self.workers * seconds)


class LoadPlan(BaseModel):
    """What a worker is told: where its history goes, its client, its configuration, its schedule.

    ``history`` is the file that it writes under the name ``writer``. ``client`` is found in ``client_folders``; with a
    ``command``, that is what starts its probe. ``yaml`` and ``configdb`` are the files that it loads now and at each
    reload; ``contexts`` are the JDBC URLs of further databases by the pools' names. With ``prove`` a connection logs in
    as the account that demands the very leaf that it presents (``Require.user``), with ``password``; without, as the
    configuration says. ``deadline_s`` is what drivers are told to wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    writer: str
    history: str
    client: str
    client_folders: tuple[str, ...]
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    scratch: str
    yaml: str
    configdb: str
    contexts: Mapping[str, str]
    prove: bool = False
    password: str = ""
    deadline_s: float
    arrivals: Arrivals
    control: Control | None = None
    pools: Pools = Pools.REFERENCE
