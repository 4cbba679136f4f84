"""Each control shows its defect, and the good client beside it does not."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness.clients.session import Identity, NotServed
from harness.errors import UsageError
from harness.model.history import Failed, Kind, Served, Why
from harness.model.rotation import Control
from harness.pki.reading import fingerprint
from harness.pool import controls
from harness.pool.client import ReferenceClient, Reloaded
from harness.pool.connection import State
from harness.waiting import wait_for
from tests.pool.conftest import Installation, Opens
from tests.pool.fakes import REFUSED, Asked, FakeConnector, FakeRecorder

POOLS = ("configdb-read", "configdb-write", "context-1")
NOT_THE_CLIENTS = [
    Control.KEY_BEFORE_CERTIFICATE,
    Control.KEY_MISMATCH,
    Control.AUTHORITY_TOO_EARLY,
    Control.LOAD_STALLS,
]


@dataclass
class Rotated:
    """A client that was used before and after a reload with a new leaf."""

    client: ReferenceClient
    reloaded: Reloaded
    old: str
    new: str
    after: dict[str, set[str]]
    held: Served | Failed
    server: FakeConnector
    recorder: FakeRecorder

    @property
    def closed(self) -> list[Why]:
        return [gone.why for gone in self.recorder.gone]


Rotates = Callable[[Control | None], Rotated]


@pytest.fixture
def rotates(installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens) -> Rotates:
    """Uses each pool, changes the leaf in place and reloads while one connection is held, and uses each pool again."""

    def rotate(control: Control | None) -> Rotated:
        old, new = (installation.leaf(name) for name in ("client 1", "client 2"))
        installation.publish(old)
        client = opens(control)
        for pool in POOLS:
            client.check_out(pool)
            client.check_out(pool)
        asked = {number: session.asked for number, session in server.sessions.items()}
        held: list[Served | Failed] = []
        work = threading.Thread(target=lambda: held.append(client.hold("context-1", hold_s=0.6)))
        work.start()
        # From the second question on it is surely in hand; a control may open one more before.
        assert wait_for(
            lambda: True if any(each.asked > asked.get(at, 0) for at, each in server.sessions.items()) else None,
            deadline_s=10,
        )
        installation.publish(new)
        reloaded = client.reload()
        after: dict[str, set[str]] = {pool: set() for pool in POOLS}
        for pool in POOLS * 2:
            served = client.check_out(pool)
            after[pool].add(served.material if isinstance(served, Served) else served.said)
        work.join()
        materials = [fingerprint([installation.servers.certificate], leaf) for leaf in (old, new)]
        return Rotated(client, reloaded, materials[0], materials[1], after, held[0], server, recorder)

    return rotate


@pytest.mark.parametrize("control", [None, *NOT_THE_CLIENTS])
def test_a_good_client_rotates_and_so_does_one_whose_control_is_not_its_own(
    control: Control | None, rotates: Rotates
) -> None:
    rotated = rotates(control)
    assert rotated.reloaded == Reloaded(told=POOLS, refused="")
    assert rotated.after == {pool: {rotated.new} for pool in POOLS}
    assert isinstance(rotated.held, Served)
    rotated.client.close()
    assert rotated.server.open_ids == set()
    assert len(rotated.recorder.gone) == len(rotated.server.sessions)


def test_work_in_hand_is_killed(rotates: Rotates) -> None:
    rotated = rotates(Control.KILLS_WORK_IN_HAND)
    assert isinstance(rotated.held, Failed)
    assert rotated.held.causes == ("connection-lost",)
    assert rotated.after == {pool: {rotated.new} for pool in POOLS}


def test_a_kill_waits_until_there_is_work_in_hand(opens: Opens, installation: Installation) -> None:
    client = opens(Control.KILLS_WORK_IN_HAND)
    installation.publish(installation.leaf("client 1"))
    done: list[Reloaded] = []
    reload = threading.Thread(target=lambda: done.append(client.reload()))
    reload.start()
    held = client.hold("context-1", hold_s=2)
    reload.join()
    assert isinstance(held, Failed)
    assert done[0].told == POOLS


def test_a_query_that_is_under_way_is_lost_with_its_connection(
    opens: Opens, installation: Installation, server: FakeConnector, recorder: FakeRecorder
) -> None:
    client = opens(Control.KILLS_WORK_IN_HAND)
    client.check_out("context-1")
    session = server.sessions[1]
    ask, go = session.ask, threading.Event()

    def slow(*, deadline_s: float) -> Identity | NotServed:
        assert go.wait(10)
        return ask(deadline_s=deadline_s)

    session.ask = slow  # type: ignore[method-assign]  # a query that takes as long as the test wants
    installation.publish(installation.leaf("client 1"))
    done: list[Served | Failed] = []
    work = threading.Thread(target=lambda: done.append(client.check_out("context-1")))
    reload = threading.Thread(target=client.reload)
    work.start()
    reload.start()
    # The configDB's pools have none: the context's own is moved last, and waits for the query.
    pool = client._pools["context-1"]
    assert isinstance(pool, controls.KillsWorkInHand)
    lent = pool._lent
    assert wait_for(lambda: True if lent else None, deadline_s=10)
    (killed,) = lent
    assert wait_for(lambda: True if killed.state is State.CLOSED else None, deadline_s=10)
    assert not session.closed
    go.set()
    work.join()
    reload.join()
    assert isinstance(done[0], Failed)
    assert session.closed
    assert [gone.why for gone in recorder.gone] == [Why.RELOAD]


def test_idle_connections_are_dropped_without_being_closed(rotates: Rotates) -> None:
    rotated = rotates(Control.DROPS_IDLE)
    rotated.client.close()
    assert rotated.after == {pool: {rotated.new} for pool in POOLS}
    # Two were idle at the reload; the third was in hand.
    assert rotated.server.open_ids == {1, 2}
    assert {1, 2}.isdisjoint(gone.connection_id for gone in rotated.recorder.gone)


@pytest.mark.parametrize("control", [Control.CREATE_ESCAPES, Control.FLAG_OUTSIDE_LOCK])
def test_an_old_connection_is_lent_after_the_reload_in_every_pool(control: Control, rotates: Rotates) -> None:
    rotated = rotates(control)
    assert rotated.reloaded == Reloaded(told=POOLS, refused="")
    assert all(rotated.old in seen for seen in rotated.after.values())
    rotated.client.close()
    assert rotated.server.open_ids == set()


def test_a_contexts_pool_comes_back_with_what_was_before(rotates: Rotates) -> None:
    rotated = rotates(Control.OLD_CONTEXT_POOL)
    assert rotated.after == {POOLS[0]: {rotated.new}, POOLS[1]: {rotated.new}, POOLS[2]: {rotated.old}}


def test_a_reload_that_does_nothing_says_that_it_is_done(rotates: Rotates) -> None:
    rotated = rotates(Control.RELOAD_DOES_NOTHING)
    assert rotated.reloaded == Reloaded(told=POOLS, refused="")
    assert rotated.after == {pool: {rotated.old} for pool in POOLS}
    own = rotated.client.connect()
    assert isinstance(own, Served)
    assert own.material == rotated.old
    assert rotated.closed == []


def test_a_broken_yaml_downgrades_to_plaintext(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens(Control.PLAINTEXT_DOWNGRADE)
    client.check_out("context-1")
    installation.files.yaml.write_text("com.mysql.jdbc: {useSSL: true\n")
    assert client.reload() == Reloaded(told=POOLS, refused="")
    client.check_out("context-1")
    client.connect()
    assert [asked.tls.verify.value for asked in server.connects] == ["verify-ca", "disabled", "disabled"]
    assert server.connects[-1].account.user == "openexchange"
    assert recorder.of(Kind.TRY) == []


def test_a_broken_yaml_at_the_first_load_is_the_users_mistake_where_reloads_do_nothing(
    installation: Installation, opens: Opens
) -> None:
    installation.files.yaml.write_text("")
    with pytest.raises(UsageError):
        opens(Control.RELOAD_DOES_NOTHING)


def test_a_silent_retry_hides_refusals(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens(Control.SILENT_RETRY)
    refusals = iter([REFUSED, REFUSED])

    def at_first(_: Asked) -> NotServed | None:
        return next(refusals, None)

    server.answer = at_first
    installation.publish(installation.leaf("client 1"))
    assert client.reload() == Reloaded(told=POOLS, refused="")
    assert len(recorder.begun) == 1
    assert len(server.connects) == 3
    refusals = iter([REFUSED])
    assert isinstance(client.check_out("context-1"), Served)
    assert len(recorder.of(Kind.OPEN)) == 1


def test_a_silent_retry_gives_up_in_time(server: FakeConnector, opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "RETRY_S", 0.05)
    client = opens(Control.SILENT_RETRY)
    server.answer = lambda _: REFUSED
    assert isinstance(client.connect(), Failed)
    assert len(server.connects) > 1
