"""Settings: the limits of pools, as configdb.properties has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self

from harness.errors import UsageError


class Exhausted(Enum):
    """What a pool does when ``maxActive`` connections are in use."""

    BLOCK = "BLOCK"
    """Wait for one, ``maxWait`` at most."""
    FAIL = "FAIL"
    """Give none."""
    GROW = "GROW"
    """Open another all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits of each pool; times in seconds, None is without limit. Defaults are those of the guide's client.

    https://github.com/open-xchange/appsuite-middleware documentation/configuration/tags/Database.md
    """

    max_idle: int | None = None
    max_idle_time_s: float | None = 60.0
    max_active: int | None = 100
    max_wait_s: float | None = 10.0
    max_life_time_s: float | None = 600.0
    exhausted: Exhausted = Exhausted.BLOCK
    test_on_activate: bool = False
    cleaner_interval_s: float = 10.0

    @classmethod
    def read(cls, values: Mapping[str, tuple[str, str]]) -> Self:
        """From values with their places, by the names in ``NAMES``. Raises UsageError for one of a wrong type."""
        told = _Reader(values)
        for name in _WITHOUT_EFFECT:
            told.boolean(name)
        defaults = cls()
        return cls(
            max_idle=told.count("maxIdle", defaults.max_idle),
            max_idle_time_s=told.seconds("maxIdleTime", defaults.max_idle_time_s),
            max_active=told.count("maxActive", defaults.max_active),
            max_wait_s=told.seconds("maxWait", defaults.max_wait_s),
            max_life_time_s=told.seconds("maxLifeTime", defaults.max_life_time_s),
            exhausted=told.exhausted(defaults.exhausted),
            test_on_activate=told.boolean("testOnActivate"),
            cleaner_interval_s=told.interval("cleanerInterval", defaults.cleaner_interval_s),
        )


# On return the guide's client looks at a connection's state, without a query: here what the borrower's last one came
# to. The other two are «not useful» and for its log, says its documentation.
_WITHOUT_EFFECT = ("testOnDeactivate", "testOnIdle", "testThreads")
NAMES = frozenset(
    {"maxIdle", "maxIdleTime", "maxActive", "maxWait", "maxLifeTime", "exhaustedAction", "testOnActivate"}
    | {"cleanerInterval", *_WITHOUT_EFFECT}
)
"""The names of pool settings."""


@dataclass(frozen=True, slots=True)
class _Reader:
    values: Mapping[str, tuple[str, str]]

    def count(self, name: str, default: int | None) -> int | None:
        if name not in self.values:
            return default
        number = self._number(name)
        return None if number < 0 else number

    def seconds(self, name: str, default: float | None) -> float | None:
        if name not in self.values:
            return default
        number = self._number(name)
        return None if number < 0 else number / 1000

    def interval(self, name: str, default: float) -> float:
        seconds = self.seconds(name, default)
        if not seconds:
            raise self._wrong(name, "a number of milliseconds above 0")
        return seconds

    def boolean(self, name: str) -> bool:
        value = self.values.get(name, ("false", ""))[0].lower()
        if value not in {"true", "false"}:
            raise self._wrong(name, "true or false")
        return value == "true"

    def exhausted(self, default: Exhausted) -> Exhausted:
        if "exhaustedAction" not in self.values:
            return default
        try:
            return Exhausted(self.values["exhaustedAction"][0].upper())
        except ValueError as error:
            raise self._wrong("exhaustedAction", "one of BLOCK, FAIL, GROW") from error

    def _number(self, name: str) -> int:
        try:
            return int(self.values[name][0])
        except ValueError as error:
            raise self._wrong(name, "a whole number (-1: without limit)") from error

    def _wrong(self, name: str, what: str) -> UsageError:
        value, place = self.values[name]
        return UsageError(f"`{name}` is to be {what} and not `{value}`", place=place, remedy="correct it there")
