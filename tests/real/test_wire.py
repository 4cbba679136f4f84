"""Liars on a real server: a client, or what stands in between, and which witness finds it."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from harness.case.situation import Case
from harness.clients.client import CIPHER, VERSION
from harness.clients.protocol import Hello
from harness.clients.requests import IDENTITY
from harness.errors import ProbeFault
from harness.judge.case import judge_case
from harness.kinds.bench import Bench
from harness.knowledge.reader import Knowledge
from harness.model.account import Credentials, Endpoint
from harness.model.evidence import Seen
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, Outcome, RawError, Refused, Side
from harness.model.tls import ClientTls, TlsVersion, Verify
from harness.model.verdict import Status, Verdict
from harness.model.wire import WireAlert, WireEvidence
from harness.pki import Materials
from harness.servers.server import RunningServer
from harness.wire.forwarder import Forwarder
from tests.case.beds import bed
from tests.runner.fakes import FakeClient, World, client_build, no_fault, no_rotation

GOOD = bed().one_way(Verify.CA)
UNTRUSTED = GOOD.but(client_trusts=(bed().authority("other"),)).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
Connects = Callable[[Endpoint, Credentials, ClientTls], Outcome]


class Scripted:
    """A client that connects as ``connects`` does."""

    def __init__(self, connects: Connects) -> None:
        self.build = client_build("scripted")
        self.name = self.build.name
        self._connects = connects

    @property
    def facts(self) -> Hello:
        return FakeClient(World()).facts

    def attempt(
        self,
        endpoint: Endpoint,
        account: Credentials,
        tls: ClientTls,
        *,
        deadline_s: float,
        server_names_version: bool = True,
    ) -> Outcome:
        return self._connects(endpoint, account, tls)

    def unheard(self) -> ProbeFault | None:
        return None


def connected(endpoint: Endpoint, account: Credentials, context: ssl.SSLContext | None) -> Accepted:
    """Connect and query. Raises pymysql.MySQLError."""
    with (
        pymysql.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=account.user,
            password=account.password,
            ssl=context,
            ssl_disabled=context is None,
        ) as connection,
        connection.cursor() as cursor,
    ):
        answers = []
        for query in (IDENTITY, VERSION, CIPHER):
            cursor.execute(query)
            answers.append(cursor.fetchall()[0])
    (name, number), (_, version), (_, cipher) = answers
    return Accepted(
        version=TlsVersion.parse(version) if version else None,
        cipher=cipher or None,
        account=name,
        connection_id=number,
    )


def verifying(tls: ClientTls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.check_hostname = False
    return context


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def honest(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
    try:
        return connected(endpoint, account, verifying(tls))
    except pymysql.MySQLError as error:
        return untrusted(RawError(kind="pymysql.err", message=str(error)))


def untrusted(error: RawError) -> Refused:
    return Refused(by=Side.CLIENT, causes=frozenset({Cause.UNKNOWN_AUTHORITY}), chain=(error,))


def attempted(
    server: RunningServer,
    folder: Path,
    case: Case,
    connects: Connects,
    between: Callable[[Endpoint], contextlib.AbstractContextManager[Forwarder]] = Forwarder,
) -> tuple[Verdict, Observation]:
    """The verdict on ``case`` with such a client and such a thing between, its good situation proved by honest ones."""
    materials = Materials()
    client = Scripted(connects)
    with between(server.endpoint) as wire:
        bench = Bench(
            server,
            {client.name: client},
            {client.name: client.facts},
            Knowledge(),
            stores=folder,
            materials=materials,
            rotate=no_rotation,
            tell=no_fault,
            wire=wire,
        )
        bench.apply(case.good.server_side())
        observation, _ = bench.attempt(client.name, case.situation)
    verdict = judge_case(case.expectation, observation, good=(), good_expectation=case.good.expectation())
    return verdict, observation


def test_an_honest_client_passes_and_all_three_say_the_same(server: RunningServer, tmp_path: Path) -> None:
    verdict, seen = attempted(server, tmp_path / "one", GOOD.accepted(), honest)
    assert verdict.status is Status.PASS
    assert seen.wire is not None
    (passed,) = seen.wire.connections
    assert passed.choice is not None
    assert passed.garbled == ()
    assert (passed.client.bytes, passed.server.bytes) == (passed.client.passed, passed.server.passed)
    verdict, seen = attempted(server, tmp_path / "two", UNTRUSTED, honest)
    assert verdict.status is Status.PASS


def test_a_client_that_skips_verification_is_found_by_its_own_word_and_by_the_servers(
    server: RunningServer, tmp_path: Path
) -> None:
    def skips(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
        return connected(endpoint, account, unverified())

    def skips_and_denies_it(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
        skips(endpoint, account, tls)
        return untrusted(RawError(kind="lie", message="not trusted"))

    verdict, _ = attempted(server, tmp_path / "one", UNTRUSTED, skips)
    assert verdict.status is Status.FAIL
    assert verdict.reason.startswith("connected but unverified")
    verdict, seen = attempted(server, tmp_path / "two", UNTRUSTED, skips_and_denies_it)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reason.endswith("the server's end says: logged in")
    assert seen.testimony is not None
    assert seen.testimony.seen is Seen.LOGGED_IN


def test_a_client_that_retries_in_silence_is_found_by_the_wire(server: RunningServer, tmp_path: Path) -> None:
    def retries(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
        socket.create_connection((endpoint.host, endpoint.port)).close()
        return honest(endpoint, account, tls)

    verdict, seen = attempted(server, tmp_path, GOOD.accepted(), retries)
    assert verdict == Verdict(
        Status.FAIL, "the client made 2 connections for one attempt: it retried without saying so"
    )
    assert seen.wire is not None
    assert [one.login_in_clear or one.tls_asked for one in seen.wire.connections] == [False, True]


def test_a_client_that_falls_back_to_plaintext_is_found_by_the_wire_alone(
    server: RunningServer, tmp_path: Path
) -> None:
    def falls_back(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
        outcome = connected(endpoint, account, None)
        return replace(outcome, version=TlsVersion.TLS_1_2, cipher="ECDHE-RSA-AES256-GCM-SHA384")

    verdict, _ = attempted(server, tmp_path, GOOD.accepted(), falls_back)
    assert verdict == Verdict(Status.INCONCLUSIVE, "the client says TLSv1.2, and on the wire the login is in the clear")


def test_a_client_that_goes_round_the_wire_is_found_by_the_server(server: RunningServer, tmp_path: Path) -> None:
    def goes_round(endpoint: Endpoint, account: Credentials, tls: ClientTls) -> Outcome:
        return honest(server.endpoint, account, tls)

    verdict, _ = attempted(server, tmp_path, GOOD.accepted(), goes_round)
    assert verdict == Verdict(Status.INCONCLUSIVE, "the server counted 1 connection, and 0 passed the wire")


class Claims(Forwarder):
    """Passes all on, and claims an alert that nobody sent."""

    def testimony(self, mark: int) -> WireEvidence:
        told = super().testimony(mark)
        alert = WireAlert(by=Side.CLIENT, name="unknown_ca", fatal=True)
        return replace(told, connections=tuple(replace(one, alerts=(alert,)) for one in told.connections))


class Drops(Forwarder):
    """Passes all on, and says that it kept a byte for itself."""

    def testimony(self, mark: int) -> WireEvidence:
        told = super().testimony(mark)
        return replace(
            told,
            connections=tuple(
                replace(one, server=replace(one.server, passed=one.server.passed - 1)) for one in told.connections
            ),
        )


@contextlib.contextmanager
def twice(target: Endpoint) -> Iterator[Forwarder]:
    """One forwarder behind another."""
    with Forwarder(target) as far, Forwarder(Endpoint("127.0.0.1", far.port)) as near:
        yield near


@pytest.mark.parametrize(
    ("between", "found"),
    [
        (Claims, "the server's end says: logged in; the wire: alert unknown_ca of the client"),
        (Drops, "bytes of the server the wire passed"),
    ],
)
def test_a_forwarder_that_lies_is_found_by_the_other_two(
    server: RunningServer, tmp_path: Path, between: type[Forwarder], found: str
) -> None:
    verdict, _ = attempted(server, tmp_path, GOOD.accepted(), honest, between)
    assert verdict.status is Status.INCONCLUSIVE
    assert found in verdict.reason


def test_a_forwarder_behind_a_forwarder_changes_nothing(server: RunningServer, tmp_path: Path) -> None:
    verdict, _ = attempted(server, tmp_path, GOOD.accepted(), honest, twice)
    assert verdict.status is Status.PASS
