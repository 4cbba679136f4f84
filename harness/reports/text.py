"""Text from elsewhere (a server's log, a driver's error) made fit for a terminal and for XML."""

import re

# What XML 1.0 cannot hold (section 2.2, Char), which is also what could drive a terminal.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What ends a line, moves in it, or has another be read from right to left (Unicode 15, 23.2 and UAX 9).
_MOVES = re.compile("[\t\n\r\x85\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def printable(text: str) -> str:
    """``text`` with control characters and lone surrogates written as escapes."""
    return _escaped(_UNPRINTABLE, text)


def on_one_line(text: str) -> str:
    """``text`` as ``printable`` has it, with what would end the line or reorder it written as escapes, too."""
    return _escaped(_MOVES, printable(text))


def _escaped(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def whole(text: str) -> str:
    """``text`` with lone surrogates, which no encoding has, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
