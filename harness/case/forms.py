"""The forms in which material, accounts and expectations are written: words where there are words for them.

An authority that is a root like others is its name. A leaf says whom it is ``for`` (``server`` or ``client``: what is
not said is then as usual for one), ``by`` whom (or ``self-signed``), and what is peculiar to it; one that stands in the
place of another says only what differs from that. What a document made names its ``commands``. A file's content says
what it ``is``. A REQUIRE clause, and what an attempt is expected to come to, are what reports call them.
"""

import re
from collections.abc import Mapping
from typing import Any

from harness.case.codec import WITHOUT, At, Codec, Form, Misfit, attempt, expect, one_of
from harness.case.properties import ClientFile, DriverProperties
from harness.model.account import Demand, Require
from harness.model.certificates import AuthoritySpec, LeafSpec
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
    KeyStoreFile,
    PresentedLeaf,
    Presents,
    RevocationList,
    TextFile,
    Trusted,
    TrustStoreFile,
)
from harness.model.outcome import Cause, Side
from harness.model.startup import StartFile
from harness.model.tls import TlsVersion

_COMMANDS, _FOR, _BY, _SELF_SIGNED, _KEY_OF, _PRESENTS = "commands", "for", "by", "self-signed", "key-of", "presents"
_OF_A_LEAF = (_FOR, _BY, _SELF_SIGNED, _PRESENTS, _KEY_OF)
_USUAL = {"server": LeafSpec.server(), "client": LeafSpec.client()}
FILES: Mapping[str, type] = {
    "certificate": CertificateFile,
    "key": KeyFile,
    "authorities": AuthoritiesFile,
    "revocation-list": RevocationList,
    "trust-store": TrustStoreFile,
    "key-store": KeyStoreFile,
    "document": DocumentFile,
    "text": TextFile,
}
"""What a file is, by the class that it is made of."""
_IS = "is"
_REQUIRE = re.compile(r"REQUIRE (?P<demand>[A-Z0-9]+)(?: '(?P<value>.*)')?", re.DOTALL)
_EITHER = "either side"
_REFUSED = re.compile(r"refused by (?P<by>.+): (?P<cause>.+)")
_ACCEPTED = {str(expected): expected for expected in (ExpectAccepted(), ExpectAccepted(encrypted=False))} | {
    str(expected): expected for expected in (ExpectAccepted(version=version) for version in TlsVersion)
}


def write_leaf(leaf: PresentedLeaf) -> dict[str, Any]:
    """A leaf, whatever another is."""
    if isinstance(leaf, DocumentLeaf):
        return CODEC.write_table(leaf)
    whose = next(name for name, usual in _USUAL.items() if usual == leaf.spec.usual)
    return {_FOR: whose, **_issuer(leaf), **_peculiar(leaf, IssuedLeaf(spec=leaf.spec.usual, issuer=leaf.issuer))}


def write_changed_leaf(leaf: PresentedLeaf, before: PresentedLeaf | None) -> dict[str, Any]:
    """A leaf in the place of another: what differs."""
    if not isinstance(leaf, IssuedLeaf) or not isinstance(before, IssuedLeaf):
        return write_leaf(leaf)
    return {**(_issuer(leaf) if leaf.issuer != before.issuer else {}), **_peculiar(leaf, before)}


def read_leaf(data: Any, at: At, before: PresentedLeaf | None = None) -> PresentedLeaf:
    """A leaf; one that does not say whom it is for differs in what it says from ``before``. Raises Misfit."""
    table = dict(expect(data, dict, at))
    if _COMMANDS in table:
        return CODEC.read_table(DocumentLeaf, table, at)
    if _FOR in table:
        whose = one_of(expect(table[_FOR], str, (*at, _FOR)), _USUAL, (*at, _FOR), "value")
        if _BY not in table and _SELF_SIGNED not in table:
            raise Misfit(at, f"says nothing of `{_BY}`", f"name an authority, or say `{_SELF_SIGNED} = true`")
        before = IssuedLeaf(spec=_USUAL[whose], issuer=None)
    if not isinstance(before, IssuedLeaf):
        raise Misfit(at, f"says nothing of `{_FOR}`", f"add `{_FOR}`: {' or '.join(_USUAL)}")
    key_of = None if _own_key(table, at) else before.key_of
    if _KEY_OF in table:
        key_of = _issued(table[_KEY_OF], (*at, _KEY_OF))
    presents = before.presents
    if _PRESENTS in table:
        presents = CODEC.read(table[_PRESENTS], Presents, (*at, _PRESENTS))
    issuer = _read_issuer(table, at, before)
    spec = CODEC.read_table(LeafSpec, {k: v for k, v in table.items() if k not in _OF_A_LEAF}, at, before.spec)
    return IssuedLeaf(spec=spec, issuer=issuer, presents=presents, key_of=key_of)


def _issuer(leaf: IssuedLeaf) -> dict[str, Any]:
    return {_SELF_SIGNED: True} if leaf.issuer is None else {_BY: _write_authority(leaf.issuer)}


def _peculiar(leaf: IssuedLeaf, before: IssuedLeaf) -> dict[str, Any]:
    """All but the issuer."""
    data = CODEC.write_table(leaf.spec, before.spec)
    without = data.pop(WITHOUT, [])
    if leaf.presents is not before.presents:
        data[_PRESENTS] = leaf.presents.value
    if leaf.key_of is not None and leaf.key_of != before.key_of:
        data[_KEY_OF] = write_leaf(leaf.key_of)
    if leaf.key_of is None and before.key_of is not None:
        without = [*without, _KEY_OF]
    return data | ({WITHOUT: without} if without else {})


def _own_key(table: dict[str, Any], at: At) -> bool:
    """Whether a leaf says that its key is its own again, which is then taken out of ``table``."""
    without = table.get(WITHOUT)
    if not isinstance(without, list) or _KEY_OF not in without:
        return False
    if _KEY_OF in table:
        raise Misfit((*at, WITHOUT), f"`{_KEY_OF}` is there and left out", "say one of both")
    table[WITHOUT] = [key for key in without if key != _KEY_OF]
    return True


def _read_issuer(table: Mapping[str, Any], at: At, before: IssuedLeaf) -> AuthoritySpec | None:
    if _SELF_SIGNED not in table:
        return _read_authority(table[_BY], (*at, _BY)) if _BY in table else before.issuer
    if table[_SELF_SIGNED] is not True or _BY in table:
        raise Misfit((*at, _SELF_SIGNED), "signed by itself and by another, or by nobody", f"say it, or `{_BY}`")
    return None


def _issued(data: Any, at: At) -> IssuedLeaf:
    leaf = read_leaf(data, at)
    if not isinstance(leaf, IssuedLeaf):
        raise Misfit(at, "what a document made, where what is issued is wanted", f"say whom it is `{_FOR}`")
    return leaf


def _write_authority(spec: AuthoritySpec) -> Any:
    return spec.name if spec == AuthoritySpec(spec.name) else CODEC.write_table(spec)


def _read_authority(data: Any, at: At) -> AuthoritySpec:
    if isinstance(data, str):
        return attempt(lambda: AuthoritySpec(CODEC.read(data, str, at)), at)
    return CODEC.read_table(AuthoritySpec, data, at)


def _write_trusted(trusted: Trusted) -> Any:
    return _write_authority(trusted) if isinstance(trusted, AuthoritySpec) else CODEC.write_table(trusted)


def _read_trusted(data: Any, at: At) -> Trusted:
    if isinstance(data, dict) and _COMMANDS in data:
        return CODEC.read_table(DocumentAuthority, data, at)
    return _read_authority(data, at)


def _write_file(file: FileRecipe) -> dict[str, Any]:
    return {_IS: next(name for name, kind in FILES.items() if kind is type(file)), **CODEC.write_table(file)}


def _read_file(data: Any, at: At) -> FileRecipe:
    table = dict(expect(data, dict, at))
    if _IS not in table:
        raise Misfit(at, "does not say what it is", f"add `{_IS}`: one of {', '.join(FILES)}")
    kind = one_of(expect(table.pop(_IS), str, (*at, _IS)), FILES, (*at, _IS), "value")
    file: FileRecipe = CODEC.read_table(FILES[kind], table, at)
    return file


def _read_require(data: Any, at: At) -> Require:
    found = _REQUIRE.fullmatch(expect(data, str, at))
    if found is None:
        remedy = "write it as `REQUIRE X509` or `REQUIRE SUBJECT '/CN=client'`"
        raise Misfit(at, f"`{data}` is no REQUIRE clause", remedy)
    demand = one_of(found["demand"], [demand.value for demand in Demand], at, "demand")
    return attempt(lambda: Require(Demand(demand), found["value"] or ""), at)


def _read_expectation(data: Any, at: At) -> Expectation:
    text = expect(data, str, at)
    found = _REFUSED.fullmatch(text)
    if found is None:
        return _ACCEPTED[one_of(text, _ACCEPTED, at, "expectation")]
    sides = {f"the {side.value}": side for side in Side}
    by = one_of(found["by"], [*sides, _EITHER], at, "side")
    cause = one_of(found["cause"], [cause.value for cause in Cause], at, "cause")
    return ExpectRefused(by=sides.get(by), cause=Cause(cause))


def _read_properties(data: Any, at: At) -> DriverProperties:
    pairs = expect(data, dict, at).items()
    return DriverProperties(tuple((name, CODEC.read(value, str, (*at, name))) for name, value in pairs))


def _write_client_files(files: tuple[ClientFile, ...]) -> dict[str, Any]:
    return {file.name: _write_file(file.content) for file in files}


def _read_client_files(data: Any, at: At) -> tuple[ClientFile, ...]:
    return tuple(_read_client_file(name, content, (*at, name)) for name, content in expect(data, dict, at).items())


def _read_client_file(name: str, content: Any, at: At) -> ClientFile:
    return attempt(lambda: ClientFile(name, _read_file(content, at)), at)


def _write_start_files(files: tuple[StartFile, ...]) -> dict[str, Any]:
    return {file.role.value: _less_role(CODEC.write_table(file)) for file in files}


def _less_role(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "role"}


def _read_start_files(data: Any, at: At) -> tuple[StartFile, ...]:
    return tuple(
        CODEC.read_table(StartFile, {"role": role, **expect(table, dict, (*at, role))}, (*at, role))
        for role, table in expect(data, dict, at).items()
    )


CODEC = Codec(
    {
        PresentedLeaf: Form(write_leaf, read_leaf),
        IssuedLeaf: Form(write_leaf, _issued),
        Trusted: Form(_write_trusted, _read_trusted),
        AuthoritySpec: Form(_write_authority, _read_authority),
        FileRecipe: Form(_write_file, _read_file),
        Require: Form(str, _read_require),
        Expectation: Form(str, _read_expectation),
        DriverProperties: Form(lambda properties: dict(properties.pairs), _read_properties),
        tuple[ClientFile, ...]: Form(_write_client_files, _read_client_files),
        tuple[StartFile, ...]: Form(_write_start_files, _read_start_files),
    }
)
"""How all that a case is made of is written and read."""
