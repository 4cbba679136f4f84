"""Configuration: ``dbconnector.yaml`` and ``configdb.properties``, read into one value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import javaproperties
import yaml

from harness.errors import UsageError
from harness.model.account import Endpoint
from harness.pool import settings
from harness.pool.properties import DEFAULTS, JdbcProperties, checked, nearest
from harness.pool.settings import Settings

_TOP = "com.mysql.jdbc"
_URL = re.compile(
    r"jdbc:(?:mysql|mariadb)://(?P<host>\[[^\]]+\]|[^:/?,]+)(?::(?P<port>\d{1,5}))?(?:/[^?]*)?(?:\?(?P<asked>.*))?"
)
_OWN = re.compile(r"(?:read|write)Property\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFiles:
    """Where ``dbconnector.yaml`` and ``configdb.properties`` are."""

    yaml: Path
    configdb: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A JDBC URL: where, and the properties in its query, which go before all others."""

    endpoint: Endpoint
    properties: JdbcProperties

    @classmethod
    def parse(cls, url: str, *, place: str) -> "Address":
        """Raises UsageError for what is no URL of one MySQL server."""
        found = _URL.fullmatch(url.strip())
        if found is None:
            remedy = "write jdbc:mysql://HOST:PORT/DATABASE, one server"
            raise UsageError(f"no JDBC URL: `{url}`", place=place, remedy=remedy)
        asked = parse_qsl(found["asked"] or "", keep_blank_values=True)
        return cls(
            endpoint=Endpoint(found["host"].strip("[]"), int(found["port"] or 3306)),
            properties=JdbcProperties({name: checked(name, value, place=place) for name, value in asked}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All that the files say, as one value.

    ``general`` holds for every connection; ``read`` and ``write`` are the configDB's own properties over it, and
    ``read_at`` and ``write_at`` where it is.
    """

    general: JdbcProperties
    read: JdbcProperties
    write: JdbcProperties
    read_at: Address
    write_at: Address
    settings: Settings


def load(files: ConfigurationFiles) -> Configuration:
    """Read both files. Raises UsageError, with file, line, property and remedy, for what cannot be used."""
    return configured(load_general(files.yaml), files.configdb)


def configured(general: JdbcProperties, configdb: Path) -> Configuration:
    """``general`` with what configdb.properties says. Raises UsageError."""
    read: dict[str, str] = {}
    write: dict[str, str] = {}
    addresses: dict[str, Address] = {}
    told: dict[str, tuple[str, str]] = {}
    for place, key, value in _pairs(configdb):
        if _OWN.fullmatch(key):
            name, equals, own = value.partition("=")
            if not equals:
                raise UsageError(f"`{key}` has no `=` in its value", place=place, remedy=f"write {key}=NAME=VALUE")
            (read if key.startswith("read") else write)[name] = checked(name, own, place=place)
        elif key in {"readUrl", "writeUrl"}:
            addresses[key] = Address.parse(value, place=place)
        elif key in settings.NAMES:
            told[key] = (value, place)
        elif key not in {"readDriverClass", "writeDriverClass"} and not key.startswith("com.openexchange."):
            known = (*settings.NAMES, "readUrl", "writeUrl", "readProperty.1", "writeProperty.1")
            raise UsageError(f"`{key}` is no property of the configDB", place=place, remedy=nearest(key, known))
    for name in ("readUrl", "writeUrl"):
        if name not in addresses:
            remedy = f"add {name}=jdbc:mysql://HOST:PORT/DATABASE"
            raise UsageError(f"there is no `{name}`", place=str(configdb), remedy=remedy)
    return Configuration(
        general=general,
        read=JdbcProperties(read),
        write=JdbcProperties(write),
        read_at=addresses["readUrl"],
        write_at=addresses["writeUrl"],
        settings=Settings.read(told),
    )


def load_general(path: Path) -> JdbcProperties:
    """dbconnector.yaml over the built-in defaults. Raises UsageError for what cannot be used."""
    text = _text(path)
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = str(path) if mark is None else f"{path}:{mark.line + 1}"
        problem = getattr(error, "problem", None) or "it is none"
        raise UsageError(f"this is no YAML: {problem}", place=place, remedy="correct it there") from error
    told = values.get(_TOP) if isinstance(values, dict) else None
    if not isinstance(told, dict):
        remedy = f"begin it with `{_TOP}:`, and the properties indented below"
        raise UsageError(f"there is no `{_TOP}` with properties in it", place=str(path), remedy=remedy)
    # A name that YAML takes for something else than text, or by an anchor, has no line here.
    places = {name: f"{path}:{line}" for name, line in _lines(root)}
    return JdbcProperties(
        {str(name): checked(str(name), value, place=places.get(str(name), str(path))) for name, value in told.items()}
    ).over(DEFAULTS)


def _lines(root: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """The properties' names with their lines."""
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == _TOP:
                yield from ((name.value, name.start_mark.line + 1) for name, _ in value.value)


def _pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    line = 1
    try:
        for element in javaproperties.parse(_text(path)):
            if isinstance(element, javaproperties.KeyValue):
                yield f"{path}:{line}", element.key, element.value
            line += element.source.count("\n")
    except javaproperties.InvalidUEscapeError as error:
        raise UsageError(str(error), place=f"{path}:{line}", remedy="correct it there") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path), remedy="put it there") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"this is no text: {error.reason}", place=str(path), remedy="write it as UTF-8") from error
