"""The third witness heard: where it contradicts an end, and which of several causes it was.

*Contradict* means that two of the three cannot both be true: what is proved then is nothing, and the case is
INCONCLUSIVE. *Narrowing* takes causes away from those between which the refusing end's words leave it open; it adds
none, and takes none away that the wire or the configured material does not exclude.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from harness.judge.agreement import CERTIFICATE_CAUSES
from harness.model.evidence import Seen
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, Refused, Side
from harness.model.tls import TlsVersion
from harness.model.wire import Parting, WireConnection, WireEvidence

_ALERTS: Mapping[str, frozenset[Cause]] = {
    "certificate_expired": frozenset({Cause.EXPIRED, Cause.NOT_YET_VALID}),
    "certificate_revoked": frozenset({Cause.REVOKED}),
    "unknown_ca": frozenset({Cause.UNKNOWN_AUTHORITY, Cause.SELF_SIGNED, Cause.NOT_AN_AUTHORITY}),
    "protocol_version": frozenset({Cause.PROTOCOL_VERSION}),
    "inappropriate_fallback": frozenset({Cause.PROTOCOL_VERSION}),
    "insufficient_security": frozenset({Cause.CIPHER, Cause.WEAK_CRYPTO}),
}
"""What an alert can mean (RFC 8446 section 6.2), of those that libraries do not use for much else: JSSE says
certificate_unknown of whatever it does not like, and bad_certificate and handshake_failure are said of anything."""

_NEEDS_HELLO = CERTIFICATE_CAUSES
"""What a client finds in what the server sends after ServerHello."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the two ends were configured with, as far as it tells one cause from another."""

    versions: frozenset[str]
    """The protocol versions that the server serves."""
    versions_told: tuple[str, ...] = ()
    """Those that the client was told to use."""
    ciphers_told: bool = False
    """Whether the client was told which cipher suites to use."""
    ciphers_served: bool = False
    """Whether the server was told which to serve."""
    own_files: frozenset[Cause] = frozenset()
    """What is wrong with the client's own certificate and key, before any connection."""
    of_server: frozenset[Cause] = frozenset()
    """What is wrong with what the server presents, by what the client was given to verify it with."""
    of_client: frozenset[Cause] = frozenset()
    """What is wrong with what the client presents, by what the server was given to verify it with."""
    excluded: frozenset[Cause] = frozenset()
    """Of what the client may find wrong with what the server presents, what it is not, whomever the client trusts."""


def is_open(observation: Observation) -> bool:
    """Whether the refusing end's words leave it open which of several causes it was, and there is a wire to ask.

    A connection lost in its handshake is such a refusal: for what, the words do not say at all.
    """
    outcome = observation.outcome
    if not isinstance(outcome, Refused) or _only(observation) is None:
        return False
    return len(outcome.causes) > 1 or outcome.causes == {Cause.CONNECTION_LOST}


def narrowed(observation: Observation, known: Circumstances) -> Observation:
    """``observation`` with the causes taken away that what passed excludes, given the circumstances ``known``.

    Beside what passed then stands what is wrong with the certificate that the refusing end saw.
    """
    outcome, wire = observation.outcome, observation.wire
    passed = _only(observation)
    if not isinstance(outcome, Refused) or wire is None or passed is None:
        return observation
    if passed.choice is not None:
        found = known.of_server if outcome.by is Side.CLIENT else known.of_client
        wire = replace(wire, faults=tuple(sorted(cause.value for cause in found)))
    left = outcome.causes
    for fits in _fitting(passed, outcome.by, known):
        left = left & fits or left
    if left == outcome.causes:
        return replace(observation, wire=wire)
    told = " or ".join(sorted(cause.value for cause in outcome.causes))
    return replace(observation, outcome=replace(outcome, causes=left), wire=replace(wire, told=told))


def of_the_wires_version(observation: Observation) -> Observation:
    """``observation`` with the protocol version that passed: for a server whose word about it is known to be wrong."""
    outcome, passed = observation.outcome, _only(observation)
    if not isinstance(outcome, Accepted) or outcome.version is None or passed is None or passed.choice is None:
        return observation
    try:
        version = TlsVersion.parse(passed.choice.version)
    except ValueError:
        return observation
    return replace(observation, outcome=replace(outcome, version=version))


def contradiction(observation: Observation) -> str | None:
    """In what the wire contradicts an end; None where the three agree or nothing stood between the two."""
    if observation.wire is None or observation.testimony is None:
        return None
    return next(_contradictions(observation, observation.wire), None)


def retried(observation: Observation) -> int:
    """How many connections passed, where one attempt should make one; 0 where it did."""
    passed = 0 if observation.wire is None else len(observation.wire.connections)
    return passed if passed > 1 else 0


def _only(observation: Observation) -> WireConnection | None:
    """The one connection that passed; None for none and for several."""
    if observation.wire is None or len(observation.wire.connections) != 1:
        return None
    return observation.wire.connections[0]


def _fitting(passed: WireConnection, by: Side, known: Circumstances) -> Iterator[AbstractSet[Cause]]:
    """Sets of causes, each of which the cause is in, the surest first; one that no cause of the words is in is void."""
    alert = passed.fatal
    if alert is not None and alert.by is by and alert.name in _ALERTS:
        yield _ALERTS[alert.name]
    if by is Side.CLIENT and passed.hello is None:
        yield _by_itself(known)
        return
    if passed.hello is not None and passed.choice is None:
        yield _unanswered(passed, known)
        return
    if passed.choice is not None:
        # A version and a suite are agreed.
        yield frozenset(Cause) - {Cause.PROTOCOL_VERSION, Cause.CIPHER}
    yield known.of_server if by is Side.CLIENT else known.of_client
    if by is Side.CLIENT:
        yield frozenset(Cause) - known.excluded


def _by_itself(known: Circumstances) -> AbstractSet[Cause]:
    """What has a client refuse before it sends a ClientHello."""
    if known.own_files:
        return known.own_files
    if known.versions_told and not known.ciphers_told:
        named = all(version in _VERSIONS for version in known.versions_told)
        return {Cause.PROTOCOL_VERSION} if named else {Cause.BAD_OPTION}
    if known.ciphers_told and not known.versions_told:
        return {Cause.CIPHER}
    return frozenset(Cause)


def _unanswered(passed: WireConnection, known: Circumstances) -> AbstractSet[Cause]:
    """What has a server refuse a ClientHello: a version in common there is, or none."""
    hello = passed.hello
    if hello is None:
        return frozenset(Cause)
    offered = _VERSIONS[: _VERSIONS.index(hello.versions[0]) + 1] if _is_up_to(passed) else hello.versions
    if known.versions.isdisjoint(offered):
        return {Cause.PROTOCOL_VERSION}
    if known.ciphers_told or known.ciphers_served:
        return {Cause.CIPHER}
    return {Cause.CIPHER, Cause.WEAK_CRYPTO}


_VERSIONS = tuple(version.value for version in TlsVersion)


def _is_up_to(passed: WireConnection) -> bool:
    return passed.hello is not None and passed.hello.up_to and passed.hello.versions[0] in _VERSIONS


def _contradictions(observation: Observation, wire: WireEvidence) -> Iterator[str]:
    testimony, outcome = observation.testimony, observation.outcome
    counted = 0 if testimony is None else len(testimony.connection_ids)
    if counted > len(wire.connections):
        yield f"the server counted {_connections(counted)}, and {len(wire.connections)} passed the wire"
        return
    for one in wire.connections:
        yield from _unfaithful(one)
    passed = _only(observation)
    if passed is None or testimony is None:
        return
    yield from _against_the_server(passed, testimony.seen)
    match outcome:
        case Accepted():
            yield from _against_an_acceptance(passed, outcome, observation.served_serial)
        case Refused():
            yield from _against_a_refusal(passed, outcome)
        case _:
            pass


def _connections(count: int) -> str:
    return f"{count} connection{'' if count == 1 else 's'}"


def _unfaithful(passed: WireConnection) -> Iterator[str]:
    """What shows that not all was passed on."""
    for name, traffic, reader in (
        ("client", passed.client, Side.SERVER),
        ("server", passed.server, Side.CLIENT),
    ):
        # To an end that has reset, nothing can be passed on.
        left = any(end.by is reader and end.how is Parting.RESET for end in passed.ends)
        if traffic.passed > traffic.bytes or (traffic.passed < traffic.bytes and not left):
            yield f"of {traffic.bytes} bytes of the {name} the wire passed {traffic.passed} on"


def _against_the_server(passed: WireConnection, seen: Seen) -> Iterator[str]:
    if seen is Seen.NOTHING and passed.greeting:
        yield "the server's end saw no connection, and on the wire it greeted one"
    if seen is Seen.HANDSHAKE_FAILED and not passed.tls_asked:
        yield "the server's end saw a TLS handshake fail, and on the wire the client asked for none"
    if seen is Seen.LEFT_IN_CLEAR and passed.hello is not None:
        yield "the server's end saw the client leave before TLS began, and on the wire it sent a ClientHello"
    if seen in {Seen.LOGGED_IN, Seen.LEFT_AFTER_HANDSHAKE} and passed.fatal is not None:
        yield f"the server's end says: {seen.value}; the wire: alert {passed.fatal.name} of the {passed.fatal.by.value}"
    if seen is Seen.LEFT_AFTER_HANDSHAKE and passed.choice is None:
        yield "the server's end saw a TLS handshake succeed, and on the wire it sent no ServerHello"


def _against_an_acceptance(passed: WireConnection, outcome: Accepted, served: int | None) -> Iterator[str]:
    choice = passed.choice
    if outcome.version is None:
        if passed.tls_asked or choice is not None:
            yield "the client says that it is in the clear, and on the wire it asked for TLS"
        return
    if choice is None:
        where = "the login is in the clear" if passed.login_in_clear else "there is no ServerHello"
        yield f"the client says {outcome.version}, and on the wire {where}"
        return
    if choice.version != outcome.version.value:
        yield f"the client says {outcome.version}, and on the wire the server chose {choice.version}"
    offered = () if passed.hello is None else passed.hello.suites.split(":")
    if outcome.cipher in offered and outcome.cipher != choice.suite:
        yield f"the client says {outcome.cipher}, and on the wire the server chose {choice.suite}"
    shown = passed.server_chain[0].serial if passed.server_chain else None
    if shown is not None and served is not None and shown != f"{served:x}":
        yield f"on the wire the server presents certificate serial {shown}, and it was told to serve {served:x}"


def _against_a_refusal(passed: WireConnection, outcome: Refused) -> Iterator[str]:
    if outcome.by is Side.CLIENT and outcome.causes <= _NEEDS_HELLO and passed.choice is None:
        yield "the client says that it refused a certificate, and on the wire there is no ServerHello"
    if outcome.causes == {Cause.NO_TLS} and passed.tls_asked:
        yield "the client says that the server has no TLS, and on the wire it asked for TLS"
    alert = passed.fatal
    if alert is None or alert.name not in _ALERTS or outcome.causes == {Cause.CONNECTION_LOST}:
        return
    if outcome.causes.isdisjoint(_ALERTS[alert.name]):
        said = " or ".join(sorted(cause.value for cause in outcome.causes))
        yield f"the words of the {outcome.by.value} mean {said}, the wire: alert {alert.name} of the {alert.by.value}"
    elif alert.by is not outcome.by:
        yield f"the client's words say that the {outcome.by.value} refused, the wire: the {alert.by.value}'s alert"
