"""Servers brought up for somebody to connect to, and held until they are no longer wanted."""

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pymysql

from harness import limits
from harness.clients.build import ClientBuild
from harness.errors import EngineError
from harness.model.account import Credentials, Demand, Endpoint, Require
from harness.owner import Owner
from harness.pki import Leaf
from harness.reference.environment import Environment, ServerUp, Stores
from harness.reference.init_sql import SqlFile
from harness.reference.material import DEFAULT_NAMES, Material, server_spec
from harness.reference.printed import ENVIRONMENT_FILE, TEXT_FILE, Shown, as_json, files, shown, write_private
from harness.servers.build import ServerBuild
from harness.servers.log import PREFIX
from harness.servers.place import Place
from harness.servers.process import ServerProcess
from harness.servers.server import RunningServer
from harness.waiting import wait_for

_STORES = "stores"
_LOOPBACK = "127.0.0.1"
_UNSAFE = "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """What to bring up. ``hosts`` are further names of the servers; the first is the one that clients are told.

    ``admin`` makes an account with all rights, and ``init_sql`` is carried out as it, once the server is up.

    Raises UsageError for a name that no certificate can list.
    """

    builds: Sequence[ServerBuild]
    two_way: bool = False
    versions: tuple[str, ...] | None = None
    days: int = 30
    hosts: tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    """By the build's name; any free one for a server that is not there."""
    admin: bool = False
    init_sql: SqlFile | None = None
    until: str = "Ctrl-C"
    """What ends it, for a reader."""

    def __post_init__(self) -> None:
        server_spec(self.names, {})

    @property
    def clients(self) -> tuple[ClientBuild, ...]:
        """Those that have to be built for it: none, whatever forms are printed."""
        return ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the servers' certificates are for."""
        return tuple(dict.fromkeys((*self.hosts, *DEFAULT_NAMES)))

    @property
    def host(self) -> str:
        """What clients are told to connect to. By default the address that servers listen on: `localhost` may be
        another to some clients, or a Unix socket."""
        return self.hosts[0] if self.hosts else _LOOPBACK

    @property
    def entries(self) -> tuple[str, ...]:
        """Everything that is written directly below the environment's folder, by name."""
        return (_STORES, ENVIRONMENT_FILE, TEXT_FILE, *(build.slug for build in self.builds))


@dataclass(frozen=True, slots=True)
class Up:
    """An environment that is up, and the processes that it is."""

    shown: Shown
    _processes: Sequence[tuple[str, ServerProcess]]

    def wait(self) -> None:
        """Wait for as long as all servers run; raises EngineError when one has ended."""
        while (ended := wait_for(self._ended, deadline_s=limits.CONTAINER_LIFETIME)) is None:
            pass
        name, process = ended
        raise EngineError(
            f"server `{name}` has ended",
            remedy=f"see the last lines of its log; it lives for {limits.CONTAINER_LIFETIME // 3600} hours at most",
            detail=process.log.tail(limits.LOG_TAIL_LINES),
        )

    def _ended(self) -> tuple[str, ServerProcess] | None:
        for name, process in self._processes:
            if process.log.ended or any(line.startswith(PREFIX + "exited") for line in process.log.tail(1)):
                return name, process
        return None


@contextlib.contextmanager
def brought_up(
    request: UpRequest, *, place: Place, owner: Owner, folder: Path, on_progress: Callable[[str], None]
) -> Iterator[Up]:
    """What ``request`` asks for, with every file of it in ``folder``, which is the caller's to remove.

    Raises BuildUnavailable, ServerStartError, EngineError, and UsageError for a port that is taken or a statement that
    the server refuses.
    """
    material = Material.fresh(names=request.names, days=request.days)
    stores = material.publish(folder / _STORES, two_way=request.two_way)
    servers, processes = [], []
    with contextlib.ExitStack() as opened:
        for build in request.builds:
            made = place.make(build, on_progress)
            on_progress(f"starting {build.name}")
            leaf = material.server_leaf()
            process = opened.enter_context(
                contextlib.closing(place.start(made, owner, port=request.ports.get(build.name)))
            )
            tls = material.server_tls(leaf, request.versions)
            running = opened.enter_context(RunningServer(build, process, tls))
            servers.append(_described(request, running, leaf, folder, stores))
            processes.append((build.name, process))
        environment = Environment(
            folder=folder,
            names=request.names,
            stores=stores,
            servers=tuple(servers),
            notes=tuple(_notes(request, servers)),
        )
        for path, content in files(environment).items():
            write_private(path, content)
        # Last: whoever waits for this file finds everything else.
        write_private(folder / ENVIRONMENT_FILE, json.dumps(as_json(environment), indent=1) + "\n")
        yield Up(shown(environment), processes)


def _described(request: UpRequest, running: RunningServer, leaf: Leaf, folder: Path, stores: Stores) -> ServerUp:
    account = running.account(Require(Demand.X509) if request.two_way else Require())
    admin = running.superuser() if request.admin or request.init_sql else None
    if request.init_sql is not None and admin is not None:
        request.init_sql.carry_out(running.build.name, running.endpoint, admin)
    facts = running.facts
    return ServerUp(
        name=running.build.name,
        vendor=facts.vendor,
        version=facts.version,
        tls_library=facts.tls_library,
        versions=facts.versions,
        renegotiates_safely=_renegotiates_safely(running.endpoint, account),
        host=request.host,
        port=running.endpoint.port,
        user=account.user,
        password=account.password,
        serial=leaf.serial,
        not_after=leaf.certificate.not_valid_after_utc,
        folder=folder / running.build.slug,
        stores=stores,
        admin=admin,
    )


def _renegotiates_safely(endpoint: Endpoint, account: Credentials) -> bool:
    """Whether OpenSSL as it is shipped does a handshake with the server, as far as renegotiation is concerned.

    A server says nothing about that but in its handshake (RFC 5746 3.4), and for TLS 1.3 it has no meaning.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        pymysql.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=account.user,
            password=account.password,
            connect_timeout=limits.ATTEMPT,
            ssl=context,
        ).close()
    except pymysql.MySQLError as error:
        return _UNSAFE not in str(error)
    return True


def _notes(request: UpRequest, servers: Sequence[ServerUp]) -> Iterator[str]:
    yield how_long(request.until)
    if any(server.not_after <= datetime.now(UTC) for server in servers):
        yield "the certificates have expired, as asked for: every client that verifies refuses them"
    if _LOOPBACK not in _addresses(request.host):
        yield f"{request.host} does not lead to {_LOOPBACK} here; `{_LOOPBACK} {request.host}` in /etc/hosts does that"


def how_long(until: str) -> str:
    """The note that says what ends an environment."""
    hours = limits.CONTAINER_LIFETIME // 3600
    return f"up until {until}, for {hours} hours at most; then everything here is removed"


def _addresses(host: str) -> set[str]:
    try:
        return {str(found[-1][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return set()
