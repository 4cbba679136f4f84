"""The parts of the reference client: sound, or with one part broken on purpose."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.clients.session import Connector
from harness.errors import UsageError
from harness.model.rotation import Control
from harness.pool import controls
from harness.pool.connection_pool import PoolFactory
from harness.pool.pool import Pool
from harness.pool.reloading import Reloading
from harness.pool.stores import StoreReader, pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientParts:
    """The parts of which a client is made, each replaceable by a defective one."""

    pool: PoolFactory = Pool
    context_pool: PoolFactory = Pool
    reloading: type[Reloading] = Reloading
    connector: Callable[[Connector], Connector] = lambda connector: connector
    reads: Callable[[StoreReader], StoreReader] = lambda reads: reads


_GOOD = ClientParts()
_DEFECTS = {
    Control.KILLS_WORK_IN_HAND: ClientParts(
        pool=controls.KillsWorkInHand,
        context_pool=controls.KillsWorkInHand,
        reloading=controls.AwaitsWorkInHand,
    ),
    Control.DROPS_IDLE: ClientParts(pool=controls.DropsIdle, context_pool=controls.DropsIdle),
    Control.CREATE_ESCAPES: ClientParts(pool=controls.CreateEscapes, context_pool=controls.CreateEscapes),
    Control.FLAG_OUTSIDE_LOCK: ClientParts(pool=controls.FlagOutsideLock, context_pool=controls.FlagOutsideLock),
    Control.OLD_CONTEXT_POOL: replace(_GOOD, context_pool=controls.OldContextPool),
    Control.PLAINTEXT_DOWNGRADE: replace(_GOOD, reloading=controls.FallsBackToDefaults),
    Control.RELOAD_DOES_NOTHING: replace(_GOOD, reloading=controls.DoesNothing, reads=pinned),
    Control.SILENT_RETRY: replace(_GOOD, connector=controls.RetriesSilently),
}


def parts_for(control: Control | None, others: PoolFactory | None = None) -> ClientParts:
    """The parts of a client with ``control``; controls that break nothing at the client change nothing here.

    ``others`` makes pools of another's software. Raises UsageError for a defect that only the reference pool can have.
    """
    parts = _GOOD if control is None else _DEFECTS.get(control, _GOOD)
    if others is None:
        return parts
    if (parts.pool, parts.context_pool) != (Pool, Pool):
        named = "" if control is None else control.value
        raise UsageError(f"`{named}` is a defect of the reference pool", remedy="leave out --pool, or --control")
    # Their driver reads the stores by itself: what is pinned here would only be another account than that of the leaf.
    return replace(parts, pool=others, context_pool=others, reads=_GOOD.reads)
