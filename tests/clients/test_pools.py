"""Pools that a probe has: what they say, and every way in which a borrower or a connect can end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.clients.lender import NoneLeft
from harness.clients.pool_protocol import Next, PoolSettings
from harness.clients.pools import ProbePools
from harness.clients.process import Probe
from harness.clients.sessions import ProbeSession
from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow
from harness.errors import ProbeFault, UsageError
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Cause, Hung, Refused
from harness.model.tls import ClientTls, Verify
from harness.waiting import wait_for
from tests.clients.fakes import IDENTITY_ROWS, PASSWORD, POOLING, build

ENDPOINT = Endpoint("127.0.0.1", 1)
ACCOUNT = Credentials("probe", PASSWORD)
SETTINGS = PoolSettings(
    maximum_pool_size=1, minimum_idle=0, connection_timeout_ms=1000, idle_timeout_ms=60000, max_lifetime_ms=60000
)
TABLE = ErrorTable(
    errors=(
        ErrorRow.model_validate(
            {"pattern": "denied", "by": "server", "causes": ["access-denied"], "versions": "", "source": ""}
            | {"example": "E: denied"}
        ),
    ),
    timeouts=(TimeoutRow(pattern="timed out", versions="", source="", example="E: timed out"),),
)
NONE_LEFT = "p - Connection is not available, request timed out after 3001ms (total=0, active=0, idle=0, waiting=0)"
POOL = (
    f"""
CONNECTED["rows"] = {IDENTITY_ROWS!r}
def connects(request):
    return True
"""
    + POOLING
)


@contextmanager
def _pools(tmp_path: Path, body: str = POOL) -> Iterator[ProbePools]:
    with Probe(build(tmp_path, body, table=TABLE), tmp_path / "scratch") as probe:
        pools = ProbePools(probe)
        pools.open("p", ENDPOINT, ClientTls(verify=Verify.REQUIRED), SETTINGS)
        yield pools


def _saying(*errors: str) -> str:
    """A probe whose pools answer borrowers and leave with an error of so many links."""
    links: list[dict[str, Any]] = [{"kind": "E", "message": error} for error in errors]
    answer = f'return {{"error": {links!r}}}'
    first = '    if op == "pool.next":'
    return POOL.replace(first, f'    if op in ("pool.borrow", "pool.connect"):\n        {answer}\n{first}')


def _borrow(pools: ProbePools) -> object:
    return pools.borrow("p", wait_s=1, deadline_s=5)


def test_what_another_table_would_take_for_a_hang_is_an_empty_pool(tmp_path: Path) -> None:
    with _pools(tmp_path, _saying(NONE_LEFT)) as pools:
        assert _borrow(pools) == NoneLeft(said=NONE_LEFT)


def test_behind_an_empty_pool_is_the_connect_that_failed(tmp_path: Path) -> None:
    with _pools(tmp_path, _saying(NONE_LEFT, "denied")) as pools:
        refused = _borrow(pools)
    assert isinstance(refused, Refused)
    assert refused.causes == {Cause.ACCESS_DENIED}


def test_a_connect_of_the_pools_own_may_time_out_or_be_refused(tmp_path: Path) -> None:
    with _pools(tmp_path, _saying("timed out")) as pools:
        assert pools.connect(1, ACCOUNT, deadline_s=5) == Hung(deadline_s=5)
    with _pools(tmp_path, _saying("denied")) as pools:
        assert isinstance(pools.connect(1, ACCOUNT, deadline_s=5), Refused)


def test_a_borrowed_connection_is_a_session_and_its_end_is_told(tmp_path: Path) -> None:
    with _pools(tmp_path) as pools, ThreadPoolExecutor(1) as work:
        borrower = work.submit(_borrow, pools)
        assert _next(pools) == Next(what="connect", pool="p", number=1)
        pools.connect(1, ACCOUNT, deadline_s=5)
        session = borrower.result()
        assert isinstance(session, ProbeSession)
        assert session.identity.connection_id == 7
        session.close()
        pools.evict("p")
        assert _next(pools) == Next(what="closed", pool="p", number=1)
        assert pools.next(wait_s=0).what == "nothing"
        pools.configure("p", SETTINGS)
        pools.close("p")


def _next(pools: ProbePools) -> Next:
    def told() -> Next | None:
        said = pools.next(wait_s=0)
        return None if said.what == "nothing" else said

    found = wait_for(told, deadline_s=5)
    assert found is not None
    return found


def test_settings_that_a_pool_refuses_are_its_users_to_change(tmp_path: Path) -> None:
    body = POOL.replace("        pools[name] = request\n        return", '        return {"error": ERROR} or')
    with pytest.raises(UsageError, match="the pool of client `fake` refuses"), _pools(tmp_path, body):
        pass


def test_a_pool_that_is_not_there_and_leave_that_nobody_wants_are_faults(tmp_path: Path) -> None:
    with _pools(tmp_path) as pools:
        with pytest.raises(ProbeFault, match=r"does not know what it is asked about: `pool.evict`"):
            pools.evict("other")
        with pytest.raises(ProbeFault, match=r"`pool.connect`"):
            pools.connect(99, ACCOUNT, deadline_s=5)


def test_a_probe_without_pools_is_a_fault(tmp_path: Path) -> None:
    body = POOL.replace('if op.startswith("pool.")', "if False")
    with pytest.raises(ProbeFault, match=r"does not know `pool.open`"), _pools(tmp_path, body):
        pass
