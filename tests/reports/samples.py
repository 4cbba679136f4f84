"""A report with every kind of status, outcome and testimony."""

from dataclasses import replace
from datetime import timedelta

from harness.case.command_check import CommandCheck
from harness.case.data import write_case
from harness.kinds.attempt import AttemptEvidence
from harness.kinds.command import CommandEvidence
from harness.kinds.start_up import StartEvidence
from harness.knowledge.product import Product, Range
from harness.knowledge.rows import Known, Severity
from harness.model.certificates import LeafSpec
from harness.model.evidence import Seen, ServerEvidence
from harness.model.observation import Observation
from harness.model.obstacle import Because, Obstacle
from harness.model.outcome import (
    Accepted,
    Cause,
    ClientFault,
    Hung,
    NotAttempted,
    Outcome,
    RawError,
    Refused,
    Side,
    Unclassified,
)
from harness.model.startup import Start, StartOutcome
from harness.model.tls import TlsVersion, Verify
from harness.model.verdict import Status
from harness.runner.results import Ended, Pending, RunReport
from tests.case.beds import bed
from tests.runner.reports import DEFECT, FAULT, MISSING, report, result

CHAIN = (
    RawError(kind="OperationalError", message="SSL connection error", code=2026, sqlstate="HY000"),
    RawError(kind="SSLCertVerificationError", message="certificate has expired"),
)
ACCEPTED = Accepted(
    version=TlsVersion.TLS_1_3,
    cipher="TLS_AES_128_GCM_SHA256",
    account="c_none@%",
    connection_id=7,
    server_serial=0xABC,
)
IN_CLEAR = Accepted(version=None, cipher=None, account="c_none@%", connection_id=8)
EXPIRED = Refused(by=Side.CLIENT, causes=frozenset({Cause.EXPIRED}), chain=CHAIN, ignored=("trustStore",))
NOT_SERVED = Refused(
    by=Side.SERVER,
    causes=frozenset({Cause.NOT_SERVED}),
    chain=(RawError(kind="server start", message="ended: [ERROR] no"),),
)
STRANGE = Unclassified(chain=(RawError(kind="Strange", message="[red]what[/red] \\[is] this"),))


def proof(label: str, expected: str, outcome: Outcome, testimony: ServerEvidence | None) -> AttemptEvidence:
    observation = Observation(
        outcome=outcome, testimony=testimony, user="c_none", served_serial=0xABC, server_was="unchanged"
    )
    return AttemptEvidence(label=label, expected=expected, observation=observation)


LOGGED_IN = ServerEvidence(seen=Seen.LOGGED_IN, connection_ids=(7,), counters={"Ssl_accepts": 1})
FAILED = ServerEvidence(
    seen=Seen.HANDSHAKE_FAILED,
    connection_ids=(9,),
    counters={"Ssl_accepts": 1, "Aborted_connects": 1},
    log=("2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected' (handshake)",),
)
NOTHING = ServerEvidence(seen=Seen.NOTHING, connection_ids=())

EXPIRED_SPEC = LeafSpec.server(not_before=timedelta(days=-30), not_after=timedelta(days=-1))
EXPIRED_LEAF = bed().one_way(Verify.CA).but(server_leaf=bed().server_leaf(spec=EXPIRED_SPEC))
EXPIRES = EXPIRED_LEAF.refused(by=Side.CLIENT, cause=Cause.EXPIRED)
GOOD = proof("good before", "accepted over TLS", ACCEPTED, LOGGED_IN)
UNVERIFIED = replace(
    result(Status.FAIL, "one-way::expired", "connected but unverified: accepted over TLSv1.3"),
    expected="refused by the client: expired",
    difference="server certificate: a → b",
    case=write_case(EXPIRES),
    proofs=(GOOD, proof("case", "refused by the client: expired", ACCEPTED, LOGGED_IN)),
    duration_s=0.123456,
)
UNKNOWN_WORDS = replace(
    result(Status.INCONCLUSIVE, "one-way::strange", "an error that no table knows: Strange: [red]what"),
    proofs=(
        proof("case", "refused by the client: expired", STRANGE, NOTHING),
        proof("good after", "accepted over TLS", Hung(deadline_s=10), FAILED),
    ),
)
REFUSED = replace(
    result(Status.PASS, "one-way::refused", "refused by the client: expired"),
    proofs=(proof("case", "refused by the client: expired", EXPIRED, FAILED),),
    duration_s=1.5,
)
IN_THE_CLEAR = replace(
    result(Status.PASS, "one-way::in_clear", "accepted in the clear"),
    proofs=(proof("case", "accepted in the clear", IN_CLEAR, LOGGED_IN),),
)
UNSERVED = replace(
    result(Status.KNOWN, "versions::nonsense/x", "served — known: it is old (https://example.test/1)"),
    proofs=(proof("case", "refused by the server: not-served", NOT_SERVED, None),),
)
STARTED = StartEvidence(label="good before", expected="serves TLS", outcome=StartOutcome(start=Start.SERVES))
WITHOUT_TLS = StartOutcome(start=Start.WITHOUT, log=("12:00 0 [ERROR] SSL error: Unable to get private key",))
SILENT = replace(
    result(Status.FAIL, "start-up::key_file/empty", "silently starts without TLS, expected: refuses to start"),
    client=None,
    expected="refuses to start",
    difference="key: good → empty",
    outcome="starts without TLS",
    proofs=(STARTED, StartEvidence(label="case", expected="refuses to start", outcome=WITHOUT_TLS)),
)
DIVERGED = replace(
    result(Status.KNOWN, "guide::key_form", "BEGIN PRIVATE KEY, expected: BEGIN RSA PRIVATE KEY — known: OpenSSL 3"),
    client=None,
    expected="BEGIN RSA PRIVATE KEY",
    difference="nothing",
    outcome="BEGIN PRIVATE KEY",
    known=Known(
        scenario="guide::key_form",
        instead="BEGIN*",
        severity=Severity.GUIDE,
        reason="OpenSSL 3",
        source="https://example.test/3",
        servers=(Range.parse("mysql >=9"),),
        measured=(Product.of("mysql", "9.7.4"),),
    ),
    divergences="Where nobody follows the guide",
    proofs=(
        CommandEvidence(
            label="case",
            expected="BEGIN RSA PRIVATE KEY",
            trial=CommandCheck(
                command="openssl rsa -in /etc/key",
                ran="openssl rsa -in /tmp/key",
                expected="BEGIN RSA PRIVATE KEY",
                found="BEGIN PRIVATE KEY",
                said=("writing RSA key",),
            ),
        ),
    ),
)
SKIPPED = replace(
    result(Status.SKIPPED, "two-way::cipher", "pymysql cannot choose ciphers: no option (https://example.test/2)"),
    obstacle=Obstacle(Because.CLIENT, "choose ciphers"),
)

EVERYTHING: RunReport = report(
    UNVERIFIED, IN_THE_CLEAR, REFUSED, UNKNOWN_WORDS, SKIPPED, UNSERVED, DIVERGED, SILENT, missing=(MISSING,)
)
FINE: RunReport = report(REFUSED)
NOTHING_RUN: RunReport = report()

HOW = "died: signal 11 (SIGSEGV)"
CRASHED = replace(
    result(Status.FAIL, "one-way::expired", f"the client's probe {HOW}"),
    outcome=f"the client's probe {HOW}",
    proofs=(GOOD, proof("case", "refused", ClientFault(how=HOW, last_words=("Segmentation fault",)), FAILED)),
    faults=(FAULT,),
)
LATE = "not attempted: client `pymysql` cannot be started"
LOST = replace(
    result(Status.INCONCLUSIVE, "one-way::good", f"the good situation does not hold: {LATE}"),
    proofs=(proof("good before", "accepted over TLS", NotAttempted(reason=LATE.partition(": ")[2]), None),),
)
NEVER_TRIED = replace(
    result(Status.INCONCLUSIVE, "versions::pair", "its server was lost: a defect of dbtls: TypeError: no"),
    faults=(DEFECT,),
)
BROKEN: RunReport = report(
    CRASHED,
    LOST,
    NEVER_TRIED,
    replace(NEVER_TRIED, id="versions::other"),
    faults=(FAULT, replace(DEFECT, cases=tuple(f"versions::{number}" for number in range(7)))),
    not_reached=(
        Pending(id="guide::x", claim="It is so.", server="mysql-9.7", client=None),
        Pending(id="one-way::good", claim="It is so.", server="mariadb-11.8", client="pymysql"),
    ),
    ended=Ended.INTERRUPTED,
)
"""A run in which a client died and something of ours broke, and that was interrupted."""
