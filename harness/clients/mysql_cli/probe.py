"""The ``mysql`` program, through its own options (https://dev.mysql.com/doc/refman/9.7/en/mysql-command-options.html).

The arguments are the client's name and the program.
"""

import sys

from harness.clients.command_line import Program, Run, attempt, files, introduction, program
from harness.clients.python_probe import Attempt, serve

CAN = (
    "disable",
    "prefer",
    "require",
    "verify-ca",
    "verify-identity",
    "client-certificate",
    "limit-versions",
    "name-versions",
    "choose-ciphers",
)
CAN_BEFORE_MODES = ("disable", "require", "verify-ca", "choose-ciphers")


def options(has: frozenset[str], asked: Attempt) -> tuple[str, ...]:
    """The program's equivalents, by the options that it has."""
    # Where there is such an option, the probe's own `\s` may be off without it.
    given = ["--commands"] if "commands" in has else []
    given += [*(_mode(asked) if "ssl-mode" in has else _before_modes(asked))]
    if asked.verify == "disabled":
        return tuple(given)
    if asked.ca and asked.verify != "preferred":
        given.append(f"--ssl-ca={asked.ca}")
    given += files(asked)
    if asked.versions:
        given.append(f"--tls-version={','.join(asked.versions)}")
    if asked.ciphers:
        given.append(f"--ssl-cipher={asked.ciphers}")
    return tuple(given)


def _mode(asked: Attempt) -> tuple[str, ...]:
    return (f"--ssl-mode={asked.verify.upper().replace('-', '_')}",)


def _before_modes(asked: Attempt) -> tuple[str, ...]:
    """MySQL 5.6: an authority alone has the chain verified; no option demands TLS, and none names a version."""
    match asked.verify:
        case "disabled":
            return ("--skip-ssl",)
        case "verify-identity":
            return ("--ssl", "--ssl-verify-server-cert")
        case _:
            return ("--ssl",)


def main(name: str, client: Program) -> None:
    if "ssl-mode" in client.options:
        hello = introduction(name, client, versions=("TLSv1.2", "TLSv1.3"), can=CAN)
    else:
        hello = introduction(name, client, versions=("TLSv1",), can=CAN_BEFORE_MODES)
    serve(hello, lambda asked: attempt(client, Run(options=options(client.options, asked)), asked))


if __name__ == "__main__":
    main(sys.argv[1], program(sys.argv[2]))
