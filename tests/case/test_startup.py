"""Start-ups: the good one, and what a difference from it is called."""

from harness.case.startup import GOOD_START as GOOD
from harness.case.startup import own_files, start_difference, start_up
from harness.model.material import AuthoritiesFile, CertificateFile, KeyFile, TextFile
from harness.model.startup import Role, ServerOptions, Start, StartFile
from tests.case.beds import bed

BED = bed()


def test_the_good_start_has_a_file_in_every_role_and_names_three() -> None:
    assert [file.role for file in GOOD.files] == list(Role)
    assert GOOD.options == ("ssl-ca={ca}", "ssl-cert={cert}", "ssl-key={key}")


def test_the_good_start_serves_what_the_good_situation_has_served() -> None:
    certificate, key, authorities, *_ = (file.content for file in GOOD.files)
    assert certificate == CertificateFile(of=BED.server_leaf())
    assert key == KeyFile(of=BED.server_leaf())
    assert authorities == AuthoritiesFile(of=BED.one_way().server_trusts)


def test_nothing_differs_from_itself() -> None:
    assert start_difference(GOOD, GOOD) == ()


def test_an_option_and_a_file_are_told_with_what_they_were() -> None:
    empty = StartFile(role=Role.KEY, content=TextFile(text=""), named="empty")
    assert start_difference(GOOD, GOOD.option("ssl-key={missing}")) == (
        "ssl-key: `ssl-key={key}` → `ssl-key={missing}`",
    )
    assert start_difference(GOOD, GOOD.option("ssl")) == ("ssl: none → `ssl`",)
    assert start_difference(GOOD, GOOD.file(empty)) == ("key: good → empty",)


def test_files_that_change_together_are_one_difference() -> None:
    other = GOOD.file(*own_files(BED.server_leaf("other"), "another's"))
    assert start_difference(GOOD, other) == ("cert and key: good → another's",)


def test_everything_left_out_is_told() -> None:
    told = start_up(GOOD, ServerOptions(options=()), Start.WITHOUT)
    assert start_difference(told.good, told.told) == (
        "ssl-ca: `ssl-ca={ca}` → none",
        "ssl-cert: `ssl-cert={cert}` → none",
        "ssl-key: `ssl-key={key}` → none",
        "cert and key and ca and crl and capath: good → none",
    )
