"""What a case differs in is said in words: of every case of every theme, and of no two alike."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from harness.case.difference import difference
from harness.case.situation import Case, Situation
from harness.case.startup import StartUp, start_difference
from harness.case.testbed import CLIENT_SPEC, GOOD, GOOD_TWO_WAY, SERVER_SPEC
from harness.model.certificates import KeyType, KeyUse, LeafSpec
from harness.model.material import DocumentAuthority, DocumentLeaf, IssuedLeaf, Presents
from harness.model.startup import ServerOptions
from tests.case.beds import bed
from tests.scenarios.made import everything

CASES = {identity: made for identity, made in everything().items() if isinstance(made, Case)}
START_UPS = {identity: made for identity, made in everything().items() if isinstance(made, StartUp)}
CHANGED: dict[str, Case | StartUp] = {**CASES, **START_UPS}
TELLS_NOTHING = re.compile(r"0x[0-9a-f]|\bserial\b|\bobject at\b|[0-9a-f]{16}", re.IGNORECASE)
EXPIRED = replace(SERVER_SPEC, not_before=timedelta(days=-30), not_after=timedelta(days=-1))
SERVER = bed().server_leaf()


def _words(made: Case | StartUp) -> str:
    if isinstance(made, Case):
        return difference(made.good, made.situation)
    return "; ".join(start_difference(made.good, made.told)) or "nothing"


def _ends(made: Case | StartUp) -> tuple[Situation | ServerOptions, Situation | ServerOptions]:
    return (made.good, made.situation) if isinstance(made, Case) else (made.good, made.told)


@pytest.mark.parametrize("made", CHANGED.values(), ids=CHANGED)
def test_a_change_is_said_in_words_that_a_reader_understands(made: Case | StartUp) -> None:
    before, after = _ends(made)
    assert (_words(made) == "nothing") == (before == after)
    assert not TELLS_NOTHING.search(_words(made))


def test_two_changes_of_one_good_situation_have_different_words() -> None:
    by_good: defaultdict[object, dict[object, str]] = defaultdict(dict)
    for made in CHANGED.values():
        before, after = _ends(made)
        by_good[before][after] = _words(made)
    for words in by_good.values():
        assert len(set(words.values())) == len(words)


def _leaves() -> Iterator[IssuedLeaf | DocumentLeaf | None]:
    """A leaf that differs from SERVER in each of its fields, and some that differ in several."""
    intermediate = GOOD.intermediate("between")
    yield None
    yield DocumentLeaf(commands="c", certificate="a", key="b")
    yield DocumentLeaf(commands="c", certificate="a", key="c")
    for issuer in (None, bed().authority("other"), replace(GOOD, key="second"), replace(GOOD, path_length=0)):
        yield replace(SERVER, issuer=issuer)
    for issuer in (intermediate, replace(intermediate, path_length=None), replace(intermediate, is_ca=False)):
        yield replace(SERVER, issuer=issuer)
        yield replace(SERVER, issuer=issuer, presents=Presents.LEAF_ALONE)
    yield SERVER.with_key_of(bed().client_leaf())
    yield SERVER.with_key_of(bed().client_leaf("other"))
    specs: list[LeafSpec] = [CLIENT_SPEC, EXPIRED, LeafSpec.server(None), LeafSpec.server("none")]
    specs += [LeafSpec.server(usage=None), LeafSpec.server(organization=None), LeafSpec.server(dns_names=())]
    specs += [LeafSpec.server(serial=255), LeafSpec.server(x509_v1=True), LeafSpec.server(unknown_critical=True)]
    specs += [LeafSpec.server(key_type=KeyType.RSA_4096), LeafSpec.server(key_use=KeyUse.WRONG)]
    specs += [LeafSpec.server(not_after=timedelta(days=30, seconds=1)), LeafSpec.server(organizational_unit="x")]
    yield from (replace(SERVER, spec=spec) for spec in specs)


def test_the_words_tell_every_leaf_from_every_other() -> None:
    leaves = list(_leaves())
    for before in (GOOD_TWO_WAY.with_(server_leaf=SERVER), GOOD_TWO_WAY.with_(server_leaf=None)):
        words = [difference(before, before.with_(server_leaf=leaf)) for leaf in leaves]
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (replace(SERVER, spec=EXPIRED), "server certificate: not_before -1 d → -30 d, not_after +30 d → -1 d"),
        (bed().server_leaf("other"), "server certificate: by «good» → by «other»"),
        (bed().self_signed(), "server certificate: by «good» → by itself"),
        (bed().server_leaf(replace(GOOD, key="second")), "server certificate: by «good» → by «good» (key second)"),
        (SERVER.without_chain(), "server certificate: presents its chain → its leaf alone"),
        (SERVER.with_key_of(bed().client_leaf()), "server key: its own → that of CN=client by «good»"),
        (None, "server certificate: CN=localhost by «good» → none"),
    ],
)
def test_a_certificate_is_told_field_by_field(leaf: IssuedLeaf | None, words: str) -> None:
    assert difference(GOOD_TWO_WAY, GOOD_TWO_WAY.with_(server_leaf=leaf)) == words


def test_what_a_document_made_is_told_by_its_name() -> None:
    theirs = DocumentAuthority(commands="openssl", file="ca.pem", name="theirs")
    assert difference(GOOD_TWO_WAY, GOOD_TWO_WAY.with_(client_trusts=(theirs,))) == (
        "client trusts: «good» → «theirs» (ca.pem, made by the commands `openssl`)"
    )
