"""Lines: what is written is read again, and a line that is no record says so."""

import json
import zlib
from collections.abc import Iterator

import pytest

from harness.history.codec import UNREADABLE, checksum, decode, encode, line, sound
from harness.model.history import Begun, Closing, Ended, Failed, Failure, Kind, Record, Served
from tests.history.records import RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    text, crc = line(record, 17)
    read = decode(text)
    assert (read, type(read)) == (record, type(record))
    assert text.isascii()
    assert text.count(b"\n") == 1
    assert sound(text, 17) == checksum(text) == crc


def test_the_lines_of_a_history_are_these() -> None:
    """A published format: a change of these is a new version of it."""
    begun = Begun(12, Kind.CONNECT, "", "m1", 1.5, 1.500012)
    served = Ended(12, 1.6, 1, Served("a1", 7, "TLSv1.3", None, 255, "m1"))
    failed = Ended(13, 1.7, 0, Failed(Failure.REFUSED, "server", ("access-denied",), "1045"))
    assert [encode(record) for record in (begun, served, failed, Closing(2.0, 13))] == [
        '{"begun":12,"kind":"connect","pool":"","material":"m1","intended":1.500000,"at":1.500012}',
        '{"ended":12,"at":1.600000,"asked":1,"account":"a1","connection":7,"version":"TLSv1.3","cipher":null,'
        '"serial":"ff","material":"m1"}',
        '{"ended":13,"at":1.700000,"asked":0,"failed":"refused","by":"server","causes":["access-denied"],"said":"1045"}',
        '{"closing":13,"at":2.0}',
    ]
    assert line(Closing(2.0, 13), 5)[0] == b'%08x {"closing":13,"at":2.0}\n' % zlib.crc32(b'{"closing":13,"at":2.0}', 5)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b'00000000 {"closing":1,"at":1.0}',
        b'0000000g {"closing":1,"at":1.0}\n',
        b' 1234567 {"closing":1,"at":1.0}\n',
        b'00000000  {"closing":1,"at":1.0}\n',
        b'0000_000 {"closing":1,"at":1.0}\n',
        b"00000000 [1]\n",
    ],
)
def test_what_is_no_line_states_no_checksum(text: bytes) -> None:
    assert checksum(text) is None


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"closing":1}',
        b'{"closing":1,"at":1.0} ',
        b'{"closing":1,"at":1.0}{}',
        b'{"unheard":1}',
        b'{"begun":1,"kind":"walk","pool":"","material":null,"intended":1,"at":1}',
        b'{"ended":1,"at":1,"asked":1,"failed":"never","by":null,"causes":[],"said":""}',
        b'{"ended":1,"at":1,"asked":1,"account":"a","connection":1,"version":"","cipher":"","serial":"x","material":""}',
        '{"closing":1,"at":"é"}'.encode(),
        b'{"closing":1,"at":',
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_cannot_be_read(content: bytes) -> None:
    with pytest.raises(UNREADABLE):
        decode(b"00000000 " + content + b"\n")


def _forms(record: Record) -> dict[str, object]:
    values: dict[str, object] = json.loads(encode(record))
    return values


_FULL: tuple[Record, ...] = tuple({frozenset(_forms(record)): record for record in RECORDS}.values())
"""One record of each set of keys."""
_TYPES: tuple[object, ...] = ("text", 3, 2.5, True, None, ["text"], [3], [None], {"a": 1}, {"a": "b"}, {"a": None})


_MAY_BE_NULL = {
    *("material", "version", "cipher", "serial", "by", "account", "generation"),
    *("terms", "provenance", "workers", "presented"),
}


def _wrong(name: str, right: object, form: str) -> Iterator[object]:
    """Values that are not of the type of ``right``."""
    for value in _TYPES:
        if type(value) is type(right) or (value is None and name in _MAY_BE_NULL and name != form):
            continue
        if isinstance(right, float) and type(value) is int:
            continue
        if right is None and isinstance(value, str | int | dict):
            continue  # of that type where it is not null
        yield value
    if isinstance(right, list):
        yield [None]
    if isinstance(right, dict) and name != "terms":
        yield {"a": None}


@pytest.mark.parametrize("record", _FULL, ids=lambda record: ",".join(_forms(record)))
def test_a_value_of_another_type_is_no_record_whichever_it_is(record: Record) -> None:
    values = _forms(record)
    form = next(iter(values))
    for name, right in values.items():
        for value in _wrong(name, right, form):
            content = json.dumps({**values, name: value}).encode()
            with pytest.raises(UNREADABLE):
                decode(b"00000000 " + content + b"\n")
    for name in values:
        without = {each: value for each, value in values.items() if each != name}
        if name not in {"presented", "terms", "provenance", "workers"}:
            with pytest.raises(UNREADABLE):
                decode(b"00000000 " + json.dumps(without).encode() + b"\n")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_time(number: str) -> None:
    with pytest.raises(UNREADABLE, match=f"{number} is no number"):
        decode(f'00000000 {{"closing":1,"at":{number}}}\n'.encode())


def test_what_is_not_of_its_type_is_named() -> None:
    with pytest.raises(TypeError, match=r'^`asked` is "twice"$'):
        decode(b'00000000 {"ended":1,"at":1.0,"asked":"twice"}\n')
    with pytest.raises(TypeError, match=r"^`workers` holds null$"):
        decode(b'00000000 {"closing":1,"at":1.0,"workers":{"w1":null}}\n')
