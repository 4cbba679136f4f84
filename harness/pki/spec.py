"""What is asked of a certificate: a value whose defaults are correct, so that a defect is one argument."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Self, TypedDict, Unpack

from cryptography import x509

from harness.errors import UsageError
from harness.pki import names
from harness.pki.keys import KeyType
from harness.pki.signing import Digest

NOT_BEFORE = timedelta(days=-1)
"""A day ago, so that no clock of the two ends that is a little slow makes a good certificate not yet valid."""

_SERIAL_BITS = 159
"""RFC 5280 4.1.2.2: at most 20 octets, and positive, so the top bit is not ours."""


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
        check_validity(self.not_before, self.not_after)
        if self.usage is not None and not self.usage:
            raise UsageError("an extendedKeyUsage without any usage", remedy="None leaves the extension out")
        if self.serial is not None and not 0 < self.serial < 2**_SERIAL_BITS:
            raise UsageError(f"serial {self.serial} cannot be", remedy=f"use 1 to 2^{_SERIAL_BITS} - 1, or None")
        self.subject()
        self.alternative_names()

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
        """A server's certificate, correct for localhost and 127.0.0.1 unless told otherwise."""
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
        """A client's certificate, correct unless told otherwise."""
        return cls(common_name=common_name, dns_names=dns_names, ip_addresses=ip_addresses, usage=usage, **options)

    def subject(self) -> x509.Name:
        """The distinguished name; empty when every part is None."""
        return names.distinguished_name(
            organization=self.organization, unit=self.organizational_unit, common_name=self.common_name
        )

    def alternative_names(self) -> list[x509.GeneralName]:
        """What the subjectAltName lists: DNS names, then addresses."""
        return [*map(names.dns_name, self.dns_names), *map(names.ip_address, self.ip_addresses)]


def check_validity(not_before: timedelta, not_after: timedelta) -> None:
    """Raise UsageError unless the certificate is valid at some time."""
    if not_before >= not_after:
        raise UsageError(
            f"a certificate that ends ({not_after}) before it begins ({not_before})",
            remedy="times count from now: not_after=timedelta(hours=-1) has expired",
        )
