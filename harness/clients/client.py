"""Client: one attempt to connect and query, and what became of it."""

from pathlib import Path

from harness.clients.build import ClientBuild
from harness.clients.process import Probe, Silence
from harness.clients.protocol import (
    AccountField,
    AttemptRequest,
    Connected,
    DriverError,
    EndpointField,
    Hello,
    TlsField,
    Value,
)
from harness.clients.table import TimedOut
from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Accepted, Hung, Outcome, RawError, Refused, Unclassified
from harness.model.tls import ClientTls, TlsVersion

IDENTITY = "SELECT CURRENT_USER(), CONNECTION_ID()"
VERSION = "SHOW STATUS LIKE 'Ssl_version'"
CIPHER = "SHOW STATUS LIKE 'Ssl_cipher'"

_GRACE_S = 1.0
"""How much longer than the driver's own time-out its answer is waited for, so that a driver which honours it is not
killed together with what else it has in flight."""


class Client:
    """A client under test. ``attempt`` may be called from many threads."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    @property
    def build(self) -> ClientBuild:
        return self._probe.build

    @property
    def name(self) -> str:
        return self._probe.build.name

    @property
    def facts(self) -> Hello:
        """What the probe says of itself; starts it if need be. Raises ProbeFault."""
        return self._probe.hello

    def attempt(
        self,
        endpoint: Endpoint,
        account: Credentials,
        tls: ClientTls,
        *,
        deadline_s: float,
        server_names_version: bool = True,
    ) -> Outcome:
        """Connect, query, disconnect. The driver is given ``deadline_s`` seconds; past it, the attempt hung.

        ``server_names_version`` False: what this server says of a session's protocol version is known to be wrong, and
        the driver's own view stands alone.

        Raises ProbeFault when the probe breaks, also when it says ``connected`` without a server's answers.
        """
        request = AttemptRequest(
            endpoint=EndpointField(host=endpoint.host, port=endpoint.port),
            account=AccountField(user=account.user, password=account.password),
            tls=TlsField(
                verify=tls.verify.value,
                ca=_text(tls.ca),
                certificate=_text(tls.certificate),
                key=_text(tls.key),
                versions=tls.versions,
                ciphers=tls.ciphers,
                legacy=tls.legacy,
            ),
            queries=(IDENTITY, VERSION, CIPHER),
            timeout_s=deadline_s,
        )
        match self._probe.exchange(request, deadline_s + _GRACE_S):
            case Connected() as connected:
                return self._connected(connected, legacy=tls.legacy, server_names_version=server_names_version)
            case DriverError(chain=chain):
                return self._refused(chain, deadline_s)
            case Silence():
                return Hung(deadline_s=deadline_s)

    def _refused(self, chain: tuple[RawError, ...], deadline_s: float) -> Refused | Unclassified | Hung:
        match self._probe.build.table.classify(chain):
            case TimedOut():
                return Hung(deadline_s=deadline_s)
            case Refused() | Unclassified() as known:
                return known

    def _connected(self, connected: Connected, *, legacy: bool, server_names_version: bool) -> Accepted | Unclassified:
        match connected.rows:
            case (((str(account), number),), (("Ssl_version", str(version)),), (("Ssl_cipher", str(cipher)),)):
                pass
            case rows:
                raise ProbeFault(
                    f"client `{self.name}` says connected, but its rows are no server's answers",
                    remedy="`dbtls probe check -- CMD` tells what is wrong with a probe",
                    detail=(f"rows: {rows!r}",),
                )
        if version and connected.tls_version and not server_names_version:
            version = connected.tls_version
        try:
            negotiated = TlsVersion.parse(version) if version else None
        except ValueError:
            return _contradiction(f"the server says Ssl_version is {version!r}, which is no TLS version")
        doubt = _doubt(connected, negotiated)
        if doubt is not None:
            return _contradiction(doubt)
        serial = connected.server_serial
        return Accepted(
            version=negotiated,
            cipher=cipher or None,
            account=account,
            connection_id=self._whole(number),
            server_serial=None if serial is None else int(serial, 16),
            legacy=legacy,
        )

    def _whole(self, value: Value) -> int:
        # JDBC and some others give BIGINT UNSIGNED as text.
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        raise ProbeFault(
            f"client `{self.name}` gives {value!r} for CONNECTION_ID()",
            remedy="let the probe send a query's whole numbers as JSON numbers",
        )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _doubt(connected: Connected, server: TlsVersion | None) -> str | None:
    """What the driver's own view says against the server's; None where they agree or the driver sees nothing."""
    seen = connected.tls_version
    secure = seen if seen is not None else connected.cipher
    if secure is None:
        return None
    if bool(secure) != (server is not None):
        return f"the driver says {secure or 'in the clear'}, the server {server or 'in the clear'}, of one connection"
    if seen:
        try:
            agreed = TlsVersion.parse(seen) is server
        except ValueError:
            agreed = False
        if not agreed:
            return f"the driver says {seen}, the server {server}, of one connection"
    return None


def _contradiction(message: str) -> Unclassified:
    return Unclassified(chain=(RawError(kind="dbtls.contradiction", message=message),))
