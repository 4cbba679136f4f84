"""JKS stores: trusted authorities, and private keys with their chains."""

import time
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.pki import jks_format, keys
from harness.pki.jks_format import Entry, KeyEntry, TrustedEntry
from harness.pki.leaf import Leaf


def trust_store(authorities: Mapping[str, x509.Certificate], password: str) -> bytes:
    """A JKS trust store, by alias. Raises UsageError for a password outside ASCII."""
    now_ms = _now_ms()
    return _written(
        [TrustedEntry(alias=alias, time_ms=now_ms, certificate=_der(each)) for alias, each in authorities.items()],
        password,
    )


def key_store(leaves: Mapping[str, Leaf], password: str) -> bytes:
    """A JKS key store with private keys, by alias, newest first; the password guards store and entries.

    Raises as ``trust_store``.
    """
    now_ms = _now_ms()
    return _written(
        [
            KeyEntry(
                alias=alias,
                time_ms=now_ms - age * 1000,  # as far apart as any reader tells times
                protected=jks_format.protect(leaf.key_der(), password),
                chain=tuple(_der(each) for each in (leaf.certificate, *leaf.chain)),
            )
            for age, (alias, leaf) in enumerate(leaves.items())
        ],
        password,
    )


def read_trust(store: bytes, password: str) -> tuple[x509.Certificate, ...]:
    """The certificates that a JKS store trusts. Raises UsageError for a store or password that does not do."""
    trusted = [entry for entry in _loaded(store, password) if isinstance(entry, TrustedEntry)]
    return tuple(_certificate(entry.certificate) for entry in trusted)


def read_leaf(store: bytes, password: str) -> Leaf:
    """What a JKS store presents: of several private keys the newest. Raises UsageError, also where there is none."""
    entries = [entry for entry in _loaded(store, password) if isinstance(entry, KeyEntry) and entry.chain]
    if not entries:
        raise UsageError("the store has no private key", remedy="import a key with its certificate")
    newest = max(entries, key=lambda entry: entry.time_ms)
    try:
        key = jks_format.recover(newest.protected, password)
    except jks_format.ProtectedOtherwise as error:
        raise UsageError(
            "the store's private key has another password than the store", remedy="give both the same password"
        ) from error
    except jks_format.DamagedStore as error:
        raise _damaged(error) from error
    certificate, *chain = map(_certificate, newest.chain)
    return Leaf(certificate=certificate, chain=tuple(chain), key=keys.from_der(key))


def _loaded(store: bytes, password: str) -> list[Entry]:
    try:
        return jks_format.load(store, password)
    except jks_format.WrongPassword as error:
        raise UsageError(
            "the store's password is wrong, or the store is damaged", remedy="give the password that it was made with"
        ) from error
    except jks_format.DamagedStore as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> UsageError:
    return UsageError(f"this is no whole JKS store ({error})", remedy="copy it again, or write it anew")


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise _damaged(error) from error


def _written(entries: Sequence[Entry], password: str) -> bytes:
    if not password.isascii():
        raise UsageError("a JKS password outside ASCII", remedy="use ASCII characters only")
    return jks_format.dump(entries, password)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
