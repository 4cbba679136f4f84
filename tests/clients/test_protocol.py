"""The protocol: lines to values and back."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from harness.clients.fields import TlsField
from harness.clients.key_stores import StoreField, StoresField
from harness.clients.pool_protocol import Done, Next
from harness.clients.protocol import (
    BadLine,
    ByeRequest,
    Closed,
    CloseRequest,
    Connected,
    DriverError,
    QueryRequest,
    Rows,
    Unsupported,
    needed,
    read_answer,
    read_hello,
    request_line,
)
from harness.clients.requests import tls_field
from harness.model.outcome import RawError
from harness.model.tls import Can, ClientTls, Verify
from tests.clients.fakes import CONNECTED, HELLO, PASSWORD, attempt, opening


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def test_hello() -> None:
    hello = read_hello(_line({"hello": HELLO}))
    assert hello.can == {Can.REQUIRE, Can.VERIFY_CA}
    assert (hello.name, hello.versions, hello.concurrency) == ("fake", ("TLSv1.3",), 4)


def test_what_a_client_is_told_is_what_is_sent_but_for_its_key_stores() -> None:
    told = {item.name for item in fields(ClientTls)}
    assert set(TlsField.model_fields) == told - {"trust_store", "key_store"} | {"stores"}


def test_an_option_that_came_later_is_sent_where_it_is_set_and_nowhere_as_null() -> None:
    assert "revocations" not in json.loads(request_line(1, attempt()))["tls"]
    asked = attempt().model_copy(update={"tls": tls_field(ClientTls(verify=Verify.CA, revocations=Path("/crl.pem")))})
    assert json.loads(request_line(1, asked))["tls"]["revocations"] == "/crl.pem"


def test_key_stores_and_properties_are_sent_where_they_are_told_and_nowhere_as_null() -> None:
    asked = attempt()
    assert {"stores", "properties"}.isdisjoint(json.loads(request_line(1, asked))["tls"])
    store = StoreField(path="/s", type="JKS", password="changeit")  # noqa: S106 - Java's own and the guide's
    tls = asked.tls.model_copy(update={"stores": StoresField(trust=store), "properties": {"useSSL": "true"}})
    sent = json.loads(request_line(1, asked.model_copy(update={"tls": tls})))["tls"]
    assert sent["stores"] == {"trust": {"path": "/s", "type": "JKS", "password": "changeit"}, "keys": None}
    assert sent["properties"] == {"useSSL": "true"}


def test_a_request_is_one_line_with_its_id() -> None:
    line = request_line(7, attempt())
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    sent = json.loads(line)
    assert (sent["id"], sent["op"], sent["account"]["password"]) == (7, "attempt", PASSWORD)
    assert json.loads(request_line(8, ByeRequest())) == {"id": 8, "op": "bye"}
    assert PASSWORD not in repr(attempt())


def test_requests_on_sessions() -> None:
    opened = json.loads(request_line(7, opening()))
    attempted = json.loads(request_line(7, attempt()))
    assert opened == attempted | {"op": "open"}
    query = QueryRequest(session=7, queries=("SELECT 1", "SELECT 2"), timeout_s=0.5)
    assert json.loads(request_line(8, query)) == {
        "id": 8,
        "op": "query",
        "session": 7,
        "queries": ["SELECT 1", "SELECT 2"],
        "timeout_s": 0.5,
    }
    assert json.loads(request_line(9, CloseRequest(session=7))) == {"id": 9, "op": "close", "session": 7}


def test_answers() -> None:
    number, connected = read_answer(_line({"id": 7, "connected": CONNECTED}))
    assert number == 7
    assert isinstance(connected, Connected)
    assert connected.rows[0] == (("probe@%", 7),)
    chain = [{"kind": "K", "message": "m", "code": 1, "sqlstate": "HY000"}, {"kind": "L", "message": ""}]
    assert read_answer(_line({"id": 8, "error": chain})) == (
        8,
        DriverError(chain=(RawError(kind="K", message="m", code=1, sqlstate="HY000"), RawError(kind="L", message=""))),
    )
    assert read_answer(_line({"id": 9, "unsupported": "x"})) == (9, Unsupported(reason="x"))
    assert read_answer(_line({"id": 10, "rows": [[["a@%", None]], []]})) == (10, Rows(rows=((("a@%", None),), ())))
    assert read_answer(_line({"id": 11, "closed": True})) == (11, Closed(closed=True))


def test_what_stands_beside_an_answer() -> None:
    beside = {"ignored": ["tls.new"], "unlisted": ["trustStore"]}
    _, connected = read_answer(_line({"id": 7, "connected": CONNECTED, **beside}))
    assert isinstance(connected, Connected)
    assert (connected.ignored, connected.unlisted, len(connected.rows)) == (("tls.new",), ("trustStore",), 3)
    _, error = read_answer(_line({"id": 8, "error": [{"kind": "K", "message": ""}], **beside}))
    assert isinstance(error, DriverError)
    assert (error.ignored, error.unlisted) == (("tls.new",), ("trustStore",))
    ignored = {"ignored": ["new"]}
    all_said: list[dict[str, object]] = [{"rows": []}, {"closed": True}, {"done": True}, {"next": {"what": "nothing"}}]
    for said in all_said:
        _, answer = read_answer(_line({"id": 9, **said, **ignored}))
        assert isinstance(answer, Rows | Closed | Done | Next)
        assert answer.ignored == ("new",)
    with pytest.raises(BadLine, match="unlisted"):
        read_answer(_line({"id": 9, "closed": True, "unlisted": ["trustStore"]}))


def test_what_is_no_more_than_a_default_may_be_ignored() -> None:
    asked = attempt()
    tls = asked.tls.model_copy(update={"ciphers": "X"})
    names = ["tls.versions", "tls.legacy", "tls.ciphers", "tls.nothing", "nothing"]
    assert needed(asked, names) == ()
    assert needed(asked.model_copy(update={"tls": tls}), names) == ("tls.ciphers",)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"id": True, "unsupported": "x"}, "`id` is True"),
        ({"unsupported": "x"}, "`id` is None"),
        ({"id": 1, "unsupported": "x", "error": []}, "error and unsupported"),
        ({"id": 1, "error": []}, "`error`: tuple should have at least 1 item"),
        ({"id": 1, "error": [{"kind": "K"}]}, "`error.0.message`: field required"),
        ({"id": 1, "error": [{"kind": "K", "message": "m", "code": "1"}]}, "`error.0.code`"),
        ({"id": 1, "connected": CONNECTED, "verdict": "PASS"}, "`verdict`: extra inputs"),
        ({"id": 1, "connected": CONNECTED | {"server_serial": "0x1"}}, "`connected.server_serial`"),
        ({"id": 1, "connected": CONNECTED | {"client_serial": "0x1"}}, "`connected.client_serial`"),
        ({"id": 1, "closed": False}, "`closed`: input should be True"),
        ({"id": 1, "rows": [1]}, "`rows.0`"),
        ({"id": 1, "rows": [], "closed": True}, "rows and closed"),
        ({"id": 1, "connected": CONNECTED | {"rows": [[{"a": 1}]]}}, "`connected.rows.0.0`"),
    ],
)
def test_a_wrong_answer_says_where(value: object, what: str) -> None:
    with pytest.raises(BadLine) as caught:
        read_answer(_line(value))
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"protocol": 9, "more": 1}, "speaks protocol 9, not 1"),
        ({"concurrency": 0}, "`hello.concurrency`"),
        ({"driver": None}, "`hello.driver`"),
        ({"more": 1}, "`hello.more`"),
    ],
)
def test_a_wrong_hello_says_where(changed: dict[str, object], what: str) -> None:
    with pytest.raises(BadLine) as caught:
        read_hello(_line({"hello": HELLO | changed}))
    assert what in str(caught.value)
