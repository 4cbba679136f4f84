"""A cursor over bytes from the network: nothing is read past their end."""


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
        if count > self.left:
            raise Short(f"{count} bytes announced, {self.left} there")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        """A number of ``width`` bytes."""
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> "Reader":
        """A vector whose length stands before it in ``width`` bytes."""
        return Reader(self.take(self.number(width)))

    def numbers(self, width: int) -> list[int]:
        """All that is left, as numbers of ``width`` bytes. Raises Short where it is no whole count of them."""
        found = []
        while self.left:
            found.append(self.number(width))
        return found
