"""The addresses within a page. They are permanent: tickets cite them."""

from urllib.parse import quote

from harness.reports.text import on_one_line

_SAFE = ":/@!$*(),;"
"""Beside letters, digits and ``_.-~``. ``+`` parts a name from the next, ``=`` begins an address of the page's own."""


def cell(identity: str, server: str, client: str | None) -> str:
    """The address of a case on a server with a client: ``one-way::expired+mysql-9.7+pymysql``."""
    return "+".join(map(_part, (identity, server) if client is None else (identity, server, client)))


def case(identity: str) -> str:
    """The address of a case on all servers with all clients: ``one-way::expired+``."""
    return f"{_part(identity)}+"


def theme(name: str) -> str:
    """The address of a theme."""
    return f"=theme-{_part(name)}"


def _part(name: str) -> str:
    return quote(on_one_line(name), safe=_SAFE)
