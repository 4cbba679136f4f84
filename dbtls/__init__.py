"""The names that scenarios and tests of your own are written with. They are stable; where they come from is not.

A scenario is a function that states a claim in its docstring and returns what shows it:

    from dbtls import Case, Cause, Side, Testbed, scenario

    @scenario()
    def expired(bed: Testbed) -> Case:
        \"""A client that verifies refuses a server's expired certificate.\"""
        ...

What it is given and returns: ``scenario``, ``Testbed``, ``Situation``, ``Case``, ``Journey`` of ``Step``, ``Rotation``,
``StartUp`` (by ``start_up`` from ``GOOD_START``), ``Skip``, and ``NotApplicable``, raised where this server and this
client cannot show it.

What a situation is made of: ``Verify``, ``TlsVersion``, ``Require`` with its ``Demand``. Certificates are specified,
not made: an ``IssuedLeaf`` by an ``AuthoritySpec`` or by itself, described by ``LeafSpec``, ``KeyType``, ``KeyUse``,
``Usage`` and ``Digest``. A rotation is of ``What`` and ``How``, with stores of a ``StoreKind``. A start-up gives a
server ``ServerOptions``: option lines, and each ``StartFile`` with its ``Role`` and ``Access``; how it goes is a
``Start``. What is in a file is a ``CertificateFile``, a ``KeyFile`` in a ``KeyFormat``, an ``AuthoritiesFile``, a
``RevocationList`` or a ``TextFile``. What a client can do, which a scenario may need: ``Can``.

What is expected and judged: ``Side`` and ``Cause`` of a refusal, the ``Status`` of a verdict.

What a test's fixtures are: ``server`` a ``RunningServer``, ``testbed`` a ``Testbed``, ``authority`` an ``Authority``,
``judge`` a ``Judge``. What goes wrong is a ``HarnessError``; a wrong name, file or option a ``UsageError``.

``import dbtls`` loads none of it: a name is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING

from harness.version import VERSION

if TYPE_CHECKING:
    from harness.case.rotation import Rotation
    from harness.case.scenario import Skip, scenario
    from harness.case.situation import Case, Journey, Situation, Step
    from harness.case.startup import GOOD_START, StartUp, start_up
    from harness.case.testbed import NotApplicable, Testbed
    from harness.errors import HarnessError, UsageError
    from harness.model.account import Demand, Require
    from harness.model.certificates import AuthoritySpec, Digest, KeyType, KeyUse, LeafSpec, Usage
    from harness.model.material import (
        AuthoritiesFile,
        CertificateFile,
        IssuedLeaf,
        KeyFile,
        KeyFormat,
        RevocationList,
        StoreKind,
        TextFile,
    )
    from harness.model.outcome import Cause, Side
    from harness.model.rotation import How, What
    from harness.model.startup import Access, Role, ServerOptions, Start, StartFile
    from harness.model.tls import Can, TlsVersion, Verify
    from harness.model.verdict import Status
    from harness.pki import Authority
    from harness.plugin.own import Judge
    from harness.servers.server import RunningServer

__version__ = VERSION

# For type checkers the names are those above; here each is looked up when it is used. A test holds both together.
_HOMES = {
    "GOOD_START": "harness.case.startup",
    "Access": "harness.model.startup",
    "AuthoritiesFile": "harness.model.material",
    "Authority": "harness.pki",
    "AuthoritySpec": "harness.model.certificates",
    "Can": "harness.model.tls",
    "Case": "harness.case.situation",
    "Cause": "harness.model.outcome",
    "CertificateFile": "harness.model.material",
    "Demand": "harness.model.account",
    "Digest": "harness.model.certificates",
    "HarnessError": "harness.errors",
    "How": "harness.model.rotation",
    "IssuedLeaf": "harness.model.material",
    "Journey": "harness.case.situation",
    "Judge": "harness.plugin.own",
    "KeyFile": "harness.model.material",
    "KeyFormat": "harness.model.material",
    "KeyType": "harness.model.certificates",
    "KeyUse": "harness.model.certificates",
    "LeafSpec": "harness.model.certificates",
    "NotApplicable": "harness.case.testbed",
    "Require": "harness.model.account",
    "RevocationList": "harness.model.material",
    "Role": "harness.model.startup",
    "Rotation": "harness.case.rotation",
    "RunningServer": "harness.servers.server",
    "ServerOptions": "harness.model.startup",
    "Side": "harness.model.outcome",
    "Situation": "harness.case.situation",
    "Skip": "harness.case.scenario",
    "Start": "harness.model.startup",
    "StartFile": "harness.model.startup",
    "StartUp": "harness.case.startup",
    "Status": "harness.model.verdict",
    "Step": "harness.case.situation",
    "StoreKind": "harness.model.material",
    "Testbed": "harness.case.testbed",
    "TextFile": "harness.model.material",
    "TlsVersion": "harness.model.tls",
    "Usage": "harness.model.certificates",
    "UsageError": "harness.errors",
    "Verify": "harness.model.tls",
    "What": "harness.model.rotation",
    "scenario": "harness.case.scenario",
    "start_up": "harness.case.startup",
}

__all__ = [
    "GOOD_START",
    "Access",
    "AuthoritiesFile",
    "Authority",
    "AuthoritySpec",
    "Can",
    "Case",
    "Cause",
    "CertificateFile",
    "Demand",
    "Digest",
    "HarnessError",
    "How",
    "IssuedLeaf",
    "Journey",
    "Judge",
    "KeyFile",
    "KeyFormat",
    "KeyType",
    "KeyUse",
    "LeafSpec",
    "NotApplicable",
    "Require",
    "RevocationList",
    "Role",
    "Rotation",
    "RunningServer",
    "ServerOptions",
    "Side",
    "Situation",
    "Skip",
    "Start",
    "StartFile",
    "StartUp",
    "Status",
    "Step",
    "StoreKind",
    "Testbed",
    "TextFile",
    "TlsVersion",
    "Usage",
    "UsageError",
    "Verify",
    "What",
    "__version__",
    "scenario",
    "start_up",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
