"""Text from elsewhere (a server's log, a driver's error) made fit for a terminal and for XML."""

import re

# What XML 1.0 cannot hold (section 2.2, Char), which is also what could drive a terminal.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """``text`` with control characters and lone surrogates written as escapes."""
    return _UNPRINTABLE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def whole(text: str) -> str:
    """``text`` with lone surrogates, which no encoding has, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
