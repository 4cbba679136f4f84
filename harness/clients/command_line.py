"""What the probes of command-line clients share: each attempt is one run of the program.

Standard library only, like ``python_probe``, and one file: both are copied into the clients' images.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from harness.clients.python_probe import Attempt, Seen

CONCURRENCY = 4
GRACE_S = 0.5
"""How much longer than its own ``--connect-timeout`` a program may take; the harness waits for twice that."""

_NULL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_DOCUMENT = '<?xml version="1.0"?>'
_STATUS = re.compile(r"^SSL:\s+(?:Cipher in use is ([^\s,]+)|(Not in use))", re.MULTILINE)
_ERROR = re.compile(r"^ERROR (?P<code>\d+) \((?P<sqlstate>\w{5})\)(?: at line \d+)?: (?P<message>.*)", re.M | re.S)
_OPENSSL = re.compile(rb"OpenSSL \d\.\d+\.\d+[a-z]*(?= +\d)")
_YASSL = re.compile(rb"(?i)yassl")


class ProgramError(Exception):
    """What the program said on standard error; ``kind`` is its name."""

    def __init__(self, kind: str, message: str, *, code: int | None = None, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.errno = code
        self.sqlstate = sqlstate


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A client program: its path, what ``--version`` and its libraries say, and the names of the options it takes."""

    path: str
    banner: str
    tls_library: str
    options: frozenset[str]

    @property
    def name(self) -> str:
        return Path(self.path).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to make one attempt: the program's own options, and a configuration for its OpenSSL."""

    options: tuple[str, ...]
    openssl: str | None = None


def program(path: str) -> Program:
    """Ask the program at ``path`` what it is. Raises OSError, subprocess.SubprocessError."""
    said, told = (_said(path, "--no-defaults", option) for option in ("--version", "--help"))
    options = frozenset(re.findall(r"--([a-z][a-z0-9-]+)", told))
    return Program(
        path=path,
        banner=" ".join([Path(path).name, *said.split()[1:]]),
        tls_library=tls_library(path),
        options=options,
    )


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  the client under test


def tls_library(path: str) -> str:
    """The TLS library by the text that it carries: in a shared library or, linked statically, in the program."""
    command = ["ldd", path]  # fails for a static program
    linked = subprocess.run(command, capture_output=True, text=True).stdout  # noqa: S603  the client under test
    shared = re.findall(r"libcrypto\S* => (\S+)", linked)
    content = b"".join(Path(one).read_bytes() for one in shared or [path])
    found = _OPENSSL.search(content)
    if found is not None:
        return found[0].decode("ascii")
    return "yaSSL" if _YASSL.search(content) else "unknown"


def attempt(client: Program, run: Run, asked: Attempt) -> Seen:
    """Make one attempt by running the program once. Raises ProgramError, and TimeoutError when it had to be killed."""
    with tempfile.TemporaryDirectory(prefix="attempt-") as scratch:
        defaults = _private(Path(scratch) / "client.cnf", f"[client]\npassword={quoted(asked.password)}\n")
        environment = dict(os.environ)
        if run.openssl is not None:
            environment["OPENSSL_CONF"] = str(_private(Path(scratch) / "openssl.cnf", run.openssl))
        command = [
            client.path,
            f"--defaults-file={defaults}",  # must come first; nothing else is read then but ~/.mylogin.cnf
            "--protocol=TCP",
            f"--host={asked.host}",
            f"--port={asked.port}",
            f"--user={asked.user}",
            f"--connect-timeout={max(1, int(asked.timeout_s))}",
            "--skip-reconnect",
            "--default-character-set=utf8mb4",
            "--batch",
            "--xml",  # unlike --batch alone it tells NULL from text, and where a result ends
            *run.options,
        ]
        status, out, err = _ended(command, script(asked.queries), environment, asked.timeout_s + GRACE_S)
    if status != 0:
        raise error_of(client.name, err, status)
    return Seen(tls_version=None, cipher=cipher_in_use(out), server_serial=None, rows=rows_of(out, len(asked.queries)))


def _ended(command: Sequence[str], text: str, environment: Mapping[str, str], timeout_s: float) -> tuple[int, str, str]:
    with subprocess.Popen(  # noqa: S603  the client under test, without a shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
    ) as process:
        try:
            out, err = process.communicate(text, timeout=timeout_s)
            return process.returncode, out, err
        except subprocess.TimeoutExpired:
            pass  # raised below: in here it would bring this exception along, with the whole command
        finally:
            process.kill()  # nothing, if it has ended
    raise TimeoutError(f"the program timed out: nothing after {timeout_s:g} s, and it was killed")


def script(queries: Sequence[str]) -> str:
    r"""Standard input of a run: the program's ``\s`` (what it knows of its connection), then the queries."""
    return "".join(["\\s\n", *(f"{query};\n" for query in queries)])


def quoted(password: str) -> str:
    """A value of an option file (https://dev.mysql.com/doc/refman/8.0/en/option-files.html: escapes in values)."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        password = password.replace(plain, escaped)
    return f'"{password}"'


def rows_of(out: str, queries: int) -> list[list[list[str | None]]]:
    """The rows of each query, from one XML document a result. Raises ValueError unless each query has one."""
    texts = (text.strip() for text in out.split(_DOCUMENT)[1:])
    documents = [ElementTree.fromstring(text) for text in texts]  # noqa: S314  written by the program, which escapes rows
    if len(documents) != queries:
        raise ValueError(f"the program printed {len(documents)} results for {queries} queries")
    return [[_row(row) for row in document.findall("row")] for document in documents]


def _row(row: ElementTree.Element) -> list[str | None]:
    return [None if one.get(_NULL) else one.text or "" for one in row.findall("field")]


def cipher_in_use(out: str) -> str | None:
    r"""The cipher that ``\s`` names, '' where it says that TLS is not in use, None where it says neither."""
    found = _STATUS.search(out.partition(_DOCUMENT)[0])
    return found and (found[1] or "")


def error_of(kind: str, err: str, status: int) -> ProgramError:
    """What went wrong, from standard error: its ``ERROR`` and what follows it, else all of it."""
    found = _ERROR.search(err)
    if found is None:
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        return ProgramError(kind, f"{how}: {err.strip()}")
    return ProgramError(kind, found["message"].strip(), code=int(found["code"]), sqlstate=found["sqlstate"])


def files(asked: Attempt) -> Iterator[str]:
    """The options that every such program has for PEM files."""
    if asked.certificate:
        yield f"--ssl-cert={asked.certificate}"
    if asked.key:
        yield f"--ssl-key={asked.key}"
    if asked.revocations:
        yield f"--ssl-crl={asked.revocations}"


def _private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def introduction(
    name: str, client: Program, *, versions: Sequence[str], can: Sequence[str], legacy_versions: Sequence[str] = ()
) -> Mapping[str, object]:
    """The probe's ``hello``."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    system = re.search(r'^PRETTY_NAME="(.*)"$', release, re.MULTILINE)
    checks = ["check-revocation"] if "ssl-crl" in client.options else []
    return {
        "name": name,
        "driver": client.banner,
        "runtime": system[1] if system else sys.platform,
        "tls_library": client.tls_library,
        "versions": list(versions),
        "legacy_versions": list(legacy_versions),
        "can": [*can, *checks],
        "concurrency": CONCURRENCY,
    }
