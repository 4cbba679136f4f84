"""A server without a reload statement: certificates change by restart, and nothing else about a verdict changes."""

import json
from pathlib import Path

import pytest

from harness.containers.engine import Engine
from tests.real.command import Dbtls

WITHOUT_RELOAD = "mysql-8.0.15"


def test_an_authority_is_swapped_by_restart_where_there_is_no_reload(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    swap = (
        "--scenario",
        "authority-swap::order/trust-server-client-retire",
        "--scenario",
        "authority-swap::order/server",
    )
    ended = Dbtls(tmp_path / "tmp")("run", "--server", WITHOUT_RELOAD, "--client", "pymysql", *swap, "--json", path)
    report = json.loads(path.read_text(encoding="utf-8"))
    if report["missing"]:
        pytest.skip(f"server `{WITHOUT_RELOAD}` unavailable: {report['missing'][0]['reason']}")
    assert ended.code == 0, ended.both
    assert [server["reload"] for server in report["provenance"]["servers"]] == [None]
    steps = {
        (case["id"].partition("/")[2], proof["label"]): proof["server"]["was"]
        for case in report["cases"]
        for proof in case["evidence"]
        if proof["label"].startswith("step ")
    }
    assert steps == {
        ("server", "step server"): "restarted",
        ("trust-server-client-retire", "step trust"): "restarted",
        ("trust-server-client-retire", "step server"): "restarted",
        ("trust-server-client-retire", "step client"): "unchanged",
        ("trust-server-client-retire", "step retire"): "restarted",
    }
