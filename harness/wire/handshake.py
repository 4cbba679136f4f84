"""TLS handshake messages in the clear, from bytes to values. Raises Short for what is cut off."""

from collections.abc import Iterator
from functools import lru_cache

from cryptography import x509

from harness.model.wire import WireCertificate, WireChoice, WireHello
from harness.wire import names
from harness.wire.der import distinguished_name
from harness.wire.reading import Reader, pairs

CLIENT_HELLO = 1
SERVER_HELLO = 2
CERTIFICATE = 11
CERTIFICATE_REQUEST = 13
SERVER_HELLO_DONE = 14

_SERVER_NAME = 0
_GROUPS = 10
_TICKET = 35
_PRE_SHARED_KEY = 41
_VERSIONS = 43
# RFC 8446 section 4.1.3: the random of a ServerHello that asks for another ClientHello.
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def client_hello(message: Reader) -> WireHello:
    """A ClientHello (RFC 8446 section 4.1.2)."""
    legacy = message.number(2)
    message.take(32)
    session = message.vector(1).left
    suites = message.vector(2).rest()
    message.vector(1)
    extensions = dict(_extensions(message))
    listed = _listed(extensions.get(_VERSIONS))
    groups = Reader(extensions[_GROUPS]).vector(2).rest() if _GROUPS in extensions else b""
    ticket = extensions.get(_TICKET)
    # A TLS 1.3 client sends a session id of no meaning, for middleboxes (RFC 8446 appendix D.4).
    by_id = bool(session) and 0x0304 not in listed
    return WireHello(
        versions=tuple(map(names.version, sorted(listed, reverse=True) or (legacy,))),
        up_to=not listed,
        suites=_suites(suites),
        groups=_groups(groups),
        server_name=_server_name(extensions.get(_SERVER_NAME)),
        ticket=ticket is not None,
        resumes=by_id or bool(ticket) or _PRE_SHARED_KEY in extensions,
    )


def session_id(message: Reader) -> bytes:
    """The session id of a ClientHello or ServerHello."""
    message.take(2 + 32)
    length = message.number(1)
    return message.take(length)


def server_hello(message: Reader, offered_session: bytes) -> WireChoice | None:
    """A ServerHello (RFC 8446 section 4.1.3); None for one that asks for another ClientHello."""
    version = message.number(2)
    if message.take(32) == _RETRY:
        return None
    chosen = message.vector(1).rest()
    suite = message.number(2)
    message.take(1)
    extensions = dict(_extensions(message))
    if _VERSIONS in extensions:
        version = Reader(extensions[_VERSIONS]).number(2)
    by_id = version != 0x0304 and chosen != b"" and chosen == offered_session
    return WireChoice(
        version=names.version(version), suite=names.suite(suite), resumed=by_id or _PRE_SHARED_KEY in extensions
    )


def certificates(message: Reader) -> tuple[WireCertificate, ...]:
    """A Certificate message before TLS 1.3 (RFC 5246 section 7.4.2). Raises ValueError for what is no certificate."""
    entries = message.vector(3)
    found = []
    while entries.left:
        one = entries.vector(3)
        found.append(certificate(one.rest()))
    return tuple(found)


def certificate(der: bytes) -> WireCertificate:
    """A certificate. Raises ValueError for what is none."""
    read = x509.load_der_x509_certificate(der)
    return WireCertificate(
        subject=read.subject.rfc4514_string(),
        issuer=read.issuer.rfc4514_string(),
        serial=f"{read.serial_number:x}",
        not_before=read.not_valid_before_utc.isoformat(),
        not_after=read.not_valid_after_utc.isoformat(),
        authority=_authority(read),
        purposes=_purposes(read),
    )


def authorities(message: Reader, version: str) -> tuple[str, ...]:
    """The names in a CertificateRequest before TLS 1.3 (RFC 5246 section 7.4.4). Raises ValueError."""
    message.vector(1)
    if version == "TLSv1.2":
        message.vector(2)
    entries = message.vector(2)
    found = []
    while entries.left:
        one = entries.vector(2)
        found.append(distinguished_name(one))
    return tuple(found)


def _authority(read: x509.Certificate) -> bool:
    try:
        return read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _purposes(read: x509.Certificate) -> tuple[str, ...]:
    try:
        usage = read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(one.dotted_string for one in usage)


def _server_name(extension: bytes | None) -> str | None:
    if not extension:
        return None
    entry = Reader(extension).vector(2)
    entry.number(1)
    host = entry.vector(2)
    return host.rest().decode("ascii", "backslashreplace")


def _listed(extension: bytes | None) -> list[int]:
    numbers = () if extension is None else pairs(Reader(extension).vector(1).rest())
    return [one for one in numbers if not names.is_grease(one)]


# A client sends the same list each time.
@lru_cache(maxsize=256)
def _suites(listed: bytes) -> str:
    return ":".join(names.suite(one) for one in pairs(listed) if not names.is_grease(one))


@lru_cache(maxsize=256)
def _groups(listed: bytes) -> str:
    return ":".join(names.group(one) for one in pairs(listed) if not names.is_grease(one))


def _extensions(message: Reader) -> Iterator[tuple[int, bytes]]:
    if not message.left:
        return
    block = message.vector(2)
    while block.left:
        number = block.number(2)
        yield number, block.take(block.number(2))
