"""What an unsafe deviation is, in words: read off what was expected and what became of it, whoever did it."""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Sort(NamedTuple):
    """A sort of deviation; ``expected`` and ``outcome`` are fnmatch patterns over a case's fields of these names."""

    outcome: str
    expected: tuple[str, ...]
    words: str


_BY_CLIENT = "refused by the client: "
_BY_SERVER = "refused by the server: "

SORTS = (
    Sort("accepted in the clear", (_BY_SERVER + "*",), "lets a login in the clear in though it demands TLS"),
    Sort("accepted in the clear", ("*",), "connects in the clear though TLS was demanded"),
    Sort("*: unverified-login", ("*",), "logs in to a server that it has not verified"),
    Sort("accepted over *", (_BY_CLIENT + "host-mismatch",), "accepts a server whose certificate has another name"),
    Sort(
        "accepted over *",
        (_BY_CLIENT + "unknown-authority", _BY_CLIENT + "self-signed", _BY_CLIENT + "not-an-authority"),
        "accepts a server that no trusted authority vouches for",
    ),
    Sort(
        "accepted over *",
        (_BY_CLIENT + "expired", _BY_CLIENT + "not-yet-valid"),
        "accepts a server whose certificate is not valid today",
    ),
    Sort("accepted over *", (_BY_CLIENT + "revoked",), "accepts a server whose certificate is revoked"),
    Sort("accepted over *", (_BY_CLIENT + "wrong-purpose",), "accepts a server with a certificate for another purpose"),
    Sort("accepted over *", (_BY_SERVER + "revoked",), "lets a client in whose certificate is revoked"),
    Sort(
        "accepted over *",
        ("refused by *: protocol-version", "refused by *: cipher"),
        "connects with a TLS version or cipher that was ruled out",
    ),
    Sort("accepted over *", (_BY_SERVER + "*",), "lets a client in that it should refuse"),
    Sort("accepted over *", ("refused by *",), "connects though it should refuse"),
    Sort("starts without TLS*", ("*",), "starts without TLS"),
    Sort("*, ssl-crl* dropped", ("*",), "drops its revocation list in silence"),
    Sort("* dropped", ("*",), "drops an option in silence"),
    Sort("serves*", ("refuses to start",), "starts with settings that it should refuse"),
)
"""The first that fits counts. The words are a predicate: who does it stands beside them."""


def sort_words(expected: str, outcome: str) -> str:
    """What it is that ``outcome`` came about where ``expected`` was; the two themselves where no sort fits."""
    for sort in SORTS:
        if fnmatchcase(outcome, sort.outcome) and any(fnmatchcase(expected, pattern) for pattern in sort.expected):
            return sort.words
    return f"{outcome or 'deviates'} (expected: {expected or 'nothing else'})"
