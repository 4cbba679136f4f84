"""Clients and servers of a vendor's own, made from the shipped ones."""

import shutil
import textwrap
from pathlib import Path

from harness.clients.build import BUILTIN_CLIENTS
from harness.servers.build import BUILTIN_SERVERS


def copied_client(folder: Path, name: str, *, more: str = "", probe: tuple[str, str] = ("", "")) -> Path:
    """The PyMySQL client under another name, with ``more`` at its data's end and ``probe`` replaced in its program.

    The folder to name in --clients.
    """
    source = BUILTIN_CLIENTS / "pymysql"
    copy = folder / "clients" / name
    copy.mkdir(parents=True)
    data = (source / "client.toml").read_text()
    (copy / "client.toml").write_text(data + textwrap.dedent(more))
    program = (source / "probe.py").read_text()
    for old, new in (('"name": "pymysql"', f'"name": "{name}"'), probe):
        assert old in program
        program = program.replace(old, new, 1)
    (copy / "probe.py").write_text(program)
    return copy.parent


def copied_driver(folder: Path, name: str, *, relaxed: str) -> Path:
    """Connector/J 5.1 under another name, whose JVM is ``relaxed`` by that alone where legacy crypto is allowed.

    The folder to name in --clients.
    """
    source = BUILTIN_CLIENTS / "jdbc"
    copy = folder / "clients" / "jdbc"
    copy.mkdir(parents=True)
    data, first, _ = (source / "client.toml").read_text().split("[[variant]]\n", 2)
    for key, entry in {"sources": "src", "context": "jdk"}.items():
        data = data.replace(f'{key} = "{entry}"', f'{key} = "{source / entry}"')
    before, _, after = data.partition("[java.relaxed]\n")
    data = f"{before}[java.relaxed]\n{relaxed}\n\n{after.partition(chr(10) * 2)[2]}"
    named = first.replace('"jdbc:connector-j-5.1"', f'"{name}"', 1)
    (copy / "client.toml").write_text(f"{data}[[variant]]\n{named}")
    return copy.parent


def copied_server(folder: Path, name: str, *, dockerfile: str = "", more: str = "") -> Path:
    """The mariadb-10.11 build under another name, with lines added; the folder to name in --servers."""
    copy = folder / "servers" / name
    shutil.copytree(BUILTIN_SERVERS / "mariadb-10.11", copy)
    for file, added in (("Dockerfile", dockerfile), ("server.toml", more)):
        with (copy / file).open("a") as stream:
            stream.write(textwrap.dedent(added))
    return copy.parent
