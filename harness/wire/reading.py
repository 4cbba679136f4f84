"""A cursor over bytes from the network: nothing is read past their end."""

import struct


class Short(ValueError):
    """The bytes end before what they announce."""


class Reader:
    """Reads big-endian numbers and vectors (RFC 8446 section 3) off ``data``. Raises Short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        begun = self._at
        self._at += count
        if self._at > len(self._data):
            self._at = begun
            raise Short(f"{count} bytes announced, {self.left} there")
        return self._data[begun : self._at]

    def number(self, width: int) -> int:
        """A number of ``width`` bytes."""
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> "Reader":
        """A vector whose length stands before it in ``width`` bytes."""
        return Reader(self.take(self.number(width)))

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)


def pairs(data: bytes) -> tuple[int, ...]:
    """``data`` as numbers of two bytes. Raises Short where it is no whole count of them."""
    if len(data) % 2:
        raise Short(f"{len(data)} bytes where numbers of two belong")
    return struct.unpack(f"!{len(data) // 2}H", data)
