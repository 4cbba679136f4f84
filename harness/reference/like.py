"""One case, left standing: its server told what the case tells it, and its client's configuration, not carried out."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.case.difference import difference
from harness.case.kind import AnyCase
from harness.case.scenario import Scenario
from harness.case.situation import Situation
from harness.case.testbed import Testbed
from harness.clients.build import ClientBuild
from harness.clients.client import Client
from harness.clients.image import prepare
from harness.clients.process import Probe
from harness.clients.protocol import Hello
from harness.clients.requests import tls_field
from harness.errors import UsageError
from harness.kinds.kind import Cell
from harness.kinds.material import ClientMaterial, one_way_server, server_tls
from harness.kinds.registry import kind_of
from harness.knowledge.reader import Knowledge
from harness.locations import run_folder
from harness.model.account import Credentials, Endpoint
from harness.model.expectation import Expectation
from harness.model.tls import Can, ClientTls, Verify
from harness.names import listed
from harness.owner import Owner
from harness.pki import Materials
from harness.reference.client_forms import Told, case_forms
from harness.reference.environment import Address
from harness.reference.form import Form
from harness.reference.init_sql import SqlFile
from harness.reference.printed import (
    ENVIRONMENT_FILE,
    TEXT_FILE,
    Shown,
    columns,
    form_as_json,
    printed_form,
    write_private,
)
from harness.reference.up import Up, how_long
from harness.runner.opened import client_view, knowledge_of, lacks_between, server_view
from harness.runner.plan import cells
from harness.runner.scripts import run_script
from harness.servers.build import ServerBuild
from harness.servers.facts import ServerFacts
from harness.servers.place import Place
from harness.servers.server import RunningServer

FORMAT = "dbtls-up-case/1"
_CASE, _STORES, _SCRIPTS = "client", "stores", "scripts"
_NO_AUTHORITY = (
    "this client is told no authority; dbtls runs it with an empty system trust store (SSL_CERT_FILE and "
    "SSL_CERT_DIR name an empty file and folder)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeRequest:
    """A case by its id, of one scenario, and the server and client that it is for."""

    case: str
    scenario: Scenario
    build: ServerBuild
    client: ClientBuild
    knowledge: Knowledge
    port: int | None = None
    admin: bool = False
    init_sql: SqlFile | None = None
    until: str = "Ctrl-C"

    @property
    def builds(self) -> tuple[ServerBuild, ...]:
        """What has to be built for it."""
        return (self.build,)

    @property
    def clients(self) -> tuple[ClientBuild, ...]:
        """Those that have to be built for it."""
        return (self.client,)

    @property
    def entries(self) -> tuple[str, ...]:
        """Everything that is written directly below the environment's folder, by name."""
        return (_CASE, _STORES, _SCRIPTS, ENVIRONMENT_FILE, TEXT_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stood:
    """The case as it stands."""

    cell: Cell
    situation: Situation
    changed: str
    expectation: Expectation
    facts: ServerFacts
    hello: Hello
    endpoint: Endpoint
    account: Credentials
    admin: Credentials | None
    tls: ClientTls


@contextlib.contextmanager
def stood_like(
    request: LikeRequest, *, place: Place, owner: Owner, folder: Path, on_progress: Callable[[str], None]
) -> Iterator[Up]:
    """The case of ``request``, up, with every file of it in ``folder``, which is the caller's to remove.

    Raises UsageError for a case that has no connection, or is none on this server with this client; BuildUnavailable,
    ServerStartError, EngineError, ProbeFault.
    """
    materials = Materials()
    with contextlib.ExitStack() as opened:
        hello = _asked(request.client, place, owner, on_progress)
        made = place.make(request.build, on_progress)
        on_progress(f"starting {request.build.name}")
        process = opened.enter_context(contextlib.closing(place.start(made, owner, port=request.port)))
        running = opened.enter_context(RunningServer(request.build, process, one_way_server(materials)))
        shell = place.shell(made, owner, server=process.facts["server"])
        cell = _cell(
            request, running, hello, lambda script: run_script(script, folder / _SCRIPTS, materials, beside=shell)
        )
        last = kind_of(cell.made).last_change(cell, cell.made)
        situation = last.after
        facts = running.facts
        # First: it may be started afresh for it, and then it has no account any more.
        running.apply(server_tls(situation.server_side(), materials))
        account = running.account(situation.account)
        admin = running.superuser() if request.admin or request.init_sql else None
        if request.init_sql is not None and admin is not None:
            clear = not situation.require_secure_transport
            request.init_sql.carry_out(running.build.name, running.endpoint, admin, clear=clear)
        material = ClientMaterial(folder / _STORES, materials)
        stood = _Stood(
            cell=cell,
            situation=situation,
            changed=difference(last.before, situation),
            expectation=last.expectation,
            facts=facts,
            hello=hello,
            endpoint=Endpoint(situation.host, running.endpoint.port),
            account=account,
            admin=admin,
            tls=material.tls(situation, key_stores=Can.KEY_STORES in hello.can),
        )
        shown = _written(request, stood, folder)
        yield Up(shown, [(request.build.name, process)])


def _asked(client: ClientBuild, place: Place, owner: Owner, on_progress: Callable[[str], None]) -> Hello:
    """What the client says of itself."""
    with run_folder(owner) as scratch:
        ready = prepare(client, place.images, shared=scratch, owner=owner, on_progress=on_progress)
        on_progress(f"asking {client.name}")
        with Probe(ready, scratch) as probe:
            return Client(probe).facts


def _cell(request: LikeRequest, running: RunningServer, hello: Hello, carry_out: Callable[..., Any]) -> Cell:
    """The one case that is meant."""
    knowledge = knowledge_of(request.build, request.knowledge)
    bed = Testbed(server=server_view(running, knowledge), client=client_view(request.client.name, hello))
    lacks = lacks_between(running.facts.product, request.client, hello, knowledge)
    found = cells([request.scenario], bed, request.client.name, lacks, [request.case], carry_out)
    where = f"on {request.build.name} with {request.client.name}"
    if not found:
        there = [one.id for one in cells([request.scenario], bed, request.client.name, lacks, (), carry_out)]
        remedy = f"there are: {listed(there)}" if there else "name another client"
        raise UsageError(f"there is no case `{request.case}` {where}", remedy=remedy)
    if len(found) > 1:
        raise UsageError(f"`{request.case}` is several cases", remedy=f"name one: {listed([one.id for one in found])}")
    (cell,) = found
    return cell


def _written(request: LikeRequest, stood: _Stood, folder: Path) -> Shown:
    """What whoever asked for it gets; its files are written."""
    own = folder / _CASE
    told = Told(
        client=request.client,
        hello=stood.hello,
        endpoint=stood.endpoint,
        account=stood.account,
        tls=stood.tls,
        folder=own,
    )
    forms = case_forms(told)
    verifies = stood.situation.verify in {Verify.CA, Verify.IDENTITY}
    notes = [how_long(request.until), *([_NO_AUTHORITY] if verifies and not stood.situation.client_trusts else [])]
    shown = Shown(
        folder=folder,
        addresses=[Address(name=request.build.name, host=stood.endpoint.host, port=stood.endpoint.port)],
        text=_text(request, stood, own, forms, notes),
        as_object=_as_object(request, stood, own, forms, notes),
        variables=_variables(request, stood, folder),
    )
    for form in forms:
        write_private(own / form.file, form.text)
    write_private(folder / TEXT_FILE, shown.text)
    write_private(folder / ENVIRONMENT_FILE, json.dumps(shown.as_object, indent=1) + "\n")
    return shown


def _text(request: LikeRequest, stood: _Stood, own: Path, forms: list[Form], notes: list[str]) -> str:
    facts, hello = stood.facts, stood.hello
    rows = [
        ("claim", stood.cell.claim),
        ("changed", stood.changed),
        ("expected", str(stood.expectation)),
        ("server", f"{request.build.name}: {facts.vendor} {facts.version}, {facts.tls_library}"),
        ("host", stood.endpoint.host),
        ("port", str(stood.endpoint.port)),
        ("user", f"{stood.account.user}   ({stood.situation.account.sql()})"),
        ("password", stood.account.password),
        ("client", f"{request.client.name}: {hello.driver}, {hello.runtime}, {hello.tls_library}"),
    ]
    if stood.admin is not None:
        rows += [("admin", f"{stood.admin.user}   (all rights, with GRANT OPTION)"), ("", stood.admin.password)]
    parts = [f"{stood.cell.id}\n{columns(rows)}", *(printed_form(own, form) for form in forms)]
    return "\n".join([*parts, *(f"note: {note}\n" for note in notes)])


def _as_object(
    request: LikeRequest, stood: _Stood, own: Path, forms: list[Form], notes: list[str]
) -> Mapping[str, Any]:
    facts, hello, admin = stood.facts, stood.hello, stood.admin
    made: AnyCase = stood.cell.made
    return {
        "format": FORMAT,
        "folder": str(own.parent),
        "case": stood.cell.id,
        "claim": stood.cell.claim,
        "changed": stood.changed,
        "expected": str(stood.expectation),
        "definition": kind_of(made).as_data(made),
        "server": {
            "name": request.build.name,
            "vendor": facts.vendor,
            "version": facts.version,
            "tls_library": facts.tls_library,
            "host": stood.endpoint.host,
            "port": stood.endpoint.port,
            "user": stood.account.user,
            "password": stood.account.password,
            "require": stood.situation.account.sql(),
            "admin": admin and {"user": admin.user, "password": admin.password},
        },
        "client": {
            "name": request.client.name,
            "driver": hello.driver,
            "runtime": hello.runtime,
            "tls_library": hello.tls_library,
            "tls": tls_field(stood.tls).model_dump(mode="json"),
            "forms": [form_as_json(own, form) for form in forms],
        },
        "notes": notes,
    }


def _variables(request: LikeRequest, stood: _Stood, folder: Path) -> Mapping[str, str]:
    files = {"DBTLS_CA": stood.tls.ca, "DBTLS_CERT": stood.tls.certificate, "DBTLS_KEY": stood.tls.key}
    given = {
        "DBTLS_SERVER": request.build.name,
        "DBTLS_HOST": stood.endpoint.host,
        "DBTLS_PORT": str(stood.endpoint.port),
        "DBTLS_USER": stood.account.user,
        "DBTLS_PASSWORD": stood.account.password,
        "DBTLS_FOLDER": str(folder),
        "DBTLS_JSON": str(folder / ENVIRONMENT_FILE),
        **{name: str(path) for name, path in files.items() if path is not None},
    }
    if stood.admin is not None:
        given |= {"DBTLS_ADMIN_USER": stood.admin.user, "DBTLS_ADMIN_PASSWORD": stood.admin.password}
    return given
