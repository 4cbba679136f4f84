"""A server configured with literal option lines and files, and the result of its start."""

from dataclasses import dataclass, field, replace
from enum import Enum

from harness.errors import UsageError
from harness.model.material import AuthoritiesFile, FileRecipe
from harness.model.tls import TlsVersion


class Access(Enum):
    """Who may read a placed file."""

    EVERYBODY = 0o644
    SERVER_ALONE = 0o600
    NOT_THE_SERVER = 0o000
    """Root and nobody else: what a key is after a careless copy."""

    @property
    def words(self) -> str:
        """Who may read it, for a reader."""
        return self.name.lower().replace("_", " ")


class Role(Enum):
    """What a file is to the server; the values stand in braces in option lines, where its path is to be."""

    CERTIFICATE = "cert"
    KEY = "key"
    AUTHORITIES = "ca"
    REVOCATIONS = "crl"
    AUTHORITIES_FOLDER = "capath"
    """A folder of authorities, each in a file named by the hash of its subject (openssl-rehash(1))."""


USUAL_ACCESS = {Role.KEY: Access.SERVER_ALONE}

MISSING = "missing"
"""What stands in braces in an option line for a path at which there is no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFile:
    """A file that a server finds in its ``role``; ``named`` says in a report what is in it, in fewer words.

    A folder of authorities has a file for each authority of ``content``.
    """

    role: Role
    content: FileRecipe
    named: str = ""
    access: Access = Access.EVERYBODY

    def __post_init__(self) -> None:
        if self.role is Role.AUTHORITIES_FOLDER and not isinstance(self.content, AuthoritiesFile):
            raise UsageError("a folder of authorities holds nothing else", remedy="name authorities as its content")

    def __str__(self) -> str:
        reader = "" if self.access is USUAL_ACCESS.get(self.role, Access.EVERYBODY) else f", for {self.access.words}"
        return f"{self.content}{reader}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """A server's whole TLS configuration: option lines in the order of its configuration file, and files."""

    options: tuple[str, ...]
    files: tuple[StartFile, ...] = ()

    def __post_init__(self) -> None:
        if len({file.role for file in self.files}) != len(self.files):
            raise UsageError("two files in one role", remedy="give each role one file")

    def option(self, line: str) -> "ServerOptions":
        """This, with the option added, or replaced if it is already there."""
        name = option_name(line)
        kept = [(line if option_name(old) == name else old) for old in self.options]
        return replace(self, options=tuple(kept if line in kept else [*kept, line]))

    def without_option(self, name: str) -> "ServerOptions":
        """This, without that option."""
        return replace(self, options=tuple(line for line in self.options if option_name(line) != name))

    def file(self, *files: StartFile) -> "ServerOptions":
        """This, with the files of each role in ``files`` replaced."""
        by_role = {file.role: file for file in (*self.files, *files)}
        return replace(self, files=tuple(by_role.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFile:
    """A file as a server gets it; ``inside`` is its name in the folder, for a role that is one."""

    role: Role
    content: bytes = field(repr=False)
    access: Access = Access.EVERYBODY
    inside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfiguration:
    """A server's whole TLS configuration, made: option lines, and files with their content."""

    options: tuple[str, ...]
    files: tuple[ServerFile, ...] = ()

    def reload_brings(self, other: "ServerConfiguration") -> bool:
        """Whether a reload brings ``other``: it reads files again, and options stay as at the start."""
        return bool(self.files) and self.options == other.options


def option_name(line: str) -> str:
    """The option that a line of a configuration file sets; a hyphen and an underscore are the same there."""
    return line.partition("=")[0].strip().replace("_", "-")


class Start(Enum):
    """The result of a start."""

    SERVES = "serves"
    """A query came back over TLS."""
    WITHOUT = "starts without TLS"
    """It answers, and its greeting does not offer TLS."""
    BREAKS = "breaks every handshake"
    """It answers and offers TLS, and no handshake succeeds."""
    REFUSES = "refuses to start"
    HANGS = "neither starts nor ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOutcome:
    """The result of a start, as seen by the harness's own client, which accepts whatever a server presents.

    ``version`` is what it negotiated; ``alone`` whether only a client that offers no other version is served;
    ``plaintext`` whether a login in the clear succeeded; ``dropped`` the options that the server took and has no value
    for; ``error`` why no handshake succeeded; ``log`` the server's errors, and its warnings about TLS.
    """

    start: Start
    version: TlsVersion | None = None
    alone: bool = False
    plaintext: bool = True
    dropped: tuple[str, ...] = ()
    error: str = ""
    log: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.start.value} {self.version}" if self.version else self.start.value]
        if self.alone:
            parts.append("to clients that offer it alone")
        if not self.plaintext:
            parts.append("nobody in the clear")
        parts += [f"{option} dropped" for option in self.dropped]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectStart:
    """How a start is expected to go; ``version`` is what is then negotiated, where a claim names it."""

    start: Start
    version: TlsVersion | None = None
    plaintext: bool = True

    def __str__(self) -> str:
        tls = " TLS" if self.start is Start.SERVES and self.version is None else ""
        outcome = StartOutcome(start=self.start, version=self.version, plaintext=self.plaintext)
        return str(outcome).replace(self.start.value, self.start.value + tls, 1)
