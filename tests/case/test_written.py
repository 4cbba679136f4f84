"""Scenarios written in TOML: found beside those in Python, made for each server and client, what is wrong named."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from harness.case.forms import FILES
from harness.case.rotation import Rotation
from harness.case.scenario import Scenario, discover_scenarios
from harness.case.situation import Case, Journey, Situation
from harness.case.startup import GOOD_START, start_up
from harness.case.testbed import GOOD, SERVER_LEAF, NotApplicable
from harness.errors import UsageError
from harness.model.certificates import AuthoritySpec, LeafSpec
from harness.model.expectation import ExpectAccepted, ExpectRefused
from harness.model.outcome import Cause, Side
from harness.model.startup import Start
from harness.model.tls import Can, TlsVersion, Verify
from tests.case.beds import EVERYTHING, bed
from tests.documents import page, shown

OLD = (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1)
UNKNOWN = ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
ONE = """\
[[case]]
id = "a_name"
claim = "A client does this."
needs = ["verify-ca"]
good = { base = "one-way", verify = "verify-ca" }
change.client-trusts = ["other"]
expect = "refused by the client: unknown-authority"
"""


def of_the_docs() -> str:
    """The file of cases that docs/scenarios.md shows."""
    return shown("scenarios", "toml", "[[case]]")


def _written(folder: Path, text: str, name: str = "my_cases.toml") -> dict[str, Scenario]:
    (folder / name).write_text(text, encoding="utf-8")
    return dict(discover_scenarios([folder]))


def test_a_case_is_a_scenario_of_the_files_theme(tmp_path: Path) -> None:
    ((identity, one),) = _written(tmp_path, ONE).items()
    assert (identity, one.claim, one.needs) == ("my-cases::a_name", "A client does this.", frozenset({Can.VERIFY_CA}))
    assert [one.is_for(client) for client in ("pymysql", None)] == [True, False]
    good = bed().one_way(Verify.CA)
    expected = good.but(client_trusts=(bed().authority("other"),))
    assert one.cases(bed()) == {identity: expected.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)}


def test_the_cases_of_the_docs_are_what_they_say(tmp_path: Path) -> None:
    found = _written(tmp_path, of_the_docs(), "renewal.toml")
    made = {identity.partition("::")[2]: one.cases(bed())[identity] for identity, one in found.items()}
    assert list(made) == ["expired", "same-name-new-key", "client-trust-retired-too-early", "key-missing"]
    renewed = made["same-name-new-key"]
    assert isinstance(renewed, Case)
    assert renewed.situation == renewed.good.with_(server_leaf=replace(SERVER_LEAF, issuer=replace(GOOD, key="second")))
    journey = made["client-trust-retired-too-early"]
    assert isinstance(journey, Journey)
    assert [step.expectation for step in journey.steps] == [ExpectAccepted(), UNKNOWN]
    assert journey.steps[1].situation == journey.good.with_(client_trusts=(bed().authority("new"),))
    assert made["key-missing"] == start_up(GOOD_START, GOOD_START.option("ssl-key={missing}"), Start.REFUSES)
    assert [name for name, one in found.items() if one.is_for(None)] == ["renewal::key-missing"]


ROWS = {
    "a situation": {item.name for item in fields(Situation)},
    "a certificate": {item.name for item in fields(LeafSpec)} | {"for", "by", "self_signed", "presents", "key_of"},
    "an authority": {item.name for item in fields(AuthoritySpec)},
    "a file": {kind.replace("-", "_") for kind in FILES} | {"is"},
}


@pytest.mark.parametrize("part", ROWS)
def test_the_docs_name_all_that_a_part_can_say(part: str) -> None:
    (row,) = (line for line in page("scenarios").splitlines() if line.startswith(f"| {part} "))
    said = row.removesuffix(" |").split(" | ")[1]
    named = {name.replace("-", "_") for name in re.findall(r"`([a-z0-9-]+)(?: = [^`]*)?`", said)}
    assert named == ROWS[part]


def test_a_good_situation_of_a_base_suits_the_server_and_client_and_one_in_full_does_not(tmp_path: Path) -> None:
    in_full = ONE.replace('base = "one-way"', 'server-leaf = { for = "server", by = "good" }').replace("a_name", "full")
    one, full = _written(tmp_path, ONE + in_full).values()
    ((made,), (literal,)) = (each.cases(bed(server_versions=OLD)).values() for each in (one, full))
    assert isinstance(made, Case)
    assert isinstance(literal, Case)
    assert (made.good.client_legacy, made.situation.client_legacy) == (True, True)
    assert (literal.good.client_legacy, literal.good.client_trusts) == (False, ())
    modern = bed(server_versions=OLD, can=EVERYTHING - {Can.LEGACY_CRYPTO})
    with pytest.raises(NotApplicable):
        one.make(modern)


def test_a_change_that_is_so_already_for_them_to_meet_shows_nothing(tmp_path: Path) -> None:
    (one,) = _written(tmp_path, ONE.replace('client-trusts = ["other"]', "client-legacy = true")).values()
    assert isinstance(one.make(bed()), Case)
    with pytest.raises(NotApplicable, match="is so already"):
        one.make(bed(server_versions=OLD))


def test_a_rotation_is_for_its_client(tmp_path: Path) -> None:
    text = (
        '[[case]]\nid = "r"\nclaim = "It is so."\nkind = "rotation"\nwhat = "leaf"\nhow = "new-url"\nstores = "jks"\n'
    )
    (one,) = _written(tmp_path, text).values()
    made = one.make(bed(can=EVERYTHING | {Can.KEY_STORES}))
    assert isinstance(made, Rotation)
    assert made.reads_stores


def test_a_file_of_cases_declares_of_them_what_a_theme_does(tmp_path: Path) -> None:
    (one,) = _written(tmp_path, 'clients = ["jdbc:*"]\n' + ONE).values()
    assert [one.is_for(client) for client in ("jdbc:a", "pymysql")] == [True, False]


def test_what_stands_beside_a_python_file_and_what_holds_no_case_are_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "theme.py").write_text("")
    (tmp_path / "theme.toml").write_text("")
    (tmp_path / "_shared.toml").write_text(ONE)
    assert discover_scenarios([tmp_path]) == {}


def test_cases_beside_a_python_file_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "theme.py").write_text(
        'from harness.case.scenario import Skip, scenario\n@scenario()\ndef x(bed):\n    """A thing."""\n'
    )
    (tmp_path / "theme.toml").write_text(ONE)
    with pytest.raises(UsageError, match="unknown key `case`"):
        discover_scenarios([tmp_path])


def test_an_id_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="scenario `my-cases::a_name` is there twice"):
        _written(tmp_path, ONE + ONE)


TWICE = ONE.replace("a_name", "other") + "\n"
WRONG: dict[str, tuple[str, int, str]] = {
    "no id": (ONE.replace('id = "a_name"\n', ""), 1, "says nothing of `id`"),
    "no name for an id": (ONE.replace("a_name", "a::name"), 1, "`a::name` is no id"),
    "no claim": (ONE.replace("A client does this.", ""), 1, "states no claim"),
    "no such need": (ONE.replace('"verify-ca"]', '"see"]'), 4, "`needs.0`: unknown value `see`"),
    "in the second case": (TWICE + ONE.replace("good =", "god ="), 13, "`god`: unknown key `god`"),
    "deep in the second case": (
        TWICE + ONE.replace('["other"]', "[1]"),
        14,
        "`change.client-trusts.0`: a number where",
    ),
    "two changes": (
        ONE.replace("change.client-trusts", 'change.host = "127.1"\nchange.client-trusts'),
        6,
        "`change`: a case changes exactly one thing, not 2 (client_trusts, host)",
    ),
    "no real change": (ONE.replace("other", "good"), 6, "`change`: what it says is so before"),
    "a refusal of what is good": (ONE.replace('change.client-trusts = ["other"]\n', ""), 1, "a refusal needs a change"),
    "no list of tables": ("[case]\nid = 'x'\n", 1, "`case`: it must be a list"),
    "an unknown key of the file": ("know = 1\n" + ONE, 1, "unknown key `know`"),
}


@pytest.mark.parametrize(("text", "line", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        _written(tmp_path, text)
    assert caught.value.what.startswith(what)
    assert caught.value.place == f"{tmp_path / 'my_cases.toml'}:{line}"
    assert caught.value.remedy
