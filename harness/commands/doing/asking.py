"""Whoever sits at a terminal is asked before anything is built or fetched for them; elsewhere it is done."""

import sys
from collections.abc import Sequence

import click

from harness.clients.build import ClientBuild
from harness.clients.image import is_made
from harness.errors import UsageError
from harness.names import listed
from harness.servers.build import ServerBuild
from harness.servers.place import Place


def agree_to_build(place: Place, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], *, yes: bool) -> None:
    """Ask before what is not built yet is built. Raises UsageError where that is not wanted."""
    if yes or not someone_is_there():
        return
    names = not_built(place, servers, clients)
    if not names:
        return
    click.echo(f"dbtls: not built yet: {listed(names)}", err=True)
    click.echo("dbtls: each is fetched and built once: some 50 to 500 MB, and half a minute to three", err=True)
    if not click.confirm("Go on?", default=True, err=True):
        raise UsageError("what is not built cannot run", remedy="name what is built: `dbtls servers` shows it")


def not_built(place: Place, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> list[str]:
    """The names of what is to be built or fetched first."""
    images = place.images
    names = [build.name for build in servers if place.takes(build) is None and place.made(build) is None]
    return names + [client.name for client in clients if images is not None and not is_made(client, images)]


def someone_is_there() -> bool:
    """Whether a question would be seen and could be answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()
