"""The ``mariadb`` program, through its own options (https://mariadb.com/docs/server/clients-and-utilities/mariadb-client).

The argument is the client's name.
"""

import re
import sys

from harness.clients.command_line import Program, Run, attempt, files, introduction, program
from harness.clients.python_probe import Attempt, serve

LEGACY = """\
openssl_conf = dbtls
[dbtls]
ssl_conf = modules
[modules]
system_default = tls
[tls]
MinProtocol = TLSv1
CipherString = DEFAULT:!kDHE:@SECLEVEL=0
Options = UnsafeLegacyServerConnect
"""
"""What the program has no option for: OpenSSL reads it by itself (config(5), "SSL Configuration Module").

Without DHE, since OpenSSL 3 refuses groups as small as MySQL 5.6's at any security level.
"""

SPELT = {"TLSv1": "TLSv1.0"}
"""Names that differ; one that the program does not know it ignores, and without a word."""

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
    "legacy-crypto",
)


def options(asked: Attempt) -> tuple[str, ...]:
    """The program's equivalents.

    An authority alone has the chain verified; ``--ssl-verify-server-cert`` has the name checked and TLS demanded. No
    option demands TLS and no more: "required" is what a user can write.
    """
    if asked.verify == "disabled":
        return ("--skip-ssl",)
    given = ["--ssl", f"--{'' if asked.verify == 'verify-identity' else 'disable-'}ssl-verify-server-cert"]
    # An authority would have the server verified, so with one it is no longer "preferred".
    if asked.ca and asked.verify != "preferred":
        given.append(f"--ssl-ca={asked.ca}")
    given += files(asked)
    if asked.versions:
        given.append(f"--tls-version={','.join(SPELT.get(name, name) for name in asked.versions)}")
    if asked.ciphers:
        given.append(f"--ssl-cipher={asked.ciphers}")
    return tuple(given)


def run(asked: Attempt) -> Run:
    return Run(options=options(asked), openssl=LEGACY if asked.legacy else None)


def legacy_versions(banner: str) -> tuple[str, ...]:
    """Those that OPENSSL_CONF can bring it to: since 11.4 (Connector/C 3.4) TLSv1 is no more among them."""
    release = re.search(r"(\d+)\.(\d+)\.\d+-MariaDB", banner)
    old = release is not None and (int(release[1]), int(release[2])) < (11, 4)
    return (*(("TLSv1",) if old else ()), "TLSv1.1", "TLSv1.2", "TLSv1.3")


def main(name: str, client: Program) -> None:
    spoken = legacy_versions(client.banner)
    hello = introduction(name, client, versions=("TLSv1.2", "TLSv1.3"), can=CAN, legacy_versions=spoken)
    serve(hello, lambda asked: attempt(client, run(asked), asked))


if __name__ == "__main__":
    main(sys.argv[1], program("/usr/bin/mariadb"))
