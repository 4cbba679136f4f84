"""What becomes of a real server's start, one row of each kind for each family."""

import pytest

from harness.case.startup import GOOD_START as GOOD
from harness.case.testbed import ClientView, ServerView
from harness.kinds.material import configuration
from harness.model.material import TextFile
from harness.model.startup import Role, ServerOptions, Start, StartFile, StartOutcome
from harness.model.tls import TlsVersion
from harness.pki import Materials
from harness.servers.server import Applied, RunningServer
from tests.real.servers import Certificates

NOBODY = ClientView(name="-", versions=(), can=frozenset())
SERVER = ServerView(name="", vendor="", versions=(), reloads=False, behaviour=frozenset())
EMPTY_KEY = GOOD.file(StartFile(role=Role.KEY, content=TextFile(text="")))
MATERIALS = Materials()


def _started(server: RunningServer, told: ServerOptions) -> StartOutcome:
    return server.try_start(configuration(told, MATERIALS))


def _vendor(server: RunningServer) -> str:
    return server.build.name.partition("-")[0]


def test_a_good_start_serves_and_takes_logins_in_the_clear(server: RunningServer) -> None:
    outcome = _started(server, GOOD)
    assert (outcome.start, outcome.version, outcome.plaintext) == (Start.SERVES, TlsVersion.TLS_1_3, True)
    assert (outcome.alone, outcome.dropped, outcome.error) == (False, (), "")


def test_a_key_that_is_none_is_refused_or_silently_done_without(server: RunningServer) -> None:
    outcome = _started(server, EMPTY_KEY)
    assert outcome.start is {"mysql": Start.WITHOUT, "mariadb": Start.REFUSES}[_vendor(server)]
    assert any("Unable to get private key" in line for line in outcome.log)


def test_an_option_that_there_is_not_is_refused_at_once(server: RunningServer) -> None:
    outcome = _started(server, GOOD.option("no-such-option=1"))
    assert outcome.start is Start.REFUSES
    assert any("unknown variable 'no-such-option=1'" in line for line in outcome.log)


def test_a_version_alone_is_what_is_negotiated(server: RunningServer) -> None:
    assert _started(server, GOOD.option("tls-version=TLSv1.2")).version is TlsVersion.TLS_1_2


def test_where_tls_is_required_nobody_gets_in_in_the_clear(server: RunningServer) -> None:
    outcome = _started(server, GOOD.option("require_secure_transport=ON"))
    assert (outcome.start, outcome.plaintext) == (Start.SERVES, False)


def test_a_list_that_the_build_has_no_use_for_is_dropped(server: RunningServer) -> None:
    outcome = _started(server, GOOD.option("ssl-crl={crl}"))
    assert outcome.dropped == (("ssl-crl",) if "wolfssl" in server.build.name else ())


@pytest.mark.parametrize("told", [GOOD, EMPTY_KEY], ids=["good", "empty key"])
def test_afterwards_it_is_told_what_is_good_afresh(
    server: RunningServer, certificates: Certificates, told: ServerOptions
) -> None:
    _started(server, told)
    assert server.live is None
    assert server.apply(certificates.good) is Applied.FRESH
    assert server.served_serial() == certificates.leaf.serial
