"""Two sides of a stored report come to the facts that tell them apart, and to nothing else."""

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.compare.comparison import Comparison, compared, exit_for
from harness.compare.differences import Weight
from harness.compare.json_form import as_json
from harness.compare.pairing import Paired, between, within
from harness.compare.text import SCREEN, View, lines
from harness.errors import UsageError
from harness.exits import Exit
from harness.reports.evidence_model import AcceptedEnd, AttemptReport, StartReport
from harness.reports.model import CaseReport, Report
from harness.reports.reading import read_report
from tests.documents import page

STORED = Path(__file__).with_name("upgrade.json")
"""Cells of a run of eleven servers with six clients: every kind of cell that differs on three pairs, and some alike."""
REPORT = read_report(STORED)
MYSQL, MARIADB = ("mysql-8.0.31", "mysql-9.7"), ("mariadb-10.5", "mariadb-11.8")
CLIENTS = ("mariadb-cli-10.11", "mariadb-cli-11.8")
BREAKS, WEAKER, STRICTER, DIFFERENT, MENDED = Weight


def _of(*sides: str) -> Comparison:
    return compared(within(REPORT, *sides))


def _facts(comparison: Comparison) -> list[tuple[Weight, str, int]]:
    return [(fact.weight, fact.subject, fact.cases) for fact in comparison.facts]


@pytest.mark.parametrize(
    ("sides", "facts"),
    [
        (
            MYSQL,
            [
                (BREAKS, "option ssl", 8),
                (BREAKS, "option ssl-cipher", 1),
                (STRICTER, "option ssl-cipher", 1),
                (DIFFERENT, "cipher that both ends prefer", 10),
                (DIFFERENT, "reload-refused", 4),
            ],
        ),
        (
            MARIADB,
            [
                (BREAKS, "option tls-version", 4),
                (STRICTER, "no option ssl-ca, ssl-cert, ssl-key", 1),
                (DIFFERENT, "secure-transport-required", 2),
                (MENDED, "option ssl", 1),
            ],
        ),
        (CLIENTS, [(BREAKS, "host-mismatch", 1), (WEAKER, "host-mismatch", 2), (WEAKER, "protocol-version", 1)]),
    ],
)
def test_what_an_upgrade_changes_is_told_by_what_explains_it(
    sides: tuple[str, str], facts: list[tuple[Weight, str, int]]
) -> None:
    assert _facts(_of(*sides)) == facts


@pytest.mark.parametrize("sides", [MYSQL, MARIADB])
def test_an_alert_that_was_lost_is_no_fact_and_is_counted(sides: tuple[str, str]) -> None:
    comparison = _of(*sides)
    assert len(comparison.unsure) == 2
    shown = "\n".join(lines(comparison, Exit.FAILED, View()))
    assert "connection-lost" not in shown
    assert "? NOT PROVEN 2" in shown
    assert all(one.unsure is None for fact in comparison.facts for one in fact.differences)


@pytest.mark.parametrize("name", [*MYSQL, *MARIADB, *CLIENTS])
def test_a_side_against_itself_is_nothing(name: str) -> None:
    comparison = _of(name, name)
    assert (comparison.facts, comparison.unsure) == ((), ())
    assert comparison.same == len(comparison.paired.pairs) > 0
    assert exit_for(comparison) is Exit.PASSED


def test_a_report_against_itself_is_nothing() -> None:
    comparison = compared(between(REPORT, REPORT, names=("a", "b")))
    assert (comparison.facts, comparison.unsure) == ((), ())


def _start(number: int, *, serves: bool) -> CaseReport:
    """A start with an option of its own."""
    model = next(case for case in REPORT.cases if case.id == "start-up::switched_on/ssl" and case.server == MYSQL[0])
    last = model.evidence[-1]
    assert isinstance(last, StartReport)
    evidence = last if serves else last.model_copy(update={"outcome": "refuses", "tls_version": None})
    return model.model_copy(
        update={
            "id": f"start-up::planted/{number}",
            "case": {"kind": "start-up", "change": {"options": {"set": [f"planted-{number}=1"]}}},
            "difference": f"planted-{number}: none → `planted-{number}=1`",
            "evidence": (*model.evidence[:-1], evidence),
        }
    )


def _planted(count: int) -> Paired:
    before = REPORT.model_copy(update={"cases": tuple(_start(one, serves=True) for one in range(25))})
    after = REPORT.model_copy(update={"cases": tuple(_start(one, serves=one >= count) for one in range(25))})
    return between(before, after, names=("before", "after"))


@pytest.mark.parametrize("count", [0, 1, 5, 20])
def test_as_many_facts_as_options_were_changed(count: int) -> None:
    comparison = compared(_planted(count))
    assert sorted(fact.subject for fact in comparison.facts) == sorted(f"option planted-{n}" for n in range(count))
    assert exit_for(comparison) is (Exit.FAILED if count else Exit.PASSED)


def test_two_starts_with_one_option_that_end_otherwise_are_two_facts() -> None:
    before, (refuses, serves) = (_start(0, serves=True),) * 2, (_start(0, serves=False), _start(0, serves=True))
    last = serves.evidence[-1]
    assert isinstance(last, StartReport)
    alone = serves.model_copy(update={"evidence": (last.model_copy(update={"alone": True}),)})
    names = ("start-up::planted/a", "start-up::planted/b")
    sides = [
        REPORT.model_copy(
            update={"cases": tuple(one.model_copy(update={"id": name}) for name, one in zip(names, side, strict=True))}
        )
        for side in (before, (alone, refuses))
    ]
    comparison = compared(between(*sides, names=("before", "after")))
    assert _facts(comparison) == [(BREAKS, "option planted-0", 1), (DIFFERENT, "option planted-0", 1)]


@pytest.mark.parametrize("count", [0, 1, 5, 20, 25])
def test_a_first_screen_has_forty_lines_and_names_what_fits(count: int) -> None:
    comparison = compared(_planted(count))
    shown = list(lines(comparison, exit_for(comparison), View()))
    assert len(shown) <= SCREEN
    assert all(any(fact.subject in line for line in shown) for fact in comparison.facts)


@pytest.mark.parametrize("sides", [MYSQL, MARIADB, CLIENTS])
def test_a_first_screen_of_each_pair_has_forty_lines(sides: tuple[str, str]) -> None:
    comparison = _of(*sides)
    assert len(list(lines(comparison, exit_for(comparison), View()))) <= SCREEN


@pytest.mark.parametrize(
    ("fails", "code"), [({STRICTER}, Exit.FAILED), ({WEAKER}, Exit.PASSED), ({BREAKS, WEAKER}, Exit.FAILED)]
)
def test_what_fails_is_a_matter_of_the_class_alone(fails: set[Weight], code: Exit) -> None:
    assert exit_for(_of(*MYSQL), fails) is code


def test_nothing_compared_is_no_pass() -> None:
    none = REPORT.model_copy(update={"cases": ()})
    comparison = compared(between(none, none, names=("a", "b")))
    assert exit_for(comparison) is Exit.INCONCLUSIVE
    assert "Nothing was compared (exit 3)" in list(lines(comparison, Exit.INCONCLUSIVE, View()))


def test_a_case_of_one_side_is_listed_apart() -> None:
    gone, *rest = REPORT.cases
    comparison = compared(between(REPORT, REPORT.model_copy(update={"cases": tuple(rest)}), names=("old", "new")))
    assert [(one.case.id, one.why) for one in comparison.paired.not_compared if "only" in one.why] == [
        (gone.id, "only old has it")
    ]
    assert comparison.facts == ()


def _in_the_clear(report: Report) -> Report:
    """``report`` with every accepted attempt unencrypted."""

    def changed(case: CaseReport) -> CaseReport:
        evidence = tuple(
            piece.model_copy(update={"client": piece.client.model_copy(update={"tls_version": None, "cipher": None})})
            if isinstance(piece, AttemptReport) and isinstance(piece.client, AcceptedEnd)
            else piece
            for piece in case.evidence
        )
        return case.model_copy(update={"evidence": evidence})

    return report.model_copy(update={"cases": tuple(map(changed, report.cases))})


def test_plaintext_under_equal_verdicts_is_weaker() -> None:
    comparison = compared(between(REPORT, _in_the_clear(REPORT), names=("old", "new")))
    assert {(fact.weight, fact.subject, fact.turns[0][1]) for fact in comparison.facts} == {
        (WEAKER, "protocol version", "plaintext")
    }


def test_json_has_every_case_of_every_fact() -> None:
    comparison = _of(*MYSQL)
    plain = as_json(comparison, Exit.FAILED)
    assert [len(fact["cases"]) for fact in plain["facts"]] == [len(fact.differences) for fact in comparison.facts]
    assert plain["compared"] == 21
    assert plain["facts"][1]["again"] == (
        "dbtls run --server mysql-8.0.31 --server mysql-9.7 --scenario start-up::cipher/TLSv1.2"
    )


def test_a_name_that_the_report_has_not_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"no server and no client `mysql-9\.8`"):
        within(REPORT, "mysql-9.7", "mysql-9.8")
    with pytest.raises(UsageError, match="are a server and a client"):
        within(REPORT, "mysql-9.7", "pymysql")


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["compare", *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value or 0, result.output


@pytest.mark.parametrize("sides", [MYSQL, MARIADB, CLIENTS, (MYSQL[1], MYSQL[1])])
def test_no_option_of_what_is_shown_changes_the_exit_code(sides: tuple[str, str], tmp_path: Path) -> None:
    showing = (["--whole"], ["--json", str(tmp_path / "compare.json")])
    chosen = itertools.chain.from_iterable(itertools.combinations(showing, size) for size in range(3))
    codes = {_run(*sides, "--in", str(STORED), *itertools.chain.from_iterable(some))[0] for some in chosen}
    assert codes == {Exit.PASSED if sides[0] == sides[1] else Exit.FAILED}
    assert json.loads((tmp_path / "compare.json").read_text())["exit_code"] in codes


def test_two_reports_are_compared_by_their_files() -> None:
    code, output = _run("--from", str(STORED), str(STORED))
    assert (code, output.splitlines()[-1]) == (0, "No difference (exit 0)")


@pytest.mark.parametrize("sides", [MYSQL, MARIADB, CLIENTS])
def test_the_page_shows_what_the_command_prints(sides: tuple[str, str]) -> None:
    _, output = _run(*sides, "--in", str(STORED))
    assert output in page("compare")
