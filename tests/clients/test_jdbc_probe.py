"""The probe in Java, with a driver made for the test: what it is told, what it answers, and its second JVM."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.clients import jvm
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.check import State, check_probe
from harness.containers import maven
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable
from harness.model.tls import Can
from harness.pki import Authority, KeyType, Leaf, LeafSpec, Store, StoreContents, StoreKind

HERE = Path(__file__).parent / "jdbc"
NAME = "jdbc:connector-j-9"
STORE = {"path": "/s/trust", "type": "JKS", "password": "changeit"}
DRIVERS = {name: build.java for name, build in discover_clients([BUILTIN_CLIENTS]).items() if build.java is not None}
PLAIN = {"verify": "verify-ca", "ca": None, "certificate": None, "key": None}
TLS = {**PLAIN, "versions": None, "ciphers": None, "legacy": False}


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The command of a probe whose driver is ours, with the spelling of Connector/J, and without a pool."""
    return _command(tmp_path_factory, pool=())


@pytest.fixture(scope="module")
def pooling(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The same with HikariCP."""
    pool = DRIVERS[NAME].pool
    assert pool is not None
    try:
        jars = [maven.fetch(Artifact(coordinates=jar.coordinates, sha256=jar.sha256, into="")) for jar in pool.jar]
    except BuildUnavailable as error:
        pytest.skip(str(error))
    return _command(tmp_path_factory, pool=jars)


def _command(tmp_path_factory: pytest.TempPathFactory, *, pool: Sequence[Path]) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("driver")
    build = discover_clients([BUILTIN_CLIENTS])[NAME]
    assert build.java is not None
    home = jvm.homes().get(int(build.java.jdk))
    if home is None or not (home / "bin" / "javac").is_file():
        pytest.skip(f"no JDK {build.java.jdk} here (`apt-get install openjdk-17-jdk-headless`)")
    subprocess.run([home / "bin" / "javac", "-d", folder, HERE / "FakeDriver.java"], check=True)
    jar = folder / "driver.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for path in folder.glob("*.class"):
            archive.write(path, path.name)
    spelling = build.java.spelling.model_copy(update={"class_name": "FakeDriver"})
    try:
        classes = jvm.compiled(build.java.sources, lambda text: None)
    except BuildUnavailable as error:
        pytest.skip(str(error))
    java = build.java.java
    text = jvm.configuration(NAME, replace(build.java, spelling=spelling), jar, "", pool)
    return (str(home / "bin" / "java"), *java.options, "-cp", str(classes), java.main, text)


class Talk:
    """A conversation with the probe, a request and its answer at a time."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = self._line()["hello"]
        self.asked = 0

    def on_progress(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def ask(self, op: str, **members: object) -> Any:
        """The answer, less the request's id, which it must have."""
        number = self.send(op, **members)
        answered, answer = self.answer()
        assert answered == number
        return answer

    def send(self, op: str, **members: object) -> int:
        """Ask without waiting; the request's id."""
        self.asked += 1
        self.on_progress(json.dumps({"id": self.asked, "op": op, **members}))
        return self.asked

    def answer(self) -> tuple[int, Any]:
        """The next answer, and whose it is."""
        answer = self._line()
        return answer.pop("id"), answer

    def attempt(self, *queries: str, op: str = "attempt", port: int = 3306, **tls: object) -> Any:
        return self.ask(
            op,
            endpoint={"host": "h", "port": port},
            account={"user": "u", "password": 'p"ä'},
            tls={**TLS, **tls},
            queries=queries,
            timeout_s=1.5,
        )

    def ends(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(10)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@pytest.fixture
def pools(pooling: tuple[str, ...]) -> Iterator[Talk]:
    talking = Talk(pooling)
    yield talking
    talking.kill()


@pytest.fixture
def talk(command: tuple[str, ...]) -> Iterator[Talk]:
    talking = Talk(command)
    yield talking
    talking.kill()


def _value(answer: Any, query: int = 0) -> Any:
    return answer["connected"]["rows"][query][0][0]


def test_it_keeps_the_protocols_rules(command: tuple[str, ...]) -> None:
    findings = check_probe(command, server=None)
    assert [finding for finding in findings if finding.state is State.BROKEN] == []


def test_it_keeps_the_protocols_rules_with_a_pool_too(pooling: tuple[str, ...]) -> None:
    findings = check_probe(pooling, server=None)
    assert [finding for finding in findings if finding.state is State.BROKEN] == []


def test_it_says_what_it_is(talk: Talk) -> None:
    assert talk.hello["name"] == NAME
    assert talk.hello["driver"].endswith("says it is 4.2")
    assert "sslMode" in talk.hello["properties"]
    assert talk.hello["tls_library"].startswith("JSSE 17")
    assert {Can.KEY_STORES.value, Can.HOLD_SESSIONS.value} <= set(talk.hello["can"])


def test_the_driver_is_told_in_its_own_words(talk: Talk) -> None:
    answer = talk.attempt("url", "", stores={"trust": STORE, "keys": None}, versions=["TLSv1.2", "TLSv1.3"])
    assert _value(answer) == "jdbc:mysql://h:3306/"
    assert _value(answer, 1) == (
        '{allowPublicKeyRetrieval=true, connectTimeout=1500, password=p"ä, socketTimeout=1500, sslMode=VERIFY_CA, '
        "tlsVersions=TLSv1.2,TLSv1.3, trustCertificateKeyStorePassword=changeit, "
        "trustCertificateKeyStoreType=JKS, trustCertificateKeyStoreUrl=file:/s/trust, user=u}"
    )


def test_suites_are_named_as_java_names_them(talk: Talk) -> None:
    told = _value(talk.attempt("", ciphers="AES256-SHA:NO-SUCH"))
    assert "tlsCiphersuites=TLS_RSA_WITH_AES_256_CBC_SHA,NO-SUCH,TLS_AES_256_GCM_SHA384" in told


def test_properties_reach_the_driver_unchanged_and_alone(talk: Talk) -> None:
    told = _value(talk.attempt("", stores={"trust": STORE, "keys": STORE}, properties={"useSSL": "true"}))
    assert told == '{password=p"ä, useSSL=true, user=u}'


def test_the_driver_sees_the_jdk_and_nothing_of_the_probe(talk: Talk) -> None:
    assert "PlatformClassLoader" in _value(talk.attempt("loader"))


def test_rows_have_numbers_and_nulls(talk: Talk) -> None:
    assert talk.attempt("open", "null")["connected"]["rows"] == [[[1]], [[None]]]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("good", key_type=KeyType.EC_P256)


@pytest.fixture(scope="module")
def server_leaf(authority: Authority) -> Leaf:
    return authority.issue(LeafSpec.server(key_type=KeyType.EC_P256))


@pytest.fixture(scope="module")
def tls_port(authority: Authority, server_leaf: Leaf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that speaks TLS and nothing else, and keeps what connects until the end."""
    files = Store(tmp_path_factory.mktemp("server")).publish(StoreContents(trust=(authority,), leaf=server_leaf))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files.ca_pem)
    context.verify_mode = ssl.CERT_OPTIONAL
    assert files.cert_pem is not None
    context.load_cert_chain(files.cert_pem, files.key_pem)
    with contextlib.ExitStack() as kept, socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain = kept.enter_context(listening.accept()[0])
                    with contextlib.suppress(ssl.SSLError, ConnectionError):
                        kept.enter_context(context.wrap_socket(plain, server_side=True))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


NOT_SEEN = {"tls_version": None, "cipher": None, "server_serial": None, "client_serial": None}


def _seen(answer: Any) -> Any:
    return {name: value for name, value in answer["connected"].items() if name != "rows"}


def test_without_a_tls_socket_it_says_that_there_is_none(talk: Talk) -> None:
    assert _seen(talk.attempt()) == {**NOT_SEEN, "tls_version": "", "cipher": ""}


@pytest.mark.parametrize(("how", "version"), [("as drivers do", "TLSv1.3"), ("1.2", "TLSv1.2"), ("twice", "TLSv1.3")])
def test_the_tls_of_any_driver_is_seen(talk: Talk, tls_port: int, server_leaf: Leaf, how: str, version: str) -> None:
    seen = _seen(talk.attempt(port=tls_port, properties={"tls": how}))
    assert (seen["tls_version"], seen["cipher"][:4]) == (version, "TLS_")
    assert (seen["server_serial"], seen["client_serial"]) == (f"{server_leaf.serial:x}", None)


def test_what_the_driver_presented_is_seen(talk: Talk, tls_port: int, authority: Authority, tmp_path: Path) -> None:
    leaf = authority.issue(LeafSpec.client(key_type=KeyType.EC_P256))
    contents = StoreContents(leaf=leaf, kinds=frozenset({StoreKind.PKCS12}))
    keys = str(Store(tmp_path).publish(contents).keystore_p12)
    seen = _seen(talk.attempt(port=tls_port, properties={"tls": "two-way", "keys": keys}))
    assert seen["client_serial"] == f"{leaf.serial:x}"


@pytest.mark.parametrize("how", ["given-up", "elsewhere"])
def test_where_tls_was_made_and_cannot_be_seen_nothing_is_said_of_it(talk: Talk, tls_port: int, how: str) -> None:
    """Neither TLS that the driver gave up, nor TLS that another of its threads made, is said to be none."""
    assert _seen(talk.attempt(port=tls_port, properties={"tls": how})) == NOT_SEEN


def test_a_driver_that_asks_a_provider_by_name_is_not_seen_and_the_servers_word_contradicts(
    talk: Talk, tls_port: int
) -> None:
    """What is said then, and a server's session status that names a version, make no verdict: test_client.py."""
    assert _seen(talk.attempt(port=tls_port, properties={"tls": "by-name"}))["tls_version"] == ""


def test_a_connection_without_tls_after_one_with_it_has_none(talk: Talk, tls_port: int) -> None:
    talk.attempt(port=tls_port, properties={"tls": "as drivers do"}, op="open")
    assert _seen(talk.attempt())["tls_version"] == ""


def test_what_the_driver_does_not_list_is_said_beside_the_answer(talk: Talk) -> None:
    stores = {"trust": STORE, "keys": None}
    names = ["trustCertificateKeyStorePassword", "trustCertificateKeyStoreType", "trustCertificateKeyStoreUrl"]
    assert talk.attempt(stores=stores)["unlisted"] == names
    # enabledTLSProtocols is not listed either, and known to be taken for another.
    told = {"fails": "chain", "SSLMODE": "REQUIRED", "enabledTLSProtocols": "TLSv1.3", "useSSL": "true"}
    failed = talk.attempt(properties=told)
    assert (failed["unlisted"], failed["error"][0]["message"]) == (["useSSL"], "outer")
    assert "unlisted" not in talk.attempt(properties={"sslMode": "REQUIRED"})


def test_members_that_it_does_not_know_are_ignored_and_it_says_so(talk: Talk) -> None:
    answer = talk.attempt(new={"a": 1}, newer=None)
    assert answer["ignored"] == ["tls.new", "tls.newer"]
    assert "connected" in answer
    assert "ignored" not in talk.attempt()
    assert talk.ask("close", session=1, why="x")["ignored"] == ["why"]
    assert talk.attempt(legacy=True, new=1)["ignored"] == ["tls.new"]


def test_an_error_comes_with_all_that_it_wraps(talk: Talk) -> None:
    assert talk.attempt(properties={"fails": "chain"})["error"] == [
        {"kind": "java.sql.SQLException", "message": "outer", "code": 7, "sqlstate": "08S01"},
        {"kind": "java.lang.IllegalStateException", "message": "inner"},
        {"kind": "java.sql.SQLTransientException", "message": "next", "code": 0, "sqlstate": None},
        {"kind": "java.lang.RuntimeException", "message": ""},
    ]


def test_what_a_driver_throws_that_is_no_exception_is_an_answer_too(talk: Talk) -> None:
    assert talk.attempt(properties={"fails": "error"})["error"][0]["kind"] == "java.lang.NoClassDefFoundError"


def test_a_session_stays_until_it_is_closed(talk: Talk) -> None:
    assert _value(talk.attempt("open", op="open")) == 1
    assert talk.ask("query", session=1, queries=["open", "open"], timeout_s=1) == {"rows": [[[1]], [[1]]]}
    assert _value(talk.attempt("open")) == 2
    assert talk.ask("close", session=1) == {"closed": True}
    assert talk.ask("close", session=1) == {"closed": True}
    assert talk.ask("query", session=1, queries=["open"], timeout_s=1)["error"][0]["kind"] == "dbtls.no-session"
    assert _value(talk.attempt("open")) == 1


def test_legacy_crypto_is_allowed_in_a_jvm_of_its_own(talk: Talk) -> None:
    shipped = _value(talk.attempt("disabled")).split(", ")
    relaxed = _value(talk.attempt("disabled", op="open", legacy=True)).split(", ")
    assert {"TLSv1", "TLSv1.1"} <= set(shipped)
    assert set(relaxed) == {
        *(set(shipped) - {"TLSv1", "TLSv1.1", "DH keySize < 1024"}),
        "DH keySize < 512",
    }
    assert talk.ask("query", session=2, queries=["open"], timeout_s=1) == {"rows": [[[1]]]}
    assert talk.ask("close", session=2) == {"closed": True}
    assert talk.ask("close", session=2) == {"closed": True}
    assert talk.ask("query", session=2, queries=["open"], timeout_s=1)["error"][0]["kind"] == "dbtls.no-session"
    assert talk.attempt("disabled")["connected"]["rows"][0][0][0].split(", ") == shipped


def test_what_legacy_crypto_takes_from_the_jvm_is_data_and_told(command: tuple[str, ...]) -> None:
    told = json.loads(command[-1])
    told["hello"]["can"].append(Can.LEGACY_CRYPTO.value)
    told["relaxed"] = {"TLSv1.1": "", "DH keySize": "DH keySize < 768"}
    talking = Talk((*command[:-1], json.dumps(told)))
    try:
        shipped, relaxed = (
            set(_value(talking.attempt("disabled", legacy=legacy)).split(", ")) for legacy in (False, True)
        )
    finally:
        talking.kill()
    assert shipped - relaxed == {"TLSv1.1", "DH keySize < 1024"}
    assert relaxed - shipped == {"DH keySize < 768"}
    assert talking.hello["tls_library"].endswith(
        "; legacy crypto allowed: jdk.tls.disabledAlgorithms less TLSv1.1, DH keySize < 1024, with DH keySize < 768"
    )


def test_an_unknown_op_is_unsupported(talk: Talk) -> None:
    assert talk.ask("no-such-op") == {"unsupported": "op `no-such-op`"}
    assert talk.ask("pool.open") == {"unsupported": "op `pool.open`"}


@pytest.mark.parametrize("line", ["", "{", '{"id": 1}', '{"id": 01}', '{"a": 1, "a": 2}'])
def test_a_line_that_is_no_request_ends_it(talk: Talk, line: str) -> None:
    talk.on_progress(line)
    assert talk.ends() == 1


def test_it_ends_with_its_input(talk: Talk) -> None:
    talk.attempt(legacy=True)
    assert talk.ends() == 0


def _open(pools: Talk, port: int = 3306, **settings: int) -> Any:
    limits = {"maximum_pool_size": 2, "minimum_idle": 0, "connection_timeout_ms": 250}
    return pools.ask(
        "pool.open",
        pool="p",
        endpoint={"host": "h", "port": port},
        tls={**TLS, "properties": {"sslMode": "REQUIRED"}},
        settings={**limits, "idle_timeout_ms": 60000, "max_lifetime_ms": 600000, **settings},
    )


def _leave(pools: Talk, number: int, *queries: str) -> Any:
    account = {"user": "u2", "password": "p"}
    return pools.ask("pool.connect", number=number, account=account, queries=queries, timeout_s=5)


def _next(pools: Talk) -> Any:
    return pools.ask("pool.next", timeout_s=5)["next"]


def _borrow(pools: Talk, *queries: str) -> Any:
    return pools.ask("pool.borrow", pool="p", queries=queries, timeout_s=5)


def test_it_says_which_pool_it_has(pools: Talk) -> None:
    assert pools.hello["pool"].startswith("com.zaxxer:HikariCP:")


def test_a_pool_waits_for_leave_and_lends_what_it_made(pools: Talk) -> None:
    assert _open(pools, minimum_idle=1) == {"done": True}
    assert _next(pools) == {"what": "connect", "pool": "p", "number": 1}
    assert _value(_leave(pools, 1, "")) == "{password=p, sslMode=REQUIRED, user=u2}"
    for _ in range(2):
        assert _value(_borrow(pools, "open")) == 1
        assert pools.ask("close", session=pools.asked) == {"closed": True}


def test_what_is_lent_is_closed_after_an_eviction_when_it_comes_back(pools: Talk) -> None:
    _open(pools, minimum_idle=1)
    _next(pools)
    _leave(pools, 1)
    _borrow(pools)
    session = pools.asked
    assert pools.ask("pool.evict", pool="p") == {"done": True}
    assert pools.ask("query", session=session, queries=["open"], timeout_s=5) == {"rows": [[[1]]]}
    assert pools.ask("close", session=session) == {"closed": True}
    told = [_next(pools), _next(pools)]
    assert {"what": "closed", "pool": "p", "number": 1} in told
    assert {"what": "connect", "pool": "p", "number": 2} in told
    _leave(pools, 2)
    assert pools.ask("pool.close", pool="p") == {"done": True}
    assert _next(pools) == {"what": "closed", "pool": "p", "number": 2}


def test_hikaricp_lends_after_an_eviction_what_was_under_way(pools: Talk) -> None:
    """HikariCP's own flaw (brettwooldridge/HikariCP#1836), which a rotation finds where it happens to be met."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        _open(pools, minimum_idle=1, port=server.getsockname()[1])
        _next(pools)
        leave = pools.send("pool.connect", number=1, account={"user": "u", "password": "p"}, queries=[], timeout_s=5)
        greets, _ = server.accept()
        with greets:
            assert pools.ask("pool.evict", pool="p") == {"done": True}
            greets.sendall(b"x")
            assert pools.answer()[0] == leave
        assert _value(_borrow(pools, "open")) == 1
    assert pools.ask("pool.next", timeout_s=0)["next"]["what"] != "closed"


def test_a_connection_under_way_is_waited_for_and_closed_when_its_pool_is(pools: Talk) -> None:
    _open(pools, minimum_idle=1, connection_timeout_ms=20000)
    _next(pools)
    closing = pools.send("pool.close", pool="p")
    leave = pools.send("pool.connect", number=1, account={"user": "u", "password": "p"}, queries=[], timeout_s=5)
    answers = dict(pools.answer() for _ in range(2))
    assert "connected" in answers[leave]
    assert answers[closing] == {"done": True}
    assert _next(pools) == {"what": "closed", "pool": "p", "number": 1}
    assert _value(pools.attempt("open")) == 1


def test_who_borrows_is_told_why_there_is_nothing_to_lend(pools: Talk) -> None:
    _open(pools)
    (only,) = _borrow(pools)["error"]
    assert only["kind"] == "java.sql.SQLTransientConnectionException"
    assert "Connection is not available, request timed out after" in only["message"]


def test_limits_are_the_pools_own_to_refuse(pools: Talk) -> None:
    assert _open(pools, maximum_pool_size=0)["error"][0]["kind"] == "java.lang.IllegalArgumentException"
    settings = {"maximum_pool_size": 3, "minimum_idle": 1, "connection_timeout_ms": 300}
    _open(pools)
    told = {**settings, "idle_timeout_ms": 60000, "max_lifetime_ms": 600000}
    assert pools.ask("pool.configure", pool="p", settings=told) == {"done": True}


def test_what_no_pool_has_asked_for_is_an_error_of_its_own(pools: Talk) -> None:
    assert pools.ask("pool.evict", pool="none")["error"][0]["kind"] == "dbtls.no-pool"
    assert _leave(pools, 1)["error"][0]["kind"] == "dbtls.not-wanted"


def test_pools_are_not_for_legacy_crypto(pools: Talk) -> None:
    answer = pools.ask("pool.open", pool="p", tls={**TLS, "legacy": True})
    assert "legacy" in answer["unsupported"]
