"""A client that stops in the middle of its handshake holds up a reload: that is said, and the old goes on."""

import pytest

from harness import limits
from harness.errors import ReloadRefused
from harness.owner import Owner
from harness.servers.place import Place
from harness.servers.starting import quiet, started
from harness.waiting import wait_for
from tests.real.fleet import DEFAULT_BUILDS, Fleet
from tests.real.servers import Certificates, announce_tls, greeted

# It lets such a client be, where MariaDB cuts it off after its connect_timeout.
BUILD = "mysql-9.7"


def test_a_reload_that_gets_no_answer_is_refused_and_the_server_still_answers(
    fleet: Fleet, place: Place, owner: Owner, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    if BUILD in fleet.missing:
        pytest.skip(f"server `{BUILD}` unavailable: {fleet.missing[BUILD]}")
    place.make(DEFAULT_BUILDS[BUILD], quiet)
    monkeypatch.setattr(limits, "RELOAD", 2)
    with started(DEFAULT_BUILDS[BUILD], certificates.good, place=place, owner=owner) as server:
        assert server.facts.reload_statement is not None
        changed = certificates.told(certificates.next_leaf)
        with greeted(server.endpoint) as (connection, _):
            announce_tls(connection)
            with pytest.raises(ReloadRefused, match="no answer within 2 s: handshakes in progress hold it up"):
                server.change(changed)
        # Once the client has gone, what was only late takes effect.
        assert wait_for(
            lambda: True if server.served_serial() == certificates.next_leaf.serial else None, deadline_s=limits.ATTEMPT
        )
