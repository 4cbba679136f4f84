"""Values as a user types them: durations with a unit."""

import re

import click

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_WORDS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Duration(click.ParamType[float]):
    """``90``, ``90s``, ``1m``, ``1.5h``, ``30d``: in seconds. A bare number is in ``unit``; 0 takes ``zero``."""

    name = "duration"

    def __init__(self, unit: str = "s", *, zero: bool = False) -> None:
        self._unit = unit
        self._zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+) ?([smhdw]?)", str(value).strip().lower())
        if found is None:
            self.fail(f"`{value}` is no duration; write {_WORDS[self._unit]} or a unit: 90s, 5m, 2h, 30d", param, ctx)
        seconds = float(found[1]) * _SECONDS[found[2] or self._unit]
        if seconds == 0 and not self._zero:
            self.fail(f"`{value}` is no time at all; write a longer one", param, ctx)
        return seconds
