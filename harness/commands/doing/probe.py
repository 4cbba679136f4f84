"""Checking a client of one's own against the probe protocol."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.case.testbed import GOOD
from harness.clients.check import CheckServer, State, check_probe
from harness.errors import UsageError
from harness.exits import Exit
from harness.kinds.material import one_way_server
from harness.locations import run_folder
from harness.model.account import Require
from harness.model.certificates import AuthoritySpec
from harness.names import chosen
from harness.owner import Owner
from harness.pki import Materials, Store, StoreContents
from harness.reports.streams import stdout
from harness.selection.discovery import all_servers, elsewhere
from harness.selection.places import opened_place
from harness.servers.local import sweep
from harness.servers.starting import started

_MARKS = {
    State.OK: ("ok", "green"),
    State.BROKEN: ("broken", "bold red"),
    State.NOT_CHECKED: ("not checked", "magenta"),
}


def check(command: tuple[str, ...], *, server: str | None, engine: str, folders: tuple[Path, ...]) -> Exit:
    """Try ``command`` and print what was found; the exit code. ``server`` None: without one."""
    runnable = _runnable(command)
    with contextlib.ExitStack() as opened:
        at = None
        if server is None:
            sweep()
        else:
            at = opened.enter_context(_check_server(server, folders, engine))
        findings = check_probe(runnable, server=at)
    console = stdout()
    for finding in findings:
        mark, style = _MARKS[finding.state]
        console.print(f"{mark:12}", style=style, end="")
        seen = " ← ".join(finding.seen.splitlines())
        console.print(f"{finding.rule}: {seen}", markup=False, highlight=False, soft_wrap=True)
        if finding.state is not State.OK and finding.remedy:
            console.print(f"{'':12}hint: {finding.remedy}", markup=False, highlight=False, soft_wrap=True)
    states = {finding.state for finding in findings}
    return Exit.FAILED if State.BROKEN in states else Exit.INCONCLUSIVE if State.NOT_CHECKED in states else Exit.PASSED


def _runnable(command: tuple[str, ...]) -> tuple[str, ...]:
    """``command`` with its program found and its files named absolutely: a probe runs in a folder of its own."""
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(f"there is no program `{command[0]}`", remedy="name the command that starts the probe")
    files = (str(Path(word).absolute()) if Path(word).is_file() else word for word in command[1:])
    return (str(Path(program).absolute()), *files)


@contextlib.contextmanager
def _check_server(name: str, folders: tuple[Path, ...], engine_name: str) -> Iterator[CheckServer]:
    build, *_ = chosen("server", all_servers(folders, [name]), [name], [], elsewhere=elsewhere("server"))
    materials = Materials()
    tls = one_way_server(materials)
    owner = Owner.this_process()
    with (
        opened_place(engine_name) as place,
        run_folder(owner) as scratch,
        started(build, tls, place=place, owner=owner) as server,
    ):
        trusted = Store(scratch / "good").publish(StoreContents(trust=(materials.authority(GOOD),)))
        stranger = materials.authority(AuthoritySpec("other"))
        other = Store(scratch / "other").publish(StoreContents(trust=(stranger,)))
        if trusted.ca_pem is None or other.ca_pem is None:
            raise UsageError("the authorities were not published", remedy="report this as a defect of dbtls")
        account = server.account(Require())
        yield CheckServer(
            host=server.endpoint.host,
            port=server.endpoint.port,
            user=account.user,
            password=account.password,
            ca=trusted.ca_pem,
            other_ca=other.ca_pem,
            connections=server.witness.newest_connection,
        )
