"""``dbtls rotate``: one rotation under load, judged."""

from pathlib import Path

import click

from harness.commands.command import Command, names
from harness.commands.completing import complete_clients
from harness.commands.epilogs import ROTATION_EXIT_CODES, epilog
from harness.commands.options import (
    clients_folder,
    engine_option,
    html_option,
    json_option,
    knowledge_folder,
    meant_servers,
    picture_option,
    positional_servers,
    report_file,
    server_option,
    servers_folder,
    yes_option,
)
from harness.commands.values import Count, Duration, Number, OneOf
from harness.model.material import StoreKind
from harness.model.rotation import Control, How, Mix, Pools, What

_EPILOG = epilog(
    "dbtls rotate mysql-9.7 -c pymysql",
    "dbtls rotate mysql-9.7 -c pymysql --what leaf --how add-then-delete",
    "dbtls rotate mysql-9.7 -c pymysql --rate 120 --duration 1m --rotations 10",
    codes=ROTATION_EXIT_CODES,
)


_LIST = "list"


def _listed_controls(context: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Callback: ``list`` prints what there is, and that is all."""
    if value == _LIST:
        for control in Control:
            click.echo(control.value)
        context.exit()
    return value


@click.command("rotate", cls=Command, epilog=_EPILOG)
@positional_servers()
@server_option
@click.option(
    "--client",
    "-c",
    "client_names",
    multiple=True,
    callback=names,
    shell_complete=complete_clients,
    metavar="NAME",
    help="A client that can hold sessions.",
)
@click.option(
    "--what",
    type=OneOf([what.value for what in What]),
    default="both",
    show_default=True,
    help="What is exchanged: the client's leaf, the authority that it trusts, both, or settings alone.",
)
@click.option(
    "--how",
    type=OneOf([how.value for how in How]),
    default="in-place",
    show_default=True,
    help="Which of the guide's three ways: new files at a new URL, the files that are there, or both for a while.",
)
@click.option(
    "--stores",
    type=OneOf([kind.value for kind in StoreKind]),
    default="jks",
    show_default=True,
    help="Which kind of key stores the client has.",
)
@click.option("--same-stat", is_flag=True, help="New key stores keep size and mtime of the old, as rsync -t may.")
@click.option("--rate", type=Number(), default=25.0, show_default=True, help="New connections a second.")
@click.option(
    "--duration", "duration_s", type=Duration(), default=10.0, show_default=True, help="How long: 90, 90s, 5m."
)
@click.option("--rotations", type=Count(), default=1, show_default=True, help="How often in that time.")
@click.option(
    "--check-outs",
    type=Number(zero=True),
    default=Mix().check_outs,
    show_default=True,
    help="Connections that are taken out of a pool, to each new one.",
)
@click.option(
    "--held",
    type=Number(zero=True),
    default=Mix().held,
    show_default=True,
    help="Connections of a pool that are held for longer, to each new one.",
)
@click.option(
    "--hold",
    "hold_s",
    type=Duration(),
    default=Mix().hold_s,
    show_default=True,
    help="How long those are held: 2, 2s.",
)
@click.option("--processes", type=Count(), default=1, show_default=True, help="Of locust, each with a client.")
@click.option(
    "--pool",
    type=OneOf([pools.value for pools in Pools]),
    default="reference",
    show_default=True,
    help="Whose pools: the reference client's, or HikariCP's in a client in Java.",
)
@click.option(
    "--control",
    type=OneOf([_LIST, *(control.value for control in Control)]),
    metavar="DEFECT",
    callback=_listed_controls,
    help="Break this on purpose, to see that it is found; `--control list` names them.",
)
@click.option(
    "--history", "history_path", type=report_file, help="Where to keep the history; default: a new file here."
)
@picture_option
@html_option
@json_option
@yes_option
@engine_option
@servers_folder
@clients_folder
@knowledge_folder
@click.pass_context
def rotate_command(
    context: click.Context,
    positional: tuple[str, ...],
    server_names: tuple[str, ...],
    client_names: tuple[str, ...],
    what: str,
    how: str,
    stores: str,
    same_stat: bool,
    rate: float,
    duration_s: float,
    rotations: int,
    check_outs: float,
    held: float,
    hold_s: float,
    processes: int,
    pool: str,
    control: str | None,
    history_path: Path | None,
    picture: Path | None,
    html_path: Path | None,
    json_path: Path | None,
    yes: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    knowledge_folders: tuple[Path, ...],
) -> None:
    """Exchange a client's key material under load, and prove that nothing was lost, or name the step at which it was.

    The load is open-loop: new connections at --rate, and of pools' connections check-outs and longer holds, so many to
    each new one. Everything is written to a history, which is what is judged: `dbtls judge` does it again.
    """
    from harness.case.rotation import Rotation
    from harness.commands.doing.rotate import Asked, rotate_asked

    servers = meant_servers(context, positional, server_names)
    asked = Asked(
        server_names=servers,
        client_names=client_names,
        rotation=Rotation(
            what=What(what),
            how=How(how),
            stores=StoreKind(stores),
            same_stat=same_stat,
            rotations=rotations,
            rate=rate,
            mix=Mix(check_outs=check_outs, held=held, hold_s=hold_s),
            duration_s=duration_s,
            workers=processes,
            control=None if control is None else Control(control),
            pools=Pools(pool),
        ),
        history_path=history_path,
        picture=picture,
        html_path=html_path,
        json_path=json_path,
        yes=yes,
        engine=engine_name,
        server_folders=server_folders,
        client_folders=client_folders,
        knowledge_folders=knowledge_folders,
    )
    context.exit(rotate_asked(asked))
