"""The guide's scenarios carry out the guide's own words, and find in its files what is there."""

from collections.abc import Callable

import pytest

from harness.case.command_check import After, CommandCheck
from harness.case.kind import AnyCase
from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.case.situation import Case
from harness.case.startup import StartUp
from harness.case.testbed import Testbed
from harness.model.script import CommandDone, Script, ScriptResult
from harness.model.startup import ExpectStart, Role, Start
from harness.model.tls import TlsVersion
from harness.pki import Materials
from tests.case.beds import bed, materials

GUIDE = {identity: one for identity, one in discover_scenarios([BUILTIN_SCENARIOS]).items() if "guide::" in identity}
TEXT = (BUILTIN_SCENARIOS / "guide.md").read_text()
BED = bed()
SERVER, CLIENT = (materials().leaf(leaf) for leaf in (BED.server_leaf("guide"), BED.client_leaf("guide")))
WALKS = [made.script for one in GUIDE.values() if isinstance(made := one.make(BED), After)]


def _with_files(status: int = 0, *lines: str) -> Callable[[Script], ScriptResult]:
    """Every command ends alike, and the files are those of the testbed."""

    def carry_out(script: Script) -> ScriptResult:
        done = tuple(CommandDone(command=one, ran=one.line, status=status, lines=lines) for one in script.commands)
        return ScriptResult(done=done, files=_files())

    return carry_out


def _files() -> dict[str, bytes]:
    return {
        "ca-cert.pem": materials().authority(BED.authority("guide")).pem,
        "ca-key.pem": SERVER.key_pem(),  # whichever: nothing is issued with it
        "server-cert.pem": SERVER.chain_pem,
        "server-key.pem": SERVER.key_pem(),
        "client-cert.pem": CLIENT.chain_pem,
        "client-key.pem": CLIENT.key_pem(),
    }


def _found() -> Materials:
    """Where what the commands have made is found."""
    made = Materials()
    made.keep_document("openssl", _files())
    return made


def _made(
    identity: str, testbed: Testbed = BED, carry_out: Callable[[Script], ScriptResult] | None = None
) -> dict[str, AnyCase]:
    cases = GUIDE[identity].cases(testbed, carry_out or _with_files())
    return {label.partition("/")[2]: case for label, case in cases.items()}


@pytest.mark.parametrize("script", WALKS, ids=lambda script: script.name)
def test_every_command_stands_in_the_guide(script: Script) -> None:
    written = " ".join(TEXT.replace("\\\n", " ").split())
    assert script.commands
    assert [command.line for command in script.commands if command.line not in written] == []


def test_a_command_that_ends_badly_is_not_as_the_guide_says() -> None:
    for status, found in ((0, "ends well"), (2, "ends with status 2")):
        trials = _made("guide::openssl", carry_out=_with_files(status)).values()
        assert {trial.found for trial in trials if isinstance(trial, CommandCheck)} == {found}
    assert "11-openssl-verify" in _made("guide::openssl")


def test_the_self_signed_error_is_told_by_its_number() -> None:
    (trial,) = _made("guide::one_name_for_all", carry_out=_with_files(2, "CN = x", "error 18 at 0 depth")).values()
    assert isinstance(trial, CommandCheck)
    assert trial.found == "ends with status 2: error 18 at 0 depth"


def _set_up(**changes: bytes | None) -> str:
    """What the trial of the tool's files finds, some of them others or, for None, missing."""
    made = {**_files(), "ca.pem": _files()["ca-cert.pem"]}
    found = {name: content for name, content in (made | changes).items() if content is not None}

    def carry_out(script: Script) -> ScriptResult:
        (command,) = script.commands
        return ScriptResult(done=(CommandDone(command=command, ran="", status=0, lines=()),), files=found)

    trial = _made("guide::setup_tool", carry_out=carry_out)["certificates"]
    assert isinstance(trial, CommandCheck)
    return "as expected" if trial.found == trial.expected else trial.found


def test_the_tools_certificates_are_looked_at() -> None:
    other = materials().leaf(BED.server_leaf("other"))
    assert _set_up() == "as expected"
    assert _set_up(**{"ca.pem": None, "client-key.pem": None}) == "no ca.pem, client-key.pem"
    assert _set_up(**{"server-cert.pem": other.chain_pem}) == "server-cert.pem is not of server-key.pem"
    assert _set_up(**{"server-cert.pem": other.chain_pem, "server-key.pem": other.key_pem()}) == (
        "server-cert.pem is not of ca.pem"
    )


def test_what_is_right_with_certificates_and_key_is_found_to_be() -> None:
    trials = {**_made("guide::certificates"), "key": _made("guide::key_form")[""]}
    found = {label: trial.found == trial.expected for label, trial in trials.items() if isinstance(trial, CommandCheck)}
    assert found == {"version": True, "serial": True, "names": True, "authority": True, "key": False}


def test_the_settings_are_told_as_they_stand_there() -> None:
    made = _made("guide::mysql_settings")
    case = made["as-written"]
    assert isinstance(case, StartUp)
    assert case.told.options == ("ssl", "ssl-ca={ca}", "ssl-cert={cert}", "ssl-key={key}")
    described = made["key-as-described"]
    assert isinstance(described, StartUp)
    (key,) = (file for file in described.told.files if file.role is Role.KEY)
    assert _found().file(key.content) == SERVER.oldest_key_pem()


def test_the_setting_for_openssl_stands_in_the_place_of_the_one_for_yassl() -> None:
    mariadb = bed(vendor="mariadb")
    made = _made("guide::mariadb_settings", mariadb)
    expected = {
        label: (case.told.options[-1], case.expected) for label, case in made.items() if isinstance(case, StartUp)
    }
    serves = ExpectStart(start=Start.SERVES)
    assert expected == {
        "as-written": ("ssl=on", serves),
        "key-as-described": ("ssl=on", serves),
        "with-openssl": ("ssl-cipher=TLSv1.2", ExpectStart(start=Start.SERVES, version=TlsVersion.TLS_1_2)),
    }


def test_a_client_is_given_the_guides_own_files() -> None:
    (case,) = _made("guide::local_client").values()
    assert isinstance(case, Case)
    assert case.situation.client_leaf is not None
    assert case.situation.server_leaf is not None
    assert _found().leaf(case.situation.client_leaf) == CLIENT
    assert _found().leaf(case.situation.server_leaf) == SERVER
    # The guide's authority comes first; ours stays trusted, so that the client's certificate is the one difference.
    assert [authority.name for authority in case.situation.client_trusts] == ["guide authority", "good"]
    assert case.good == case.situation.with_(client_leaf=BED.client_leaf())
