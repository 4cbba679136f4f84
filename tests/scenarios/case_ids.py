"""The ids of all cases that the shipped scenarios make for some server and client; documents' commands are made up."""

from collections.abc import Iterator

from harness.case.scenario import BUILTIN_SCENARIOS, NOBODY, discover_scenarios
from harness.case.testbed import ClientView, ServerView, Testbed
from harness.model.tls import Can, TlsVersion
from harness.model.walk import CommandDone, Walk, Walked
from tests.case.beds import bed, materials

_ALL = tuple(TlsVersion)
_OLD, _NEW = _ALL[:2], _ALL[2:]


def _beds() -> Iterator[Testbed]:
    made = materials()
    for vendor in ("mysql", "mariadb"):
        for servers in (_ALL, _OLD, _NEW):
            for clients in (_ALL, _NEW):
                for can in (frozenset(Can), frozenset(Can) - {Can.KEY_STORES}):
                    server = ServerView(
                        name="server", vendor=vendor, versions=servers, reloads=True, behaviour=frozenset()
                    )
                    client = ClientView(name=NOBODY, versions=clients, can=can, legacy_versions=_ALL)
                    yield Testbed(server=server, client=client, materials=made)


_MADE = bed()
_LEAF = _MADE.server_leaf("guide")
_FILES = {
    "ca-cert.pem": _MADE.authority("guide").pem,
    "ca-key.pem": _LEAF.key_pem(),
    "server-cert.pem": _LEAF.chain_pem,
    "server-key.pem": _LEAF.key_pem(),
    "client-cert.pem": _LEAF.chain_pem,
    "client-key.pem": _LEAF.key_pem(),
    "truststore": b"",
    "keystore": b"",
}


def _carried_out(walk: Walk) -> Walked:
    """Every command ends well, and leaves files that can be read."""
    done = tuple(CommandDone(command=one, ran=one.line, status=0, lines=()) for one in walk.commands)
    return Walked(done=done, files=_FILES)


def case_ids() -> dict[str, bool]:
    """Each id, and whether a client takes part."""
    return {
        identity: not scenario.clientless
        for testbed in _beds()
        for scenario in discover_scenarios([BUILTIN_SCENARIOS]).values()
        for identity in scenario.cases(testbed, _carried_out)
    }


CASE_IDS = case_ids()
