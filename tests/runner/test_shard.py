"""A run's parts: disjoint, together everything, the same on every machine; and their sum is the whole run."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from harness.case.rotation import Rotation
from harness.case.scenario import Skip
from harness.errors import UsageError
from harness.kinds.kind import Cell
from harness.model.material import StoreKind
from harness.model.rotation import How, What
from harness.reports.making import report_of
from harness.reports.merging import merged
from harness.reports.model import Report
from harness.runner.run import run
from harness.runner.shard import Shard, Share
from tests.runner.fakes import NoPlace
from tests.runner.test_run import honest, request, worlds

SERVERS = tuple(f"server-{number}" for number in range(7))
ROTATION = Rotation(what=What.LEAF, how=How.IN_PLACE, stores=StoreKind.JKS)


def _cells(count: int, made: Any, client: str = "a") -> list[Cell]:
    return [Cell(id=f"t::x/{number}", claim="c", client=client, made=made) for number in range(count)]


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no part of a run"):
        Shard.parse(text)


@pytest.mark.parametrize("of", [1, 2, 3, 7, 9])
def test_every_cell_is_of_one_part_and_whole_servers_are_dealt_out_first(of: int) -> None:
    shares = [Share.of(Shard(number=number, of=of), SERVERS) for number in range(1, of + 1)]
    assert {len(share.whole) for share in shares} == {7 // of}
    assert {share.split for share in shares} == {frozenset(SERVERS[7 - 7 % of :])}
    for server in SERVERS:
        planned = [*_cells(40, Skip("")), *(replace(cell, id=f"r::{cell.id}") for cell in _cells(9, ROTATION))]
        parts = [share.cells(planned, server) if share.reaches(server) else [] for share in shares]
        assert Counter(cell.id for part in parts for cell in part) == Counter(cell.id for cell in planned)
        assert sum(share.reaches(server) and share.has("t::x", server, None) for share in shares) == 1


def test_rotations_of_a_server_that_is_split_are_dealt_out_evenly() -> None:
    shares = [Share.of(Shard(number=number, of=3), ["s"]) for number in (1, 2, 3)]
    for client in ("a", "b", "c"):
        assert {len(share.cells(_cells(9, ROTATION, client), "s")) for share in shares} == {3}


def _lasting(report: Report) -> dict[str, Any]:
    """What of a report two runs of the same have in common."""
    plain = report.model_dump(mode="json", exclude={"duration_s", "first_verdict_s", "spent_s", "spent_by_theme_s"})
    del plain["provenance"]["runs"]
    for case in plain["cases"]:
        del case["duration_s"]
        # Serials, accounts, ids of connections and counters are each run's own.
        case["evidence"] = [
            (piece["kind"], piece["label"], piece["expected"], piece.get("client", piece)["outcome"])
            for piece in case["evidence"]
        ]
    return plain


@pytest.mark.parametrize("of", [2, 3])
@pytest.mark.parametrize("servers", [("m",), ("m", "n"), ("m", "n", "o", "p")])
def test_the_sum_of_the_parts_is_the_whole(servers: tuple[str, ...], of: int) -> None:
    asked = request(*servers)
    lanes = dict.fromkeys(servers, honest)
    whole = report_of(run(asked, NoPlace(), lambda event: None, open_lane=worlds(**lanes)))
    parts = {}
    for number in range(1, of + 1):
        shard = Shard(number=number, of=of)
        share = Share.of(shard, servers)
        of_part = replace(asked, share=share, servers=tuple(one for one in asked.servers if share.reaches(one.name)))
        parts[str(shard)] = report_of(run(of_part, NoPlace(), lambda event: None, open_lane=worlds(**lanes)))
        assert [one.shard for one in parts[str(shard)].provenance.runs] == [str(shard)]
    sum_ = merged(parts)
    assert sum_.notes == ()
    assert _lasting(sum_.report) == _lasting(whole)
    assert len(sum_.report.provenance.runs) == of
    assert max(len(part.cases) for part in parts.values()) < len(whole.cases)
