"""Cases as data: each of every theme in TOML and JSON and back, as a person writes it, and what may be wrong in one."""

import copy
import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import timedelta
from typing import Any, get_type_hints

import pytest
import tomli_w

from harness.case.codec import Misfit
from harness.case.data import AsData, read_case, read_situation, write_case, write_situation
from harness.case.forms import CODEC
from harness.case.properties import ClientFile, DriverProperties
from harness.case.rotation import Rotation
from harness.case.situation import Case, Journey, Situation, SituationChange, Step
from harness.case.startup import GOOD_START, StartUp, own_key, start_up
from harness.case.testbed import CLIENT_LEAF, GOOD, GOOD_ONE_WAY, GOOD_TWO_WAY, SERVER_LEAF, SERVER_SPEC
from harness.case.texts import as_json, as_toml, from_json, from_toml
from harness.errors import UsageError
from harness.model.account import Demand, Require
from harness.model.certificates import AuthoritySpec, Digest, KeyType, KeyUse, LeafSpec, Usage
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.material import (
    AuthoritiesFile,
    CertificateFile,
    DocumentAuthority,
    DocumentFile,
    DocumentLeaf,
    FileRecipe,
    IssuedLeaf,
    KeyFile,
    KeyFormat,
    KeyStoreFile,
    Presents,
    RevocationList,
    StoreKind,
    TextFile,
    TrustStoreFile,
)
from harness.model.outcome import Cause, Side
from harness.model.rotation import Control, How, Mix, Pools, What
from harness.model.startup import Access, Role, ServerOptions, Start, StartFile
from harness.model.tls import TlsVersion, Verify
from tests.scenarios.made import everything

ODD = AuthoritySpec(
    "Ünïcode «x»",
    key="second",
    path_length=3,
    key_type=KeyType.ED25519,
    digest=Digest.SHA384,
    not_before=timedelta(hours=-1.5),
    not_after=timedelta(days=1, microseconds=1),
    is_ca=False,
    key_use=KeyUse.ABSENT,
    permitted_dns=("a.example", "b.example"),
)
BELOW = ODD.intermediate("below").intermediate("and below", path_length=None)
SPEC = LeafSpec(
    common_name=None,
    organization=None,
    organizational_unit="unit",
    dns_names=("*.example",),
    ip_addresses=("::1",),
    usage=frozenset({Usage.SERVER, Usage.CLIENT}),
    not_before=timedelta(),
    not_after=timedelta(seconds=90),
    key_type=KeyType.RSA_4096,
    digest=Digest.MD5,
    serial=2**158,
    x509_v1=True,
    unknown_critical=True,
    key_use=KeyUse.WRONG,
)
STRANGE = CLIENT_LEAF.with_key_of(SERVER_LEAF)
PECULIAR = IssuedLeaf(spec=SPEC, issuer=BELOW, presents=Presents.LEAF_ALONE, key_of=STRANGE)
MADE_BY_A_DOCUMENT = DocumentLeaf(commands="openssl", certificate="c.pem", key="k.pem")
FILES: tuple[FileRecipe, ...] = (
    CertificateFile(of=PECULIAR),
    KeyFile(of=SERVER_LEAF),
    KeyFile(of=MADE_BY_A_DOCUMENT, format=KeyFormat.PKCS8_ENCRYPTED, passphrase="x"),  # noqa: S106  it guards nothing
    AuthoritiesFile(of=(GOOD, ODD, DocumentAuthority(commands="c", file="ca.pem", name="theirs"))),
    AuthoritiesFile(of=()),
    RevocationList(issuer=ODD, revoked=(CLIENT_LEAF, PECULIAR), due=timedelta(days=-0.5)),
    TrustStoreFile(kind=StoreKind.PKCS12, of=(BELOW,), store_password="y", marked=False),  # noqa: S106  it guards nothing
    KeyStoreFile(kind=StoreKind.JKS, of=PECULIAR, store_password="z"),  # noqa: S106  it guards nothing
    DocumentFile(commands="c", file="f"),
    TextFile(text='a "text"\n\\ with\ttabs and \x00'),
    TextFile(text=""),
)
FULL = Situation(
    server_leaf=PECULIAR,
    server_trusts=(ODD, BELOW),
    server_versions=(),
    server_ciphers="",
    server_revocations=RevocationList(issuer=ODD, revoked=(CLIENT_LEAF,)),
    require_secure_transport=True,
    account=Require(Demand.SUBJECT, "/O=O'Brien \\x/CN='a'"),
    verify=Verify.PREFERRED,
    client_trusts=(DocumentAuthority(commands="c", file="ca.pem", name="theirs"),),
    client_leaf=MADE_BY_A_DOCUMENT,
    client_versions=("TLSv9.9", "TLSv1.3"),
    client_ciphers="A:B",
    client_legacy=True,
    client_revocations=TextFile(text="no list"),
    client_files=tuple(ClientFile(f"file {number}.x", recipe) for number, recipe in enumerate(FILES)),
    client_properties=DriverProperties((("set", "a"), ("unset", ""), ("instead", "c"), ("without", "none"))),
    host="127.1",
)
BARE = Situation(server_leaf=None)
SITUATIONS = (FULL, BARE, GOOD_ONE_WAY, GOOD_TWO_WAY, GOOD_TWO_WAY.with_(client_leaf=None))
REFUSED = ExpectRefused(by=None, cause=Cause.CIPHER)


def _situations() -> Iterator[Situation]:
    """Those, and each field of the fullest in the place of one's own."""
    yield from SITUATIONS
    for situation in SITUATIONS:
        for item in fields(Situation):
            yield replace(situation, **{item.name: getattr(FULL, item.name)})
    shuffled = FULL.with_(client_files=FULL.client_files[::-1], client_properties=DriverProperties((("x", "y"),)))
    yield shuffled
    yield FULL.with_(client_files=FULL.client_files[:3], client_properties=DriverProperties(()))
    yield FULL.with_(server_leaf=replace(PECULIAR, issuer=None, key_of=None))
    yield FULL.with_(server_leaf=SERVER_LEAF)


def _made() -> Iterator[AsData]:
    situations = list(_situations())
    for after in situations:
        yield Case(good=GOOD_ONE_WAY, situation=after, expectation=REFUSED)
    steps = [Step(name=f"step {number}", situation=one, expectation=REFUSED) for number, one in enumerate(situations)]
    yield Journey(good=BARE, steps=tuple(steps))
    for recipe in FILES:
        if not isinstance(recipe, AuthoritiesFile):
            yield start_up(GOOD_START, GOOD_START.file(own_key(recipe)), Start.BREAKS, version=TlsVersion.TLS_1_2)
    folder = StartFile(role=Role.AUTHORITIES_FOLDER, content=AuthoritiesFile(of=(ODD,)), access=Access.NOT_THE_SERVER)
    told = ServerOptions(options=("ssl", "ssl=1", ""), files=(folder,))
    yield start_up(told, told, Start.HANGS, plaintext=False)
    yield start_up(GOOD_START, told, Start.WITHOUT)
    yield start_up(told, GOOD_START, Start.REFUSES)
    yield start_up(GOOD_START, replace(GOOD_START, files=GOOD_START.files[::-1]), Start.REFUSES)
    yield start_up(GOOD_START, ServerOptions(options=()), Start.REFUSES)
    yield Rotation(what=What.LEAF, how=How.IN_PLACE)
    yield Rotation(
        what=What.BOTH,
        how=How.NEW_URL,
        stores=StoreKind.JKS,
        rotations=2,
        rate=50,
        mix=Mix(check_outs=1, held=0.125, hold_s=0.5),
        duration_s=100,
        workers=3,
        protocols=("TLSv1.2",),
        reads_stores=True,
        control=Control.KEY_MISMATCH,
        pools=Pools.HIKARICP,
    )
    yield Rotation(what=What.LEAF, how=How.IN_PLACE, same_stat=True)


INVENTED = list(_made())
SHIPPED = everything()


def _same(made: AsData) -> None:
    toml, written = as_toml(made), as_json(made)
    assert from_toml(toml, place="x") == made
    assert from_json(written, place="x") == made
    assert as_toml(from_toml(toml, place="x")) == toml
    assert as_json(from_json(written, place="x")) == written
    assert tomllib.loads(toml) == json.loads(written) == write_case(made)


@pytest.mark.parametrize("made", SHIPPED.values(), ids=SHIPPED)
def test_every_case_of_every_theme_is_the_same_after_toml_and_json(made: AsData) -> None:
    _same(made)


def test_so_is_whatever_else_a_case_can_say() -> None:
    for made in INVENTED:
        _same(made)


def test_what_is_invented_says_all_there_is_to_say() -> None:
    """Each field of each value has, somewhere, another than its usual value: none is left out unseen."""
    every: set[tuple[type, str]] = set()
    said: set[tuple[type, str]] = set()
    for one in _values(INVENTED):
        for item in fields(one):
            every.add((type(one), item.name))
            usual = item.default if item.default_factory is MISSING else item.default_factory()
            if getattr(one, item.name) != usual:
                said.add((type(one), item.name))
    assert every - said == set()


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | frozenset):
        for member in value:
            yield from _values(member)
    elif hasattr(value, "__dataclass_fields__"):
        yield value
        for item in fields(value):
            yield from _values(getattr(value, item.name))


def test_the_changes_that_a_case_may_make_are_the_fields_of_a_situation() -> None:
    assert get_type_hints(SituationChange) == get_type_hints(Situation)


@pytest.mark.parametrize("expectation", [ExpectAccepted(), ExpectAccepted(encrypted=False), REFUSED])
def test_an_expectation_is_what_reports_call_it(expectation: Expectation) -> None:
    assert CODEC.write(expectation, Expectation) == str(expectation)
    assert CODEC.read(str(expectation), Expectation, ()) == expectation


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("by", [*Side, None])
def test_every_refusal_can_be_expected(by: Side | None, cause: Cause) -> None:
    expectation = ExpectRefused(by=by, cause=cause)
    assert CODEC.read(str(expectation), Expectation, ()) == expectation


@pytest.mark.parametrize("version", TlsVersion)
def test_every_version_can_be_expected(version: TlsVersion) -> None:
    expectation = ExpectAccepted(version=version)
    assert CODEC.read(str(expectation), Expectation, ()) == expectation


BY_HAND = """\
good = { base = "one-way", verify = "verify-ca" }
change.server-leaf = { not-before = "-30 d", not-after = "-1 d" }
expect = "refused by the client: expired"
"""
EXPIRED = replace(SERVER_SPEC, not_before=timedelta(days=-30), not_after=timedelta(days=-1))


def test_a_case_by_hand_is_as_short_as_its_claim() -> None:
    good = GOOD_ONE_WAY.with_(verify=Verify.CA)
    change = good.but(server_leaf=replace(SERVER_LEAF, spec=EXPIRED))
    assert from_toml(BY_HAND, place="x") == change.refused(by=Side.CLIENT, cause=Cause.EXPIRED)
    assert write_case(from_toml(BY_HAND, place="x")) == {"kind": "attempt", **tomllib.loads(BY_HAND)}


@pytest.mark.parametrize(
    ("situation", "data"),
    [
        (GOOD_ONE_WAY, {"base": "one-way"}),
        (GOOD_TWO_WAY.with_(client_leaf=None), {"base": "two-way", "without": ["client-leaf"]}),
        (GOOD_TWO_WAY.with_(account=Require()), {"base": "two-way", "account": "REQUIRE NONE"}),
        (BARE, {"without": ["server-leaf"]}),
        (GOOD_ONE_WAY.with_(client_trusts=(ODD,)), None),
    ],
)
def test_a_situation_is_a_base_and_what_differs_or_all_of_it(situation: Situation, data: dict[str, Any] | None) -> None:
    assert read_situation(write_situation(situation)) == situation
    assert data is None or write_situation(situation) == data


@pytest.mark.parametrize(
    ("change", "data"),
    [
        (SituationChange(server_leaf=replace(SERVER_LEAF, issuer=AuthoritySpec("other"))), {"by": "other"}),
        (SituationChange(server_leaf=replace(SERVER_LEAF, issuer=None)), {"self-signed": True}),
        (SituationChange(server_leaf=SERVER_LEAF.without_chain()), {"presents": "its leaf alone"}),
        (
            SituationChange(server_leaf=SERVER_LEAF.with_key_of(CLIENT_LEAF)),
            {"key-of": {"for": "client", "by": "good"}},
        ),
        (
            SituationChange(server_leaf=replace(SERVER_LEAF, spec=replace(SERVER_SPEC, usage=None, serial=7))),
            {"serial": 7, "without": ["usage"]},
        ),
    ],
)
def test_a_changed_leaf_says_what_differs(change: SituationChange, data: dict[str, Any]) -> None:
    case = GOOD_ONE_WAY.but(**change).accepted()
    assert write_case(case)["change"] == {"server-leaf": data}


def test_a_key_that_is_its_own_again_is_said_so() -> None:
    good = GOOD_ONE_WAY.with_(server_leaf=SERVER_LEAF.with_key_of(CLIENT_LEAF))
    written = write_case(good.but(server_leaf=SERVER_LEAF).accepted())
    assert written["change"] == {"server-leaf": {"without": ["key-of"]}}


WRONG: dict[str, tuple[str, int, str]] = {
    "no table": ("good = 1", 1, "`good`: a number where a table is wanted"),
    "no good situation": ('expect = "accepted over TLS"', 1, "says nothing of `good`"),
    "no expectation": ('good = { base = "one-way" }', 1, "says nothing of `expect`"),
    "an unknown key": (BY_HAND + "\nexpectation = 1", 5, "`expectation`: unknown key `expectation`"),
    "an unknown base": (BY_HAND.replace("one-way", "1-way"), 1, "`good.base`: unknown base `1-way`"),
    "an unknown field": (BY_HAND.replace("verify =", "verifies ="), 1, "`good.verifies`: unknown key `verifies`"),
    "an unknown value": (BY_HAND.replace('"verify-ca"', '"ca"'), 1, "`good.verify`: unknown value `ca`"),
    "no span": (BY_HAND.replace("-1 d", "yesterday"), 2, "`change.server-leaf.not-after`: `yesterday` is no span"),
    "a validity that ends first": (
        BY_HAND.replace("-1 d", "-31 d"),
        2,
        "`change.server-leaf`: a certificate that ends (-31 days, 0:00:00) before it begins",
    ),
    "no such cause": (BY_HAND.replace("expired", "old"), 3, "`expect`: unknown cause `old`"),
    "no such side": (BY_HAND.replace("the client", "nobody"), 3, "`expect`: unknown side `nobody`"),
    "no such outcome": (BY_HAND.replace("refused by the client: expired", "fine"), 3, "`expect`: unknown expectation"),
    "no such kind": ('kind = "x"\n' + BY_HAND, 1, "`kind`: unknown kind `x`"),
    "what cannot be left out": (
        'good = { base = "one-way", without = ["verify"] }\nexpect = "accepted over TLS"',
        1,
        "`good.without`: unknown key `verify`",
    ),
    "there and left out": (
        'good = { base = "two-way", client-ciphers = "A", without = ["client-ciphers"] }\nexpect = "accepted over TLS"',
        1,
        "`good.without`: `client-ciphers` is there and left out",
    ),
    "a leaf for nobody": (
        '[good]\nserver-leaf = { by = "good" }\n',
        2,
        "`good.server-leaf`: says nothing of `for`",
    ),
    "a leaf by nobody": ('[good.server-leaf]\nfor = "server"\n', 1, "`good.server-leaf`: says nothing of `by`"),
    "a leaf by two": (
        '[good.server-leaf]\nfor = "server"\nby = "x"\nself-signed = true',
        4,
        "`good.server-leaf.self-signed`: signed by itself and by another, or by nobody",
    ),
    "a file out of its folder": (
        '[good]\nbase = "one-way"\n[good.client-files."../x"]\nis = "text"\ntext = ""',
        3,
        "`good.client-files.../x`: `../x` is no name of a file",
    ),
    "a file of no kind": (
        '[good]\nbase = "one-way"\n[good.client-files.x]\ntext = ""',
        3,
        "`good.client-files.x`: does not say what it is",
    ),
    "no clause": (
        'good = { base = "one-way", account = "X509" }\nexpect = "accepted over TLS"',
        1,
        "`good.account`: `X509` is no REQUIRE clause",
    ),
    "a clause without its value": (
        'good = { base = "one-way", account = "REQUIRE SUBJECT" }\nexpect = "accepted over TLS"',
        1,
        "`good.account`: REQUIRE SUBJECT needs value",
    ),
    "a step without a name": (
        'kind = "journey"\ngood = { base = "one-way" }\n[[steps]]\nexpect = "accepted over TLS"',
        3,
        "`steps.0`: says nothing of `name`",
    ),
    "no step": ('kind = "journey"\ngood = { base = "one-way" }\nsteps = []', 3, "`steps`: a journey has no step"),
    "a role that there is not": (
        'kind = "start-up"\n[change.files.set.x.content]\nis = "text"\ntext = ""\n[expect]\nstart = "serves"',
        2,
        "`change.files.set.x.role`: unknown value `x`",
    ),
    "an option that is not there": (
        'kind = "start-up"\nchange.options.unset = ["x"]\nexpect.start = "serves"',
        2,
        "`change.options.unset`: unknown name `x`",
    ),
    "--rotations, --rate and --processes must be greater than 0": (
        'kind = "rotation"\nwhat = "leaf"\nhow = "in-place"\nrate = 0',
        1,
        "--rotations, --rate and --processes must be greater than 0",
    ),
    "no number": ('kind = "rotation"\nwhat = "leaf"\nhow = "in-place"\nrate = nan', 4, "`rate`: `nan` is no number"),
    "yes for a number": (
        'kind = "rotation"\nwhat = "leaf"\nhow = "in-place"\nrotations = true',
        4,
        "`rotations`: true or false where a number is wanted",
    ),
}


@pytest.mark.parametrize(("text", "line", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line_and_a_remedy(text: str, line: int, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_toml(text, place="case.toml")
    assert caught.value.what.startswith(what)
    assert caught.value.place == f"case.toml:{line}"
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["= 1", "a = ", '"\\ud800" = 1'])
def test_what_is_not_toml_is_one_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not TOML"):
        from_toml(text, place="x")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "{'a': 1}"])
def test_what_is_not_json_is_one_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not JSON"):
        from_json(text, place="x")


JUNK: tuple[Any, ...] = (None, True, 0, -1, 2**200, 1.5, float("inf"), "", "x", "\ud800", "good", [], [1], {}, {"a": 1})


def _places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    members = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, member in members:
        yield from _places(member, (*at, key))


def _mutated(data: Any, chance: random.Random) -> Any:
    """``data`` with something put in, taken out or changed at one place."""
    made = copy.deepcopy(data)
    place = chance.choice(list(_places(made))[1:])
    holder = made
    for key in place[:-1]:
        holder = holder[key]
    match chance.randrange(4):
        case 0:
            del holder[place[-1]]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(["x", "without", "for", "by", "set", "commands", "base", "is"])] = chance.choice(JUNK)
        case _:
            holder[place[-1]] = chance.choice(JUNK)
    return made


WRITTEN = [written for made in (*SHIPPED.values(), *INVENTED) if len(json.dumps(written := write_case(made))) < 2000]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_changed_in_a_case_it_is_another_case_or_one_clear_error(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  mutations to be repeated, no secret
    refused = 0
    for _ in range(200):
        data = _mutated(chance.choice(WRITTEN), chance)
        if chance.random() < 0.5:
            data = _mutated(data, chance)
        made = _read(data)
        if isinstance(made, Misfit):
            refused += 1
            assert made.what
            assert made.remedy
        else:
            assert read_case(write_case(made)) == made
            assert tomllib.loads(tomli_w.dumps(write_case(made))) == write_case(made)
    assert refused > 50


def _read(data: Any) -> AsData | Misfit:
    try:
        return read_case(data)
    except Misfit as misfit:
        return misfit


def test_a_start_up_without_a_good_one_begins_from_the_usual() -> None:
    text = 'kind = "start-up"\nchange.options.set = ["skip-ssl"]\nexpect.start = "starts without TLS"'
    told = GOOD_START.option("skip-ssl")
    assert from_toml(text, place="x") == start_up(GOOD_START, told, Start.WITHOUT)
    assert isinstance(from_toml(text, place="x"), StartUp)
