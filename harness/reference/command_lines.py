"""The ``mysql`` and ``mariadb`` command lines, and an options file for each.

https://dev.mysql.com/doc/refman/9.7/en/connection-options.html and
https://mariadb.com/docs/server/clients-and-utilities/mariadb-client/mariadb-command-line-client
"""

import shlex

from harness.model.tls import TlsVersion
from harness.reference.environment import ServerUp
from harness.reference.form import Cannot, ClientForm, Form

_MYSQL = "mysql command line (MySQL's own)"
_MYSQL_FILE = "options file of MySQL's programs"
_MARIADB = "mariadb command line (`mysql` where MariaDB has installed it)"
_MARIADB_FILE = "options file of MariaDB's programs"
_REFUSES = "MySQL's command line refuses TLSv1 and TLSv1.1 by itself since 8.0.28, and this server offers only {offers}"


def mysql(server: ServerUp) -> ClientForm:
    if server.old:
        return Cannot(client="mysql", title=_MYSQL, reason=_REFUSES.format(offers=server.offers))
    text = _with_openssl(server) + _command("mysql", *_mysql_options(server))
    return Form(client="mysql", title=_MYSQL, file="mysql.sh", text=text)


def mysql_file(server: ServerUp) -> ClientForm:
    if server.old:
        return Cannot(client="mysql.cnf", title=_MYSQL_FILE, reason=_REFUSES.format(offers=server.offers))
    return _options_file(_MYSQL_FILE, server, "mysql", _mysql_options(server))


def mariadb(server: ServerUp) -> ClientForm:
    text = _too_new(server) + _with_openssl(server) + _command("mariadb", *_mariadb_options(server))
    return Form(client="mariadb", title=_MARIADB, file="mariadb.sh", text=text)


def mariadb_file(server: ServerUp) -> ClientForm:
    return _options_file(_MARIADB_FILE, server, "mariadb", _mariadb_options(server), remark=_too_new(server))


def _options_file(title: str, server: ServerUp, program: str, options: tuple[str, ...], remark: str = "") -> Form:
    """A file a family: each warns of the other's way to ask for verification."""
    path = server.folder / f"{program}.cnf"
    use = f"# {_with_openssl(server)}{program} --defaults-file={path}\n"
    lines = "".join(f"{option.removeprefix('--')}\n" for option in options)
    return Form(client=path.name, title=title, file=path.name, text=f"{use}{remark}[client]\n{lines}")


def _mysql_options(server: ServerUp) -> tuple[str, ...]:
    return (*_common(server), "--ssl-mode=VERIFY_IDENTITY")


def _mariadb_options(server: ServerUp) -> tuple[str, ...]:
    return (*_common(server), "--ssl-verify-server-cert")


def _common(server: ServerUp) -> tuple[str, ...]:
    stores = server.stores
    given = [
        "--protocol=tcp",  # without it both programs take the Unix socket for `localhost`
        f"--host={server.host}",
        f"--port={server.port}",
        f"--user={server.user}",
        f"--password={server.password}",
        f"--ssl-ca={stores.ca_pem}",
    ]
    if stores.client is not None:
        given += [f"--ssl-cert={stores.client.cert_pem}", f"--ssl-key={stores.client.key_pem}"]
    return tuple(given)


def _too_new(server: ServerUp) -> str:
    """Measured with OPENSSL_CONF allowing TLSv1: 10.11's program connects, 11.8's says `no protocols available`."""
    alone = server.versions == (TlsVersion.TLS_1_0,)
    return "# A program of MariaDB 10: that of 11.8 refuses TLSv1 by itself.\n" if alone else ""


def _with_openssl(server: ServerUp) -> str:
    """Programs linked with OpenSSL 3 have no option for it, and read this file by themselves (config(5))."""
    return f"OPENSSL_CONF={shlex.quote(str(server.openssl_legacy))} " if server.takes_openssl_conf else ""


def _command(*words: str) -> str:
    return " \\\n    ".join(map(shlex.quote, words)) + "\n"
