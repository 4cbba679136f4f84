"""Products out of what servers and clients say of themselves; what recognises them is data (``names.toml``)."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from harness.knowledge.product import Product
from harness.manifest import Manifest, read_manifest

_LIBRARY = re.compile(r"[A-Za-z][A-Za-z-]*")


class _Server(Manifest):
    says: str
    name: str
    derives: tuple[str, ...]


class _Part(Manifest):
    says: str
    name: str


class _Names(Manifest):
    server: tuple[_Server, ...] = ()
    part: tuple[_Part, ...] = ()


@cache
def _names() -> _Names:
    return read_manifest(Path(__file__).with_name("names.toml"), _Names)


def server_product(family: str, version: str, comment: str, tls_library: str) -> Product:
    """A server: of its family (``mysql``, ``mariadb``), unless it says that it only derives from it.

    ``version`` is its ``VERSION()``, ``comment`` its ``version_comment``.
    """
    parts = tuple(_libraries(tls_library))
    for known in _names().server:
        if any(re.search(known.says, said) for said in (comment, version)):
            return Product.of(known.name, version, derives=known.derives, parts=parts)
    return Product.of(family, version, parts=parts)


def client_product(name: str, version: str, *, driver: str, runtime: str, tls_library: str) -> Product:
    """A client called ``name``; its parts are its runtime and what else its hello names, and its TLS library."""
    parts = [
        Product.of(known.name, "".join(found.groups()))
        for known in _names().part
        if (found := re.search(known.says, driver) or re.search(known.says, runtime))
    ]
    return Product.of(name, version, parts=(*parts, *_libraries(tls_library)))


def _libraries(said: str) -> Iterator[Product]:
    """TLS libraries as they call themselves: a name and a version, several with ``and`` between."""
    for one in said.partition(";")[0].split(" and "):
        if found := _LIBRARY.match(one.strip()):
            yield Product.of(found[0].lower(), one.strip()[found.end() :])
