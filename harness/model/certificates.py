"""Specifications of certificates: what is asked of an authority or of a leaf. Values without keys.

Their defaults are correct, so that a defect is one argument. ``harness.pki`` makes certificates and keys of them.
"""

import ipaddress
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from enum import Enum
from typing import Self, TypedDict, Unpack

from harness.errors import UsageError
from harness.model.words import in_brackets, peculiar

ORGANIZATION = "dbtls authority"
"""Of authorities. Not the leaves': a leaf and its authority of one name are "self-signed" to OpenSSL (error 18)."""

NOT_BEFORE = timedelta(days=-1)
"""A day ago, so that no clock of the two ends that is a little slow makes a good certificate not yet valid."""

_AUTHORITY_NOT_AFTER = timedelta(days=365)
"""Later than a leaf's, so that a good chain never ends at its authority."""

_SERIAL_BITS = 159
"""RFC 5280 4.1.2.2: at most 20 octets, and positive, so the top bit is not ours."""

_LONGEST_NAME = 64
"""Characters of each part of a subject (RFC 5280 A.1: ub-common-name, ub-organization-name)."""


class KeyType(Enum):
    """The kind and size of a key. RSA keys are drawn anew each time: 2048 bits cost some 70 ms, 4096 some 300 ms."""

    RSA_1024 = "rsa-1024"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    EC_P521 = "ec-p521"
    ED25519 = "ed25519"


class Digest(Enum):
    """The digest that is signed. An Ed25519 issuer has its own and takes no notice."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"


class Usage(Enum):
    """A purpose in the extendedKeyUsage extension (RFC 5280 4.2.1.12)."""

    SERVER = "server"
    CLIENT = "client"


class KeyUse(Enum):
    """The keyUsage extension (RFC 5280 4.2.1.3)."""

    CORRECT = "correct"
    WRONG = "wrong"
    """Present, without what the certificate is used for: a leaf may only sign CRLs, an authority no certificates."""
    ABSENT = "absent"


class AuthorityOptions(TypedDict, total=False):
    """The fields of AuthoritySpec beside its name, issuer and path length, by name."""

    key: str
    key_type: KeyType
    digest: Digest
    not_before: timedelta
    not_after: timedelta
    is_ca: bool
    key_use: KeyUse
    permitted_dns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthoritySpec:
    """An authority: a root, or an intermediate below ``issuer``. Equal ones are one certificate, all run long.

    Its subject is ``/O=dbtls authority/CN=name``. Two that differ in ``key`` alone have one name and different keys, as
    an authority and its impostor do. ``path_length`` bounds the intermediates below it. ``digest`` is that of its
    issuer's signature. Times count from the moment of issue. ``is_ca=False`` writes CA:FALSE, drops the path length,
    which then may not stand there, and changes nothing else. ``permitted_dns`` are the only domains that it may issue
    for (RFC 5280 4.2.1.10). Raises UsageError where a value cannot stand in a certificate at all.
    """

    name: str
    _: KW_ONLY
    issuer: "AuthoritySpec | None" = None
    key: str = ""
    path_length: int | None = None
    key_type: KeyType = KeyType.RSA_2048
    digest: Digest = Digest.SHA256
    not_before: timedelta = NOT_BEFORE
    not_after: timedelta = _AUTHORITY_NOT_AFTER
    is_ca: bool = True
    key_use: KeyUse = KeyUse.CORRECT
    permitted_dns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_validity(self.not_before, self.not_after)
        if self.path_length is not None and self.path_length < 0:
            raise UsageError(f"path length {self.path_length}", remedy="use 0 or more; None sets no bound")
        _check_name(self.name)
        for domain in self.permitted_dns:
            _check_dns_name(domain)

    def intermediate(
        self, name: str, *, path_length: int | None = 0, **options: Unpack[AuthorityOptions]
    ) -> "AuthoritySpec":
        """An authority below this one; the leaves that it issues carry its certificate."""
        return AuthoritySpec(name, issuer=self, path_length=path_length, **options)

    @property
    def subject_oneline(self) -> str:
        """Its name as ``REQUIRE ISSUER`` wants it: ``/O=dbtls authority/CN=good``."""
        return _one_line(organization=ORGANIZATION, unit=None, common_name=self.name)

    def __str__(self) -> str:
        usual = AuthoritySpec(self.name) if self.issuer is None else self.issuer.intermediate(self.name)
        below = "" if self.issuer is None else f" below {self.issuer}"
        return f"«{self.name}»{below}{in_brackets(peculiar(self, usual))}"


class LeafOptions(TypedDict, total=False):
    """What ``LeafSpec.server`` and ``LeafSpec.client`` take beside names and usage: the fields of LeafSpec, by name."""

    organization: str | None
    organizational_unit: str | None
    not_before: timedelta
    not_after: timedelta
    key_type: KeyType
    key_use: KeyUse
    digest: Digest
    serial: int | None
    x509_v1: bool
    unknown_critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafSpec:
    """One end's certificate. Raises UsageError where a value cannot stand in a certificate at all.

    The subject is ``/O=…/OU=…/CN=…`` with None left out. ``usage=None`` leaves extendedKeyUsage out. Times count from
    the moment of issue. ``digest`` is what the issuer signs with. ``serial=None`` draws one at each issue. ``x509_v1``
    leaves out the version field and all extensions, dns_names and ip_addresses with them, as `openssl x509 -req` does
    when it is given none. ``unknown_critical`` adds a critical extension that nobody knows.
    """

    common_name: str | None
    organization: str | None = "dbtls"
    organizational_unit: str | None = None
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    usage: frozenset[Usage] | None
    not_before: timedelta = NOT_BEFORE
    not_after: timedelta = timedelta(days=30)
    key_type: KeyType = KeyType.RSA_2048
    key_use: KeyUse = KeyUse.CORRECT
    digest: Digest = Digest.SHA256
    serial: int | None = None
    x509_v1: bool = False
    unknown_critical: bool = False

    def __post_init__(self) -> None:
        _check_validity(self.not_before, self.not_after)
        if self.usage is not None and not self.usage:
            raise UsageError("an extendedKeyUsage without any usage", remedy="None leaves the extension out")
        if self.serial is not None and not 0 < self.serial < 2**_SERIAL_BITS:
            raise UsageError(f"serial {self.serial} cannot be", remedy=f"use 1 to 2^{_SERIAL_BITS} - 1, or None")
        for part in (self.organization, self.organizational_unit, self.common_name):
            if part is not None:
                _check_name(part)
        for name in self.dns_names:
            _check_dns_name(name)
        for address in self.ip_addresses:
            _check_ip_address(address)

    @classmethod
    def server(
        cls,
        common_name: str | None = "localhost",
        *,
        dns_names: tuple[str, ...] = ("localhost",),
        ip_addresses: tuple[str, ...] = ("127.0.0.1",),
        usage: frozenset[Usage] | None = frozenset({Usage.SERVER}),
        **options: Unpack[LeafOptions],
    ) -> Self:
        """A server's certificate, correct for localhost and 127.0.0.1 by default."""
        return cls(common_name=common_name, dns_names=dns_names, ip_addresses=ip_addresses, usage=usage, **options)

    @classmethod
    def client(
        cls,
        common_name: str | None = "client",
        *,
        dns_names: tuple[str, ...] = (),
        ip_addresses: tuple[str, ...] = (),
        usage: frozenset[Usage] | None = frozenset({Usage.CLIENT}),
        **options: Unpack[LeafOptions],
    ) -> Self:
        """A client's certificate, correct by default."""
        return cls(common_name=common_name, dns_names=dns_names, ip_addresses=ip_addresses, usage=usage, **options)

    @property
    def subject_oneline(self) -> str:
        """The subject as ``REQUIRE SUBJECT`` wants it: ``/O=dbtls/CN=client``."""
        return _one_line(organization=self.organization, unit=self.organizational_unit, common_name=self.common_name)

    @property
    def name_words(self) -> str:
        """What a reader calls it."""
        return "no common name" if self.common_name is None else f"CN={self.common_name}"

    @property
    def usual(self) -> "LeafSpec":
        """A server's default certificate, or a client's where it is for clients alone."""
        return LeafSpec.client() if self.usage == frozenset({Usage.CLIENT}) else LeafSpec.server()

    def peculiarities(self) -> tuple[str, ...]:
        """What differs from the default, beside the common name."""
        return tuple(peculiar(self, self.usual, but={"common_name"}))

    def __str__(self) -> str:
        return self.name_words + in_brackets(self.peculiarities())


def escaped(text: str) -> str:
    """``text`` as OpenSSL's X509_NAME_oneline writes it: a byte outside printable ASCII is ``\\xHH``."""
    return "".join(chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02X}" for byte in text.encode())


def _one_line(*, organization: str | None, unit: str | None, common_name: str | None) -> str:
    """The parts of a subject in their encoded order; ``harness.pki.names.one_line`` says what of OpenSSL's it is."""
    parts = (("O", organization), ("OU", unit), ("CN", common_name))
    return "".join(f"/{name}={escaped(text)}" for name, text in parts if text is not None)


def _check_validity(not_before: timedelta, not_after: timedelta) -> None:
    """Raise UsageError unless the certificate is valid at some time."""
    if not_before >= not_after:
        raise UsageError(
            f"a certificate that ends ({not_after}) before it begins ({not_before})",
            remedy="times count from now: not_after=timedelta(hours=-1) has expired",
        )


def _check_name(text: str) -> None:
    if not 0 < len(text) <= _LONGEST_NAME:
        raise UsageError(
            f"`{text}` cannot be part of a subject ({len(text)} characters)",
            remedy="use 1 to 64 characters (RFC 5280 A.1); put a long host name into dns_names; None leaves it out",
        )


def _check_dns_name(text: str) -> None:
    """Wildcards, and addresses that are written as names, are names too."""
    if not text or not text.isascii():
        raise UsageError(f"`{text}` is not a DNS name", remedy="write it in ASCII, international names as xn--…")


def _check_ip_address(text: str) -> None:
    """Version 4 or 6, without zone and prefix length."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        valid = False
    else:
        # Python reads `fe80::1%eth0`, but a certificate has no place for the zone and would silently lose it.
        valid = "%" not in text
    if not valid:
        raise UsageError(f"`{text}` is not an IP address", remedy="write it as 127.0.0.1 or ::1; names go to dns_names")
