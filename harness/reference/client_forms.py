"""How one client is configured for one case: in its own words, with what its probe is sent, and nothing else.

The probes' own functions say what a driver's options are; what they cannot be asked for here stands beside them.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.clients.build import ClientBuild
from harness.clients.java import JavaProbe
from harness.clients.mariadb_cli import probe as mariadb_probe
from harness.clients.mysql_cli import probe as mysql_probe
from harness.clients.mysql_connector import probe as connector_probe
from harness.clients.protocol import AttemptRequest, Hello, request_line
from harness.clients.pymysql import probe as pymysql_probe
from harness.clients.python_probe import Attempt
from harness.clients.requests import IDENTITY, account_field, endpoint_field, tls_field
from harness.model.account import Credentials, Endpoint
from harness.model.tls import Can, ClientTls
from harness.reference.form import Form

_QUERY = """\
with connection, connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
    print(cursor.fetchone())
"""
_CONNECTOR_QUERY = """\
cursor = connection.cursor()
cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
print(cursor.fetchone())
connection.close()
"""
_LEGACY = """\
connection.ctx.minimum_version = ssl.TLSVersion.TLSv1
connection.ctx.set_ciphers("DEFAULT:!kDHE:@SECLEVEL=0")
connection.ctx.options |= 0x4  # OP_LEGACY_SERVER_CONNECT
"""
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A client, and all that it is told in a case; ``folder`` is where its form's files are."""

    client: ClientBuild
    hello: Hello
    endpoint: Endpoint
    account: Credentials
    tls: ClientTls
    folder: Path

    def attempt(self) -> Attempt:
        """What a probe in Python makes its driver's options of."""
        tls = tls_field(self.tls)
        return Attempt(
            **tls.model_dump(exclude={"stores", "properties"}),
            host=self.endpoint.host,
            port=self.endpoint.port,
            user=self.account.user,
            password=self.account.password,
            queries=(IDENTITY,),
            timeout_s=_TIMEOUT_S,
        )


def case_forms(told: Told) -> list[Form]:
    """The client's own form, with the files that go with it; of a client that has none, what its probe is sent."""
    if told.client.java is not None:
        return [_jdbc(told, told.client.java)]
    form = _FORMS.get(told.client.product)
    return [_request(told)] if form is None else form(told)


def _pymysql(told: Told) -> list[Form]:
    asked = told.attempt()
    set_after = _set_on_context(asked) if asked.verify != "disabled" else ""
    given = [*_account(asked), *_keywords(pymysql_probe.options(asked))]
    if set_after:
        given.append("defer_connect=True")
    parts = ["import ssl\n\nimport pymysql\n" if set_after else "import pymysql\n", _call("pymysql.connect", given)]
    if set_after:
        parts.append(f"{set_after}connection.connect()\n")
    return [_script(told, "PyMySQL", "pymysql_case.py", "\n".join([*parts, _QUERY]))]


def _set_on_context(asked: Attempt) -> str:
    """What the driver has no option for: a user sets it on the context."""
    lines = _LEGACY if asked.legacy else ""
    if asked.versions:
        wanted = sorted(pymysql_probe.VERSIONS[name] for name in asked.versions)
        lines += f"connection.ctx.minimum_version = ssl.TLSVersion.{wanted[0].name}\n"
        lines += f"connection.ctx.maximum_version = ssl.TLSVersion.{wanted[-1].name}\n"
    if asked.ciphers:
        lines += f"connection.ctx.set_ciphers({asked.ciphers!r})\n"
    return lines


def _connector(told: Told) -> list[Form]:
    asked = told.attempt()
    pure = f"use_pure={'c' not in told.client.command}"
    call = _call("mysql.connector.connect", [*_account(asked), pure, *_keywords(connector_probe.options(asked))])
    text = "\n".join(["import mysql.connector\n", call, _CONNECTOR_QUERY])
    return [_script(told, "mysql-connector-python", "mysql_connector_case.py", text)]


def _mysql(told: Told) -> list[Form]:
    # Without modes it has no way to say "preferred".
    has = frozenset({"ssl-mode"} if Can.PREFER in told.hello.can else ())
    return [_command(told, "mysql", mysql_probe.options(has, told.attempt()))]


def _mariadb(told: Told) -> list[Form]:
    run = mariadb_probe.run(told.attempt())
    if run.openssl is None:
        return [_command(told, "mariadb", run.options)]
    file = Form(client="openssl.cnf", title="OpenSSL's configuration", file="openssl.cnf", text=run.openssl)
    before = f"OPENSSL_CONF={shlex.quote(str(told.folder / file.file))} "
    return [_command(told, "mariadb", run.options, before), file]


def _command(told: Told, program: str, options: tuple[str, ...], before: str = "") -> Form:
    words = (
        program,
        "--no-defaults",
        "--protocol=tcp",
        f"--host={told.endpoint.host}",
        f"--port={told.endpoint.port}",
        f"--user={told.account.user}",
        f"--password={told.account.password}",
        *options,
        "--execute=SHOW STATUS LIKE 'Ssl_version'",
    )
    text = before + " \\\n    ".join(map(shlex.quote, words)) + "\n"
    return Form(client=told.client.name, title=f"{program} command line", file=f"{program}.sh", text=text)


def _jdbc(told: Told, probe: JavaProbe) -> Form:
    """The URL, and the properties for ``DriverManager.getConnection``, as a properties file."""
    spelling = probe.spelling
    url = spelling.url.replace("{host}", told.endpoint.host).replace("{port}", str(told.endpoint.port))
    given = {"user": told.account.user, "password": told.account.password}
    given |= dict(told.tls.properties) if told.tls.properties is not None else _spelt(told.tls, probe)
    lines = [f"# {url}", f"# {spelling.class_name}", *(f"{name}={value}" for name, value in given.items())]
    if told.tls.legacy:
        lines.insert(0, "# On a JVM whose jdk.tls.disabledAlgorithms leaves out TLSv1, TLSv1.1 and short groups")
    text = "\n".join(lines) + "\n"
    return Form(client=told.client.name, title="JDBC, a URL and properties", file="jdbc.properties", text=text)


def _spelt(tls: ClientTls, probe: JavaProbe) -> dict[str, str]:
    """As ``harness/clients/jdbc/src/dbtls/Spelling.java`` has it, but for time limits."""
    spelling = probe.spelling
    given = {name: value for name, value in spelling.always.items() if "{milliseconds}" not in value}
    given |= spelling.verify.get(tls.verify, {})
    for store, templates in ((tls.trust_store, spelling.trust), (tls.key_store, spelling.keys)):
        if store is not None:
            parts = {"{path}": str(store.path), "{type}": store.type, "{password}": store.password, "{ca}": str(tls.ca)}
            given |= {name: _filled(value, parts) for name, value in templates.items()}
    if tls.versions is not None:
        given |= {name: _filled(value, {"{list}": ",".join(tls.versions)}) for name, value in spelling.versions.items()}
    else:
        given |= spelling.legacy if tls.legacy else spelling.shipped
    if tls.ciphers is not None:
        suites = ",".join(probe.java.suites.get(name, name) for name in tls.ciphers.split(":"))
        given |= {name: _filled(value, {"{list}": suites}) for name, value in spelling.ciphers.items()}
    return given


def _filled(template: str, parts: Mapping[str, str]) -> str:
    for place, value in parts.items():
        template = template.replace(place, value)
    return template


def _request(told: Told) -> Form:
    request = AttemptRequest(
        endpoint=endpoint_field(told.endpoint),
        account=account_field(told.account),
        tls=tls_field(told.tls),
        queries=(IDENTITY,),
        timeout_s=_TIMEOUT_S,
    )
    text = request_line(1, request).decode()
    return Form(client=told.client.name, title="the request to its probe", file="request.json", text=text)


def _script(told: Told, title: str, file: str, text: str) -> Form:
    return Form(client=told.client.name, title=title, file=file, text=text)


def _account(asked: Attempt) -> list[str]:
    return [f"host={asked.host!r}", f"port={asked.port}", f"user={asked.user!r}", f"password={asked.password!r}"]


def _keywords(options: Mapping[str, object]) -> list[str]:
    return [f"{name}={value!r}" for name, value in options.items() if value is not None]


def _call(function: str, arguments: list[str]) -> str:
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"connection = {function}(\n{inside})\n"


_FORMS: Mapping[str, Callable[[Told], list[Form]]] = {
    "pymysql": _pymysql,
    "mysql-connector-python": _connector,
    "mysql-cli": _mysql,
    "mariadb-cli": _mariadb,
}
"""By the product of a client's build."""
