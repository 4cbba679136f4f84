"""Values as a user types them; each says what is wrong with one, and what would be right."""

import difflib
import re
from collections.abc import Sequence

import click

from harness.names import listed

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_WORDS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Unusable(click.BadParameter):
    """A value that cannot be used: ``remedy`` says what can."""

    def __init__(self, what: str, param: click.Parameter | None, ctx: click.Context | None, *, remedy: str) -> None:
        super().__init__(what, ctx=ctx, param=param)
        self.remedy = remedy


class Duration(click.ParamType[float]):
    """``90``, ``90s``, ``1m``, ``1.5h``, ``30d``: in seconds. A bare number is in ``unit``; 0 takes ``zero``."""

    name = "duration"

    def __init__(self, unit: str = "s", *, zero: bool = False) -> None:
        self._unit = unit
        self._zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+) ?([smhdw]?)", str(value).strip().lower())
        remedy = f"write {_WORDS[self._unit]} or a unit: 90s, 5m, 2h, 30d"
        if found is None:
            raise Unusable(f"`{value}` is no duration", param, ctx, remedy=remedy)
        seconds = float(found[1]) * _SECONDS[found[2] or self._unit]
        if seconds == 0 and not self._zero:
            raise Unusable(f"`{value}` is no time at all", param, ctx, remedy=remedy)
        return seconds


class Days(click.ParamType[int]):
    """``30``, ``30d``, ``2w``, ``-1``: whole days, so many at most in either direction."""

    name = "days"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"([+-]?\d+) ?([dw]?)", str(value).strip().lower())
        days = int(found[1]) * (7 if found[2] == "w" else 1) if found else 0
        remedy = f"write days from -{self._most} to {self._most}: 30, 30d, 2w, -1"
        if found is None:
            raise Unusable(f"`{value}` is no number of days", param, ctx, remedy=remedy)
        if abs(days) > self._most:
            raise Unusable(f"`{value}` days are too many", param, ctx, remedy=remedy)
        return days


class Number(click.ParamType[float]):
    """A number, above 0 or with ``zero`` from 0 on."""

    name = "number"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(str(value))
        except ValueError:
            raise Unusable(f"`{value}` is no number", param, ctx, remedy="write one, as 25 or 0.5") from None
        if not (0 < number < float("inf") or (self._zero and number == 0)):
            least = "0 or more" if self._zero else "above 0"
            raise Unusable(f"`{value}` is not {least}", param, ctx, remedy="write a number that is, as 25 or 0.5")
        return number


class Count(click.ParamType[int]):
    """A whole number from ``least`` to ``most``."""

    name = "count"

    def __init__(self, least: int = 1, most: int | None = None) -> None:
        self._least = least
        self._most = most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip()
        number = int(text) if re.fullmatch(r"-?\d+", text) else None
        if number is None or number < self._least or (self._most is not None and number > self._most):
            among = f"from {self._least} to {self._most}" if self._most is not None else f"from {self._least} on"
            raise Unusable(f"`{value}` is no whole number {among}", param, ctx, remedy="write one that is")
        return number


class OneOf(click.Choice[str]):
    """One of some words, upper and lower case alike."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words, case_sensitive=False)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        for word in self.choices:
            if text.lower() == word.lower():
                return word
        near = difflib.get_close_matches(text.lower(), self.choices, n=1, cutoff=0.75)
        command = "" if ctx is None else f"`{ctx.command_path} --help` lists them"
        remedy = f"did you mean `{near[0]}`?" if near else f"name one of {listed(list(self.choices), more=command)}"
        raise Unusable(f"`{value}` is none of its words", param, ctx, remedy=remedy)


class Version(OneOf):
    """A protocol version, also as ``1.2`` or ``TLS 1.2``."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = re.fullmatch(r"(?:tls ?v?)?(1(?:\.[0-3])?)", str(value).strip().lower())
        return super().convert(f"TLSv{found[1].removesuffix('.0')}" if found else value, param, ctx)
