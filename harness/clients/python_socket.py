"""What a pure Python driver's own socket shows; apart from ``python_probe``, which loads the standard library alone."""

import ssl
from collections.abc import Sequence
from typing import Any

from cryptography import x509

from harness.clients.python_probe import Seen

# OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT; Python's ssl names it only from 3.12 on.
_LEGACY_SERVER_CONNECT = 0x4


def allow_legacy(context: ssl.SSLContext) -> None:
    """Have ``context`` take what today's OpenSSL refuses as shipped: TLSv1, SECLEVEL=0, legacy renegotiation.

    Suites with a finite-field Diffie-Hellman exchange are left out: groups under 512 bits are refused at every level.
    """
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:!kDHE:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER_CONNECT


def rows_of(cursor: Any, queries: Sequence[str]) -> list[Sequence[Sequence[Any]]]:
    """Run ``queries`` on a PEP 249 cursor, one after the other; each one's rows."""
    rows: list[Sequence[Sequence[Any]]] = []
    for query in queries:
        cursor.execute(query)
        rows.append(cursor.fetchall())
    return rows


def seen_through(socket: object, rows: Sequence[Sequence[Sequence[Any]]]) -> Seen:
    """Version, cipher and the server's certificate as ``socket`` has them; in the clear if it is no TLS socket."""
    if not isinstance(socket, ssl.SSLSocket):
        return Seen(tls_version="", cipher="", server_serial=None, rows=rows)
    presented = socket.getpeercert(binary_form=True)
    cipher = socket.cipher()
    return Seen(
        tls_version=socket.version(),
        cipher=cipher and cipher[0],
        server_serial=x509.load_der_x509_certificate(presented).serial_number if presented else None,
        rows=rows,
    )
