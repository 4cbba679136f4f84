"""What passed in good and refused attempts, to be put wrong in one thing."""

from harness.model.outcome import Side
from harness.model.wire import (
    Parting,
    WireAlert,
    WireChoice,
    WireConnection,
    WireEnd,
    WireEvidence,
    WireHello,
    WireTraffic,
)
from tests.judge.observations import ACCEPTED

HELLO = WireHello(
    versions=("TLSv1.3", "TLSv1.2"),
    up_to=False,
    suites=f"TLS_AES_256_GCM_SHA384:{ACCEPTED.cipher}",
    groups="x25519",
    server_name=None,
    ticket=True,
    resumes=False,
)
CHOICE = WireChoice(version="TLSv1.3", suite=str(ACCEPTED.cipher), resumed=False)
OVER_TLS = WireConnection(
    greeting="9.7.4",
    tls_asked=True,
    login_in_clear=False,
    hello=HELLO,
    retry_asked=False,
    choice=CHOICE,
    server_chain=(),
    client_asked=False,
    authorities_named=(),
    client_chain=None,
    alerts=(),
    error=None,
    client=WireTraffic(bytes=500, passed=500, encrypted_records=3, encrypted_bytes=120),
    server=WireTraffic(bytes=900, passed=900, encrypted_records=4, encrypted_bytes=700),
    ends=(WireEnd(by=Side.CLIENT, how=Parting.CLOSED), WireEnd(by=Side.SERVER, how=Parting.CLOSED)),
    after="encrypted record 3 of the client",
    garbled=(),
)


def alert(by: Side, name: str) -> WireAlert:
    return WireAlert(by=by, name=name, fatal=True)


def wire(*connections: WireConnection) -> WireEvidence:
    return WireEvidence(connections=connections, told="", faults=())
