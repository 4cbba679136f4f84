"""What becomes of a start, seen of processes that end, answer, or do neither; no real server takes part."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import PurePosixPath

import pytest

from harness import limits
from harness.errors import EngineError
from harness.model.account import Credentials, Endpoint
from harness.model.startup import Access, Role, ServerConfiguration, ServerFile, Start
from harness.servers.log import ServerLog
from harness.servers.process import Layout, PlacedFile
from harness.servers.startup import Watch, written

NOWHERE = Endpoint("127.0.0.1", 1)
LAYOUT = Layout(root=PurePosixPath("/dbtls"), port=3306, bind_address="0.0.0.0", user="mysql")  # noqa: S104  no socket
ERROR = "2026-11-25  2:27:31 0 [ERROR] SSL error: Unable to get private key"
WARNING = "2026-11-25T02:28:11.647335Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed."
OF_SSL = "2026-11-25  2:27:31 0 [Warning] option 'ssl': boolean value 'nonsense' wasn't recognized. Set to OFF."
OTHER = "2026-11-25  2:27:31 0 [Warning] Changed limits: max_open_files: 1024"
READY = "2026-11-25  2:27:31 0 [Note] mysqld: ready for connections."


def _log(*lines: str) -> ServerLog:
    log = ServerLog()
    for line in lines:
        log.append(line)
    return log


def _watch(log: ServerLog, endpoint: Endpoint = NOWHERE, *, mark: int = 0) -> Watch:
    return Watch(log, mark, options=("ssl", "ssl-crl=/x"), endpoint=endpoint, account=Credentials("admin", "secret"))


@contextmanager
def _greeting(capabilities: int) -> Iterator[Endpoint]:
    """A server that greets everybody and then ends the connection."""
    body = b"\x0a9.9.9\0" + b"\1\0\0\0" + b"12345678\0" + capabilities.to_bytes(2, "little") + b"\x21\2\0" + b"\0" * 33

    def greet() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(len(body).to_bytes(3, "little") + b"\0" + body)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        yield Endpoint("127.0.0.1", listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("last", ["dbtls: exited 1", "2026-11-25  2:27:31 0 [ERROR] Aborting"])
def test_a_server_that_ends_refuses_with_its_errors_and_what_it_warns_of_tls(last: str) -> None:
    outcome = _watch(_log(OTHER, WARNING, ERROR, OF_SSL, last)).outcome()
    assert outcome.start is Start.REFUSES
    assert [line for line in outcome.log if line != last] == [WARNING, ERROR, OF_SSL]


def test_the_end_of_the_server_before_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SERVER_READY", 0.02)
    outcome = _watch(_log(ERROR, "dbtls: exited 1", "dbtls: starting"), mark=3).outcome()
    assert (outcome.start, outcome.log) == (Start.HANGS, ())


def test_a_place_that_went_is_a_fault() -> None:
    log = _log("out of memory")
    log.end()
    with pytest.raises(EngineError) as fault:
        _watch(log).outcome()
    assert fault.value.detail == ("out of memory",)


def test_a_greeting_without_tls_is_a_start_without_it() -> None:
    with _greeting(0xF7FF) as endpoint:
        outcome = _watch(_log(ERROR, READY), endpoint).outcome()
    assert (outcome.start, outcome.plaintext, outcome.log) == (Start.WITHOUT, False, (ERROR,))


def test_tls_that_is_offered_and_never_comes_about_is_broken() -> None:
    with _greeting(0xFFFF) as endpoint:
        outcome = _watch(_log(READY), endpoint).outcome()
    assert (outcome.start, outcome.version, outcome.log) == (Start.BREAKS, None, ())
    assert outcome.error


def test_what_is_told_is_written_with_the_servers_own_paths() -> None:
    told = ServerConfiguration(
        options=("ssl", "ssl-key={key}", "ssl-ca={missing}", "ssl-capath={capath}"),
        files=(
            ServerFile(role=Role.KEY, content=b"k", access=Access.NOT_THE_SERVER),
            ServerFile(role=Role.AUTHORITIES_FOLDER, content=b"a", inside="0123abcd.0"),
        ),
    )
    options, files = written(told, LAYOUT)
    tls = "/dbtls/tls"
    assert options == ["ssl", f"ssl-key={tls}/key.pem", f"ssl-ca={tls}/missing.pem", f"ssl-capath={tls}/capath"]
    assert files == [
        PlacedFile(f"{tls}/key.pem", b"k", Access.NOT_THE_SERVER),
        PlacedFile(f"{tls}/capath/0123abcd.0", b"a"),
    ]


def test_every_role_has_a_place_of_its_own() -> None:
    places = LAYOUT.places()
    assert {role.value for role in Role} < set(places)
    assert len(set(places.values())) == len(places)
