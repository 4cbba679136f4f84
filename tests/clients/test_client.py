"""From a probe's answer to an outcome."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.clients.client import CIPHER, VERSION, Client
from harness.clients.process import Probe
from harness.clients.requests import IDENTITY
from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow
from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Accepted, Cause, Hung, Outcome, RawError, Refused, Side, Unclassified
from harness.model.tls import ClientTls, TlsVersion, Verify
from tests.clients.fakes import CONNECTED, HELLO, PASSWORD, build

TABLE = ErrorTable(
    errors=(
        ErrorRow(
            pattern="denied",
            by=Side.SERVER,
            causes=(Cause.ACCESS_DENIED,),
            versions="v",
            source="s",
            example="K: denied",
        ),
    ),
    timeouts=(TimeoutRow(pattern="timed out", versions="v", source="s", example="K: timed out"),),
)


def _outcome(tmp_path: Path, answer: Mapping[str, object] | None, *, deadline_s: float = 5) -> Outcome:
    reply = "pass" if answer is None else f"say(dict(json.loads({json.dumps(answer)!r}), id=request['id']))"
    body = f'say({{"hello": HELLO}})\nfor request in requests(): {reply}\n'
    with Probe(build(tmp_path, body, table=TABLE), tmp_path) as probe:
        return Client(probe).attempt(
            Endpoint("127.0.0.1", 1),
            Credentials("probe", PASSWORD),
            ClientTls(verify=Verify.CA, ca=Path("/ca.pem")),
            deadline_s=deadline_s,
        )


def _rows(identity: object, version: str, cipher: str) -> list[object]:
    return [[identity], [["Ssl_version", version]], [["Ssl_cipher", cipher]]]


def _seen(**changed: object) -> dict[str, object]:
    return {"connected": CONNECTED | changed}


def test_accepted_is_what_the_server_said(tmp_path: Path) -> None:
    assert _outcome(tmp_path, _seen()) == Accepted(
        version=TlsVersion.TLS_1_3,
        cipher="TLS_AES_128_GCM_SHA256",
        account="probe@%",
        connection_id=7,
        server_serial=255,
    )


@pytest.mark.parametrize(
    ("seen", "version"),
    [
        ({"tls_version": "", "cipher": ""}, ""),
        ({"tls_version": None, "cipher": ""}, ""),
        ({"tls_version": None, "cipher": None}, "TLSv1.2"),
        ({"tls_version": None, "cipher": "X"}, "TLSv1.2"),
        ({"tls_version": "TLSv1", "cipher": "X"}, "TLSv1.0"),
    ],
)
def test_a_driver_that_sees_less_does_not_contradict(tmp_path: Path, seen: dict[str, object], version: str) -> None:
    rows = _rows(["probe@%", "8"], version, "X" if version else "")
    outcome = _outcome(tmp_path, _seen(**seen, server_serial=None, rows=rows))
    assert isinstance(outcome, Accepted)
    assert outcome.version == (TlsVersion.parse(version) if version else None)
    assert (outcome.connection_id, outcome.cipher, outcome.server_serial) == (8, "X" if version else None, None)


@pytest.mark.parametrize(
    ("seen", "version", "message"),
    [
        ({"tls_version": "TLSv1.3"}, "", "the client's end saw TLSv1.3, the server's none"),
        ({"tls_version": None, "cipher": "X"}, "", "the client's end saw X, the server's none"),
        ({"tls_version": "", "cipher": ""}, "TLSv1.3", "the client's end saw no TLS, the server's TLSv1.3"),
        ({"tls_version": None, "cipher": ""}, "TLSv1.3", "the client's end saw no TLS, the server's TLSv1.3"),
        ({"tls_version": "TLSv1.2"}, "TLSv1.3", "the client's end saw TLSv1.2, the server's TLSv1.3"),
        ({"tls_version": "TLS9"}, "TLSv1.3", "the client's end saw TLS9, the server's TLSv1.3"),
        # A connection of which the client's end sees nothing is not called one in the clear.
        (
            {"tls_version": None, "cipher": None},
            "",
            "the server says in the clear, and the client's end could not see whether the connection is",
        ),
        ({}, "SSLv3", "the server says Ssl_version is 'SSLv3', which is no TLS version"),
    ],
)
def test_a_contradiction_is_not_a_success(tmp_path: Path, seen: dict[str, object], version: str, message: str) -> None:
    outcome = _outcome(tmp_path, _seen(**seen, rows=_rows(["probe@%", 7], version, "")))
    assert isinstance(outcome, Unclassified)
    assert outcome.chain[0].message.startswith(message)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        _rows(["probe@%", 7], "TLSv1.3", "X")[:2],
        [[], [["Ssl_version", "TLSv1.3"]], [["Ssl_cipher", "X"]]],
        _rows(["probe@%"], "TLSv1.3", "X"),
        _rows([None, 7], "TLSv1.3", "X"),
        _rows(["probe@%", None], "TLSv1.3", "X"),
        _rows(["probe@%", True], "TLSv1.3", "X"),
        _rows(["probe@%", "-"], "TLSv1.3", "X"),
        [[["probe@%", 7]], [["Ssl_version", None]], [["Ssl_cipher", "X"]]],
        [[["probe@%", 7]], [["Ssl_cipher", "X"]], [["Ssl_version", "TLSv1.3"]]],
    ],
)
def test_connected_without_a_servers_rows_is_a_fault(tmp_path: Path, rows: list[object]) -> None:
    with pytest.raises(ProbeFault):
        _outcome(tmp_path, _seen(rows=rows))


def test_an_error_is_what_the_table_says(tmp_path: Path) -> None:
    denied = (RawError(kind="K", message="denied", code=1045),)
    answer = {"error": [{"kind": "K", "message": "denied", "code": 1045}]}
    assert _outcome(tmp_path, answer) == Refused(by=Side.SERVER, causes=frozenset({Cause.ACCESS_DENIED}), chain=denied)
    strange = {"error": [{"kind": "K", "message": "strange"}]}
    assert _outcome(tmp_path, strange) == Unclassified(chain=(RawError(kind="K", message="strange"),))


def test_a_drivers_own_time_out_is_a_hang(tmp_path: Path) -> None:
    assert _outcome(tmp_path, {"error": [{"kind": "K", "message": "timed out"}]}) == Hung(deadline_s=5)


def test_silence_is_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.clients.client.GRACE_S", 0)
    assert _outcome(tmp_path, None, deadline_s=0.1) == Hung(deadline_s=0.1)


def test_a_request_holds_what_was_asked_and_no_expectation(tmp_path: Path) -> None:
    body = """
say({"hello": HELLO})
for request in requests():
    say({"id": 1, "error": [{"kind": "K", "message": json.dumps(request)}]})
"""
    tls = ClientTls(
        verify=Verify.IDENTITY,
        ca=Path("/ca"),
        certificate=Path("/c"),
        key=Path("/k"),
        versions=("TLSv9",),
        ciphers="X:Y",
    )
    with Probe(build(tmp_path, body), tmp_path) as probe:
        client = Client(probe)
        outcome = client.attempt(Endpoint("h", 3306), Credentials("u", "pw"), tls, deadline_s=2)
        assert (client.name, client.facts.driver) == ("fake", HELLO["driver"])
    assert isinstance(outcome, Unclassified)
    assert json.loads(outcome.chain[0].message.replace("***", "pw")) == {
        "id": 1,
        "op": "attempt",
        "endpoint": {"host": "h", "port": 3306},
        "account": {"user": "u", "password": "pw"},
        "tls": {
            "verify": "verify-identity",
            "ca": "/ca",
            "certificate": "/c",
            "key": "/k",
            "versions": ["TLSv9"],
            "ciphers": "X:Y",
            "legacy": False,
        },
        "queries": [IDENTITY, VERSION, CIPHER],
        "timeout_s": 2,
    }


def test_what_the_probe_ignored_makes_no_outcome(tmp_path: Path) -> None:
    """Whatever the table says of its words: nothing was shown."""
    outcome = _outcome(tmp_path, {**_seen(), "ignored": ["tls.ca"]})
    assert isinstance(outcome, Unclassified)
    assert "does not know `tls.ca` of `attempt`" in outcome.chain[0].message


def test_what_the_driver_ignores_in_silence_goes_with_each_outcome(tmp_path: Path) -> None:
    beside = {"unlisted": ["trustStore"]}
    errors: list[dict[str, object]] = [{"error": [{"kind": "K", "message": text}]} for text in ("denied", "what")]
    for answer in (_seen(), *errors):
        outcome = _outcome(tmp_path, {**answer, **beside})
        assert isinstance(outcome, Accepted | Refused | Unclassified)
        assert outcome.ignored == ("trustStore",)
