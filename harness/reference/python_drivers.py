"""PyMySQL and mysql-connector-python, as a script each.

https://pymysql.readthedocs.io/en/latest/modules/connections.html and
https://dev.mysql.com/doc/connector-python/en/connector-python-connectargs.html
"""

from harness.reference.environment import ServerUp
from harness.reference.form import Cannot, ClientForm, Form
from harness.reference.legacy import OLD_CIPHERS

_PYMYSQL = "PyMySQL"
_CONNECTOR = "mysql-connector-python"
_VERIFIED = ("ssl_verify_cert=True", "ssl_verify_identity=True")
_QUERY = """\
with connection, connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
    print(cursor.fetchone())
"""
_CONTEXT = """\
# Today's OpenSSL refuses this server unless a context allows what it has.
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.options |= 0x4  # OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
"""
_OLD = f"""\
context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
context.set_ciphers({OLD_CIPHERS!r})
"""
_OPENSSL_CONF = """\
import os

# Today's OpenSSL refuses this server unless told otherwise, which it is when it is loaded.
os.environ["OPENSSL_CONF"] = {path!r}

"""


def pymysql(server: ServerUp) -> ClientForm:
    if server.takes_openssl_conf:
        parts = ["import ssl\n\nimport pymysql\n", _context(server)]
        told = [*_account(server), "ssl=context"]
    else:
        parts = ["import pymysql\n"]
        told = [*_account(server), *_files(server), *_VERIFIED]
    text = "\n".join([*parts, _call("pymysql.connect", told), _QUERY])
    return Form(client="pymysql", title=_PYMYSQL, file="pymysql_example.py", text=text)


def mysql_connector(server: ServerUp) -> ClientForm:
    if server.old:
        reason = f"it refuses TLSv1 and TLSv1.1 by itself since 8.0.28, and this server offers only {server.offers}"
        return Cannot(client=_CONNECTOR, title=_CONNECTOR, reason=reason)
    before = _OPENSSL_CONF.format(path=str(server.openssl_legacy)) if server.takes_openssl_conf else ""
    call = _call("mysql.connector.connect", [*_account(server), *_files(server), *_VERIFIED])
    text = before + "\n".join(["import mysql.connector\n", call, _QUERY])
    return Form(client=_CONNECTOR, title=_CONNECTOR, file="mysql_connector_example.py", text=text)


def _context(server: ServerUp) -> str:
    stores = server.stores
    lines = _CONTEXT + (_OLD if server.old else "") + f"context.load_verify_locations({str(stores.ca_pem)!r})\n"
    if stores.client is not None:
        lines += f"context.load_cert_chain({str(stores.client.cert_pem)!r}, {str(stores.client.key_pem)!r})\n"
    return lines


def _account(server: ServerUp) -> list[str]:
    return [
        f"host={server.host!r}",
        f"port={server.port}",
        f"user={server.user!r}",
        f"password={server.password!r}",
    ]


def _files(server: ServerUp) -> list[str]:
    stores = server.stores
    given = [f"ssl_ca={str(stores.ca_pem)!r}"]
    if stores.client is not None:
        given += [f"ssl_cert={str(stores.client.cert_pem)!r}", f"ssl_key={str(stores.client.key_pem)!r}"]
    return given


def _call(function: str, arguments: list[str]) -> str:
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"connection = {function}(\n{inside})\n"
