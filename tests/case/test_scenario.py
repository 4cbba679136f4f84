"""Finding scenarios in folders: ids, claims, and what a file may do wrong."""

from pathlib import Path

import pytest

from harness.case.command_check import After, CommandCheck
from harness.case.scenario import Scenario, Skip, Theme, discover_scenarios
from harness.case.testbed import Testbed
from harness.errors import UsageError
from harness.knowledge.rows import Known, Severity
from harness.model.obstacle import Because, Obstacle
from harness.model.script import Command, Script, ScriptResult
from harness.model.tls import Can
from tests.case.beds import bed

HEAD = "from harness.case.scenario import Skip, scenario\nfrom harness.model.tls import Can\n"
SHOWN = HEAD + (
    "@scenario(needs={Can.REQUIRE})\n"
    "def second_name(bed):\n"
    '    """A server does this.\n\n    And more."""\n'
    "    return Skip('not here')\n"
    "@scenario()\n"
    "def a_name(bed):\n"
    '    """A client does that."""\n'
    "def no_scenario(bed):\n"
    "    pass\n"
)


def _file(folder: Path, name: str, source: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(source)
    return path


def test_ids_are_theme_and_function_in_the_order_of_the_lines(tmp_path: Path) -> None:
    _file(tmp_path, "old_clients.py", SHOWN)
    _file(tmp_path, "_shared.py", "raise RuntimeError")
    found = discover_scenarios([tmp_path])
    assert [(each.id, each.claim, each.needs) for each in found.values()] == [
        ("old-clients::second_name", "A server does this.", frozenset({Can.REQUIRE})),
        ("old-clients::a_name", "A client does that.", frozenset()),
    ]
    assert found["old-clients::second_name"].make(bed()) == Skip("not here")


def test_a_theme_may_be_for_some_clients_alone(tmp_path: Path) -> None:
    _file(tmp_path, "theme.py", SHOWN)
    (tmp_path / "theme.toml").write_text('clients = ["jdbc:*"]', encoding="utf-8")
    found = discover_scenarios([tmp_path])["theme::a_name"]
    assert [found.is_for(client) for client in ("jdbc:a", "pymysql", None)] == [True, False, False]


def test_a_scenario_imported_from_another_file_is_not_there_twice(tmp_path: Path) -> None:
    _file(tmp_path, "one.py", SHOWN)
    _file(
        tmp_path, "two.py", "import sys\na_name = next(v for k, v in sys.modules.items() if k.endswith('_one')).a_name"
    )
    assert list(discover_scenarios([tmp_path])) == ["one::second_name", "one::a_name"]


def test_an_id_that_is_there_twice_is_an_error_with_both_places(tmp_path: Path) -> None:
    first = _file(tmp_path / "a", "theme.py", SHOWN)
    second = _file(tmp_path / "b", "theme.py", SHOWN)
    with pytest.raises(UsageError) as caught:
        discover_scenarios([tmp_path / "a", tmp_path / "b"])
    assert str(caught.value) == f"{first} and {second}: scenario `theme::second_name` is there twice"


@pytest.mark.parametrize(
    ("source", "place", "what"),
    [
        ("x = 1\nx.y\n", ":2", "cannot be loaded: AttributeError: 'int' object has no attribute 'y'"),
        ("x = 1\ndef broken(:\n", ":2", "cannot be loaded: SyntaxError: "),
        ("import no_such_module\n", ":1", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        (HEAD + "@scenario()\ndef silent(bed):\n    pass\n", ":3", "scenario `silent` states no claim"),
        (HEAD + '@scenario()\ndef silent(bed):\n    """"""\n', ":3", "scenario `silent` states no claim"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path: Path, source: str, place: str, what: str) -> None:
    path = _file(tmp_path, "theme.py", source)
    with pytest.raises(UsageError) as caught:
        discover_scenarios([tmp_path])
    assert caught.value.place == f"{path}{place}"
    assert caught.value.what.startswith(what)


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        discover_scenarios([tmp_path / "missing"])


ALONE = HEAD + '@scenario(clientless=True)\ndef alone(bed):\n    """A server does this."""\n    return Skip("no")\n'
BESIDE = """\
divergences = "Where it does not"

[[known]]
scenario = "theme::alone"
instead = "refuses*"
severity = "text"
reason = "it is old"
source = "measured"
"""


def test_a_scenario_without_a_client_is_for_nobody(tmp_path: Path) -> None:
    _file(tmp_path, "theme.py", ALONE)
    _file(tmp_path, "with_clients.py", SHOWN)
    found = discover_scenarios([tmp_path])
    assert [name for name in ("a", "b", None) if found["theme::alone"].is_for(name)] == [None]
    assert [name for name in ("a", "b", None) if found["with-clients::a_name"].is_for(name)] == ["a", "b"]


def test_what_stands_beside_a_file_is_its_scenarios_own(tmp_path: Path) -> None:
    _file(tmp_path, "theme.py", ALONE)
    _file(tmp_path, "theme.toml", BESIDE)
    _file(tmp_path, "with_clients.py", SHOWN)
    found = discover_scenarios([tmp_path])
    known = Known(
        scenario="theme::alone", instead="refuses*", severity=Severity.TEXT, reason="it is old", source="measured"
    )
    assert found["theme::alone"].theme == Theme(divergences="Where it does not", known=(known,))
    assert found["with-clients::a_name"].theme == Theme()


def test_what_is_wrong_beside_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    _file(tmp_path, "theme.py", ALONE)
    path = _file(tmp_path, "theme.toml", "divergence = 'x'\n")
    with pytest.raises(UsageError) as caught:
        discover_scenarios([tmp_path])
    assert caught.value.place == f"{path}:1"


WALK = Script(name="walk", commands=(Command(line="no-such-program --now"),))


def _after(bed: Testbed) -> After:
    return After(WALK, lambda result: {"x": CommandCheck(command="c", ran="c", expected="a", found=result.left_in)})


def test_what_comes_after_a_walk_is_made_of_what_came_of_it() -> None:
    made = Scenario(id="theme::after", claim="It is so.", needs=frozenset(), make=_after, clientless=True)
    asked: list[Script] = []

    def carry_out(script: Script) -> ScriptResult:
        asked.append(script)
        return ScriptResult(left_in="/there")

    trial = CommandCheck(command="c", ran="c", expected="a", found="/there")
    assert made.cases(bed(), carry_out) == {"theme::after/x": trial}
    assert asked == [WALK]


def test_without_the_programs_of_a_walk_there_is_nothing_to_show() -> None:
    made = Scenario(id="theme::after", claim="It is so.", needs=frozenset(), make=_after, clientless=True)
    lacking = Obstacle(Because.MACHINE, "run a program that it lacks")
    assert made.cases(bed()) == {"theme::after": Skip("this machine has no no-such-program", lacking)}
