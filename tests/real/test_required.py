"""Every build that `--server all` means: its good cases, a refusal from each side, and a change of certificates."""

import json
from typing import Any

import pytest

from harness.knowledge.product import Product
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.servers.place import Place
from tests.knowledge import reach
from tests.real.command import Dbtls

BUILDS = discover_servers([BUILTIN_SERVERS])
REQUIRED = [name for name, build in BUILDS.items() if not build.opt_in]
CASES = (
    "one-way::good_identity",
    "two-way::good",
    "one-way::another_authority",
    "two-way::another_authority",
    "authority-swap::order/trust-server-client-retire",
)
Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One run over all of them; ``place`` says at once when there is no engine."""
    folder = tmp_path_factory.mktemp("required")
    path = folder / "report.json"
    patterns = [word for case in CASES for word in ("--scenario", case)]
    ended = Dbtls(folder / "tmp")("run", "--server", "all", "--client", "pymysql", *patterns, "--json", path)
    assert path.is_file(), ended.both
    made: Report = json.loads(path.read_text(encoding="utf-8"))
    return made


def test_eleven_builds_are_meant_by_all_and_at_most_one_cannot_be_had_today(report: Report) -> None:
    assert len(REQUIRED) == 11
    assert len(report["missing"]) <= 1, report["missing"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_build_serves_refuses_and_changes(name: str, report: Report) -> None:
    for missing in report["missing"]:
        if missing["name"] == name:
            pytest.skip(f"server `{name}` unavailable: {missing['reason']}")
    verdicts = {case["id"]: (case["status"], case["reason"]) for case in report["cases"] if case["server"] == name}
    assert {identity: status for identity, (status, _) in verdicts.items()} == dict.fromkeys(CASES, "pass"), verdicts


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_build_says_that_it_is_what_knowledge_was_tried_with(name: str, report: Report) -> None:
    said = [server["product"] for server in report["provenance"]["servers"] if server["name"] == name]
    if not said:
        pytest.skip(f"server `{name}` is not available today")
    # A distribution's packages move; a published binary is the one that it was.
    moves = not BUILDS[name].manifest.artifact
    assert reach.agree(reach.SERVERS[name], Product.parse(said[0]), moves=moves), said
