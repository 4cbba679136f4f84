"""Conduct: how the reference client goes about it; as it should, or with one thing broken on purpose."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.clients.session import Connector
from harness.errors import UsageError
from harness.model.rotation import Control
from harness.pool import controls
from harness.pool.lends import MakesPool
from harness.pool.pool import Pool
from harness.pool.reloading import Reloading
from harness.pool.stores import Reads, pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """The parts of which a client is made, each replaceable by a defective one."""

    pool: MakesPool = Pool
    context_pool: MakesPool = Pool
    reloading: type[Reloading] = Reloading
    connector: Callable[[Connector], Connector] = lambda connector: connector
    reads: Callable[[Reads], Reads] = lambda reads: reads


_GOOD = Conduct()
_DEFECTS = {
    Control.KILLS_WORK_IN_HAND: Conduct(
        pool=controls.KillsWorkInHand,
        context_pool=controls.KillsWorkInHand,
        reloading=controls.AwaitsWorkInHand,
    ),
    Control.DROPS_IDLE: Conduct(pool=controls.DropsIdle, context_pool=controls.DropsIdle),
    Control.CREATE_ESCAPES: Conduct(pool=controls.CreateEscapes, context_pool=controls.CreateEscapes),
    Control.FLAG_OUTSIDE_LOCK: Conduct(pool=controls.FlagOutsideLock, context_pool=controls.FlagOutsideLock),
    Control.OLD_CONTEXT_POOL: replace(_GOOD, context_pool=controls.OldContextPool),
    Control.PLAINTEXT_DOWNGRADE: replace(_GOOD, reloading=controls.FallsBackToDefaults),
    Control.RELOAD_DOES_NOTHING: replace(_GOOD, reloading=controls.DoesNothing, reads=pinned),
    Control.SILENT_RETRY: replace(_GOOD, connector=controls.RetriesSilently),
}


def conduct(control: Control | None, others: MakesPool | None = None) -> Conduct:
    """How a client goes about it with ``control``; those that are not the client's to break change nothing here.

    ``others`` makes pools of another's software. Raises UsageError for a defect that only the reference pool can have.
    """
    way = _GOOD if control is None else _DEFECTS.get(control, _GOOD)
    if others is None:
        return way
    if (way.pool, way.context_pool) != (Pool, Pool):
        named = "" if control is None else control.value
        raise UsageError(f"`{named}` is a defect of the reference pool", remedy="leave out --pool, or --control")
    # Their driver reads the stores by itself: what is pinned here would only be another account than that of the leaf.
    return replace(way, pool=others, context_pool=others, reads=_GOOD.reads)
