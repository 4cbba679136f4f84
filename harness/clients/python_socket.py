"""What a pure Python driver's own socket shows, and the contexts that it makes.

Apart from ``python_probe``, which loads the standard library alone.
"""

import os
import ssl
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from cryptography import x509

from harness.clients.python_probe import Attempt, Seen

# OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT; Python's ssl names it only from 3.12 on.
_LEGACY_SERVER_CONNECT = 0x4
_PIECE = 65536
"""Bytes in one read: more than a file has that a driver is given, and a shorter read is a file's end."""


def allow_legacy(context: ssl.SSLContext) -> None:
    """Have ``context`` take what today's OpenSSL refuses as shipped: TLSv1, SECLEVEL=0, legacy renegotiation.

    Suites with a finite-field Diffie-Hellman exchange are left out: groups under 512 bits are refused at every level.
    """
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:!kDHE:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER_CONNECT


class Contexts:
    """Contexts that a driver made of files, kept for as long as the files hold the very same bytes.

    A driver that makes one a connection spends 2 ms on it, as much as on the handshake. Sharing one changes nothing
    else: Python offers no session of a context's earlier connections again unless it is told to. Safe between threads.
    """

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, ssl.SSLContext] = OrderedDict()

    def of(self, material: Hashable) -> ssl.SSLContext | None:
        """The context that was made of ``material``, if one is kept."""
        return self._kept.get(material)

    def keep(self, material: Hashable, context: ssl.SSLContext) -> None:
        """Keep a context. ``material`` is what it was made of: looked at before and after, with the same result."""
        self._kept[material] = context
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def material_of(asked: Attempt) -> Hashable | None:
    """All that a context is made of, files by their bytes.

    None without an authority, where the system's are loaded and no file says so, and for files that cannot be read.
    """
    if asked.ca is None:
        return None
    names = (asked.ca, asked.certificate, asked.key)
    try:
        files = tuple(None if name is None else _bytes_of(name) for name in names)
    except OSError:
        return None
    return (asked.verify, asked.versions, asked.ciphers, asked.legacy, *files)


def _bytes_of(name: str) -> bytes:
    # Three system calls instead of a file object's seven: after each, all threads vie for the interpreter again.
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = piece = os.read(descriptor, _PIECE)
        while len(piece) == _PIECE:
            piece = os.read(descriptor, _PIECE)
            content += piece
        return content
    finally:
        os.close(descriptor)


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
