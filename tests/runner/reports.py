"""Reports of runs that never were."""

from harness.model.fault import Fault
from harness.model.verdict import Status, Verdict
from harness.runner.results import (
    CellResult,
    ClientProvenance,
    Ended,
    Missing,
    Pending,
    Provenance,
    RunReport,
    ServerProvenance,
)

SERVER = ServerProvenance(
    name="mysql-9.7",
    product="mysql 9.7.4 with openssl 3.5.1",
    image="dbtls/seed:mysql-9.7-0123",
    version="9.7.4",
    tls_library="OpenSSL 3.5.1",
    protocols=("TLSv1.2", "TLSv1.3"),
    reload="ALTER INSTANCE RELOAD TLS",
)
CLIENT = ClientProvenance(
    name="pymysql",
    product="pymysql 1.2 with python 3.11 with openssl 3.0",
    driver="PyMySQL 1.2",
    runtime="CPython 3.11",
    tls_library="OpenSSL 3.0",
)
PROVENANCE = Provenance(
    harness="dbtls 0.2.0",
    revision="0123456789ab-dirty",
    command="dbtls run",
    engine="Docker 28",
    python="3.11.2",
    machine="Linux 6 x86_64",
    servers=(SERVER,),
    clients=(CLIENT,),
)
MISSING = Missing(
    kind="server", name="mysql-8.4", reason="no registry", remedy="make one reachable", detail=("E: one", "E: two")
)
FAULT = Fault(
    what="client `pymysql` died: signal 11 (SIGSEGV)",
    remedy="see its last lines",
    server="mysql-9.7",
    client="pymysql",
    detail=("Segmentation fault",),
    cases=("one-way::good", "one-way::expired"),
)
DEFECT = Fault(
    what="a defect of dbtls: TypeError: no",
    remedy="please report it",
    traceback=("harness/x.py:3 f", "harness/y.py:4 g"),
)


def result(status: Status, identity: str = "one-way::good", reason: str = "because") -> CellResult:
    return CellResult(
        id=identity, claim="It is so.", server="mysql-9.7", client="pymysql", verdict=Verdict(status, reason)
    )


def report(
    *results: CellResult,
    missing: tuple[Missing, ...] = (),
    faults: tuple[Fault, ...] = (),
    not_reached: tuple[Pending, ...] = (),
    ended: Ended = Ended.FINISHED,
) -> RunReport:
    return RunReport(
        results=results,
        missing=missing,
        faults=faults,
        not_reached=not_reached,
        ended=ended,
        options=(),
        provenance=PROVENANCE,
        duration_s=12.34567,
        first_verdict_s=3.21 if results else None,
        spent_s={"start": 2.0, "clients": 1.23456},
    )
