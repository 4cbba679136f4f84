"""Which testimony of the server agrees with which outcome at the client, as data."""

from collections.abc import Mapping

from harness.model.evidence import Seen
from harness.model.outcome import Cause, Side

CERTIFICATE_CAUSES = frozenset(
    {
        Cause.UNKNOWN_AUTHORITY,
        Cause.EXPIRED,
        Cause.NOT_YET_VALID,
        Cause.SELF_SIGNED,
        Cause.HOST_MISMATCH,
        Cause.NOT_AN_AUTHORITY,
        Cause.WRONG_PURPOSE,
        Cause.REVOKED,
        Cause.BAD_SIGNATURE,
    }
)
"""Causes for which a client that accepts has connected unverified."""

# LEFT_BEFORE_LOGIN says only that a connection ended early, so it agrees with every way of ending early.
_HANDSHAKE = frozenset({Seen.HANDSHAKE_FAILED, Seen.LEFT_BEFORE_LOGIN})
# Some clients check a name, or the whole certificate, only after the handshake has ended; to yaSSL that is all one.
_HANDSHAKE_OR_AFTER = _HANDSHAKE | {Seen.LEFT_IN_TLS, Seen.LEFT_AFTER_HANDSHAKE}
_CLIENTS_HANDSHAKE = _HANDSHAKE | {Seen.LEFT_IN_TLS}
_IN_CLEAR = frozenset({Seen.LEFT_IN_CLEAR, Seen.LEFT_BEFORE_LOGIN})
_NEVER_BEGAN = _IN_CLEAR | {Seen.NOTHING}
# Some drivers read their own files only when the handshake is about to begin.
_OWN_SETTINGS = _NEVER_BEGAN | _CLIENTS_HANDSHAKE

AGREES: Mapping[tuple[Side, Cause], frozenset[Seen]] = {
    **{(Side.CLIENT, cause): _HANDSHAKE_OR_AFTER for cause in CERTIFICATE_CAUSES},
    **{(Side.SERVER, cause): _HANDSHAKE for cause in CERTIFICATE_CAUSES},
    (Side.CLIENT, Cause.NO_TLS): _IN_CLEAR,
    (Side.CLIENT, Cause.KEY_MISMATCH): _OWN_SETTINGS,
    (Side.CLIENT, Cause.BAD_MATERIAL): _OWN_SETTINGS,
    (Side.CLIENT, Cause.BAD_OPTION): _OWN_SETTINGS,
    (Side.CLIENT, Cause.PROTOCOL_VERSION): _OWN_SETTINGS,
    (Side.SERVER, Cause.PROTOCOL_VERSION): _HANDSHAKE,
    (Side.CLIENT, Cause.CIPHER): _OWN_SETTINGS,
    (Side.SERVER, Cause.CIPHER): _HANDSHAKE,
    (Side.CLIENT, Cause.WEAK_CRYPTO): _CLIENTS_HANDSHAKE,
    (Side.SERVER, Cause.WEAK_CRYPTO): _HANDSHAKE,
    (Side.CLIENT, Cause.UNKNOWN_HOST): frozenset({Seen.NOTHING}),
    (Side.SERVER, Cause.CONNECTION_LOST): _HANDSHAKE,
    (Side.SERVER, Cause.ACCESS_DENIED): frozenset({Seen.DENIED}),
    (Side.SERVER, Cause.SECURE_TRANSPORT_REQUIRED): _IN_CLEAR | {Seen.DENIED},
}
"""For each refusal, what the server's end may have seen. A pair that is not here agrees with nothing."""

LOSES_THE_ALERT: frozenset[tuple[Side, Cause]] = frozenset((Side.SERVER, cause) for cause in CERTIFICATE_CAUSES)
"""Refusals by an alert that the client may never read: after a TLS 1.3 handshake it is already writing when the server
closes, and sees a lost connection instead (FACTS-SERVERS section 4). yaSSL sends no alert, and to JSSE its
`ERR 1043` in the clear is the head of a record that never comes. There the server's testimony decides."""
