"""The stable names: what type checkers see is there, is documented, and costs nothing before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dbtls
from harness.case.scenario import discover_scenarios
from harness.version import VERSION
from tests.case.beds import bed

NAMES = [name for name in dbtls.__all__ if name != "__version__"]
SCENARIO = '''
from dbtls import Case, Cause, Side, Testbed, scenario


@scenario()
def another_authority(bed: Testbed) -> Case:
    """A client that verifies refuses a server whose certificate another authority signed."""
    other = bed.one_way().but(client_trusts=(bed.authority("other"),))
    return other.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
'''


def _for_type_checkers() -> dict[str, str]:
    """Names and the modules that they come from, in the block that is read by type checkers alone."""
    source = ast.parse(Path(dbtls.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in source.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(block.body)
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_what_is_looked_up_is_what_type_checkers_see() -> None:
    assert _for_type_checkers() == dbtls._HOMES
    assert [*NAMES] == [*dbtls._HOMES]
    assert set(dbtls.__all__) <= set(dir(dbtls))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_and_documented(name: str) -> None:
    value = getattr(dbtls, name)
    assert getattr(value, "__name__", name) == name, "another thing under this name"  # a constant has none of its own
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}("), "dataclasses' own"
    assert dbtls.__doc__
    assert f"``{name}``" in dbtls.__doc__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dbtls.nothing  # noqa: B018


def test_importing_it_loads_nothing_of_the_harness() -> None:
    program = "import sys, dbtls\nprint(*(name for name in sys.modules if name.startswith('harness')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"harness", "harness.version"}


def test_a_scenario_is_written_with_them(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCENARIO)
    (scenario,) = discover_scenarios([tmp_path]).values()
    (case,) = scenario.cases(bed()).values()
    assert isinstance(case, dbtls.Case)


def test_there_is_one_version() -> None:
    assert dbtls.__version__ == VERSION
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"dbtls, version {VERSION}\n"
