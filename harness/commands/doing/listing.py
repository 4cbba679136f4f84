"""Listing servers, clients and scenarios: what there is, and what it says of itself."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.table import Table

from harness import limits
from harness.clients.build import ClientBuild
from harness.clients.client import product_of
from harness.clients.image import is_made, prepare
from harness.clients.process import Probe
from harness.containers.engine import Engine
from harness.containers.images import Images
from harness.errors import EngineError, HarnessError
from harness.kinds.material import one_way_server
from harness.knowledge.reader import Knowledge
from harness.locations import run_folder
from harness.model.tls import ServerTls
from harness.names import chosen
from harness.owner import Owner
from harness.pki import Materials
from harness.reports.streams import stdout
from harness.runner.plan import may_make
from harness.selection.discovery import all_clients, all_knowledge, all_scenarios, all_servers
from harness.selection.places import opened_place
from harness.selection.selection import meant_patterns
from harness.servers.build import ServerBuild
from harness.servers.local import sweep
from harness.servers.place import Place
from harness.servers.starting import quiet, started


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def list_servers(wanted: tuple[str, ...], *, engine: str, folders: tuple[Path, ...], build: bool) -> None:
    """Print those that are ``wanted``, all if none is named. Raises UsageError, EngineError."""
    known = all_servers(folders, wanted)
    builds = chosen("server", known, wanted, list(known))
    tls = one_way_server(Materials())
    with opened_place(engine) as place, ThreadPoolExecutor(limits.LANES) as pool:
        rows = pool.map(lambda item: _server_row(item, tls, place, build_it=build), builds)
        table = _table("server", "built", "version", "TLS library", "protocols", "reload", "summary")
        for row in rows:
            table.add_row(*row)
    stdout().print(table)


def _server_row(build: ServerBuild, tls: ServerTls, place: Place, *, build_it: bool) -> tuple[str, ...]:
    name = build.name + (" (default)" if build.manifest.default else " (by name)" if build.opt_in else "")
    reason = place.takes(build)
    if reason is not None:
        return (name, "no", f"unavailable: {reason}", "", "", "", build.manifest.summary)
    if not build_it and place.made(build) is None:
        return (name, "no", "", "", "", "", build.manifest.summary)
    try:
        with started(build, tls, place=place, owner=Owner.this_process()) as server:
            facts = server.facts
    except HarnessError as error:
        return (name, "no", f"unavailable: {error}", "", "", "", build.manifest.summary)
    protocols = ", ".join(version.value for version in facts.versions)
    reload = facts.reload_statement or "none: restart"
    return (name, "yes", facts.version, facts.tls_library, protocols, reload, build.manifest.summary)


def list_clients(
    wanted: tuple[str, ...], *, folders: tuple[Path, ...], knowledge_folders: tuple[Path, ...], build: bool
) -> None:
    """Print those that are ``wanted``, all if none is named. Raises UsageError, EngineError."""
    known = all_clients(folders, wanted)
    every = list(known.values())
    knowledge = all_knowledge(knowledge_folders)
    # A driver on each JDK would be a JVM each: they are told, not started, unless they are named.
    clients = chosen("client", known, wanted, [client.name for client in every if "@" not in client.reach])
    table = _table("client", "driver", "runtime", "TLS library", "protocols", "lacks")
    with contextlib.ExitStack() as opened:
        sweep()
        images = _images(opened)
        folder = opened.enter_context(run_folder(Owner.this_process()))
        pool = opened.enter_context(ThreadPoolExecutor(limits.LANES))
        for row in pool.map(lambda client: _client_row(client, images, folder, knowledge, build_it=build), clients):
            table.add_row(*row)
    stdout().print(table)
    jdks = ", ".join(dict.fromkeys(f"`@{client.java.jdk}`" for client in every if client.java is not None))
    if jdks:
        stdout().print(f"Each client in Java also on another JDK: {jdks} after its name.")


def _images(opened: contextlib.ExitStack) -> Images | None:
    """What makes images here; None where no engine answers."""
    try:
        engine = Engine()
    except EngineError:
        return None
    return Images(opened.enter_context(contextlib.closing(engine)))


def _client_row(
    build: ClientBuild, images: Images | None, folder: Path, knowledge: Knowledge, *, build_it: bool
) -> tuple[str, ...]:
    name = build.name + (" (by name)" if build.opt_in else "")
    if build.reach:
        name += f" (not of `all`: by name, or `{build.reach[0]}*`)"
    if images is not None and not build_it and not is_made(build, images):
        return (name, "not built", "", "", "", "")
    scratch = folder / build.folder_name
    scratch.mkdir()
    try:
        ready = prepare(build, images, shared=folder, owner=Owner.this_process(), on_progress=quiet)
        with Probe(ready, scratch) as probe:
            hello = probe.hello
    except HarnessError as error:
        return (name, f"unavailable: {error}", "", "", "", "")
    rows = knowledge.after(lacks=build.lacks).lacks(None, product_of(build, hello))
    lacks = ", ".join(row.what for row in rows)
    return (name, hello.driver, hello.runtime, hello.tls_library, ", ".join(hello.versions), lacks)


def list_scenarios(wanted: tuple[str, ...], *, folders: tuple[Path, ...]) -> None:
    """Print those that are ``wanted``, all if none is named. Raises UsageError."""
    known = all_scenarios(folders)
    patterns = meant_patterns(wanted, known)
    table = _table("scenario", "claim")
    for scenario in (one for one in known.values() if may_make(one, patterns)):
        table.add_row(scenario.id, scenario.claim)
    stdout().print(table)
