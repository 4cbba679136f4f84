"""Showing what is kept between runs, and removing what nothing refers to any more."""

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import click

from harness.commands.doing.asking import someone_is_there
from harness.containers.engine import Engine
from harness.errors import EngineError, HarnessError, UsageError
from harness.locations import cache_folder
from harness.machine.kept import Kept, kept
from harness.machine.words import size
from harness.selection.discovery import all_clients, all_servers

FORMAT = "dbtls-cache/1"


def show(server_folders: tuple[Path, ...], client_folders: tuple[Path, ...], *, as_json: bool) -> None:
    """Print what is kept, by kind or as JSON."""
    with _engine() as engine:
        servers, clients = all_servers(server_folders), all_clients(client_folders)
        found = kept(list(servers.values()), list(clients.values()), engine)
        click.echo(json.dumps(_as_object(found)) if as_json else _as_text(found, engine))


def prune(server_folders: tuple[Path, ...], client_folders: tuple[Path, ...], *, age_s: float, yes: bool) -> None:
    """Remove what nothing refers to and is at least so old; ask first, unless ``yes``. Raises UsageError."""
    before = time.time() - age_s
    with _engine() as engine:
        servers = list(all_servers(server_folders).values())
        found = kept(servers, list(all_clients(client_folders).values()), engine)
        going = [one for one in found if one.can_go and one.made_at <= before]
        if not going:
            click.echo("nothing to remove")
            return
        click.echo("\n".join(f"{size(one.size_bytes):>9}  {one.kind}/{one.name}" for one in going))
        if not _confirmed(f"Remove these {len(going)}, {size(sum(one.size_bytes for one in going))}?", yes=yes):
            click.echo("nothing was removed")
            return
        # What was made on something goes before it.
        removed = [one for one in reversed(going) if _removed(one)]
    click.echo(f"removed {len(removed)}, {size(sum(one.size_bytes for one in removed))}")


def _removed(one: Kept) -> bool:
    try:
        one.remove()
    except HarnessError as error:
        click.echo(f"dbtls: kept: {one.name}: {error}", err=True)
        return False
    return True


def _confirmed(question: str, *, yes: bool) -> bool:
    if yes:
        return True
    if not someone_is_there():
        raise UsageError("nobody is there to be asked whether to remove these", remedy="say so with --yes")
    return click.confirm(question, err=True)


@contextlib.contextmanager
def _engine() -> Iterator[Engine | None]:
    """The engine; None, saying so, where none answers: what it keeps cannot be seen then."""
    try:
        engine = Engine()
    except EngineError as error:
        click.echo(f"dbtls: without images: {error}", err=True)
        yield None
        return
    with contextlib.closing(engine):
        yield engine


def _as_object(found: Sequence[Kept]) -> dict[str, object]:
    entries = [
        {
            "kind": one.kind,
            "name": one.name,
            "bytes": one.size_bytes,
            "made_at": one.made_at,
            "referred": one.referred,
            "in_use": one.in_use,
        }
        for one in found
    ]
    return {
        "format": FORMAT,
        "folder": str(cache_folder()),
        "bytes": sum(one.size_bytes for one in found),
        "entries": entries,
    }


def _named(engine: Engine | None) -> str:
    if engine is None:
        return "none answers"
    facts = engine.facts()
    return f"{facts.name} {facts.version}"


def _as_text(found: Sequence[Kept], engine: Engine | None) -> str:
    lines = [f"folder  {cache_folder()}", f"engine  {_named(engine)}", ""]
    lines.append(f"{'kind':12}{'things':>7}{'size':>10}{'can go':>10}")
    for kind, group in groupby(sorted(found, key=lambda one: one.kind), key=lambda one: one.kind):
        members = list(group)
        together = sum(one.size_bytes for one in members)
        going = sum(one.size_bytes for one in members if one.can_go)
        row = f"{kind:12}{len(members):7}{size(together):>10}{size(going) if going else '-':>10}  {members[0].about}"
        lines.append(row.rstrip())
    going = sum(one.size_bytes for one in found if one.can_go)
    total = size(sum(one.size_bytes for one in found))
    lines += ["", f"{total} in all; `dbtls cache prune` removes {size(going) if going else 'nothing'}"]
    return "\n".join(lines)
