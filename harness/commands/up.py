"""``dbtls up``: the reference environment, up until Ctrl-C or for as long as one command runs."""

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from os import environ
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.text import Text

from harness import limits
from harness.commands.completing import complete_servers
from harness.commands.epilogs import epilog
from harness.commands.options import engine_of, engine_option, servers_folder
from harness.errors import UsageError
from harness.locations import named_folder, run_folder
from harness.model.tls import TlsVersion
from harness.names import chosen
from harness.owner import Owner
from harness.reference.material import portable_path
from harness.reference.printed import as_json, text, variables
from harness.reference.up import UpRequest, brought_up
from harness.selection.places import opened_place
from harness.selection.selection import all_servers

_LONGEST_DAYS = 3650
_ENVIRONMENT = """\b
COMMAND gets, of the first server, DBTLS_SERVER, DBTLS_HOST, DBTLS_PORT, DBTLS_USER, DBTLS_PASSWORD, DBTLS_CA,
with --two-way DBTLS_CERT and DBTLS_KEY, DBTLS_FOLDER (what is printed, as files), and DBTLS_JSON (a file that
holds what --json prints: all servers).
"""
_EXIT_CODES = """\b
Exit codes:
  2    usage error, or a fault of the harness or its surroundings: a server that has ended among them
  130  Ctrl-C
  143  SIGTERM
  else COMMAND's own; 128 and its signal's number if it was killed
"""
_EPILOG = epilog(
    "dbtls up mysql-9.7",
    "dbtls up mariadb-11.8 mysql-8.0.31 --two-way --out tls",
    "dbtls up mysql-9.7 --two-way -- ./my-tests.sh",
    more=_ENVIRONMENT,
    codes=_EXIT_CODES,
)


class _BeforeCommand(click.Command):
    """Takes what follows ``--`` away from click, which would not tell it from the servers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :]) if at < len(args) else None
        return super().parse_args(ctx, args[:at])


@click.command("up", cls=_BeforeCommand, epilog=_EPILOG, options_metavar="[OPTIONS]")
@click.argument(
    "server_names", metavar="SERVER… [-- COMMAND…]", nargs=-1, required=True, shell_complete=complete_servers
)
@click.option("--two-way", is_flag=True, help="The account is REQUIRE X509, and clients get a certificate.")
@click.option(
    "--tls-version",
    "versions",
    type=click.Choice([version.value for version in TlsVersion]),
    multiple=True,
    help="The only version that the server is to offer; repeat for more. Default: the server's own.",
)
@click.option(
    "--days",
    type=click.IntRange(-_LONGEST_DAYS, _LONGEST_DAYS),
    default=30,
    show_default=True,
    help="How long certificates are valid; 0 or below: they expired so many days ago.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name or address in the certificate beside localhost and 127.0.0.1; the first is the one printed.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port on 127.0.0.1; any free one if left out.")
@click.option("--out", type=click.Path(path_type=Path), help="Write everything to this folder, which must be empty.")
@click.option("--json", "as_one_object", is_flag=True, help="Print one JSON object on one line, once all is up.")
@engine_option
@servers_folder
@click.pass_context
def up_command(
    context: click.Context,
    server_names: tuple[str, ...],
    two_way: bool,
    versions: tuple[str, ...],
    days: int,
    hosts: tuple[str, ...],
    port: int | None,
    out: Path | None,
    as_one_object: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
) -> None:
    """Bring servers up with fresh certificates, and print what each client is told to reach them.

    They stay until Ctrl-C, or until COMMAND ends; then servers, keys and files are removed, those in --out too.
    """
    command: tuple[str, ...] | None = context.obj
    request = UpRequest(
        builds=chosen("server", all_servers(server_folders, server_names), server_names, ()),
        two_way=two_way,
        versions=tuple(dict.fromkeys(versions)) or None,
        days=days,
        hosts=hosts,
        port=port,
    )
    if port is not None and len(request.builds) > 1:
        raise UsageError(f"one port for {len(request.builds)} servers", remedy="leave --port out, or name one server")
    if port is not None:
        _check_free(port)
    carried_out = None if command is None else _runnable(command, as_one_object=as_one_object)
    owner = Owner.this_process()
    console = Console(stderr=True)
    with (
        _hangup_ends(),
        opened_place(engine_of(context, engine_name)) as place,  # first: a killed run may have left --out full
        _folder(out, owner, request) as folder,
        contextlib.ExitStack() as opened,
    ):
        with console.status("") as status:
            up = opened.enter_context(
                brought_up(
                    request, place=place, owner=owner, folder=folder, on_progress=lambda said: status.update(Text(said))
                )
            )
        if carried_out is not None:
            context.exit(_carried_out(carried_out, variables(up.environment)))
        environment = up.environment
        click.echo(json.dumps(as_json(environment)) if as_one_object else text(environment), nl=as_one_object)
        up.wait()


def _check_free(port: int) -> None:
    """A port that is taken is better found before anything is built than after it."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what only lingers is free
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(f"port {port} unavailable: {error.strerror}", remedy="choose another") from error


def _runnable(command: Sequence[str], *, as_one_object: bool) -> Sequence[str]:
    """COMMAND with its program found. Raises UsageError before anything is started for it."""
    if as_one_object:
        raise UsageError("--json with a COMMAND", remedy="COMMAND reads the file that DBTLS_JSON names")
    if not command:
        raise UsageError("no COMMAND after `--`", remedy="name one, or leave `--` out")
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(f"there is no program `{command[0]}`", remedy="name the command to run while servers are up")
    return (program, *command[1:])


@contextlib.contextmanager
def _folder(out: Path | None, owner: Owner, request: UpRequest) -> Iterator[Path]:
    if out is not None:
        with named_folder(portable_path(out), owner, request.entries) as folder:
            yield folder
        return
    with run_folder(owner) as folder:
        yield portable_path(folder)


@contextlib.contextmanager
def _hangup_ends() -> Iterator[None]:
    """Have a closed terminal end this as SIGTERM does, unless hang-ups are ignored (nohup)."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _carried_out(command: Sequence[str], given: Mapping[str, str]) -> int:
    """Run ``command`` in the foreground to its end; the exit code as a shell gives it.

    Ctrl-C is the command's to answer, as it is of a program that a shell runs: an interactive one goes on.
    """
    process = subprocess.Popen(command, env={**environ, **given})  # noqa: S603  what the user typed

    def interrupted(number: int, frame: FrameType | None) -> None:
        # At a terminal the command, in the same process group, has had it already.
        if not sys.stdin.isatty():
            process.send_signal(number)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(limits.COMMAND_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
