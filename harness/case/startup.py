"""Start-ups: a server whose configuration differs in one thing from one that it serves with, and the result.

No client takes part: the harness's own connection sees whether the server ends, answers, offers TLS, and serves it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.case.kind import AnyCase
from harness.case.testbed import CLIENT_LEAF, GOOD, SERVER_LEAF
from harness.model.material import (
    AuthoritiesFile,
    CertificateFile,
    FileRecipe,
    KeyFile,
    PresentedLeaf,
    RevocationList,
)
from harness.model.startup import Access, ExpectStart, Role, ServerOptions, Start, StartFile, option_name
from harness.model.tls import TlsVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUp(AnyCase):
    """A server configured with ``told``, which is ``good`` with at most one difference, and the expected start."""

    good: ServerOptions
    told: ServerOptions
    expected: ExpectStart


def own_files(leaf: PresentedLeaf, named: str = "") -> tuple[StartFile, StartFile]:
    """A leaf's certificate and key as files of a server."""
    return (
        StartFile(role=Role.CERTIFICATE, content=CertificateFile(of=leaf), named=named),
        own_key(KeyFile(of=leaf), named),
    )


def own_key(content: FileRecipe, named: str = "") -> StartFile:
    """A server's key, which nobody else reads."""
    return StartFile(role=Role.KEY, content=content, named=named, access=Access.SERVER_ALONE)


GOOD_START = ServerOptions(
    options=("ssl-ca={ca}", "ssl-cert={cert}", "ssl-key={key}"),
    files=(
        *own_files(SERVER_LEAF, "good"),
        StartFile(role=Role.AUTHORITIES, content=AuthoritiesFile(of=(GOOD,)), named="good"),
        StartFile(role=Role.REVOCATIONS, content=RevocationList(issuer=GOOD, revoked=(CLIENT_LEAF,)), named="good"),
        StartFile(role=Role.AUTHORITIES_FOLDER, content=AuthoritiesFile(of=(GOOD,)), named="good"),
    ),
)
"""A server certificate, its key in the oldest form, and the authority that signed it.

A revocation list and a folder of authorities lie there as well, for options to name.
"""


def start_up(
    good: ServerOptions, told: ServerOptions, start: Start, *, version: TlsVersion | None = None, plaintext: bool = True
) -> StartUp:
    """The start expected of a server that is good with ``good`` and configured with ``told``."""
    return StartUp(good=good, told=told, expected=ExpectStart(start=start, version=version, plaintext=plaintext))


def start_difference(before: ServerOptions, after: ServerOptions) -> tuple[str, ...]:
    """What differs: each option with what it was and is, and files that changed alike, ``roles: before → after``."""
    options = _differing(_options(before), _options(after))
    files = _differing(_files(before), _files(after))
    alike: dict[tuple[str, str], list[str]] = {}
    for role, change in files:
        alike.setdefault(change, []).append(role)
    changed_files = ((" and ".join(roles), change) for change, roles in alike.items())
    return tuple(f"{what}: {old} → {new}" for what, (old, new) in (*options, *changed_files))


def _options(told: ServerOptions) -> Mapping[str, str]:
    return {option_name(line): line for line in told.options}


def _files(told: ServerOptions) -> Mapping[str, StartFile]:
    return {file.role.value: file for file in told.files}


def _differing(
    before: Mapping[str, str] | Mapping[str, StartFile], after: Mapping[str, str] | Mapping[str, StartFile]
) -> Iterable[tuple[str, tuple[str, str]]]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old != new:
            shown = _shown(old), _shown(new)
            yield key, shown if shown[0] != shown[1] else (str(old), str(new))


def _shown(value: str | StartFile | None) -> str:
    match value:
        case None:
            return "none"
        case str():
            return f"`{value}`"
        case StartFile(named=named):
            return named or str(value)
