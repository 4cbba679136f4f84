"""Products and ranges of their versions: what a row of knowledge applies to.

A *product* is what a server or a client says it is, with the *parts* that it is made of: its TLS library, its runtime.
A *range* is text in which rows name products: terms joined by ``with``, each a name and version specifiers (PEP 440)::

    mysql >=8.0.28
    mariadb >=10.11,<10.12 with wolfssl <5.8
    yassl

A term holds of a product or of one of its parts; a range holds if all its terms do. Vendors count versions their own
way: versions are compared only under one name. A product that *derives* from another (Percona Server from MySQL) keeps
that one's version numbers, and ranges of either name hold of it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from harness.errors import UsageError

_WITH = " with "
_TERM = re.compile(r"(?P<name>[a-z][a-z0-9-]*)(?P<versions>(?:\s*[<>=!~].*)?)")
_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9-]*)(?: (?P<version>\d+(?:\.\d+)*[a-z]?))?")
# OpenSSL's letters (1.1.1w) and what distributions append (10.11.18-MariaDB-0+deb12u1) are no PEP 440.
_NUMBERS = re.compile(r"(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z](?![a-z]))?")


def version_in(text: str) -> Version | None:
    """The first version number in ``text``, None for none: ``1.1.1w`` comes after ``1.1.1v`` and before ``1.1.2``."""
    found = _NUMBERS.search(text)
    if found is None:
        return None
    letter = found["letter"]
    return Version(found["numbers"] + (f".post{ord(letter) - ord('a') + 1}" if letter else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product by its name in ranges (lower case, hyphens); ``version`` None: it does not say."""

    name: str
    version: Version | None
    derives: tuple[str, ...] = ()
    parts: "tuple[Product, ...]" = ()

    @classmethod
    def of(cls, name: str, version: str = "", *, derives: Iterable[str] = (), parts: "Iterable[Product]" = ()) -> Self:
        """A product whose version is the first number in what it says."""
        return cls(name=name, version=version_in(version), derives=tuple(derives), parts=tuple(parts))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``mysql 5.7.22 with yassl``, as ``str`` writes it. Raises UsageError for a text that is none."""
        itself, *parts = (cls._alone(part, text) for part in text.split(_WITH))
        return cls(name=itself.name, version=itself.version, parts=tuple(parts))

    @classmethod
    def _alone(cls, part: str, text: str) -> Self:
        found = _NAMED.fullmatch(part.strip())
        if found is None:
            raise UsageError(
                f"`{text}` names no product", remedy="write a name and a version, as `mysql 5.7.22 with yassl`"
            )
        return cls.of(found["name"], found["version"] or "")

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name, and those of what it derives from."""
        return (self.name, *self.derives)

    def whole(self) -> "Iterator[Product]":
        """The product itself and its parts."""
        yield self
        for part in self.parts:
            yield from part.whole()

    def is_seen_in(self, other: "Product") -> bool:
        """Whether ``other`` is this very product: its name, the numbers of its version that are given, its parts."""
        return any(self._is(part) for part in other.whole()) and all(part.is_seen_in(other) for part in self.parts)

    def _is(self, other: "Product") -> bool:
        if self.name not in other.names:
            return False
        if self.version is None:
            return True
        given = self.version.release
        return other.version is not None and (
            other.version.release[: len(given)] == given and self.version.post in {None, other.version.post}
        )

    def __str__(self) -> str:
        itself = self.name if self.version is None else f"{self.name} {_spelled(self.version)}"
        return _WITH.join((itself, *map(str, self.parts)))


def _spelled(version: Version) -> str:
    """A version as its vendor writes it, an OpenSSL letter among it."""
    letter = "" if version.post is None else chr(ord("a") + version.post - 1)
    return ".".join(map(str, version.release)) + letter


@dataclass(frozen=True, slots=True)
class Term:
    """One product name and the versions of it that are meant; no specifiers: all, also one that is not said."""

    name: str
    versions: SpecifierSet

    def holds(self, product: Product) -> bool:
        """Whether it holds of ``product`` or of one of its parts."""
        return any(self.name in part.names and self._includes(part.version) for part in product.whole())

    def _includes(self, version: Version | None) -> bool:
        if version is None:
            return not len(self.versions)
        return self.versions.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True)
class Range:
    """Products that a row applies to: all ``terms`` hold. ``text`` is how it was written."""

    text: str
    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a range. Raises UsageError for a text that is none."""
        return cls(text=text, terms=tuple(_term(part, text) for part in text.split(_WITH)))

    def holds(self, product: Product) -> bool:
        """Whether ``product`` is one of those that are meant."""
        return all(term.holds(product) for term in self.terms)

    def __str__(self) -> str:
        return self.text


def _term(part: str, text: str) -> Term:
    remedy = "write a name and versions, as `mysql >=8.0.28` or `mariadb <10.4 with yassl`"
    found = _TERM.fullmatch(part.strip())
    if found is None:
        raise UsageError(f"`{text}` names no product", remedy=remedy)
    wanted = found["versions"].replace(" ", "")
    try:
        specifiers = SpecifierSet(",".join(_comparable(each) for each in wanted.split(",") if each))
    except InvalidSpecifier as error:
        raise UsageError(f"`{text}`: `{wanted}` are no versions", remedy=remedy) from error
    return Term(found["name"], specifiers)


def _comparable(specifier: str) -> str:
    """A specifier with an OpenSSL letter in PEP 440's words; others as they are."""
    operator = specifier.rstrip("0123456789.*abcdefghijklmnopqrstuvwxyz")
    number = specifier[len(operator) :]
    version = version_in(number)
    return specifier if version is None or version.post is None else f"{operator}{version}"


def holds_any(ranges: Iterable[Range], product: Product) -> bool:
    """Whether one of ``ranges`` holds."""
    return any(each.holds(product) for each in ranges)
