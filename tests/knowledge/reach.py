"""What is in reach: what every server build and client says it is, as recorded in ``reach.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from packaging.version import Version

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.knowledge.product import Product

_RECORDED = tomllib.loads(Path(__file__).with_name("reach.toml").read_text(encoding="utf-8"))

SERVERS: Mapping[str, Product] = {name: Product.parse(said) for name, said in _RECORDED["servers"].items()}
VERSIONS: Mapping[str, Product] = {name: Product.parse(said) for name, said in _RECORDED["versions"].items()}
"""Drivers of other versions than the listed clients'."""


def _clients() -> Mapping[str, Product]:
    found = {name: Product.parse(said) for name, said in _RECORDED["clients"].items()}
    for build in discover_clients([BUILTIN_CLIENTS]).values():
        if build.java is not None:
            driver = Product.parse(_RECORDED["drivers"][build.name.partition("@")[0]])
            found[build.name] = replace(driver, parts=(Product.parse(_RECORDED["jdks"][build.java.jdk]),))
    return {**found, **VERSIONS}


CLIENTS: Mapping[str, Product] = _clients()


def agree(recorded: Product, said: Product, *, moves: bool) -> bool:
    """Whether somebody is what is recorded of them; who ``moves`` is so in the first two numbers of each version."""
    return (_two_numbers(recorded) if moves else recorded).is_seen_in(said)


def _two_numbers(product: Product) -> Product:
    version = product.version and Version(".".join(map(str, product.version.release[:2])))
    return replace(product, version=version, parts=tuple(map(_two_numbers, product.parts)))
