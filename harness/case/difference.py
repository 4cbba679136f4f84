"""What two situations differ in, in words: ``server certificate: not_after +30 d → -1 d``."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from harness.case.properties import ClientFile, DriverProperties
from harness.case.situation import Situation
from harness.model.material import IssuedLeaf
from harness.model.words import changes, words

_CERTIFICATES = {"server_leaf": "server", "client_leaf": "client"}
"""Whose certificate and key the leaf of a situation is."""


def difference(before: Situation, after: Situation) -> str:
    """What differs between two situations: ``what: before → after``, or ``nothing``."""
    return "; ".join(_differences(before, after)) or "nothing"


def _differences(before: Situation, after: Situation) -> Iterator[str]:
    for item in fields(Situation):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old == new:
            continue
        name = item.name.replace("_", " ")
        match old, new:
            case DriverProperties(), DriverProperties():
                yield old.beside(new)
            case IssuedLeaf(), IssuedLeaf():
                yield from _leaf(_CERTIFICATES[item.name], old, new)
            case _ if item.name == "client_files":
                yield from _files(old, new)
            case _ if item.name in _CERTIFICATES:
                yield f"{_CERTIFICATES[item.name]} certificate: {words(old)} → {words(new)}"
            case _:
                yield f"{name}: {words(old)} → {words(new)}"


def _leaf(whose: str, before: IssuedLeaf, after: IssuedLeaf) -> Iterator[str]:
    """The certificate field by field, and the key apart from it."""
    parts = []
    if before.issuer != after.issuer:
        parts.append(f"by {before.issuer_words} → by {after.issuer_words}")
    parts += changes(before.spec, after.spec)
    if before.presents is not after.presents:
        parts.append(f"presents {words(before.presents)} → {words(after.presents)}")
    if parts:
        yield f"{whose} certificate: {', '.join(parts)}"
    if before.key_of != after.key_of:
        yield f"{whose} key: {before.key_words} → {after.key_words}"


def _files(before: tuple[ClientFile, ...], after: tuple[ClientFile, ...]) -> Iterator[str]:
    old, new = ({file.name: file for file in files} for files in (before, after))
    differing = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    for name in differing:
        yield f"client file {name}: {_content(old, name)} → {_content(new, name)}"
    if not differing:
        yield f"client files: {words(before)} → {words(after)}"  # the same in another order


def _content(files: Mapping[str, ClientFile], name: str) -> str:
    return str(files[name].content) if name in files else "none"
