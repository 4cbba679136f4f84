"""What the server's end says of an attempt, against attempts whose end is known because the test made them."""

import ssl
from pathlib import Path

import pymysql
import pytest

from harness import limits
from harness.clients.client import Client
from harness.model.account import Credentials, Require
from harness.model.evidence import Seen
from harness.model.outcome import Accepted, Cause, Refused, Side
from harness.model.tls import Can, ClientTls, Verify
from harness.pki import Authority, Store, StoreContents
from harness.servers.admin import observing_context
from harness.servers.server import RunningServer
from tests.real.servers import Certificates, ask_for_tls, asked, greeted, session


def test_no_attempt_is_nothing(server: RunningServer) -> None:
    testimony = server.witness.testimony(server.witness.mark(), refused=True)
    assert testimony.seen is Seen.NOTHING
    assert testimony.connection_ids == ()


def test_a_client_that_leaves_before_tls(server: RunningServer) -> None:
    mark = server.witness.mark()
    with greeted(server.endpoint) as (_, identity):
        pass
    testimony = server.witness.testimony(mark, refused=True)
    assert testimony.seen is Seen.LEFT_IN_CLEAR
    assert testimony.connection_ids == (identity,)


def test_a_handshake_that_the_client_breaks_off(server: RunningServer, certificates: Certificates) -> None:
    context = ssl.create_default_context(cadata=certificates.other.pem.decode())
    context.check_hostname = False
    mark = server.witness.mark()
    with (
        greeted(server.endpoint) as (connection, identity),
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ask_for_tls(connection, context)
    testimony = server.witness.testimony(mark, refused=True)
    assert testimony.seen is Seen.HANDSHAKE_FAILED
    assert testimony.connection_ids == (identity,)
    assert testimony.log, "a refused handshake is logged by every default build"


def test_a_client_that_leaves_after_the_handshake(server: RunningServer) -> None:
    mark = server.witness.mark()
    with greeted(server.endpoint) as (connection, identity), ask_for_tls(connection, observing_context()) as secure:
        assert secure.version() is not None
    testimony = server.witness.testimony(mark, refused=True)
    assert testimony.seen is Seen.LEFT_AFTER_HANDSHAKE
    assert testimony.connection_ids == (identity,)


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "clear"])
def test_a_wrong_password_is_denied(server: RunningServer, tls: bool) -> None:
    account = Credentials(server.account(Require()).user, "not-its-password")
    mark = server.witness.mark()
    with pytest.raises(pymysql.err.OperationalError), session(server.endpoint, account, tls=tls):
        pass
    testimony = server.witness.testimony(mark, refused=True)
    assert testimony.seen is Seen.DENIED
    assert len(testimony.connection_ids) == 1
    assert account.user in "\n".join(testimony.log)


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "clear"])
def test_a_login(server: RunningServer, tls: bool) -> None:
    account = server.account(Require())
    mark = server.witness.mark()
    with session(server.endpoint, account, tls=tls) as connection:
        identity = asked(connection, "SELECT CONNECTION_ID()")
    testimony = server.witness.testimony(mark, refused=False)
    assert testimony.seen is Seen.LOGGED_IN
    assert testimony.connection_ids == (identity,)


def test_two_connections_for_one_attempt_are_counted_as_two(server: RunningServer) -> None:
    account = server.account(Require())
    mark = server.witness.mark()
    identities = []
    for _ in range(2):
        with session(server.endpoint, account) as connection:
            identities.append(asked(connection, "SELECT CONNECTION_ID()"))
    testimony = server.witness.testimony(mark, refused=False)
    assert testimony.connection_ids == tuple(identities)


def test_a_client_that_retries_after_a_refusal_is_counted_twice(
    server: RunningServer, certificates: Certificates
) -> None:
    account = server.account(Require())
    context = ssl.create_default_context(cadata=certificates.other.pem.decode())
    context.check_hostname = False
    mark = server.witness.mark()
    with greeted(server.endpoint) as (connection, first), pytest.raises(ssl.SSLCertVerificationError):
        ask_for_tls(connection, context)
    with session(server.endpoint, account, tls=False) as logged_in:
        second = asked(logged_in, "SELECT CONNECTION_ID()")
    testimony = server.witness.testimony(mark, refused=False)
    assert testimony.connection_ids == (first, second)
    assert testimony.seen is not Seen.LOGGED_IN


def _client_tls(folder: Path, authority: Authority) -> ClientTls:
    return ClientTls(verify=Verify.CA, ca=Store(folder).publish(StoreContents(trust=(authority,))).ca_pem)


def test_client_is_accepted_with_the_right_authority(
    server: RunningServer, client: Client, certificates: Certificates, tmp_path: Path
) -> None:
    account, tls = server.account(Require()), _client_tls(tmp_path, certificates.authority)
    mark = server.witness.mark()
    outcome = client.attempt(server.endpoint, account, tls, deadline_s=limits.ATTEMPT)
    testimony = server.witness.testimony(mark, refused=False)
    assert isinstance(outcome, Accepted), outcome
    assert outcome.version in server.facts.versions
    assert outcome.account == f"{account.user}@%"
    assert outcome.server_serial in {None, certificates.leaf.serial}
    assert (outcome.server_serial is None) == (Can.SEE_SERVER_CERTIFICATE not in client.facts.can)
    assert testimony.seen is Seen.LOGGED_IN
    assert testimony.connection_ids == (outcome.connection_id,)


def test_client_refuses_another_authority(
    server: RunningServer, client: Client, certificates: Certificates, tmp_path: Path
) -> None:
    account, tls = server.account(Require()), _client_tls(tmp_path, certificates.other)
    mark = server.witness.mark()
    outcome = client.attempt(server.endpoint, account, tls, deadline_s=limits.ATTEMPT)
    testimony = server.witness.testimony(mark, refused=True)
    assert isinstance(outcome, Refused), outcome
    # The C extension's text does not tell one fault of a certificate from another.
    assert outcome.by is Side.CLIENT
    assert Cause.UNKNOWN_AUTHORITY in outcome.causes
    # Connector/C 3.4 ends the handshake first, and checks what it was shown after it.
    late = client.name == "mariadb-cli-11.8"
    assert testimony.seen is (Seen.LEFT_AFTER_HANDSHAKE if late else Seen.HANDSHAKE_FAILED)
    assert len(testimony.connection_ids) == 1
