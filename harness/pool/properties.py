"""JDBC properties: which the reference client takes, their types, and their values."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from harness.errors import UsageError
from harness.model.tls import TlsVersion, Verify


@dataclass(frozen=True, slots=True)
class _Form:
    """What a value must look like."""

    said: str
    fits: Callable[[str], bool]


_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})
_SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_STORE_TYPES = ("JKS", "PKCS12", "PEM")


def _versions(value: str) -> bool:
    try:
        return bool([TlsVersion.parse(name) for name in split(value)])
    except ValueError:
        return False


_TEXT = _Form("text", lambda _: True)
_BOOLEAN = _Form("true or false", lambda value: value.lower() in _TRUE | _FALSE)
_NUMBER = _Form("a number", lambda value: re.fullmatch(r"\d{1,9}", value) is not None)
_FILE = _Form("a file: URL", lambda value: re.match(r"file:(///?)?[^/]|file:/", value) is not None)
_TYPE = _Form(f"one of {', '.join(_STORE_TYPES)}", lambda value: value.upper() in _STORE_TYPES)
_MODE = _Form(f"one of {', '.join(_SSL_MODES)}", lambda value: value.upper() in _SSL_MODES)
_VERSIONS = _Form("TLS versions, by comma", _versions)

# https://dev.mysql.com/doc/connector-j/en/connector-j-reference-configuration-properties.html: those that the guide's
# client sets or its operators need, of 5.1 and 8. What a client of another language has no use for (time zones,
# encodings) is compared at a reload like all others, and goes no further. clientCertificateKeyUrl is ours: PEM keeps
# the key in a file of its own. enabledSslProtocolSuites is what MariaDB's drivers read instead of the two before it.
_KNOWN: Mapping[str, _Form] = {
    "user": _TEXT,
    "password": _TEXT,
    "useUnicode": _BOOLEAN,
    "characterEncoding": _TEXT,
    "autoReconnect": _BOOLEAN,
    "useServerPrepStmts": _BOOLEAN,
    "useTimezone": _BOOLEAN,
    "serverTimezone": _TEXT,
    "connectTimeout": _NUMBER,
    "socketTimeout": _NUMBER,
    "useSSL": _BOOLEAN,
    "requireSSL": _BOOLEAN,
    "verifyServerCertificate": _BOOLEAN,
    "enabledTLSProtocols": _VERSIONS,
    "tlsVersions": _VERSIONS,
    "enabledSslProtocolSuites": _VERSIONS,
    "sslMode": _MODE,
    "clientCertificateKeyStoreUrl": _FILE,
    "clientCertificateKeyStorePassword": _TEXT,
    "clientCertificateKeyStoreType": _TYPE,
    "clientCertificateKeyUrl": _FILE,
    "trustCertificateKeyStoreUrl": _FILE,
    "trustCertificateKeyStorePassword": _TEXT,
    "trustCertificateKeyStoreType": _TYPE,
    "fallbackToSystemTrustStore": _BOOLEAN,
    "fallbackToSystemKeyStore": _BOOLEAN,
    "allowPublicKeyRetrieval": _BOOLEAN,
}


@dataclass(frozen=True, slots=True)
class JdbcProperties:
    """Names and values as text. Equal by value: YAML's ``true`` and a properties file's ``true`` are the same."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def over(self, others: Self) -> "JdbcProperties":
        """These, and of ``others`` those that are not among these."""
        return JdbcProperties({**others.values, **self.values})

    def text(self, name: str) -> str | None:
        """The value, or None."""
        return self.values.get(name)

    def holds(self, name: str) -> bool:
        """Whether the value is there and true."""
        return self.values.get(name, "false").lower() in _TRUE

    @property
    def verify(self) -> Verify:
        """How much is asked of TLS. ``sslMode`` goes before the three older ones, as from Connector/J 8.0.13 on."""
        mode = self.text("sslMode")
        if mode is not None:
            return Verify(mode.lower().replace("_", "-"))
        if not self.holds("useSSL"):
            return Verify.DISABLED
        if self.holds("verifyServerCertificate"):
            return Verify.CA
        return Verify.REQUIRED if self.holds("requireSSL") else Verify.PREFERRED

    @property
    def versions(self) -> tuple[str, ...] | None:
        """The TLS versions that are allowed, None for the driver's own."""
        names = ("tlsVersions", "enabledTLSProtocols", "enabledSslProtocolSuites")
        named = next((value for value in map(self.text, names) if value), None)
        return None if named is None else split(named)


DEFAULTS = JdbcProperties(
    {
        "useUnicode": "true",
        "characterEncoding": "UTF-8",
        "autoReconnect": "false",
        "useServerPrepStmts": "false",
        "useTimezone": "true",
        "serverTimezone": "UTC",
        "connectTimeout": "15000",
        "socketTimeout": "15000",
        "useSSL": "false",
    }
)
"""The guide's client's own, below what its files say."""


def checked(name: str, value: object, *, place: str) -> str:
    """``value`` as text. Raises UsageError, at ``place``, for an unknown name and for a value of a wrong type."""
    form = _KNOWN.get(name)
    if form is None:
        raise UsageError(
            f"`{name}` is no JDBC property that the reference client knows",
            place=place,
            remedy=f"{nearest(name, _KNOWN)}; unknown ones are refused, since a driver would leave out what it says",
        )
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str | int) or not form.fits(text):
        # A password has a form that everything fits, save what YAML reads as no text: it is never shown.
        shown = f" and not `{value}`" if "assword" not in name else ""
        raise UsageError(f"`{name}` is to be {form.said}{shown}", place=place, remedy="correct it there")
    return text


def nearest(name: str, known: Iterable[str]) -> str:
    """What to do about an unknown name."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean `{close[0]}`" if close else "remove it there"


def split(value: str) -> tuple[str, ...]:
    """The members of a list by comma."""
    return tuple(part.strip() for part in value.split(",") if part.strip())
