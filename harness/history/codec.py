"""The lines of a history's file: a published, versioned format (``harness.model.history.HISTORY``). Pure.

A line is eight hexadecimal digits, a space, a compact JSON object in ASCII, and a line feed. The digits are the CRC-32
(ISO 3309, as zlib's) of this line's object, begun with the CRC of the line before it (0 before the first): a line that
is altered, cut out, inserted or swapped with another shows at its place.

The first key of an object tells the record. Times are seconds of the writer's own monotonic clock, to microseconds;
serials are hexadecimal text; what is unknown is null.

=============== ================================================================================================
first key       the object
=============== ================================================================================================
``history``     Opening: the version of the format; ``writer``; the conductor's has ``terms`` and ``provenance``
``begun``       Begun: the attempt's number; ``kind``, ``pool``, ``material``, ``intended``, ``at``
``ended``       Ended: the attempt's number; ``at``, ``asked``; then of a Served ``account``, ``connection``,
                ``version``, ``cipher``, ``serial``, ``material`` and, where it is known, ``presented`` (the client's
                serial); of a Failed ``failed``, ``by``, ``causes``, ``said``
``closed``      Closed: the connection's id; ``at``, ``pool``, ``material``, ``why``
``act``         Act: its kind; ``at``, ``rotation``, ``step``, ``generation``, ``serial``, ``told``, ``refused``
``generation``  Generation: its number; ``rotation``, ``material``, ``account``, ``retires``, ``presented``
``census``      Census: connections by account; ``at``, ``counters``, ``own``
``health``      Health: arrivals due so far; ``at``, ``cpu``, ``probe_cpu``, ``lag``
``closing``     Closing: attempts begun; ``at``; the conductor's has ``workers``
=============== ================================================================================================

The first line is an Opening, the last a Closing; a file without one was cut short.
"""

import json
import re
import zlib
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, TypeVar, assert_never

from harness.model.history import (
    Act,
    ActKind,
    Begun,
    Census,
    Closed,
    Closing,
    Ended,
    Failed,
    Failure,
    Generation,
    Health,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)

T = TypeVar("T")

_WIDTH = 40
"""Of a value that is shown."""
_OBJECT = 9
"""Where the object begins in a line."""
_LINE = re.compile(rb"[0-9a-f]{8} \{.*\}\n", re.DOTALL)


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259, section 6), and no time is one."""
    raise ValueError(f"{text} is no number")


# C's scanner without json.loads around it halves the reading of a million attempts.
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(  # type: ignore[attr-defined]  # no stub
    parse_constant=_no_number
).scan_once
# A dict instead of Enum(value), for the same reason.
_KINDS = {kind.value: kind for kind in Kind}
# And a NamedTuple's own constructor is a function in Python.
_new = tuple.__new__


def line(record: Record, before: int) -> tuple[bytes, int]:
    """The line of ``record`` after a line whose CRC is ``before``, and its own CRC."""
    content = encode(record).encode("ascii")
    crc = zlib.crc32(content, before)
    return b"%08x %b\n" % (crc, content), crc


def checksum(text: bytes) -> int | None:
    """The CRC that a line states; None: it is no line of a history."""
    return int(text[:8], 16) if _LINE.fullmatch(text) else None


def sound(text: bytes, before: int) -> int | None:
    """The CRC of a line that states the right one, after a line with the CRC ``before``; None: it does not."""
    crc = zlib.crc32(text[_OBJECT:-1], before)
    return crc if text[:_OBJECT] == b"%08x " % crc else None


def decode(text: bytes) -> Record:
    """The record of a line, its checksum not looked at; each value of the type that the format says.

    Raises one of UNREADABLE for what is none.
    """
    content = text.decode("ascii")
    values, end = _scan(content, _OBJECT)
    if end != len(content) - 1:
        raise ValueError(f"more than an object: {content[end:]!r}")
    first = next(iter(values))
    _check(values, _SHAPES[first])
    return _DECODERS[first](values)


UNREADABLE = (ValueError, KeyError, TypeError, StopIteration, RecursionError)


def encode(record: Record) -> str:
    """The JSON object of a record."""
    match record:
        case Begun():
            return (
                f'{{"begun":{record.number:d},"kind":"{record.kind.value}","pool":{quoted(record.pool)},'
                f'"material":{_text(record.material)},'
                f'"intended":{record.intended_s:.6f},"at":{record.begun_s:.6f}}}'
            )
        case Ended():
            return (
                f'{{"ended":{record.number:d},"at":{record.ended_s:.6f},"asked":{record.asked:d},'
                f"{_result(record.result)}}}"
            )
        case Closed():
            return (
                f'{{"closed":{record.connection_id:d},"at":{record.at_s:.6f},"pool":{quoted(record.pool)},'
                f'"material":{quoted(record.material)},"why":"{record.why.value}"}}'
            )
        case Act():
            return _object(
                act=record.kind.value,
                at=round(record.at_s, 6),
                rotation=record.rotation,
                step=record.step,
                generation=record.generation,
                serial=_hex(record.server_serial),
                told=record.told,
                refused=record.refused,
            )
        case Generation():
            return _object(
                generation=record.number,
                rotation=record.rotation,
                material=record.material,
                account=record.account,
                retires=record.retires,
                presented=_hex(record.client_serial),
            )
        case Census():
            return _object(census=record.sessions, at=round(record.at_s, 6), counters=record.counters, own=record.own)
        case Health():
            return _object(
                health=record.due,
                at=round(record.at_s, 6),
                cpu=round(record.cpu, 6),
                probe_cpu=round(record.probe_cpu, 6),
                lag=round(record.lag_s, 6),
            )
        case Opening():
            stated = {"terms": record.terms, "provenance": record.provenance}
            return _object(
                history=record.version,
                writer=record.writer,
                **{name: value for name, value in stated.items() if value is not None},
            )
        case Closing():
            workers = {} if record.workers is None else {"workers": record.workers}
            return _object(closing=record.begun, at=round(record.at_s, 6), **workers)
        case _:
            assert_never(record)


def _result(result: Served | Failed) -> str:
    match result:
        case Served():
            serial = "null" if result.server_serial is None else f'"{result.server_serial:x}"'
            presented = "" if result.client_serial is None else f',"presented":"{result.client_serial:x}"'
            return (
                f'"account":{quoted(result.account)},"connection":{result.connection_id:d},'
                f'"version":{_text(result.version)},"cipher":{_text(result.cipher)},'
                f'"serial":{serial},"material":{quoted(result.material)}{presented}'
            )
        case Failed():
            return _object(failed=result.how.value, by=result.by, causes=result.causes, said=result.said)[1:-1]
        case _:
            assert_never(result)


def _object(**values: object) -> str:
    return json.dumps(values, separators=(",", ":"))


def _text(value: str | None) -> str:
    return "null" if value is None else quoted(value)


def _hex(value: int | None) -> str | None:
    return None if value is None else f"{value:x}"


def _number(value: str | None) -> int | None:
    return None if value is None else int(value, 16)


def _begun(values: dict[str, Any]) -> Begun:
    fields = (
        values["begun"],
        _KINDS[values["kind"]],
        values["pool"],
        values["material"],
        values["intended"],
        values["at"],
    )
    return _new(Begun, fields)


def _ended(values: dict[str, Any]) -> Ended:
    result: Served | Failed
    if "failed" in values:
        _check(values, _FAILED)
        result = Failed(Failure(values["failed"]), values["by"], _each(values, "causes", str), values["said"])
    else:
        _check(values, _SERVED)
        serial = values["serial"]
        fields = (
            values["account"],
            values["connection"],
            values["version"],
            values["cipher"],
            None if serial is None else int(serial, 16),
            values["material"],
            int(values["presented"], 16) if "presented" in values else None,
        )
        result = _new(Served, fields)
    return _new(Ended, (values["ended"], values["at"], values["asked"], result))


def _closed(values: dict[str, Any]) -> Closed:
    return Closed(values["pool"], values["closed"], values["material"], values["at"], Why(values["why"]))


def _act(values: dict[str, Any]) -> Act:
    return Act(
        ActKind(values["act"]),
        values["at"],
        values["rotation"],
        values["step"],
        values["generation"],
        _number(values["serial"]),
        _each(values, "told", str),
        values["refused"],
    )


def _generation(values: dict[str, Any]) -> Generation:
    return Generation(
        values["generation"],
        values["rotation"],
        values["material"],
        values["account"],
        _each(values, "retires", int),
        # Written only since drivers say what they present.
        _number(values.get("presented")),
    )


def _census(values: dict[str, Any]) -> Census:
    sessions, counters = _counts(values, "census"), _counts(values, "counters")
    return Census(values["at"], sessions, counters, values["own"])


def _health(values: dict[str, Any]) -> Health:
    return Health(values["at"], values["cpu"], values["probe_cpu"], values["health"], values["lag"])


def _opening(values: dict[str, Any]) -> Opening:
    terms, provenance = values.get("terms"), values.get("provenance")
    if not isinstance(terms, dict | None):
        raise TypeError(f"`terms` is {_shown(terms)}")
    if provenance is not None:
        _members(provenance, "provenance", str)
    return Opening(values["history"], values["writer"], terms, provenance)


def _closing(values: dict[str, Any]) -> Closing:
    workers = None if values.get("workers") is None else _counts(values, "workers")
    return Closing(values["at"], values["closing"], workers)


def _check(values: dict[str, Any], shape: "_Shape") -> None:
    for name, types in shape:
        if type(values[name]) not in types:
            raise TypeError(f"`{name}` is {_shown(values[name])}")


def _each(values: dict[str, Any], name: str, one: type[T]) -> tuple[T, ...]:
    """The elements of a list, each of that type."""
    found = values[name]
    for value in found:
        if type(value) is not one:
            raise TypeError(f"`{name}` holds {_shown(value)}")
    return tuple(found)


def _counts(values: dict[str, Any], name: str) -> dict[str, int]:
    return _members(values[name], name, int)


def _members(found: Any, name: str, one: type[T]) -> dict[str, T]:
    """An object, each of whose values is of that type."""
    if type(found) is not dict:
        raise TypeError(f"`{name}` is {_shown(found)}")
    for value in found.values():
        if type(value) is not one:
            raise TypeError(f"`{name}` holds {_shown(value)}")
    return found


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


_Shape = tuple[tuple[str, frozenset[type]], ...]
_TEXT, _WHOLE, _LIST, _OBJECTS = (frozenset({one}) for one in (str, int, list, dict))
_TEXT_OR_NONE, _WHOLE_OR_NONE = (frozenset({one, type(None)}) for one in (str, int))
_NUMBER = frozenset({int, float})


def _shape(**types: frozenset[type]) -> _Shape:
    return tuple(types.items())


# What is not of the type that the format says is found here, and named, instead of being an error in the middle of the
# judge. Values whose decoder finds that out by itself (a kind, hexadecimal text) are left out.
_SHAPES: dict[str, _Shape] = {
    "begun": _shape(begun=_WHOLE, pool=_TEXT, material=_TEXT_OR_NONE, intended=_NUMBER, at=_NUMBER),
    "ended": _shape(ended=_WHOLE, at=_NUMBER, asked=_WHOLE),
    "closed": _shape(closed=_WHOLE, at=_NUMBER, pool=_TEXT, material=_TEXT),
    "act": _shape(
        at=_NUMBER,
        rotation=_WHOLE,
        step=_TEXT,
        generation=_WHOLE_OR_NONE,
        serial=_TEXT_OR_NONE,
        told=_LIST,
        refused=_TEXT,
    ),
    "generation": _shape(generation=_WHOLE, rotation=_WHOLE, material=_TEXT, account=_TEXT_OR_NONE, retires=_LIST),
    "census": _shape(at=_NUMBER, census=_OBJECTS, counters=_OBJECTS, own=_WHOLE),
    "health": _shape(health=_WHOLE, at=_NUMBER, cpu=_NUMBER, probe_cpu=_NUMBER, lag=_NUMBER),
    "history": _shape(history=_WHOLE, writer=_TEXT),
    "closing": _shape(closing=_WHOLE, at=_NUMBER),
}
_SERVED = _shape(
    account=_TEXT, connection=_WHOLE, version=_TEXT_OR_NONE, cipher=_TEXT_OR_NONE, serial=_TEXT_OR_NONE, material=_TEXT
)
_FAILED = _shape(by=_TEXT_OR_NONE, causes=_LIST, said=_TEXT)


_DECODERS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "begun": _begun,
    "ended": _ended,
    "closed": _closed,
    "act": _act,
    "generation": _generation,
    "census": _census,
    "health": _health,
    "history": _opening,
    "closing": _closing,
}
