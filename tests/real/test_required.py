"""Every build that `--server all` means: its good cases, a refusal from each side, and a change of certificates."""

import json
from collections.abc import Mapping

import pytest

from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.servers.place import Place
from tests.real.command import Dbtls

REQUIRED = [name for name, build in discover_servers([BUILTIN_SERVERS]).items() if not build.opt_in]
CASES = (
    "one-way::good_identity",
    "two-way::good",
    "one-way::another_authority",
    "two-way::another_authority",
    "authority-swap::order/trust-server-client-retire",
)
Found = Mapping[tuple[str, str], Mapping[str, object]]


@pytest.fixture(scope="module")
def report(place: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """One run over all of them; ``place`` says at once when there is no engine."""
    folder = tmp_path_factory.mktemp("required")
    path = folder / "report.json"
    patterns = [word for case in CASES for word in ("--scenario", case)]
    ended = Dbtls(folder / "tmp")(
        "run", "--server", "all", "--client", "pymysql", *patterns, "--json", path, "--allow-missing"
    )
    assert path.is_file(), ended.both
    made: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return made


def _results(report: Mapping[str, object]) -> Found:
    results = report["results"]
    assert isinstance(results, list)
    return {(result["server"], result["id"]): result for result in results}


def test_eleven_builds_are_meant_by_all_and_at_most_one_cannot_be_had_today(report: Mapping[str, object]) -> None:
    assert len(REQUIRED) == 11
    missing = report["missing"]
    assert isinstance(missing, list)
    assert len(missing) <= 1, missing


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_build_serves_refuses_and_changes(name: str, report: Mapping[str, object]) -> None:
    missing = report["missing"]
    assert isinstance(missing, list)
    for one in missing:
        if one["server"] == name:
            pytest.skip(f"server `{name}` cannot be had today: {one['reason']}")
    results = _results(report)
    verdicts = {case: results[name, case]["status"] for case in CASES}
    assert verdicts == dict.fromkeys(CASES, "pass"), results
