"""Rows of knowledge: what products are known to do differently, why, who says so, and where it was measured.

A row holds of the products in its ranges (``harness.knowledge.product``); without ranges for an end it holds of
whatever stands there. It also holds outside of ``measured``, and a report then says so.
"""

from enum import Enum
from typing import Annotated, Any, LiteralString

from pydantic import BeforeValidator, InstanceOf
from pydantic_core import PydanticCustomError

from harness.errors import UsageError
from harness.knowledge.product import Product, Range, holds_any
from harness.manifest import Manifest, Placed


def _range(text: Any) -> Range:
    if isinstance(text, Range):
        return text
    if not isinstance(text, str):
        raise PydanticCustomError("no_range", "should be a text, as `mysql >=8.0.28`")
    try:
        return Range.parse(text)
    except UsageError as error:
        raise _refused("no_range", error) from error


def _product(text: Any) -> Product:
    if isinstance(text, Product):
        return text
    if not isinstance(text, str):
        raise PydanticCustomError("no_product", "should be a text, as `mysql 5.7.22`")
    try:
        return Product.parse(text)
    except UsageError as error:
        raise _refused("no_product", error) from error


def _refused(kind: LiteralString, error: UsageError) -> PydanticCustomError:
    return PydanticCustomError(kind, "{what}; {remedy}", {"what": error.what, "remedy": error.remedy})


RangeText = Annotated[InstanceOf[Range], BeforeValidator(_range)]
ProductText = Annotated[InstanceOf[Product], BeforeValidator(_product)]


class Severity(Enum):
    """What a deviation means for whoever relies on the expected behaviour, the worst first."""

    UNSAFE = "unsafe"
    """Connected unverified or in the clear, a server without TLS, a revoked certificate that gets in."""
    BREAKS = "breaks"
    """What should work does not, or a limit that was set has no effect."""
    TEXT = "text"
    """No harm: the same refusal by other words, another cause or the other side, or TLS where none was expected."""
    GUIDE = "guide"
    """A document that does not say what today's tools and servers do."""


class Row(Placed):
    """What every row has. ``servers`` and ``clients`` are ranges; ``measured`` are products on which it was seen."""

    reason: str
    source: str
    servers: tuple[RangeText, ...] = ()
    clients: tuple[RangeText, ...] = ()
    measured: tuple[ProductText, ...] = ()

    def holds(self, server: Product | None, client: Product | None) -> bool:
        """Whether it is about this server and this client; None where none takes part."""
        return _includes(self.servers, server) and _includes(self.clients, client)

    def unmeasured(self, server: Product | None, client: Product | None) -> str:
        """Where it was measured, if not on these versions; empty if it was, or if it does not say."""
        ends = ((self.servers, server), (self.clients, client))
        if not self.measured or all(not ranges or self._seen_in(product) for ranges, product in ends):
            return ""
        return f"measured on {', '.join(map(str, self.measured))}, not on this version"

    def _seen_in(self, product: Product | None) -> bool:
        return product is None or any(seen.is_seen_in(product) for seen in self.measured)


def _includes(ranges: tuple[Range, ...], product: Product | None) -> bool:
    return not ranges or (product is not None and holds_any(ranges, product))


class Known(Row):
    """A deviation that is declared: it shows as KNOWN and does not fail a run; when it stops happening it FAILs.

    ``instead`` is an fnmatch pattern over the outcome that takes the expected one's place, as reports word it
    (``accepted*``, ``accepted in the clear``, ``refused by the client: bad-material``), or several, where it is left to
    chance which one comes first: another one still FAILs. ``scenario`` is an fnmatch pattern over case ids.
    """

    scenario: str
    instead: str | tuple[str, ...]
    severity: Severity

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The patterns of ``instead``."""
        return (self.instead,) if isinstance(self.instead, str) else self.instead


class Lack(Row):
    """Something a server or a client cannot do; scenarios that need it are SKIPPED with this reason."""

    what: str


class Behaviour(Row):
    """Something a server does differently from others, whoever the client, that an expectation is computed from."""

    does: str
    clients: tuple[()] = ()


class Rows(Manifest):
    """The shape of a file of rows."""

    known: tuple[Known, ...] = ()
    lacks: tuple[Lack, ...] = ()
    behaviour: tuple[Behaviour, ...] = ()
