"""What a server's counters and log say of one attempt, from a server whose counters a test sets."""

import threading
from collections.abc import Mapping

import pytest

from harness import limits
from harness.errors import EngineError
from harness.model.evidence import Seen, ServerEvidence
from harness.servers.admin import Admin
from harness.servers.dialect import MARIADB
from harness.servers.log import ServerLog
from harness.servers.witness import Mark, Witness, seen

DENIAL = "2026-11-23 21:02:03 9 [Warning] Access denied for user 'c_x509'@'10.0.0.1' (using password: YES)"
ABORTED = "2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected'"


@pytest.mark.parametrize(
    ("moved", "log", "verdict"),
    [
        ({}, (), Seen.LOGGED_IN),
        ({"Ssl_accepts": 1, "Ssl_finished_accepts": 1}, (), Seen.LOGGED_IN),
        ({"Aborted_connects": 1}, (ABORTED,), Seen.LEFT_IN_CLEAR),
        ({"Aborted_connects": 1, "Ssl_accepts": 1}, (ABORTED,), Seen.HANDSHAKE_FAILED),
        ({"Aborted_connects": 1, "Ssl_accepts": 1, "Ssl_finished_accepts": 1}, (ABORTED,), Seen.LEFT_AFTER_HANDSHAKE),
        ({"Aborted_connects": 1, "Access_denied_errors": 1}, (), Seen.DENIED),
        ({"Aborted_connects": 1}, (DENIAL,), Seen.DENIED),
        (
            {"Aborted_connects": 1, "Ssl_accepts": 1, "Ssl_finished_accepts": 1},
            (ABORTED, DENIAL),
            Seen.DENIED,
        ),
    ],
)
def test_counters_and_log_lines_sum_up_to_what_was_seen(
    moved: Mapping[str, int], log: tuple[str, ...], verdict: Seen
) -> None:
    assert seen(moved, log, greeting=None) is verdict


@pytest.mark.parametrize(
    ("moved", "log", "verdict"),
    [
        ({"Bytes_received": 235, "Bytes_sent": 111}, (), Seen.LOGGED_IN),
        ({"Aborted_connects": 1, "Bytes_sent": 78}, (), Seen.LEFT_IN_CLEAR),
        ({"Aborted_connects": 1, "Bytes_received": 36, "Bytes_sent": 78}, (), Seen.LEFT_IN_TLS),
        ({"Aborted_connects": 1, "Bytes_received": 36, "Bytes_sent": 80}, (), Seen.LEFT_IN_TLS),
        ({"Aborted_connects": 1, "Bytes_received": 36, "Bytes_sent": 104}, (), Seen.HANDSHAKE_FAILED),
        ({"Aborted_connects": 1, "Bytes_received": 36, "Bytes_sent": 102}, (), Seen.HANDSHAKE_FAILED),
        ({"Aborted_connects": 1, "Bytes_received": 72, "Bytes_sent": 208}, (), Seen.LEFT_BEFORE_LOGIN),
        ({"Aborted_connects": 1, "Bytes_received": 185, "Bytes_sent": 166}, (DENIAL,), Seen.DENIED),
    ],
)
def test_a_server_that_counts_no_tls_tells_by_its_bytes(
    moved: Mapping[str, int], log: tuple[str, ...], verdict: Seen
) -> None:
    assert seen(moved, log, greeting=78) is verdict


class FakeAdmin(Admin):
    """Counters as a test sets them; ids run 3 ahead of the count, as where a server's own threads take some."""

    def __init__(self) -> None:
        self.now = {"Connections": 5, "Threads_connected": 1, "Aborted_connects": 0, "Ssl_accepts": 0}
        self.later: list[dict[str, int]] = []
        self.bytes = {"Bytes_received": 1000, "Bytes_sent": 2000}
        self.fences = 0
        self.ahead = 3
        self._uncounted = 0

    def counters(self) -> Mapping[str, int]:
        if self.later:
            self.now |= self.later.pop(0)
        return dict(self.now)

    def traffic(self) -> Mapping[str, int]:
        return dict(self.bytes)

    @property
    def greeting_bytes(self) -> int:
        return 78

    def fence(self) -> int:
        self.fences += 1
        self.now["Connections"] += 1
        return self.now["Connections"] + self.ahead


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE", "CORROBORATION"):
        monkeypatch.setattr(limits, name, 0.02)


@pytest.fixture
def admin() -> FakeAdmin:
    return FakeAdmin()


@pytest.fixture
def log() -> ServerLog:
    return ServerLog()


@pytest.fixture
def witness(admin: FakeAdmin, log: ServerLog) -> Witness:
    made = Witness("mine", admin, log, MARIADB, tls=False)
    admin.fences = 0
    return made


def test_a_mark_knows_the_newest_connection_by_its_id(witness: Witness, admin: FakeAdmin, log: ServerLog) -> None:
    log.append("before")
    # One fence was taken to calibrate.
    assert witness.mark() == Mark(1, admin.now, 9)
    assert witness.newest_connection() == 9


def test_a_login_is_its_connection_and_what_it_moved(witness: Witness, admin: FakeAdmin, log: ServerLog) -> None:
    mark = witness.mark()
    admin.now |= {"Connections": 7, "Ssl_accepts": 1}
    log.append("2026-11-23 21:02:03 10 [Note] hello")
    log.append("2026-11-23 21:02:03 9 [Note] another connection")
    assert witness.testimony(mark, refused=False) == ServerEvidence(
        seen=Seen.LOGGED_IN,
        connection_ids=(10,),
        counters={"Connections": 1, "Ssl_accepts": 1},
        log=("2026-11-23 21:02:03 10 [Note] hello",),
    )
    assert admin.fences == 0


def test_two_connections_of_one_attempt_are_both_seen(witness: Witness, admin: FakeAdmin) -> None:
    mark = witness.mark()
    admin.now["Connections"] += 2
    assert witness.testimony(mark, refused=False).connection_ids == (10, 11)


def test_an_id_that_the_server_gave_to_a_thread_of_its_own_is_not_the_attempts(
    witness: Witness, admin: FakeAdmin
) -> None:
    mark = witness.mark()
    admin.now["Connections"] += 1
    admin.ahead += 1  # 10 went to a thread that no counter counts
    assert witness.testimony(mark, refused=False, claimed=11).connection_ids == (11,)
    # From here on the numbers are known again.
    mark = witness.mark()
    admin.now["Connections"] += 1
    fences = admin.fences
    assert witness.testimony(mark, refused=False, claimed=mark.newest_connection + 1).connection_ids == (14,)
    assert admin.fences == fences


def test_a_refused_connection_is_found_by_its_line_past_an_id_of_the_servers_own(
    witness: Witness, admin: FakeAdmin, log: ServerLog
) -> None:
    mark = witness.mark()
    admin.now |= {"Connections": admin.now["Connections"] + 1, "Aborted_connects": 1, "Ssl_accepts": 1}
    admin.ahead += 2
    log.append("2026-11-23 21:02:03 12 [Warning] Aborted connection 12")
    evidence = witness.testimony(mark, refused=True)
    assert (evidence.connection_ids, evidence.log) == (
        (12,),
        ("2026-11-23 21:02:03 12 [Warning] Aborted connection 12",),
    )


def test_a_connection_id_that_the_server_never_gave_out_is_not_taken_from_the_client(
    witness: Witness, admin: FakeAdmin
) -> None:
    mark = witness.mark()
    admin.now["Connections"] += 1
    assert 4711 not in witness.testimony(mark, refused=False, claimed=4711).connection_ids


def test_no_connection_is_sure_only_past_a_later_one(witness: Witness, admin: FakeAdmin) -> None:
    mark = witness.mark()
    assert witness.testimony(mark, refused=True) == ServerEvidence(seen=Seen.NOTHING, connection_ids=())
    assert admin.fences == 1


def test_a_connection_that_is_counted_late_is_found_by_a_later_ones_id(witness: Witness, admin: FakeAdmin) -> None:
    mark = witness.mark()
    admin.later = [{}, {"Connections": 8, "Aborted_connects": 1, "Ssl_accepts": 1}]
    admin.fence = lambda: 11  # type: ignore[method-assign]  # the connection before it took 10
    evidence = witness.testimony(mark, refused=True, logged=False)
    assert (evidence.seen, evidence.connection_ids) == (Seen.HANDSHAKE_FAILED, (10,))


@pytest.mark.parametrize(
    "reason",
    [
        "2026-11-26 21:02:03 10 [Note] X509 issuer mismatch: should be '/CN=a' but is '/CN=b'",
        "2026-11-26T21:02:03.123456Z 10 [Note] [MY-010290] [Server] X.509 issuer mismatch: should be 'a' but is 'b'",
    ],
)
def test_the_denial_is_waited_for_past_its_reason(
    witness: Witness, admin: FakeAdmin, log: ServerLog, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(limits, "CORROBORATION", 5)
    mark = witness.mark()
    admin.now |= {"Connections": admin.now["Connections"] + 1, "Aborted_connects": 1}
    log.append(reason)
    later = threading.Timer(0.1, log.append, ["2026-11-26 21:02:03 10 [Note] Access denied for user 'c'@'h'"])
    later.start()
    evidence = witness.testimony(mark, refused=True)
    later.join()
    assert (evidence.seen, len(evidence.log)) == (Seen.DENIED, 2)


def test_where_no_tls_is_counted_bytes_are_part_of_the_evidence(admin: FakeAdmin, log: ServerLog) -> None:
    witness = Witness("mine", admin, log, MARIADB, tls=True)
    mark = witness.mark()
    admin.now |= {"Connections": admin.now["Connections"] + 1, "Aborted_connects": 1}
    admin.bytes = {"Bytes_received": 1036, "Bytes_sent": 2104}
    evidence = witness.testimony(mark, refused=True, logged=False)
    assert evidence.seen is Seen.HANDSHAKE_FAILED
    assert evidence.counters == {"Connections": 1, "Aborted_connects": 1, "Bytes_received": 36, "Bytes_sent": 104}


def test_a_refusal_is_given_time_to_be_counted(witness: Witness, admin: FakeAdmin, log: ServerLog) -> None:
    mark = witness.mark()
    log.append("2026-11-23 21:02:03 10 [Warning] Aborted connection 10")
    admin.later = [{"Connections": 7, "Ssl_accepts": 1}, {}, {"Aborted_connects": 1}]
    evidence = witness.testimony(mark, refused=True)
    assert evidence == ServerEvidence(
        seen=Seen.HANDSHAKE_FAILED,
        connection_ids=(10,),
        counters={"Connections": 1, "Ssl_accepts": 1, "Aborted_connects": 1},
        log=("2026-11-23 21:02:03 10 [Warning] Aborted connection 10",),
    )


def test_a_refusal_that_the_server_counts_as_a_login_is_told_as_it_is(witness: Witness, admin: FakeAdmin) -> None:
    mark = witness.mark()
    admin.now["Connections"] += 1
    assert witness.testimony(mark, refused=True).seen is Seen.LOGGED_IN


def test_a_connection_that_does_not_end_is_a_fault(witness: Witness, admin: FakeAdmin, log: ServerLog) -> None:
    log.append("last words")
    mark = witness.mark()
    admin.now["Threads_connected"] = 2
    with pytest.raises(EngineError) as caught:
        witness.testimony(mark, refused=False)
    assert caught.value.what == "server `mine`: the client's connection did not end in 0.02 s"
    assert caught.value.detail == ("last words",)
    with pytest.raises(EngineError, match="an earlier connection did not end"):
        witness.mark()
