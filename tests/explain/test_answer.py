"""The answer: whole for each cause and word, with commands that parse, and a page that is current."""

import shlex
from pathlib import Path

import pytest

from harness.case.scenario import discover_scenarios
from harness.errors import UsageError
from harness.explain.answer import Explanation, explain
from harness.explain.page import causes_page
from harness.explain.rows import read_rows
from harness.knowledge.causes import cause_rows, heard_rows, word_rows
from harness.knowledge.rows import Severity
from harness.manifest import read_manifest
from harness.model.outcome import Cause, Side
from harness.model.verdict import Status
from tests.commands.lines import parse
from tests.documents import ROOT, page

CLIENTS = read_rows()


def test_each_cause_has_a_row_and_each_word_of_a_report() -> None:
    assert set(cause_rows()) == set(Cause)
    told = {
        *(status.value for status in Status),
        *(severity.value for severity in Severity),
        "unclassified",
        "timed-out",
    }
    assert set(word_rows()) == told
    assert not told & {cause.value for cause in Cause}


def test_each_scenario_of_a_row_exists() -> None:
    there = set(discover_scenarios([ROOT / "scenarios"]))
    named = {name for row in cause_rows().values() for name in (*row.client_scenarios, *row.server_scenarios)}
    assert len(named) > 20
    assert named <= there


def test_who_refuses_for_a_cause_has_a_sentence_of_its_own() -> None:
    """Causes that words do not tell apart are named beside the one that they mean, so these rows are no witnesses."""
    recorded = {(row.by, row.causes) for client in CLIENTS for row in client.errors}
    lacking = set()
    for by, (cause, *others) in recorded | {(row.by, row.causes) for row in heard_rows(log=False)}:
        if others:
            continue
        told = cause_rows()[cause]
        if not (told.by_client if by is Side.CLIENT else told.by_server):
            lacking.add((by, cause))
    assert lacking == set()


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_is_explained_with_commands_that_parse(cause: Cause) -> None:
    answer = explain(cause.value, CLIENTS)
    assert answer.by == "name"
    assert {each.cause for each in answer.causes} == {cause.value}
    for each in answer.causes:
        for line in each.run:
            parse(line)


def test_a_text_names_a_client_that_says_it() -> None:
    text = 'pymysql.err.OperationalError: (2026, "SSL is required but the server doesn\'t support it")'
    answer = explain(text, CLIENTS)
    (cause,) = answer.causes
    assert answer.certain
    assert cause.cause == "no-tls"
    assert shlex.split(cause.run[0])[-2:] == ["-c", "pymysql"]


def test_words_that_fit_several_causes_are_not_certain() -> None:
    answer = explain("certificate verify failed", CLIENTS)
    assert not answer.certain
    assert len(answer.causes) > 5


def test_json_reads_back() -> None:
    answer = explain("expired", CLIENTS)
    assert Explanation.model_validate_json(answer.model_dump_json()) == answer


@pytest.mark.parametrize(("text", "what"), [(" \n", "there is no text"), ("expird", "no cause `expird`")])
def test_what_is_empty_or_misspelt_is_a_usage_error(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        explain(text, CLIENTS)


def test_the_page_of_causes_is_current() -> None:
    assert page("causes") == causes_page(CLIENTS), "python -m harness.explain.page > docs/causes.md"


def test_the_fields_in_the_docs_are_those_of_the_json() -> None:
    text = page("explain")
    assert [name for name in Explanation.model_fields if f"`{name}`" not in text] == []


def test_a_row_that_says_nothing_is_refused(tmp_path: Path) -> None:
    from harness.knowledge.causes import _File

    path = tmp_path / "c.toml"
    path.write_text(
        '[[cause]]\nname = "expired"\nhides = ["x"]\nask = ["x"]\nremedy = ["x"]\n\n[[word]]\nname = "w"\n'
        'sentence = "s"\nnext = "n"\n'
    )
    with pytest.raises(UsageError, match="needs `by-client` or `by-server`"):
        read_manifest(path, _File)
