"""Observations that are right in everything, to be put wrong in one thing."""

from dataclasses import replace

from harness.model.evidence import Seen, ServerEvidence
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, Outcome, RawError, Refused, Side
from harness.model.tls import TlsVersion

SERVED = 0xABC
CHAIN = (RawError(kind="OperationalError", message="SSL error", code=2026, sqlstate="HY000"),)
ACCEPTED = Accepted(
    version=TlsVersion.TLS_1_3,
    cipher="TLS_AES_128_GCM_SHA256",
    account="c_none@%",
    connection_id=7,
    server_serial=SERVED,
)
IN_CLEAR = Accepted(version=None, cipher=None, account="c_none@%", connection_id=7)


def refused(by: Side, *causes: Cause) -> Refused:
    return Refused(by=by, causes=frozenset(causes), chain=CHAIN)


def observed(
    outcome: Outcome,
    seen: Seen | None,
    *,
    ids: tuple[int, ...] = (7,),
    log: tuple[str, ...] = ("7 [Note] a line",),
) -> Observation:
    """An observation whose server's end saw ``seen`` (None: there was nobody to ask)."""
    return Observation(
        outcome=outcome,
        testimony=None if seen is None else ServerEvidence(seen=seen, connection_ids=ids, log=log),
        user="c_none",
        served_serial=SERVED,
        server_was="unchanged",
    )


GOOD = observed(ACCEPTED, Seen.LOGGED_IN, log=())
GOOD_IN_CLEAR = replace(GOOD, outcome=IN_CLEAR)
