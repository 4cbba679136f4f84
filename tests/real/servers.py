"""What several tests with real servers share: certificates, connections, and the engine's own view of a container."""

import contextlib
import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docker
import pymysql
from docker.models.containers import Container

from harness.containers.engine import OWNER_LABEL
from harness.model.account import Credentials, Endpoint
from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.pki import Authority, KeyType, Leaf, LeafSpec
from harness.servers.admin import observing_context
from harness.servers.container import SERVER_PORT

TIMEOUT_S = 10.0
SERVER = LeafSpec.server(key_type=KeyType.EC_P256)
_CLIENT_PROTOCOL_41, _CLIENT_SSL, _CLIENT_SECURE, _CLIENT_PLUGIN_AUTH = 0x200, 0x800, 0x8000, 0x80000


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """A server's leaf and its successor by one authority, and an authority that signed neither."""

    authority: Authority
    other: Authority
    leaf: Leaf
    next_leaf: Leaf

    @property
    def good(self) -> ServerTls:
        return self.told(self.leaf)

    def told(self, leaf: Leaf) -> ServerTls:
        """What a server is told that is to present ``leaf``."""
        return ServerTls(
            certificate=leaf.chain_pem, key=leaf.key_pem(), authorities=self.authority.pem, serial=leaf.serial
        )


def make_certificates() -> Certificates:
    authority = Authority.create("good", key_type=KeyType.EC_P256)
    return Certificates(
        authority=authority,
        other=Authority.create("other", key_type=KeyType.EC_P256),
        leaf=authority.issue(SERVER),
        next_leaf=authority.issue(SERVER),
    )


@contextlib.contextmanager
def session(endpoint: Endpoint, account: Credentials, *, tls: bool = True) -> "Iterator[pymysql.Connection[Any]]":
    """A logged-in session of the tests' own. Raises pymysql.MySQLError."""
    connection = pymysql.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=account.user,
        password=account.password,
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        ssl=observing_context() if tls else None,
        ssl_disabled=not tls,
    )
    with connection:
        yield connection


def asked(connection: "pymysql.Connection[Any]", query: str) -> Any:
    """The last column of a query's one row."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        (row,) = cursor.fetchall()
        return row[-1]


@contextlib.contextmanager
def greeted(endpoint: Endpoint) -> Iterator[tuple[socket.socket, int]]:
    """A connection that has read the server's greeting and sent nothing; the connection id that the greeting names."""
    with socket.create_connection((endpoint.host, endpoint.port), TIMEOUT_S) as connection:
        stream = connection.makefile("rb")
        with stream:
            length = int.from_bytes(stream.read(4)[:3], "little")
            _, _, after_version = stream.read(length)[1:].partition(b"\0")
        yield connection, int.from_bytes(after_version[:4], "little")


def announce_tls(connection: socket.socket) -> None:
    """Send the protocol's SSLRequest: the server waits for a handshake from then on."""
    flags = _CLIENT_PROTOCOL_41 | _CLIENT_SSL | _CLIENT_SECURE | _CLIENT_PLUGIN_AUTH
    body = struct.pack("<IIB23x", flags, 1 << 24, 45)
    connection.sendall(len(body).to_bytes(3, "little") + b"\1" + body)


def ask_for_tls(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Send the SSLRequest, then do the handshake. Raises ssl.SSLError."""
    announce_tls(connection)
    return context.wrap_socket(connection)


def published(container: Container) -> list[tuple[str, int]]:
    """The addresses on which a server container is reached from outside."""
    return [
        (binding["HostIp"], int(binding["HostPort"])) for binding in container.ports.get(f"{SERVER_PORT}/tcp") or ()
    ]


def containers_of(pid: int) -> list[Container]:
    """The containers that the harness process ``pid`` of this machine owns."""
    with contextlib.closing(docker.from_env()) as client:
        found = client.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True)
    return [one for one in found if (owner := Owner.parse(one.labels[OWNER_LABEL])) and owner.pid == pid]
