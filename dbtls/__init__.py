"""The names that scenarios and tests of your own are written with. They are stable; where they come from is not.

A scenario is a function that states a claim in its docstring and returns what shows it:

    from dbtls import Case, Cause, Side, Testbed, scenario

    @scenario()
    def expired(bed: Testbed) -> Case:
        \"""A client that verifies refuses a server's expired certificate.\"""
        ...

What it is given and returns: ``scenario``, ``Testbed``, ``Situation``, ``Case``, ``Journey`` of ``Step``, ``Rotation``,
``StartUp`` (by ``start_up`` from ``good_start``), ``Skip``, and ``NothingToShow``, raised where this server and this
client cannot show it.

What a situation is made of: ``Verify``, ``TlsVersion``, ``Require`` with its ``Demand``; certificates are a ``Leaf`` by
an ``Authority`` or ``self_signed``, described by ``LeafSpec``, ``KeyType``, ``KeyUse``, ``Usage`` and ``Digest``; a
rotation by ``What`` is exchanged and ``How``; a start by what a server is ``Told``, of options and ``StartFile``, each
with its ``Role`` and ``Access``, and how it goes: ``Start``. What a client can do, which a scenario may need: ``Can``.

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
    from harness.case.startup import StartUp, good_start, start_up
    from harness.case.testbed import NothingToShow, Testbed
    from harness.errors import HarnessError, UsageError
    from harness.model.account import Demand, Require
    from harness.model.outcome import Cause, Side
    from harness.model.rotation import How, What
    from harness.model.startup import Access, Role, Start, StartFile, Told
    from harness.model.tls import Can, TlsVersion, Verify
    from harness.model.verdict import Status
    from harness.pki import Authority, Digest, KeyType, KeyUse, Leaf, LeafSpec, Usage, self_signed
    from harness.plugin.own import Judge
    from harness.servers.server import RunningServer

__version__ = VERSION

# For type checkers the names are those above; here each is looked up when it is used. A test holds both together.
_HOMES = {
    "Access": "harness.model.startup",
    "Authority": "harness.pki",
    "Can": "harness.model.tls",
    "Case": "harness.case.situation",
    "Cause": "harness.model.outcome",
    "Demand": "harness.model.account",
    "Digest": "harness.pki",
    "HarnessError": "harness.errors",
    "How": "harness.model.rotation",
    "Journey": "harness.case.situation",
    "Judge": "harness.plugin.own",
    "KeyType": "harness.pki",
    "KeyUse": "harness.pki",
    "Leaf": "harness.pki",
    "LeafSpec": "harness.pki",
    "NothingToShow": "harness.case.testbed",
    "Require": "harness.model.account",
    "Role": "harness.model.startup",
    "Rotation": "harness.case.rotation",
    "RunningServer": "harness.servers.server",
    "Side": "harness.model.outcome",
    "Situation": "harness.case.situation",
    "Skip": "harness.case.scenario",
    "Start": "harness.model.startup",
    "StartFile": "harness.model.startup",
    "StartUp": "harness.case.startup",
    "Status": "harness.model.verdict",
    "Step": "harness.case.situation",
    "Testbed": "harness.case.testbed",
    "TlsVersion": "harness.model.tls",
    "Told": "harness.model.startup",
    "Usage": "harness.pki",
    "UsageError": "harness.errors",
    "Verify": "harness.model.tls",
    "What": "harness.model.rotation",
    "good_start": "harness.case.startup",
    "scenario": "harness.case.scenario",
    "self_signed": "harness.pki",
    "start_up": "harness.case.startup",
}

__all__ = [
    "Access",
    "Authority",
    "Can",
    "Case",
    "Cause",
    "Demand",
    "Digest",
    "HarnessError",
    "How",
    "Journey",
    "Judge",
    "KeyType",
    "KeyUse",
    "Leaf",
    "LeafSpec",
    "NothingToShow",
    "Require",
    "Role",
    "Rotation",
    "RunningServer",
    "Side",
    "Situation",
    "Skip",
    "Start",
    "StartFile",
    "StartUp",
    "Status",
    "Step",
    "Testbed",
    "TlsVersion",
    "Told",
    "Usage",
    "UsageError",
    "Verify",
    "What",
    "__version__",
    "good_start",
    "scenario",
    "self_signed",
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
