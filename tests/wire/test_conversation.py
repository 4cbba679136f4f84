"""A conversation is read as far as it is in the clear, and whatever it holds, it is read to its end."""

import random
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from harness.model.outcome import Side
from harness.model.wire import Parting, WireAlert, WireEnd, WireError
from harness.pki import Authority, LeafSpec
from harness.wire import names
from harness.wire.conversation import Conversation
from harness.wire.der import distinguished_name
from harness.wire.handshake import authorities
from harness.wire.reading import Reader
from tests.wire.talks import (
    ASKS,
    BAD_HANDSHAKE,
    CLOSES,
    GREETING,
    LOGIN,
    Said,
    context,
    handshake,
    packet,
    read,
)

ONE = Authority.create("one")
OTHER = Authority.create("other")
SERVER = ONE.issue(LeafSpec.server())
CLIENT = ONE.issue(LeafSpec.client())
V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def talk(
    folder: Path,
    version: ssl.TLSVersion = V1_3,
    *,
    client_trusts: Authority = ONE,
    server_trusts: Authority | None = ONE,
) -> list[Said]:
    """A handshake over ``version``, with a client that presents its certificate where it is asked for one."""
    server = context(Side.SERVER, folder, leaf=SERVER, trusts=None if server_trusts is None else server_trusts.pem)
    client = context(Side.CLIENT, folder, leaf=CLIENT, trusts=client_trusts.pem)
    client.minimum_version = client.maximum_version = version
    return handshake(client, server)[0]


def test_before_tls_1_3_certificates_are_in_the_clear(tmp_path: Path) -> None:
    passed = read([*talk(tmp_path, V1_2), *CLOSES])
    assert passed.greeting == "9.7.4"
    assert passed.tls_asked
    assert not passed.login_in_clear
    assert passed.hello is not None
    assert (passed.hello.versions, passed.hello.up_to) == (("TLSv1.2",), True)
    assert passed.hello.server_name == "localhost"
    assert passed.hello.ticket
    assert not passed.hello.resumes
    assert passed.choice is not None
    assert (passed.choice.version, passed.choice.resumed) == ("TLSv1.2", False)
    assert passed.choice.suite in passed.hello.suites.split(":")
    # OpenSSL adds the authority that it was given to ask for clients' certificates.
    assert [one.serial for one in passed.server_chain] == [f"{SERVER.serial:x}", f"{ONE.serial:x}"]
    assert [one.authority for one in passed.server_chain] == [False, True]
    assert passed.client_asked
    assert passed.client_chain is not None
    assert passed.client_chain[0].serial == f"{CLIENT.serial:x}"
    assert passed.client_chain[0].purposes == ("1.3.6.1.5.5.7.3.2",)
    assert not passed.client_chain[0].authority
    assert passed.garbled == ()
    assert passed.client.encrypted_records > 0
    assert passed.ends[0] == WireEnd(by=Side.CLIENT, how=Parting.CLOSED)


def test_tls_1_3_hides_what_follows_its_server_hello(tmp_path: Path) -> None:
    passed = read(talk(tmp_path))
    assert passed.hello is not None
    assert (passed.hello.versions, passed.hello.up_to) == (("TLSv1.3",), False)
    assert "x25519" in passed.hello.groups.split(":")
    assert passed.choice is not None
    assert passed.choice.version == "TLSv1.3"
    assert passed.choice.suite in passed.hello.suites.split(":")
    assert (passed.server_chain, passed.client_chain, passed.client_asked) == ((), None, False)
    assert passed.server.encrypted_bytes > 1000
    assert passed.garbled == ()
    assert passed.ends == ()


def test_a_server_may_ask_for_another_client_hello(tmp_path: Path) -> None:
    server = context(Side.SERVER, tmp_path, leaf=SERVER)
    server.set_ecdh_curve("secp384r1")
    said, _ = handshake(context(Side.CLIENT, tmp_path, trusts=ONE.pem), server)
    passed = read(said)
    assert passed.retry_asked
    assert passed.choice is not None
    assert passed.choice.version == "TLSv1.3"
    assert passed.garbled == ()


@pytest.mark.parametrize("version", [V1_2, V1_3])
def test_a_session_that_is_resumed(tmp_path: Path, version: ssl.TLSVersion) -> None:
    client, server = context(Side.CLIENT, tmp_path, trusts=ONE.pem), context(Side.SERVER, tmp_path, leaf=SERVER)
    client.maximum_version = version
    first, session = handshake(client, server)
    assert session is not None
    second, _ = handshake(client, server, session=session)
    before, after = read(first), read(second)
    assert before.hello is not None
    assert after.hello is not None
    assert before.choice is not None
    assert after.choice is not None
    assert (before.hello.resumes, before.choice.resumed) == (False, False)
    assert (after.hello.resumes, after.choice.resumed) == (True, True)


@pytest.mark.parametrize("version", [V1_2, V1_3])
def test_an_alert_of_the_client_is_in_the_clear_as_long_as_it_has_no_keys(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    passed = read([*talk(tmp_path, version, client_trusts=OTHER, server_trusts=None), *CLOSES])
    assert passed.alerts == (WireAlert(by=Side.CLIENT, name="unknown_ca", fatal=True),)
    assert passed.fatal == passed.alerts[0]
    assert passed.after == "alert unknown_ca of the client"


def test_an_alert_of_the_server_about_the_client(tmp_path: Path) -> None:
    passed = read(talk(tmp_path, V1_2, server_trusts=OTHER))
    assert passed.alerts == (WireAlert(by=Side.SERVER, name="unknown_ca", fatal=True),)


def test_no_version_in_common(tmp_path: Path) -> None:
    server = context(Side.SERVER, tmp_path, leaf=SERVER)
    server.minimum_version = V1_3
    client = context(Side.CLIENT, tmp_path, trusts=ONE.pem)
    client.maximum_version = V1_2
    passed = read(handshake(client, server)[0])
    assert passed.choice is None
    assert passed.alerts == (WireAlert(by=Side.SERVER, name="protocol_version", fatal=True),)


def test_a_server_that_breaks_off_in_the_clear(tmp_path: Path) -> None:
    hello = talk(tmp_path)[: len(ASKS) + 1]
    passed = read([*hello, (Side.SERVER, BAD_HANDSHAKE), (Side.SERVER, Parting.CLOSED), (Side.CLIENT, Parting.RESET)])
    assert passed.error == WireError(code=1043, message="08S01Bad handshake")
    assert passed.garbled == ()
    assert passed.ends == (
        WireEnd(by=Side.SERVER, how=Parting.CLOSED),
        WireEnd(by=Side.CLIENT, how=Parting.RESET),
    )
    assert passed.words().endswith("closed first by the server after the server's error 1043 in the clear")


def test_a_login_in_the_clear_and_what_it_is_answered() -> None:
    denied = packet(2, b"\xff\x15\x04#28000Access denied")
    begun: list[Said] = [(Side.SERVER, GREETING), (Side.CLIENT, LOGIN)]
    passed = read([*begun, (Side.SERVER, denied)])
    assert passed.login_in_clear
    assert not passed.tls_asked
    assert passed.error == WireError(code=1045, message="28000Access denied")
    # Once logged in, a packet that begins like an error is the session's own.
    accepted = read([*begun, (Side.SERVER, packet(2, bytes(7))), (Side.SERVER, packet(1, b"\xffmore than text"))])
    assert accepted.error is None
    assert accepted.garbled == ()


def test_a_client_that_leaves_at_the_greeting() -> None:
    assert read([(Side.SERVER, GREETING), *CLOSES]).words() == (
        "TLS not asked for; closed first by the client after the server's greeting"
    )
    assert read([]).words() == "no greeting; closed by neither"
    assert read([*ASKS, *CLOSES]).words() == (
        "SSLRequest and no ClientHello; closed first by the client after SSLRequest of the client"
    )


@pytest.mark.parametrize("version", [V1_2, V1_3])
def test_in_what_pieces_it_comes_changes_nothing(tmp_path: Path, version: ssl.TLSVersion) -> None:
    said = [*talk(tmp_path, version), *CLOSES]
    whole = read(said)
    for size in (1, 2, 7):
        pieces: list[Said] = []
        for by, what in said:
            if isinstance(what, Parting):
                pieces.append((by, what))
            else:
                pieces += [(by, what[at : at + size]) for at in range(0, len(what), size)]
        assert read(pieces) == whole


@pytest.mark.parametrize(
    ("by", "sent", "found"),
    [
        (Side.CLIENT, b"\x16\x03\x01\xff\xff", "client's bytes: a TLS record of 65535 bytes"),
        (Side.CLIENT, b"GET / HTTP/1.1\r\n", "client's bytes: no TLS record"),
        (Side.CLIENT, b"\x16\x03\x01\0\x04\x01\xff\xff\xff", "client's bytes: a handshake message of 16777215 bytes"),
        (Side.CLIENT, b"\x16\x03\x01\0\x06\x01\0\0\x02\x03\x03", "client's bytes: 32 bytes announced, 0 there"),
        (Side.CLIENT, b"\x15\x03\x01\0\x03\x02\x28\x00", "client's bytes: an alert of 3 bytes"),
        (Side.CLIENT, b"\x16\x03\x01", "client's bytes: 3 bytes of something unfinished"),
        (Side.SERVER, b"\x16" * 100, "server's bytes: a packet of 1447446 bytes before the login's end"),
        (Side.SERVER, packet(2, b"no error, no TLS"), "server's bytes: no TLS record"),
    ],
)
def test_what_is_no_tls_is_said_and_read_no_further(by: Side, sent: bytes, found: str) -> None:
    assert read([*ASKS, (by, sent)]).garbled == (found,)


def test_after_what_is_no_tls_nothing_is_read(tmp_path: Path) -> None:
    assert read([*ASKS, (Side.CLIENT, b"GET / HTTP/1.1"), *talk(tmp_path)[len(ASKS) :]]).hello is None


def test_a_packet_of_sixteen_megabytes_is_not_waited_for() -> None:
    assert read([(Side.SERVER, b"\xff\xff\xff\0")]).garbled == (
        "server's bytes: a packet of 16777215 bytes before the login's end",
    )


def test_no_bytes_whatever_make_it_raise(tmp_path: Path) -> None:
    """Cut, swapped, repeated and drawn at random: bounded, and the same each time."""
    drawn = random.Random(14)  # noqa: S311  not for secrets
    good = [[*talk(tmp_path, version), *CLOSES] for version in (V1_2, V1_3)]
    for _ in range(1500):
        conversation = Conversation()
        fed = 0
        for by, what in good[drawn.randrange(2)]:
            if isinstance(what, Parting):
                conversation.end(by, what)
                continue
            sent = _damaged(what, drawn)
            fed += len(sent)
            conversation.feed(by if drawn.random() < 0.95 else _other(by), sent)
        passed = conversation.told()
        assert passed.client.bytes + passed.server.bytes == fed
        assert passed.words()


def _damaged(what: bytes, drawn: random.Random) -> bytes:
    sent = bytearray(what)
    match drawn.randrange(6):
        case 0:
            del sent[drawn.randrange(len(sent)) :]
        case 1:
            for _ in range(drawn.randrange(8)):
                sent[drawn.randrange(len(sent))] = drawn.randrange(256)
        case 2:
            sent = bytearray(drawn.randbytes(drawn.randrange(200)))
        case 3:
            at = drawn.randrange(len(sent))
            sent[at:at] = drawn.randbytes(3)
        case 4:
            # Lengths.
            at = drawn.randrange(len(sent))
            sent[at : at + 2] = b"\xff\xff"
        case _:
            pass
    return bytes(sent)


def _other(by: Side) -> Side:
    return Side.SERVER if by is Side.CLIENT else Side.CLIENT


def test_names_of_authorities_in_a_certificate_request() -> None:
    named = [x509.load_pem_x509_certificate(one.pem).subject for one in (ONE, OTHER)]
    listed = b"".join(len(der).to_bytes(2, "big") + der for der in (name.public_bytes() for name in named))
    types, algorithms = b"\x01\x01", b"\0\x02\x04\x01"
    body = len(listed).to_bytes(2, "big") + listed
    expected = tuple(name.rfc4514_string() for name in named)
    assert authorities(Reader(types + algorithms + body), "TLSv1.2") == expected
    assert authorities(Reader(types + body), "TLSv1.1") == expected
    with pytest.raises(ValueError, match="DER tag 0x02 where 0x30 belongs"):
        distinguished_name(Reader(b"\x02\x01\x01"))


def test_what_has_no_name_is_its_number() -> None:
    assert (names.alert(48), names.alert(200)) == ("unknown_ca", "200")
    assert (names.version(0x0304), names.version(0x0305)) == ("TLSv1.3", "0x0305")
    assert (names.suite(0x1301), names.suite(0xFEFE)) == ("TLS_AES_128_GCM_SHA256", "0xfefe")
    assert (names.group(29), names.group(1)) == ("x25519", "0x0001")
    assert [number for number in (0x0A0A, 0xFAFA, 0x0A1A, 0x1301) if names.is_grease(number)] == [0x0A0A, 0xFAFA]
