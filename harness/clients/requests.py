"""What every request to a client consists of, and what its driver's error or answer to IDENTITY means."""

from collections.abc import Sequence
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from typing import Any

from harness.clients.build import ClientBuild
from harness.clients.fields import AccountField, EndpointField, TlsField
from harness.clients.key_stores import stores_field
from harness.clients.protocol import IGNORED, DriverError, Value
from harness.clients.table import TimedOut
from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Hung, Refused, Unclassified
from harness.model.tls import ClientTls

IDENTITY = "SELECT CURRENT_USER(), CONNECTION_ID()"

_APART = {"trust_store", "key_store", "properties"}
"""Members of ClientTls that have another form on the wire."""

GRACE_S = 1.0
"""How much longer than the driver's own time-out its answer is waited for, so that a driver which honours it is not
killed together with what else it has in flight."""


def endpoint_field(endpoint: Endpoint) -> EndpointField:
    """``endpoint`` on the wire."""
    return EndpointField(host=endpoint.host, port=endpoint.port)


def account_field(account: Credentials) -> AccountField:
    """``account`` on the wire."""
    return AccountField(user=account.user, password=account.password)


def tls_field(tls: ClientTls) -> TlsField:
    """``tls`` on the wire."""
    members = {item.name: _sent(getattr(tls, item.name)) for item in fields(tls) if item.name not in _APART}
    properties = None if tls.properties is None else dict(tls.properties)
    return TlsField(**members, stores=stores_field(tls), properties=properties)


def refused(build: ClientBuild, error: DriverError, deadline_s: float) -> Refused | Unclassified | Hung:
    """What the client's table makes of an error; ``deadline_s`` is what its driver had been told to wait."""
    if any(link.kind == IGNORED for link in error.chain):
        return Unclassified(chain=error.chain)
    match build.table.classify(error.chain):
        case TimedOut():
            return Hung(deadline_s=deadline_s)
        case Refused() | Unclassified() as known:
            return replace(known, ignored=error.unlisted)


def connection_id_of(build: ClientBuild, value: Value) -> int:
    """``value`` as CONNECTION_ID(). Raises ProbeFault when it is no whole number."""
    # JDBC and some others give BIGINT UNSIGNED as text.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    how = f"gives {value!r} for CONNECTION_ID()"
    raise ProbeFault(
        f"client `{build.name}` {how}", remedy="let the probe send a query's whole numbers as JSON numbers", how=how
    )


def missing_rows_fault(build: ClientBuild, rows: Sequence[Sequence[Sequence[Value]]]) -> ProbeFault:
    """The fault of a probe that says it had answers, and has none that a server gives."""
    how = "says connected, but its rows are no server's answers"
    return ProbeFault(
        f"client `{build.name}` {how}",
        remedy="`dbtls probe check -- CMD` tells what is wrong with a probe",
        detail=(f"rows: {rows!r}",),
        how=how,
    )


# A member of ClientTls has the type of the field of its name, but for these; mypy cannot follow one by its name.
def _sent(value: Any) -> Any:
    match value:
        case Path():
            return str(value)
        case Enum():
            return value.value
        case _:
            return value
