"""Client: one attempt to connect and query, and what became of it."""

import re

from harness.clients.build import ClientBuild
from harness.clients.process import Probe, Silence
from harness.clients.protocol import AttemptRequest, Connected, DriverError, Hello
from harness.clients.requests import (
    GRACE_S,
    IDENTITY,
    account_field,
    connection_id_of,
    endpoint_field,
    missing_rows_fault,
    refused,
    tls_field,
)
from harness.errors import ProbeFault
from harness.knowledge.naming import client_product
from harness.knowledge.product import Product
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Accepted, Hung, Outcome, RawError, Unclassified
from harness.model.tls import ClientTls, TlsVersion

VERSION = "SHOW STATUS LIKE 'Ssl_version'"
CIPHER = "SHOW STATUS LIKE 'Ssl_cipher'"


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
        """What the probe says of itself; starts it if need be. Raises ProbeUnavailable."""
        return self._probe.hello

    @property
    def product(self) -> Product:
        """What it is, as ranges of knowledge name it. Raises ProbeFault."""
        return product_of(self.build, self.facts)

    def unheard(self) -> ProbeFault | None:
        """Why the probe died or broke its protocol between two attempts, if it did; each time told once."""
        return self._probe.unheard()

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

        Raises ProbeFault when the probe breaks, also when it says ``connected`` without a server's answers, and
        ProbeUnavailable when there is none to ask.
        """
        request = AttemptRequest(
            endpoint=endpoint_field(endpoint),
            account=account_field(account),
            tls=tls_field(tls),
            queries=(IDENTITY, VERSION, CIPHER),
            timeout_s=deadline_s,
        )
        match self._probe.exchange(request, deadline_s + GRACE_S):
            case Connected() as connected:
                return self._connected(connected, legacy=tls.legacy, server_names_version=server_names_version)
            case DriverError() as error:
                return refused(self.build, error, deadline_s)
            case Silence():
                return Hung(deadline_s=deadline_s)

    def _connected(self, connected: Connected, *, legacy: bool, server_names_version: bool) -> Accepted | Unclassified:
        match connected.rows:
            case (((str(account), number),), (("Ssl_version", str(version)),), (("Ssl_cipher", str(cipher)),)):
                pass
            case rows:
                raise missing_rows_fault(self.build, rows)
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
            connection_id=connection_id_of(self.build, number),
            server_serial=None if serial is None else int(serial, 16),
            legacy=legacy,
            ignored=connected.unlisted,
        )


def product_of(build: ClientBuild, hello: Hello) -> Product:
    """What a client of ``build`` is that says ``hello``."""
    version = re.search(build.version, hello.driver)
    return client_product(
        build.product or build.name,
        version[1] if version else "",
        driver=hello.driver,
        runtime=hello.runtime,
        tls_library=hello.tls_library,
    )


def _doubt(connected: Connected, server: TlsVersion | None) -> str | None:
    """What the driver's own view says against the server's; None where they agree, or the driver sees nothing of TLS.

    That a connection is in the clear both ends must say: of a driver that sees nothing it would not be known.
    """
    seen = connected.tls_version
    secure = seen if seen is not None else connected.cipher
    if secure is None:
        unknown = "the server says in the clear, and the client's end could not see whether the connection is"
        return None if server is not None else unknown
    if bool(secure) != (server is not None):
        return f"the client's end saw {secure or 'no TLS'}, the server's {server or 'none'}, of one connection"
    if seen:
        try:
            agreed = TlsVersion.parse(seen) is server
        except ValueError:
            agreed = False
        if not agreed:
            return f"the client's end saw {seen}, the server's {server}, of one connection"
    return None


def _contradiction(message: str) -> Unclassified:
    return Unclassified(chain=(RawError(kind="dbtls.contradiction", message=message),))
