"""An environment as text, as files and as JSON."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from harness.reference import command_lines, dbconnector, jdbc, legacy, python_drivers
from harness.reference.environment import Address, Environment, ServerUp, Stores
from harness.reference.form import Cannot, ClientForm, Form

FORMAT = "dbtls-up/1"
ENVIRONMENT_FILE = "environment.json"
TEXT_FILE = "README.txt"
FORMS: Sequence[Callable[[ServerUp], ClientForm]] = (
    command_lines.mysql,
    command_lines.mysql_file,
    command_lines.mariadb,
    command_lines.mariadb_file,
    python_drivers.pymysql,
    python_drivers.mysql_connector,
    jdbc.connector_j,
    jdbc.mariadb_connector_j,
    dbconnector.yaml,
    dbconnector.configdb,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is up, as whoever asked for it gets it: as text, as an object for machines and as variables."""

    folder: Path
    addresses: Sequence[Address]
    text: str
    as_object: Mapping[str, Any]
    variables: Mapping[str, str]


def shown(environment: Environment) -> Shown:
    """An environment in every form."""
    return Shown(
        folder=environment.folder,
        addresses=[Address(name=one.name, host=one.host, port=one.port) for one in environment.servers],
        text=text(environment),
        as_object=as_json(environment),
        variables=variables(environment),
    )


def forms(server: ServerUp) -> list[ClientForm]:
    """Every client's form for ``server``."""
    return [form(server) for form in FORMS]


def text(environment: Environment) -> str:
    """What a reader is shown: each server, and under ``==> title: file <==`` what the file has too."""
    parts = [_stores(environment.stores)]
    for server in environment.servers:
        parts.append(_about(environment, server))
        parts += [printed_form(server.folder, form) for form in forms(server)]
    parts += [f"note: {note}\n" for note in environment.notes]
    return "\n".join(parts)


def as_json(environment: Environment) -> dict[str, Any]:
    """The machine-readable form. Stable: names are added and never change their meaning while ``format`` is this one.

    ``servers`` stand in the order asked for. A form has ``file`` and ``text``, or ``cannot`` with the reason. Paths
    are absolute; ``not_after`` is RFC 3339; ``stores.client`` is null for one-way TLS, and
    ``admin`` where none was asked for.
    """
    return {
        "format": FORMAT,
        "folder": str(environment.folder),
        "names": list(environment.names),
        "two_way": environment.stores.client is not None,
        "stores": _stores_json(environment.stores),
        "servers": [_server_json(server) for server in environment.servers],
        "notes": list(environment.notes),
    }


def files(environment: Environment) -> Mapping[Path, str]:
    """Every file but the stores, with its content."""
    found = {environment.folder / TEXT_FILE: text(environment)}
    for server in environment.servers:
        found |= {server.folder / form.file: form.text for form in forms(server) if isinstance(form, Form)}
        if server.takes_openssl_conf:
            found[server.openssl_legacy] = legacy.openssl_configuration(server)
        if server.old:
            found[server.java_legacy] = legacy.java_security(server)
    return found


def variables(environment: Environment) -> Mapping[str, str]:
    """What a command is given in its environment: the first server, and where all of it stands."""
    server, stores = environment.servers[0], environment.stores
    given = {
        "DBTLS_SERVER": server.name,
        "DBTLS_HOST": server.host,
        "DBTLS_PORT": str(server.port),
        "DBTLS_USER": server.user,
        "DBTLS_PASSWORD": server.password,
        "DBTLS_CA": str(stores.ca_pem),
        "DBTLS_FOLDER": str(server.folder),
        "DBTLS_JSON": str(environment.folder / ENVIRONMENT_FILE),
    }
    if server.admin is not None:
        given |= {"DBTLS_ADMIN_USER": server.admin.user, "DBTLS_ADMIN_PASSWORD": server.admin.password}
    if stores.client is not None:
        given |= {"DBTLS_CERT": str(stores.client.cert_pem), "DBTLS_KEY": str(stores.client.key_pem)}
    return given


def write_private(path: Path, content: str) -> None:
    """Write a new file that its owner alone reads from its first byte on: passwords are in it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def _stores(stores: Stores) -> str:
    rows = [("folder", str(stores.folder)), ("they trust", "ca.pem truststore.p12 truststore.jks")]
    if stores.client is not None:
        rows.append(("they present", "cert.pem key.pem keystore.p12 keystore.jks"))
    return "clients' stores\n" + columns([*rows, ("store password", stores.password)])


def _about(environment: Environment, server: ServerUp) -> str:
    offers = " ".join(str(version) for version in server.versions)
    account = "REQUIRE X509" if environment.stores.client is not None else "no client certificate asked for"
    admin = []
    if server.admin is not None:
        admin = [("admin", f"{server.admin.user}   (all rights, with GRANT OPTION)"), ("", server.admin.password)]
    return f"{server.name}: {server.vendor} {server.version}, {server.tls_library}, {offers}\n" + columns(
        [
            ("host", f"{server.host}   (its certificate is for {', '.join(environment.names)})"),
            ("port", str(server.port)),
            ("user", f"{server.user}   ({account})"),
            ("password", server.password),
            *admin,
            ("certificate", f"serial {server.serial:x}, until {server.not_after:%Y-%m-%d %H:%M} UTC"),
            ("files", str(server.folder)),
        ]
    )


def columns(rows: list[tuple[str, str]]) -> str:
    """Names, and what each is, below each other."""
    return "".join(f"  {name:16}{value}\n" for name, value in rows)


def printed_form(folder: Path, form: ClientForm) -> str:
    """A form whose file is in ``folder``, under its heading."""
    match form:
        case Form():
            return f"==> {form.title}: {folder / form.file} <==\n{form.text}"
        case Cannot():
            return f"==> {form.title} <==\ncannot connect: {form.reason}\n"
        case _:
            assert_never(form)


def _stores_json(stores: Stores) -> dict[str, Any]:
    client = stores.client
    return {
        "password": stores.password,
        "ca_pem": str(stores.ca_pem),
        "truststore_p12": str(stores.truststore_p12),
        "truststore_jks": str(stores.truststore_jks),
        "client": client
        and {
            "cert_pem": str(client.cert_pem),
            "key_pem": str(client.key_pem),
            "keystore_p12": str(client.keystore_p12),
            "keystore_jks": str(client.keystore_jks),
        },
    }


def _server_json(server: ServerUp) -> dict[str, Any]:
    return {
        "name": server.name,
        "vendor": server.vendor,
        "version": server.version,
        "tls_library": server.tls_library,
        "tls_versions": [str(version) for version in server.versions],
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "admin": server.admin and {"user": server.admin.user, "password": server.admin.password},
        "certificate": {"serial": f"{server.serial:x}", "not_after": server.not_after.isoformat()},
        "folder": str(server.folder),
        "forms": [form_as_json(server.folder, form) for form in forms(server)],
    }


def form_as_json(folder: Path, form: ClientForm) -> dict[str, str]:
    """A form whose file is in ``folder``."""
    match form:
        case Form():
            return {"client": form.client, "file": str(folder / form.file), "text": form.text}
        case Cannot():
            return {"client": form.client, "cannot": form.reason}
        case _:
            assert_never(form)
