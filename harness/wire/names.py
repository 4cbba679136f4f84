"""Numbers of TLS and their names: versions, alerts, groups, cipher suites. An unknown one is its number."""

import ssl
from collections.abc import Mapping
from functools import cache

VERSIONS: Mapping[int, str] = {
    0x0300: "SSLv3",
    0x0301: "TLSv1",
    0x0302: "TLSv1.1",
    0x0303: "TLSv1.2",
    0x0304: "TLSv1.3",
}
"""By ``ProtocolVersion``, in the spelling of ``harness.model.tls.TlsVersion``."""

# RFC 8446 appendix B.2, with those of RFC 5246 section 7.2 and RFC 7507 that it leaves out.
_ALERTS: Mapping[int, str] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
# RFC 8446 section 4.2.7 and RFC 8422 section 5.1.1; X25519MLKEM768 of draft-ietf-tls-ecdhe-mlkem.
_GROUPS: Mapping[int, str] = {
    23: "secp256r1",
    24: "secp384r1",
    25: "secp521r1",
    29: "x25519",
    30: "x448",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    259: "ffdhe6144",
    260: "ffdhe8192",
    4588: "X25519MLKEM768",
}
# RFC 5746 and RFC 7507: signals, no suites.
_SIGNALS: Mapping[int, str] = {0x00FF: "EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600: "FALLBACK_SCSV"}


def version(number: int) -> str:
    """The name of a protocol version."""
    return VERSIONS.get(number, f"0x{number:04x}")


def alert(number: int) -> str:
    """The name of an alert."""
    return _ALERTS.get(number, str(number))


def group(number: int) -> str:
    """The name of a group."""
    return _GROUPS.get(number, f"0x{number:04x}")


def suite(number: int) -> str:
    """The name that OpenSSL, and so a MySQL server's ``Ssl_cipher``, has for a cipher suite."""
    return _SIGNALS.get(number) or _suites().get(number, f"0x{number:04x}")


def is_grease(number: int) -> bool:
    """Whether it is one of the values that say nothing and keep servers tolerant (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


@cache
def _suites() -> Mapping[int, str]:
    """Those that the OpenSSL of this interpreter knows: the only list of names in its own spelling."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {int(one["id"]) & 0xFFFF: str(one["name"]) for one in context.get_ciphers()}
