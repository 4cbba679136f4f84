"""Clients in images of their own: they answer on a real server, and no container of theirs outlives the harness."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.client import Client
from harness.clients.image import prepare
from harness.clients.listeners import silent
from harness.clients.process import Probe
from harness.model.account import Require
from harness.model.outcome import Accepted, Refused, Side
from harness.model.tls import Can, ClientTls, Verify
from harness.owner import Owner
from harness.pki import Store, StoreContents
from harness.servers.container import ContainerPlace
from harness.servers.server import RunningServer
from harness.servers.starting import quiet
from harness.waiting import wait_for
from tests.real.command import GONE_S
from tests.real.servers import TIMEOUT_S, Certificates, containers_of

# The archive's are large, and their programs are this one in other versions.
IN_IMAGES = {
    name: build
    for name, build in discover_clients([BUILTIN_CLIENTS]).items()
    if build.image is not None and build.java is None and not build.image.artifact
}
BEGUN_S = 60.0

# A harness that has an attempt in flight against a server that says nothing, and then waits for ever.
HARNESS = """
import sys, threading
from pathlib import Path
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.image import prepare
from harness.clients.process import Probe
from harness.clients.fields import AccountField, EndpointField, TlsField
from harness.clients.protocol import AttemptRequest
from harness.containers.engine import Engine
from harness.containers.images import Images
from harness.owner import Owner

name, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
build = discover_clients([BUILTIN_CLIENTS])[name]
ready = prepare(build, Images(Engine()), shared=folder, owner=Owner.this_process(), on_progress=lambda text: None)
attempt = AttemptRequest(
    endpoint=EndpointField(host="127.0.0.1", port=port),
    account=AccountField(user="nobody", password="not-a-real-password"),
    tls=TlsField(verify="preferred"),
    queries=("SELECT 1",),
    timeout_s=600,
)
Probe(ready, folder).exchange(attempt, 600)
"""


@pytest.fixture(scope="module", params=list(IN_IMAGES))
def client_build(request: pytest.FixtureRequest) -> ClientBuild:
    return IN_IMAGES[request.param]


@contextlib.contextmanager
def _probed(build: ClientBuild, place: ContainerPlace, folder: Path) -> Iterator[Client]:
    owner = Owner.this_process()
    ready = prepare(build, place.images, shared=folder, owner=owner, on_progress=quiet)
    with Probe(ready, folder / "scratch") as probe:
        yield Client(probe)


def test_it_answers_on_a_real_server_and_verifies_it(
    client_build: ClientBuild, server: RunningServer, certificates: Certificates, place: ContainerPlace, tmp_path: Path
) -> None:
    trusted, other = (
        Store(tmp_path / name).publish(StoreContents(trust=(authority,))).ca_pem
        for name, authority in (("good", certificates.authority), ("other", certificates.other))
    )
    account = server.account(Require())
    with _probed(client_build, place, tmp_path) as client:
        good, refused = (
            client.attempt(server.endpoint, account, ClientTls(verify=Verify.CA, ca=ca), deadline_s=TIMEOUT_S)
            for ca in (trusted, other)
        )
        assert Can.VERIFY_CA in client.facts.can
    assert isinstance(good, Accepted)
    assert good.version is not None
    assert good.account.partition("@")[0] == account.user
    assert isinstance(refused, Refused)
    assert refused.by is Side.CLIENT


def test_it_ends_with_its_harness_also_in_mid_attempt(
    client_build: ClientBuild, place: ContainerPlace, tmp_path: Path
) -> None:
    with silent() as listening:
        port: int = listening.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-c", HARNESS, client_build.name, str(tmp_path), str(port)], start_new_session=True
        ) as harness:
            try:
                attempt = _arrived(listening, harness)
                with attempt:
                    assert len(containers_of(harness.pid)) == 1
                    harness.kill()
                    harness.wait(GONE_S)
                    # Nobody has swept: the container ends because its standard input does.
                    assert wait_for(lambda: None if containers_of(harness.pid) else True, deadline_s=GONE_S)
            finally:
                harness.kill()


def _arrived(listening: socket.socket, harness: "subprocess.Popen[bytes]") -> socket.socket:
    """The connection of the harness's attempt."""
    listening.setblocking(False)

    def accepted() -> socket.socket | None:
        assert harness.poll() is None, "the harness ended"
        with contextlib.suppress(BlockingIOError):
            return listening.accept()[0]
        return None

    found = wait_for(accepted, deadline_s=BEGUN_S)
    assert found is not None, "no attempt began"
    return found


def test_it_ends_when_the_engines_command_line_is_killed(
    client_build: ClientBuild, place: ContainerPlace, tmp_path: Path
) -> None:
    owner = Owner.this_process()
    ready = prepare(client_build, place.images, shared=tmp_path, owner=owner, on_progress=quiet)
    with subprocess.Popen(
        ready.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **ready.environment},
        start_new_session=True,
    ) as line:
        assert line.stdout is not None
        assert line.stdout.readline().startswith(b'{"hello"')
        os.killpg(line.pid, signal.SIGKILL)

    def gone() -> bool | None:
        return (
            None if any(one.attrs["Config"]["Image"] in ready.command for one in containers_of(os.getpid())) else True
        )

    assert wait_for(gone, deadline_s=GONE_S)
