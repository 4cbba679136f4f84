"""The third witness in a report: written, described, read back, and in words."""

import json
from dataclasses import replace

from jsonschema import Draft202012Validator

from harness.kinds.attempt import AttemptEvidence
from harness.model.outcome import Side
from harness.model.wire import WireError
from harness.reports.evidence_model import AttemptReport
from harness.reports.json_report import schema
from tests.judge.observations import GOOD
from tests.judge.test_wire import IN_CLEAR, LEAF
from tests.judge.wires import OVER_TLS, alert, wire

FULL = replace(
    OVER_TLS,
    server_chain=(LEAF,),
    client_asked=True,
    authorities_named=("CN=one",),
    client_chain=(replace(LEAF, purposes=("1.3.6.1.5.5.7.3.2",)),),
    alerts=(alert(Side.CLIENT, "unknown_ca"),),
    error=WireError(code=1043, message="08S01Bad handshake"),
    garbled=("server's bytes: no TLS record",),
)
SEEN = AttemptEvidence(
    label="case",
    expected="accepted over TLS",
    observation=replace(GOOD, wire=replace(wire(FULL, IN_CLEAR), told="cipher or expired")),
)


def test_what_is_written_is_described_and_read_back() -> None:
    written = SEEN.as_json()
    described = json.loads(schema())
    part = {"$ref": "#/$defs/AttemptReport", "$defs": described["$defs"]}
    Draft202012Validator(part).validate(written)
    read = AttemptReport.model_validate_json(json.dumps(written))
    assert read.observation() == SEEN.observation
    assert read.model_dump(mode="json") == written


def test_nothing_between_the_two_is_said_as_such() -> None:
    alone = replace(SEEN, observation=GOOD)
    assert alone.as_json()["wire"] is None
    assert not [line for line in alone.lines() if "wire" in line]


def test_what_passed_reads_in_the_order_in_which_it_happened() -> None:
    lines = list(SEEN.lines())
    at = lines.index(next(line for line in lines if line.startswith("  wire")))
    assert lines[at : at + 3] == [
        "  wire: connection 1 of 2: ClientHello with TLSv1.2, TLSv1.3; ServerHello TLSv1.3 TLS_AES_128_GCM_SHA256; "
        "server certificate serial abc of 1 sent; client certificate asked for, 1 authorities named; "
        "client certificate serial abc; alert unknown_ca of the client; error 1043 of the server in the clear; "
        "closed first by the client after encrypted record 3 of the client; server's bytes: no TLS record "
        "[client 500 bytes, server 900]",
        "  wire: connection 2 of 2: login in the clear; closed first by the client after encrypted record 3 of the "
        "client [client 500 bytes, server 900]",
        "    tells which of cipher or expired",
    ]
