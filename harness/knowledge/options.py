"""How servers spell their TLS options: rows of ``options.toml``, found by product."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field, StrictBool

from harness.knowledge.product import Product, holds_any
from harness.knowledge.rows import RangeText
from harness.manifest import Manifest, Placed, read_manifest
from harness.model.startup import option_name
from harness.model.tls import Option

NO_TLS = "none"
"""The option that switches TLS off."""
VALUE = "{}"


class Spelling(Placed):
    """The line of one option, for the servers in ranges; ``values`` are those that are spelled otherwise.

    ``without_tls``: it is given also to a server whose TLS is off.
    """

    option: str
    line: str
    servers: tuple[RangeText, ...] = ()
    values: Mapping[str, str] = Field(default_factory=dict)
    without_tls: StrictBool = False
    source: str

    @property
    def name(self) -> str:
        """The option's name in a configuration file."""
        return option_name(self.line)

    def line_for(self, value: Option) -> str:
        """The line that gives the option ``value``; a file's has its role in braces."""
        members = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
        return self.line.replace(VALUE, ",".join(self.values.get(one, one) for one in members))


class Spellings(Manifest):
    """The shape of ``options.toml``."""

    server: tuple[Spelling, ...]


@cache
def server_spellings() -> tuple[Spelling, ...]:
    """All rows, in order."""
    return read_manifest(Path(__file__).with_name("options.toml"), Spellings).server


def spelling(option: str, server: Product) -> Spelling:
    """How ``server`` spells ``option``; a test sees to it that each is spelled for each server."""
    return next(
        row
        for row in server_spellings()
        if row.option == option and (not row.servers or holds_any(row.servers, server))
    )


def names_of(option: str) -> frozenset[str]:
    """What servers call an option: the same name as a rule, whatever they are."""
    return frozenset(row.name for row in server_spellings() if row.option == option)
