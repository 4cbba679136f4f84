"""A lane that is opened: what it says of a client whose probe does not start."""

from pathlib import Path

import pytest

from harness.errors import ProbeUnavailable
from harness.knowledge.reader import Knowledge
from harness.lifetime import Lifetime
from harness.owner import Owner
from harness.pki import Materials
from tests.runner.fakes import FakeLanes, NoPlace, client_build, server_build

GONE = ProbeUnavailable("client `client` cannot be started: no such program", remedy="install it")


def test_what_is_planned_or_made_for_a_lost_client_is_its_fault(tmp_path: Path) -> None:
    lanes = FakeLanes()
    lanes.lost["client"] = GONE
    opened = lanes(
        server_build(),
        [client_build("client"), client_build("other")],
        place=NoPlace(),
        owner=Owner.this_process(),
        folder=tmp_path,
        materials=Materials(),
        knowledge=Knowledge(),
        lifetime=Lifetime(),
        on_progress=lambda text: None,
        emit=lambda result: None,
        tell=lambda fault: None,
    )
    with opened as lane:
        assert lane.plan([], "other") == []
        for ask in (lambda: lane.plan([], "client"), lambda: lane.bed("client")):
            with pytest.raises(ProbeUnavailable) as caught:
                ask()
            assert caught.value is GONE
