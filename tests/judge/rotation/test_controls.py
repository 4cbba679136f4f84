"""Each negative control, as its history looks: the verdict, the checker that it is by, and the step that is named."""

import pytest

from harness.judge.rotation.verdict import judge_rotation
from harness.model.history import ActKind, Failed, Failure, Kind
from harness.model.rotation import Control, What
from harness.model.verdict import Status
from tests.judge.rotation.histories import POOLS, PUBLISHED, RETIRED, WIDENED, Run, leaf, terms

LOST = Failed(Failure.REFUSED, "client", ("connection-lost",), "no operations allowed after connection closed")
KEY = Failed(Failure.REFUSED, "client", ("key-mismatch",), "key values mismatch")
AUTHORITY = Failed(Failure.REFUSED, "client", ("unknown-authority",), "certificate verify failed")
KEY_FIRST = "rotation 1: new key published before its certificate"
YAML = "rotation 1: dbconnector.yaml broken"


def begun(told: Run | None = None) -> tuple[Run, tuple[int, ...]]:
    """A load that has begun, and the connections of its pools."""
    run = told or Run()
    run.begins()
    run.connect(1, times=4)
    return run, run.use_pools(1)


def kills_work_in_hand() -> Run:
    return leaf(reloading=lambda run: run.fails(Kind.HELD, "context-1", LOST))


def drops_idle() -> Run:
    run, _ = begun()
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run._sessions.clear()
    run.act(ActKind.RELOADED, PUBLISHED, told=POOLS)
    run.connect(2, times=4)
    run.use_pools(2)
    run.ends()
    return run


def create_escapes() -> Run:
    """Begun before the reload, lent after it."""
    made: list[int] = []
    return leaf(
        published=lambda run: made.append(run.opens("context-1", 1)),
        reloaded=lambda run: run.check_out(made[0]),
    )


def flag_outside_lock() -> Run:
    """Given back as the reload went on, lent once more, and found on its return."""

    def reloaded(run: Run) -> None:
        run.check_out(kept[0])
        run.closes(kept[0])

    kept: list[int] = []
    return leaf(loaded=lambda run: kept.append(run.opens("configdb-read", 1)), reloaded=reloaded)


def old_context_pool() -> Run:
    return leaf(reloaded=lambda run: run.check_out(run.opens("context-1", 1)))


def plaintext_downgrade() -> Run:
    run = Run()
    run.begins(account=None)
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.publishes(None, YAML)
    run.act(ActKind.RELOADING, YAML)
    run.closes(*old)
    run.act(ActKind.RELOADED, YAML, told=POOLS)
    run.connect(0, times=4, version="", cipher="", server_serial=None)
    run.ends()
    return run


def reload_does_nothing() -> Run:
    run, old = begun()
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.act(ActKind.RELOADED, PUBLISHED, told=POOLS)
    run.connect(1, times=4)
    run.check_out(old[0])
    run.ends()
    return run


def silent_retry() -> Run:
    """The server refused some before it knew the account; the client says nothing of that."""
    return leaf(reloading=lambda run: run.census(surplus=3))


def key_before_certificate() -> Run:
    """The reload comes later, with the certificate; until then a new connection finds a key that is not its own."""

    def loaded(run: Run) -> None:
        run.publishes(1, KEY_FIRST)
        run.fails(failed=KEY)

    return leaf(loaded=loaded)


def key_mismatch() -> Run:
    run, _ = begun()
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.tries(2, KEY)
    run.act(ActKind.RELOADED, PUBLISHED, refused=f"the new configuration does not connect: {KEY.said}")
    run.connect(1)
    run.ends()
    return run


def authority_too_early() -> Run:
    run, old = begun(Run(terms=terms(what=What.AUTHORITY, server_moves=True)))
    for number, step in ((2, WIDENED), (3, RETIRED)):
        run.declares(number, number - 1, account="a1")
        run.publishes(number, step)
        run.act(ActKind.RELOADING, step)
        if number == 3:
            run.fails(Kind.TRY, failed=AUTHORITY)
            run.act(ActKind.RELOADED, step, refused=f"the new configuration does not connect: {AUTHORITY.said}")
            break
        run.closes(*old)
        run.act(ActKind.RELOADED, step, told=POOLS)
        run.connect(2, times=4, account="a1")
    run.ends()
    return run


def load_stalls() -> Run:
    def stalls(run: Run) -> None:
        run.passes(3)
        run.health(lag_s=3.0)
        run.connect(2, times=40)

    return leaf(reloaded=stalls)


CONTROLS = {
    Control.KILLS_WORK_IN_HAND: (kills_work_in_hand, Status.FAIL, "served", PUBLISHED),
    Control.DROPS_IDLE: (drops_idle, Status.FAIL, "drained", PUBLISHED),
    Control.CREATE_ESCAPES: (create_escapes, Status.FAIL, "retired", PUBLISHED),
    Control.FLAG_OUTSIDE_LOCK: (flag_outside_lock, Status.FAIL, "retired", PUBLISHED),
    Control.OLD_CONTEXT_POOL: (old_context_pool, Status.FAIL, "retired", PUBLISHED),
    Control.PLAINTEXT_DOWNGRADE: (plaintext_downgrade, Status.FAIL, "encrypted", YAML),
    Control.RELOAD_DOES_NOTHING: (reload_does_nothing, Status.FAIL, "happened", PUBLISHED),
    Control.SILENT_RETRY: (silent_retry, Status.FAIL, "reconciled", PUBLISHED),
    Control.KEY_BEFORE_CERTIFICATE: (key_before_certificate, Status.FAIL, "served", KEY_FIRST),
    Control.KEY_MISMATCH: (key_mismatch, Status.FAIL, "course", PUBLISHED),
    Control.AUTHORITY_TOO_EARLY: (authority_too_early, Status.FAIL, "course", RETIRED),
    Control.LOAD_STALLS: (load_stalls, Status.INCONCLUSIVE, "generator", ""),
}


@pytest.mark.parametrize("control", Control)
def test_each_control_is_found_at_its_step(control: Control) -> None:
    history, status, checker, step = CONTROLS[control]
    rotated = judge_rotation(history())
    worst = next(finding for finding in rotated.findings if finding.status is rotated.verdict.status)
    assert (rotated.verdict.status, worst.checker, worst.step) == (status, checker, step)
    assert rotated.verdict.reason == worst.reason
