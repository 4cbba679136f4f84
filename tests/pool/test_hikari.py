"""HikariCP's pools: what they do by themselves is begun and ended in the history, and a reload moves them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from harness.clients.lender import NoneLeft
from harness.clients.pool_protocol import Next
from harness.errors import HarnessError, UsageError
from harness.model.history import Failed, Failure, Kind, Served, Why
from harness.model.rotation import Control
from harness.pki import StoreKind
from harness.pki.reading import fingerprint
from harness.pool.client import ReferenceClient, by_leaf
from harness.pool.hikari_pools import HikariPools
from harness.pool.hikari_words import hikari_settings
from harness.pool.settings import Exhausted, Settings
from harness.waiting import wait_for
from tests.pool.conftest import Installation
from tests.pool.fakes import REFUSED, FakeConnector, FakeRecorder
from tests.pool.lender import FakeLender

POOLS = ("configdb-read", "configdb-write", "context-1")
Opens = Callable[..., ReferenceClient]
Entered = Callable[..., AbstractContextManager[ReferenceClient]]


@pytest.fixture
def lender() -> FakeLender:
    return FakeLender()


@pytest.fixture
def entered(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, lender: FakeLender, tmp_path: Path
) -> Entered:
    """A client of the installation, with key stores that its driver reads, as a context."""
    installation.kind = StoreKind.JKS
    installation.publish(installation.leaf("client 1"))
    installation.name_stores()
    installation.write()

    @contextmanager
    def made(control: Control | None = None, *, deadline_s: float = 5) -> Iterator[ReferenceClient]:
        with (
            HikariPools(lender, deadline_s=deadline_s) as pools,
            ReferenceClient(
                installation.files,
                contexts={"context-1": "jdbc:mysql://127.0.0.1:3307/db_1"},
                connector=server,
                recorder=recorder,
                scratch=tmp_path / "scratch",
                deadline_s=deadline_s,
                log_in=by_leaf("pw"),
                key_stores=True,
                control=control,
                others=pools.make,
            ) as client,
        ):
            yield client

    return made


@pytest.fixture
def opens(entered: Entered) -> Iterator[Opens]:
    """Makes such a client, which is closed at the test's end."""
    with ExitStack() as stack:

        def made(control: Control | None = None, *, deadline_s: float = 5) -> ReferenceClient:
            return stack.enter_context(entered(control, deadline_s=deadline_s))

        yield made


def _closes(recorder: FakeRecorder, number: int) -> list[Why]:
    assert wait_for(lambda: True if len(recorder.gone) >= number else None, deadline_s=5), recorder.gone
    return [gone.why for gone in recorder.gone]


def _opened(recorder: FakeRecorder, number: int) -> list[Served | Failed]:
    def ended() -> list[Served | Failed] | None:
        begun = [at for at, each in enumerate(recorder.begun, start=1) if each.kind is Kind.OPEN]
        results = [recorder.ended[at][0] for at in begun if at in recorder.ended]
        return results if len(results) >= number else None

    found = wait_for(ended, deadline_s=5)
    assert found is not None
    return found


def test_what_a_pool_opens_by_itself_is_an_attempt_with_the_material_in_the_stores(
    opens: Opens, recorder: FakeRecorder, lender: FakeLender, installation: Installation
) -> None:
    opens()
    results = _opened(recorder, 6)
    assert all(isinstance(result, Served) for result in results)
    begun = [each for each in recorder.begun if each.kind is Kind.OPEN]
    assert {each.pool for each in begun} == set(POOLS)
    assert {each.material for each in begun} == {result.material for result in results if isinstance(result, Served)}
    assert set(lender.accounts) == {result.account for result in results if isinstance(result, Served)}
    store = dict(lender.pools["context-1#0"].tls.properties or ())["clientCertificateKeyStoreUrl"]
    assert store == f"file:{installation.store.stable.keystore_jks}"


def test_a_check_out_is_of_the_material_that_its_connection_was_opened_with(
    opens: Opens, recorder: FakeRecorder
) -> None:
    served = opens().check_out("context-1")
    assert isinstance(served, Served)
    assert served.material == recorder.begun[0].material
    assert not recorder.gone


def test_a_reload_in_place_evicts_and_what_is_lent_finishes(
    opens: Opens, installation: Installation, recorder: FakeRecorder, lender: FakeLender
) -> None:
    client = opens()
    held: list[Served | Failed] = []
    work = threading.Thread(target=lambda: held.append(client.hold("context-1", hold_s=0.5)))
    work.start()
    assert wait_for(lambda: True if lender.pools["context-1#0"].lent else None, deadline_s=5)
    new = installation.leaf("client 2")
    installation.publish(new)
    assert client.reload().told == POOLS
    assert [what for what in lender.did if what[0] == "evict"] == [("evict", f"{pool}#0") for pool in POOLS]
    _opened(recorder, 12)
    after = client.check_out("configdb-read")
    assert isinstance(after, Served)
    assert after.material == fingerprint([installation.servers.certificate], new)
    assert len(_closes(recorder, 5)) == 5
    work.join()
    assert isinstance(held[0], Served)
    assert set(_closes(recorder, 6)) == {Why.RELOAD}


def test_other_properties_need_another_data_source_and_the_old_one_ends_when_its_last_is_back(
    opens: Opens, installation: Installation, recorder: FakeRecorder, lender: FakeLender
) -> None:
    client = opens()
    work = threading.Thread(target=lambda: client.hold("context-1", hold_s=0.5))
    work.start()
    assert wait_for(lambda: True if lender.pools["context-1#0"].lent else None, deadline_s=5)
    installation.jdbc["connectTimeout"] = 1234
    installation.write()
    client.reload()
    assert ("open", "context-1#1") in lender.did
    assert ("close", "configdb-read#0") in lender.did
    assert ("close", "context-1#0") not in lender.did
    work.join()
    assert wait_for(lambda: True if ("close", "context-1#0") in lender.did else None, deadline_s=5)
    assert dict(lender.pools["context-1#1"].tls.properties or ())["connectTimeout"] == "1234"
    assert set(_closes(recorder, 6)) == {Why.RELOAD}


def test_limits_alone_move_nobody(opens: Opens, installation: Installation, lender: FakeLender) -> None:
    client = opens()
    installation.configdb["maxIdleTime"] = "61000"
    installation.write()
    assert client.reload().told == ()
    assert [did for did in lender.did if did[0] != "open"] == [("configure", f"{pool}#0") for pool in POOLS]
    assert lender.pools["context-1#0"].settings.idle_timeout_ms == 61000


def test_all_that_its_end_closes_is_recorded_by_then(opens: Opens, recorder: FakeRecorder) -> None:
    client = opens()
    _opened(recorder, 6)
    client.close()
    assert [gone.why for gone in recorder.gone] == [Why.SHUTDOWN] * 6
    closed = client.check_out("context-1")
    assert isinstance(closed, Failed)


def test_a_connection_that_is_closed_before_its_opening_is_known_is_recorded_all_the_same(
    opens: Opens, recorder: FakeRecorder, lender: FakeLender
) -> None:
    lender.closed_early = True
    opens(deadline_s=0.2)
    assert _closes(recorder, 6) == [Why.IDLE_TIME] * 6


def test_a_refused_connect_is_a_failed_attempt(opens: Opens, recorder: FakeRecorder, lender: FakeLender) -> None:
    lender.refuses = REFUSED
    opens(deadline_s=0.2)
    assert [type(result) for result in _opened(recorder, 6)] == [Failed] * 6


def test_who_borrows_from_an_empty_pool_is_told_so(opens: Opens, lender: FakeLender) -> None:
    client = opens()
    lender.exhausted = NoneLeft(said="nothing there")
    failed = client.check_out("context-1")
    assert isinstance(failed, Failed)
    assert (failed.how, failed.said) == (Failure.EXHAUSTED, "nothing there")


def test_stores_that_cannot_be_read_are_the_drivers_to_refuse(
    opens: Opens, installation: Installation, recorder: FakeRecorder, lender: FakeLender
) -> None:
    opens()
    _opened(recorder, 6)
    path = installation.store.stable.keystore_jks
    assert path is not None
    path.write_bytes(b"no store")
    lender.refuses = REFUSED
    lender.evict("context-1#0")
    assert isinstance(_opened(recorder, 8)[-1], Failed)
    assert recorder.begun[-1].material is None
    assert lender.accounts[-1] == "openexchange"


def test_a_reload_that_does_nothing_evicts_nothing(
    opens: Opens, installation: Installation, lender: FakeLender
) -> None:
    client = opens(Control.RELOAD_DOES_NOTHING)
    installation.publish(installation.leaf("client 2"))
    assert client.reload().told == POOLS
    assert {did for did, _ in lender.did} == {"open"}


@pytest.mark.parametrize("control", [Control.KILLS_WORK_IN_HAND, Control.DROPS_IDLE, Control.OLD_CONTEXT_POOL])
def test_a_defect_of_the_reference_pool_is_none_of_hikaricps(opens: Opens, control: Control) -> None:
    with pytest.raises(UsageError, match="is a defect of the reference pool"):
        opens(control)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"exhausted": Exhausted.GROW}, "exhaustedAction"),
        ({"max_active": None}, "maxActive"),
        ({"max_life_time_s": 29.0}, "maxLifeTime"),
        ({"max_idle_time_s": 9.0}, "maxIdleTime"),
        ({"max_wait_s": None}, "maxWait"),
    ],
)
def test_what_hikaricp_would_silently_do_otherwise_is_refused(changes: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        hikari_settings(replace(Settings(), **changes))  # type: ignore[arg-type]  # one of several types


def test_limits_in_its_words() -> None:
    told = hikari_settings(replace(Settings(), max_active=1, max_life_time_s=None))
    assert (told.maximum_pool_size, told.minimum_idle, told.max_lifetime_ms) == (1, 1, 0)
    assert (told.connection_timeout_ms, told.idle_timeout_ms) == (10000, 60000)


def _unheard_of(what: Literal["connect", "closed"]) -> Next:
    """Of a pool or a connection that is not there: a fault, of the probe or of ours."""
    return Next(what=what, pool="context-1#0" if what == "connect" else "nobody#0", number=999)


@pytest.mark.parametrize("what", ["connect", "closed"])
def test_what_goes_wrong_in_the_background_is_raised_by_whoever_comes_next(
    entered: Entered,
    installation: Installation,
    recorder: FakeRecorder,
    lender: FakeLender,
    what: Literal["connect", "closed"],
) -> None:
    closing = ExitStack()
    client = closing.enter_context(entered())
    _opened(recorder, 6)
    lender.tells(_unheard_of(what))

    def raised() -> HarnessError | None:
        try:
            client.check_out("context-1")
        except HarnessError as fault:
            return fault
        return None

    fault = wait_for(raised, deadline_s=5)
    assert fault is not None
    assert "hikari" in " ".join(fault.detail), "where it went wrong"
    installation.publish(installation.leaf("client 2"))
    # And so does the client's end, after it has closed all pools.
    for again in (lambda: client.check_out("configdb-read"), client.reload, closing.close):
        with pytest.raises(HarnessError, match="a defect of dbtls: KeyError"):
            again()
    assert lender.pools == {}


def test_a_fault_that_kept_a_borrower_waiting_is_no_exhausted_pool(
    entered: Entered, recorder: FakeRecorder, lender: FakeLender
) -> None:
    def ended() -> bool | None:
        return None if any(each.name == "pools" for each in threading.enumerate()) else True

    def waits(pool: str, *, wait_s: float, deadline_s: float) -> NoneLeft:
        lender.tells(_unheard_of("closed"))
        assert wait_for(ended, deadline_s=5)
        return NoneLeft(said="nothing there")

    closing = ExitStack()
    client = closing.enter_context(entered())
    _opened(recorder, 6)
    lender.borrow = waits  # type: ignore[method-assign]  # from here on
    for each in (lambda: client.check_out("context-1"), closing.close):
        with pytest.raises(HarnessError, match="a defect of dbtls: KeyError"):
            each()
    assert all(not isinstance(result, Failed) for result, _ in recorder.ended.values())
