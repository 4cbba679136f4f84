"""Expectations and skips hang on data that is all in use: a misspelt name would do nothing, quietly."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.case.testbed import ClientView, ServerView, Testbed
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.judge.known import declared
from harness.kinds.bench import HANDSHAKES, SILENT_LOG, STATUS_VERSION
from harness.kinds.lacks import REQUIRE_SECURE_TRANSPORT, TLS_VERSION
from harness.model.outcome import Cause
from harness.model.tls import Can, TlsVersion
from harness.servers.build import BUILTIN_SERVERS, discover_servers

SERVERS = discover_servers([BUILTIN_SERVERS])
CLIENTS = discover_clients([BUILTIN_CLIENTS])
SCENARIOS = discover_scenarios([BUILTIN_SCENARIOS])


@dataclass(frozen=True, kw_only=True)
class _Asked(ServerView):
    """A server that has no behaviour of its own and remembers what it was asked for."""

    asked: set[str] = field(default_factory=set)

    def does(self, what: str) -> bool:
        self.asked.add(what)
        return False


def test_every_declared_behaviour_is_asked_for_by_a_scenario() -> None:
    server = _Asked(name="server", vendor="mysql", versions=(TlsVersion.TLS_1_2,), reloads=True, behaviour=frozenset())
    # One that reads key stores, and one that does not: what a JVM does is not all that there is.
    for can in (frozenset(Can), frozenset(Can) - {Can.KEY_STORES}):
        client = ClientView(name="client", versions=tuple(TlsVersion), can=can, legacy_versions=tuple(TlsVersion))
        bed = Testbed(server=server, client=client)
        for scenario in SCENARIOS.values():
            scenario.cases(bed)
    declared = {item.does for build in SERVERS.values() for item in build.manifest.behaviour}
    assert declared - server.asked == set()


def test_every_known_deviation_names_a_scenario_a_server_and_a_client_that_are_there() -> None:
    for place, known in [
        *((name, entry) for name, build in SERVERS.items() for entry in build.manifest.known),
        *((name, entry) for name, build in CLIENTS.items() for entry in build.known),
        *((one.id, entry) for one in SCENARIOS.values() for entry in one.theme.known),
    ]:
        assert any(fnmatchcase(identity, known.scenario.partition("/")[0]) for identity in SCENARIOS), (place, known)
        assert any(fnmatchcase(name, pattern) for name in SERVERS for pattern in known.servers), (place, known)
        assert any(fnmatchcase(name, pattern) for name in CLIENTS for pattern in known.clients), (place, known)


def test_every_lack_is_one_that_something_looks_for() -> None:
    looked_for = {can.value for can in Can} | {SILENT_LOG + cause.value for cause in Cause}
    looked_for |= {TLS_VERSION, REQUIRE_SECURE_TRANSPORT, SILENT_LOG + HANDSHAKES, STATUS_VERSION}
    lacking = {lack.what for build in SERVERS.values() for lack in build.manifest.lacks}
    lacking |= {lack.what for build in CLIENTS.values() for lack in build.lacks}
    assert lacking - looked_for == set()


def test_what_is_declared_beside_a_scenario_file_is_about_its_own_scenarios_and_each_declaration_is_reached() -> None:
    for theme in {one.theme.known: one for one in SCENARIOS.values() if one.theme.known}.values():
        name = theme.id.partition("::")[0]
        own = [one.id for one in SCENARIOS.values() if one.id.startswith(f"{name}::")]
        for index, known in enumerate(theme.theme.known):
            assert any(fnmatchcase(identity, known.scenario.partition("/")[0]) for identity in own), known
            assert all(any(fnmatchcase(name, pattern) for name in SERVERS) for pattern in known.servers), known
            before = theme.theme.known[:index]
            taken = [
                server
                for server in SERVERS
                if any(fnmatchcase(server, pattern) for pattern in known.servers)
                and declared(before, case_id=known.scenario, server=server, client=None) is None
            ]
            assert taken, known
