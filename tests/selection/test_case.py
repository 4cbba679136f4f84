"""What the name of one case means: an id, or a file of cases."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.selection.case import case_meant

CASE = """
[[case]]
id = "{name}"
claim = "A client that verifies refuses a server whose certificate has expired."
good = {{ base = "one-way", verify = "verify-ca" }}
change.server-leaf = {{ not-before = "-30 d", not-after = "-1 d" }}
expect = "refused by the client: expired"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "renewal.toml"
    path.write_text(CASE.format(name="expired"))
    return path


@pytest.mark.parametrize(
    ("text", "identity", "scenario"),
    [
        ("one-way::expired", "one-way::expired", "one-way::expired"),
        ("One_Way::expired", "one-way::expired", "one-way::expired"),
        ("authority-swap::order/server", "authority-swap::order/server", "authority-swap::order"),
    ],
)
def test_an_id_means_its_scenario_s_case(text: str, identity: str, scenario: str) -> None:
    meant, found = case_meant(text, ())
    assert (meant, found.id) == (identity, scenario)


def test_a_file_of_one_case_means_that(file: Path) -> None:
    assert case_meant(str(file), ())[0] == "renewal::expired"
    assert case_meant(f"{file}::expired", ())[0] == "renewal::expired"


def test_of_a_file_of_several_one_has_to_be_named(file: Path) -> None:
    file.write_text(CASE.format(name="expired") + CASE.format(name="gone"))
    with pytest.raises(UsageError, match="2 cases are in it") as caught:
        case_meant(str(file), ())
    assert caught.value.remedy == f"name one as {file}::ID: expired, gone"
    assert case_meant(f"{file}::gone", ())[0] == "renewal::gone"
    with pytest.raises(UsageError, match="no case `lost` is in it"):
        case_meant(f"{file}::lost", ())


def test_what_is_no_case_says_so(file: Path) -> None:
    with pytest.raises(UsageError, match="no case `one-way::expried`") as caught:
        case_meant("one-way::expried", ())
    assert "one-way::expired" in caught.value.remedy
    with pytest.raises(UsageError, match="there is no such file"):
        case_meant("nowhere.toml", ())
    file.write_text('divergences = "nothing"\n')
    with pytest.raises(UsageError, match="no case is in it"):
        case_meant(str(file), ())
