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
from typing import Any, assert_never

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

_OBJECT = 9
"""Where the object begins in a line."""
_LINE = re.compile(rb"[0-9a-f]{8} \{.*\}\n", re.DOTALL)

# C's scanner without json.loads around it halves the reading of a million attempts.
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # no stub
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
    """The record of a line, its checksum not looked at.

    Raises one of UNREADABLE for what is none.
    """
    content = text.decode("ascii")
    values, end = _scan(content, _OBJECT)
    if end != len(content) - 1:
        raise ValueError(f"more than an object: {content[end:]!r}")
    return _DECODERS[next(iter(values))](values)


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
        result = Failed(Failure(values["failed"]), values["by"], tuple(values["causes"]), values["said"])
    else:
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
        tuple(values["told"]),
        values["refused"],
    )


def _generation(values: dict[str, Any]) -> Generation:
    return Generation(
        values["generation"],
        values["rotation"],
        values["material"],
        values["account"],
        tuple(values["retires"]),
        # Written only since drivers say what they present.
        _number(values.get("presented")),
    )


def _census(values: dict[str, Any]) -> Census:
    return Census(values["at"], values["census"], values["counters"], values["own"])


def _health(values: dict[str, Any]) -> Health:
    return Health(values["at"], values["cpu"], values["probe_cpu"], values["health"], values["lag"])


def _opening(values: dict[str, Any]) -> Opening:
    return Opening(values["history"], values["writer"], values.get("terms"), values.get("provenance"))


def _closing(values: dict[str, Any]) -> Closing:
    return Closing(values["at"], values["closing"], values.get("workers"))


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
