"""``dbtls up``: the reference environment, up until Ctrl-C or for as long as one command runs."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.completing import complete_scenarios
from harness.commands.epilogs import epilog
from harness.commands.options import (
    clients_folder,
    engine_option,
    knowledge_folder,
    like_client_option,
    meant_servers,
    positional_servers,
    scenarios_folder,
    server_option,
    servers_folder,
    typed,
    yes_option,
)
from harness.commands.values import Count, Days, Version
from harness.model.tls import TlsVersion

_LONGEST_DAYS = 3650
_ENVIRONMENT = """\b
COMMAND gets, of the first server, DBTLS_SERVER, DBTLS_HOST, DBTLS_PORT, DBTLS_USER, DBTLS_PASSWORD, DBTLS_CA,
with --two-way DBTLS_CERT and DBTLS_KEY, with --admin DBTLS_ADMIN_USER and DBTLS_ADMIN_PASSWORD, DBTLS_FOLDER
(what is printed, as files), and DBTLS_JSON (a file that holds what --json prints: all servers).

\b
A detached server has the same port each time that its environment's name is used, if that is free.
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
    "dbtls up mysql-9.7 --init-sql schema.sql --detach",
    "dbtls up mysql-9.7 --like one-way::expired --client pymysql",
    more=_ENVIRONMENT,
    codes=_EXIT_CODES,
)


class _BeforeCommand(Command):
    """Takes what follows ``--`` away from click, which would not tell it from the servers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :]) if at < len(args) else None
        return super().parse_args(ctx, args[:at])


@click.command("up", cls=_BeforeCommand, epilog=_EPILOG, options_metavar="[OPTIONS]")
@positional_servers(metavar="SERVER… [-- COMMAND…]")
@server_option
@click.option("--two-way", "--mtls", is_flag=True, help="The account is REQUIRE X509, and clients get a certificate.")
@click.option(
    "--tls-version",
    "versions",
    type=Version([version.value for version in TlsVersion]),
    multiple=True,
    help="The only version that the server is to offer; repeat for more. Default: the server's own.",
)
@click.option(
    "--days",
    type=Days(_LONGEST_DAYS),
    help="How long certificates are valid: 30 (the default), 2w; 0 or below: they expired so many days ago.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name or address in the certificate beside localhost and 127.0.0.1; the first is the one printed.",
)
@click.option("--port", type=Count(1, 65535), help="The port on 127.0.0.1; any free one if left out.")
@click.option("--admin", is_flag=True, help="Also make an account with all rights and GRANT OPTION, and print it.")
@click.option(
    "--init-sql",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Statements that each server carries out once it is up, as that account (--admin is implied).",
)
@click.option(
    "--like",
    metavar="CASE",
    shell_complete=complete_scenarios,
    help="Leave just that case standing, for one --client: its id, or a file of cases (FILE.toml, FILE.toml::id).",
)
@like_client_option
@click.option("--detach", "-d", is_flag=True, help="Leave it up under a name, until `dbtls down NAME` ends it.")
@click.option("--name", help="The name, with --detach. Default: that of the first server.")
@click.option("--list", "only_list", is_flag=True, help="List what --detach has left up, and do nothing else.")
@click.option("--out", type=click.Path(path_type=Path), help="Write everything to this folder, which must be empty.")
@click.option("--json", "as_one_object", is_flag=True, help="Print one JSON object on one line, once all is up.")
@yes_option
@engine_option
@servers_folder
@clients_folder
@scenarios_folder
@knowledge_folder
@click.pass_context
def up_command(
    context: click.Context,
    positional: tuple[str, ...],
    server_names: tuple[str, ...],
    two_way: bool,
    versions: tuple[str, ...],
    days: int | None,
    hosts: tuple[str, ...],
    port: int | None,
    admin: bool,
    init_sql: Path | None,
    like: str | None,
    client_names: tuple[str, ...],
    detach: bool,
    name: str | None,
    only_list: bool,
    out: Path | None,
    as_one_object: bool,
    yes: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    scenario_folders: tuple[Path, ...],
    knowledge_folders: tuple[Path, ...],
) -> None:
    """Bring servers up with fresh certificates, and print what each client is told to reach them.

    They stay until Ctrl-C, until COMMAND ends or, with --detach, until `dbtls down`; then servers, keys and files are
    removed, those in --out too.
    """
    if only_list:
        from harness.commands.doing.down import show

        show(as_one_object=as_one_object)
        return
    from harness.commands.doing.up import up_asked
    from harness.commands.doing.up_request import Asked

    asked = Asked(
        server_names=meant_servers(context, positional, server_names),
        command=context.obj,
        two_way=two_way,
        versions=tuple(dict.fromkeys(versions)) or None,
        days=days,
        hosts=hosts,
        port=port,
        admin=admin,
        init_sql=init_sql,
        like=like,
        client_names=client_names if like is not None or typed(context, "client_names") else (),
        detach=detach,
        name=name,
        out=out,
        as_one_object=as_one_object,
        yes=yes,
        engine=engine_name,
        server_folders=server_folders,
        client_folders=client_folders,
        scenario_folders=scenario_folders,
        knowledge_folders=knowledge_folders,
    )
    context.exit(up_asked(asked))
