"""How MySQL and MariaDB are told the same things: configuration, statements, what a log line is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import ServerStartError
from harness.knowledge.options import NO_TLS, spelling
from harness.knowledge.product import Product, Range
from harness.model.startup import USUAL_ACCESS, Access, Role, ServerConfiguration, ServerFile
from harness.model.tls import ServerTls
from harness.servers.process import Layout

_ABORTED = re.compile(r"Aborted connection (\d+) to db")
# The number of the connection's thread stands before the level: `2026-11-23 21:02:03 5 [Warning] …` (MariaDB),
# `2026-11-23T21:02:03.123456Z 12 [Note] [MY-010914] …` (MySQL).
_THREAD = re.compile(r"^\S+(?: +\d+:\d\d:\d\d)? +(\d+) \[")

# `X509 issuer mismatch: …` (MariaDB), `[MY-010290] [Server] X.509 issuer mismatch: …` (MySQL 8).
_MISMATCH = re.compile(r"\bX\.?509 \w+ mismatch")


def is_denial(line: str) -> bool:
    """Whether a log line says that a login was denied (MY-010926 at MySQL, a warning at MariaDB)."""
    return "Access denied for user" in line


def precedes_denial(line: str) -> bool:
    """Whether a log line gives a denial's reason: what the same connection is denied for is logged after it."""
    return _MISMATCH.search(line) is not None


# The path of a file, by its role, in an option's line.
_ROLE = re.compile(r"{(\w+)}")


def configured(tls: ServerTls, server: Product) -> ServerConfiguration:
    """``tls`` in the only language that a server has for it: lines of its configuration file, and files."""
    options = [] if tls.enabled else [spelling(NO_TLS, server).line]
    files = []
    for option, value in tls.options():
        spelled = spelling(option, server)
        if tls.enabled or spelled.without_tls:
            options.append(spelled.line_for(value))
            files += [_file(spelled.line, value)] if isinstance(value, bytes) else []
    return ServerConfiguration(options=tuple(options), files=tuple(files))


def _file(line: str, content: bytes) -> ServerFile:
    (role,) = map(Role, _ROLE.findall(line))
    return ServerFile(role=role, content=content, access=USUAL_ACCESS.get(role, Access.EVERYBODY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between the two families."""

    vendor: str
    reload_statement: str
    verbose_log: str
    """Without it several builds log neither a refused client certificate nor a denied login."""
    tls_library: str
    """A query whose first row's last column names the TLS library."""
    creates_users: bool = True
    """CREATE USER takes IF NOT EXISTS and REQUIRE (MySQL 5.7, MariaDB 10.2); before, and no more since MySQL 8.0,
    GRANT makes accounts."""
    log_names_threads: bool = True
    """MySQL 5.6 and MariaDB before 10.3 write the number of the process or a pointer where others have the thread's."""

    def connection_of(self, line: str) -> int | None:
        """The id of the connection that a log line is about, or None."""
        match = _ABORTED.search(line) or (_THREAD.match(line) if self.log_names_threads else None)
        return int(match.group(1)) if match and int(match.group(1)) > 0 else None

    def is_about_one_since(self, line: str, newest: int) -> bool:
        """Whether a log line is about a connection that came after ``newest``; read while there is but one."""
        identity = self.connection_of(line)
        return is_denial(line) or precedes_denial(line) if identity is None else identity > newest

    def account(self, user: str, password: str, require: str) -> str:
        """The statement that makes an account with a REQUIRE clause, or none."""
        if self.creates_users:
            return f"CREATE USER {user}@'%' IDENTIFIED BY '{password}' {require}"
        return f"GRANT USAGE ON *.* TO {user}@'%' IDENTIFIED BY '{password}' {require}"

    def administrator(self, user: str, password: str) -> str:
        """Statements for an init file, one a line, that leave an account with all rights, there already or not."""
        if self.creates_users:
            create = f"CREATE USER IF NOT EXISTS {user}@'%' IDENTIFIED BY '{password}';\n"
            return f"{create}GRANT ALL ON *.* TO {user}@'%' WITH GRANT OPTION;\n"
        return f"GRANT ALL ON *.* TO {user}@'%' IDENTIFIED BY '{password}' WITH GRANT OPTION;\n"

    def configuration(self, options: Sequence[str], layout: Layout) -> str:
        """The whole configuration file of a server that is told ``options``."""
        root = layout.root
        lines = [
            "[mysqld]",
            self.verbose_log,
            *options,
            *([] if layout.user is None else [f"user={layout.user}"]),
            f"datadir={root}/data",
            # Below the data directory: its path has 107 bytes at most, of which a folder's may take most.
            "socket=server.sock",
            f"pid-file={root}/data/server.pid",
            f"tmpdir={root}/data" if layout.user is None else "tmpdir=/tmp",
            f"port={layout.port}",
            f"bind-address={layout.bind_address}",
            "secure-file-priv=",
            "skip-name-resolve",
            "max-connections=1000",
            "max-connect-errors=1000000",
            "event-scheduler=OFF",
            f"init-file={layout.init_file}",
            f"!include {root}/small.cnf",
        ]
        return "\n".join(lines) + "\n"


MYSQL = Dialect(
    vendor="mysql",
    reload_statement="ALTER INSTANCE RELOAD TLS",
    verbose_log="log-error-verbosity=3",
    tls_library="SHOW GLOBAL STATUS LIKE 'Tls_library_version'",
)
MYSQL_BEFORE_5_7 = replace(MYSQL, verbose_log="log-warnings=9", creates_users=False, log_names_threads=False)
MARIADB = Dialect(
    vendor="mariadb",
    reload_statement="FLUSH SSL",
    verbose_log="log-warnings=9",
    tls_library="SHOW GLOBAL VARIABLES LIKE 'version_ssl_library'",
)

MARIADB_BEFORE_10_3 = replace(MARIADB, creates_users=False, log_names_threads=False)

_DIALECTS = (
    ("mysql >=5.7", MYSQL),
    ("mysql", MYSQL_BEFORE_5_7),
    ("mariadb >=10.3", MARIADB),
    ("mariadb", MARIADB_BEFORE_10_3),
)
"""The first range that holds has the dialect. They are needed before a server can be asked what it is."""


def dialect_of(vendor: str, version: str) -> Dialect:
    """The dialect of a vendor's version as the seeding found it. Raises ServerStartError for another vendor."""
    product = Product.of(vendor, version)
    for text, dialect in _DIALECTS:
        if Range.parse(text).holds(product):
            return dialect
    raise ServerStartError(f"a server of unknown vendor `{vendor}`", remedy="use a MySQL or MariaDB server")
