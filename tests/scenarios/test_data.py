"""Expectations, skips and declarations hang on data that is all in use: a misspelt name would do nothing, quietly."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pytest

from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.case.testbed import ClientView, ServerView, Testbed
from harness.kinds.bench import HANDSHAKES, SILENT_LOG, STATUS_VERSION
from harness.kinds.lacks import OPTION
from harness.knowledge.options import server_spellings
from harness.knowledge.product import Product
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.knowledge.rows import Behaviour, Known, Lack, Row
from harness.model.outcome import Cause
from harness.model.tls import Can, TlsVersion
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from tests.knowledge import reach
from tests.scenarios.case_ids import CASE_IDS

KNOWLEDGE = Knowledge.read([BUILTIN_KNOWLEDGE])
SCENARIOS = discover_scenarios([BUILTIN_SCENARIOS])
ROWS: tuple[Row, ...] = (*KNOWLEDGE.known, *KNOWLEDGE.lacking, *KNOWLEDGE.behaving)
CLIENTS: dict[str | None, Product | None] = {None: None} | dict(reach.CLIENTS.items())


def _place(row: Row) -> str:
    return row.place.rpartition("/")[2]


def _pairs(row: Row) -> Iterator[tuple[str, str | None]]:
    """The servers and clients in reach that ``row`` is about."""
    for server, at in reach.SERVERS.items():
        for client, by in CLIENTS.items():
            if row.holds(at, by):
                yield server, client


@dataclass(frozen=True, kw_only=True)
class _Asked(ServerView):
    """A server that has no behaviour of its own and remembers what it was asked for."""

    asked: set[str] = field(default_factory=set)

    def does(self, what: str) -> bool:
        self.asked.add(what)
        return False


def test_every_behaviour_is_asked_for_by_a_scenario() -> None:
    server = _Asked(name="server", vendor="mysql", versions=(TlsVersion.TLS_1_2,), reloads=True, behaviour=frozenset())
    # One that reads key stores, and one that does not: what a JVM does is not all that there is.
    for can in (frozenset(Can), frozenset(Can) - {Can.KEY_STORES}):
        client = ClientView(name="client", versions=tuple(TlsVersion), can=can, legacy_versions=tuple(TlsVersion))
        bed = Testbed(server=server, client=client)
        for scenario in SCENARIOS.values():
            scenario.cases(bed)
    assert {row.does for row in KNOWLEDGE.behaving} - server.asked == set()


def test_every_lack_is_one_that_something_looks_for() -> None:
    looked_for = {can.value for can in Can} | {SILENT_LOG + cause.value for cause in Cause}
    looked_for |= {OPTION + row.name for row in server_spellings()} | {SILENT_LOG + HANDSHAKES, STATUS_VERSION}
    assert {row.what for row in KNOWLEDGE.lacking} - looked_for == set()


@pytest.mark.parametrize("row", ROWS, ids=_place)
def test_every_row_is_met_by_a_server_and_a_client_in_reach(row: Row) -> None:
    assert any(_pairs(row))


@pytest.mark.parametrize("row", ROWS, ids=_place)
def test_every_name_in_a_row_is_that_of_a_product_in_reach(row: Row) -> None:
    servers = {name for product in reach.SERVERS.values() for part in product.whole() for name in part.names}
    clients = {name for product in reach.CLIENTS.values() for part in product.whole() for name in part.names}
    assert {term.name for one in row.servers for term in one.terms} <= servers
    assert {term.name for one in row.clients for term in one.terms} <= clients
    named = servers if not row.clients else servers | clients
    # What a document's commands say is measured on the program.
    assert {product.name for product in row.measured} <= named | ({"openssl"} if isinstance(row, Known) else set())


@pytest.mark.parametrize("row", ROWS, ids=_place)
def test_every_row_has_a_reason_a_source_and_where_it_was_measured(row: Row) -> None:
    assert row.reason.strip()
    assert row.source.strip()
    assert row.measured or not (row.servers or row.clients)
    # Each is a product that the row is about: else it was another thing that was measured.
    for ranges, products in ((row.servers, reach.SERVERS), (row.clients, reach.CLIENTS)):
        if ranges:
            meant = [product for product in products.values() if any(one.holds(product) for one in ranges)]
            assert any(seen.is_seen_in(product) for seen in row.measured for product in meant)
    if isinstance(row, Lack):
        assert row.servers or row.clients


@pytest.mark.parametrize("row", KNOWLEDGE.known, ids=_place)
def test_every_known_deviation_is_of_a_case_that_is_there(row: Known) -> None:
    of_cases = [with_client for identity, with_client in CASE_IDS.items() if fnmatchcase(identity, row.scenario)]
    assert of_cases
    if row.clients:
        assert any(of_cases)


def test_every_known_deviation_is_the_first_for_some_case_and_no_two_files_declare_one_case() -> None:
    first: set[str] = set()
    twice: set[tuple[str, ...]] = set()
    for identity, with_client in CASE_IDS.items():
        rows = [row for row in KNOWLEDGE.known if fnmatchcase(identity, row.scenario)]
        for at in reach.SERVERS.values():
            for client, by in CLIENTS.items():
                if with_client == (client is None):
                    continue
                covering = [row.place for row in rows if row.holds(at, by)]
                first.update(covering[:1])
                files = {place.rpartition(":")[0] for place in covering}
                if len(files) > 1:
                    twice.add((identity, *sorted(files)))
    assert first == {row.place for row in KNOWLEDGE.known}
    assert twice == set()


def test_two_rows_are_never_the_same_row_twice() -> None:
    alike = defaultdict(list)
    for row in ROWS:
        match row:
            case Known(scenario=what) | Lack(what=what) | Behaviour(does=what):
                alike[(type(row), what, row.servers, row.clients)].append(row.place)
    assert [places for places in alike.values() if len(places) > 1] == []


def test_what_is_in_reach_is_all_that_is_shipped() -> None:
    assert set(reach.SERVERS) == set(discover_servers([BUILTIN_SERVERS]))
