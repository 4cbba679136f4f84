"""What each driver makes of the guide's properties: a table that is read off what it did with and without each.

A property is *honoured* where it makes a difference and the driver lists it by its name; *translated* where it makes
one and the driver lists it not, so takes it for another of its own; *ignored* where it makes none, and nothing is said;
*refused* where the driver does not begin because of it.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from harness.model.outcome import Accepted, Cause, Outcome, Refused
from harness.reports.evidence_model import AttemptReport
from harness.reports.model import CaseReport, ClientReport, PropertyReport, ProvenanceReport

GOOD = ""
"""In place of a case: the good situation of the other one."""


class Comparison(NamedTuple):
    """A property, a case that has it as in the guide, and one that has it otherwise and the same in all else."""

    name: str
    given: str
    otherwise: str


COMPARISONS = (
    Comparison("useSSL", GOOD, "jdbc::use_ssl_false"),
    Comparison("requireSSL", "jdbc::require_ssl", "jdbc::require_ssl_false"),
    Comparison("verifyServerCertificate", "jdbc::verify_server_certificate", "jdbc::verify_server_certificate_false"),
    Comparison("clientCertificateKeyStoreUrl", GOOD, "jdbc::key_store_left_out"),
    Comparison("clientCertificateKeyStorePassword", GOOD, "jdbc::store_wrong/keystore-password"),
    Comparison("clientCertificateKeyStoreType", GOOD, "jdbc::store_of_no_type"),
    Comparison("trustCertificateKeyStoreUrl", GOOD, "jdbc::trust_store_left_out"),
    Comparison("trustCertificateKeyStorePassword", GOOD, "jdbc::store_wrong/truststore-password"),
    Comparison("trustCertificateKeyStoreType", GOOD, "jdbc::trust_store_of_no_type"),
)


def property_uses(cases: Sequence[CaseReport], provenance: ProvenanceReport) -> tuple[PropertyReport, ...]:
    """Every comparison of which ``cases`` have both attempts."""
    there = {(case.id, case.server, case.client): case for case in cases}
    clients = {client.name: client for client in provenance.clients if client.properties}
    uses = []
    for comparison in COMPARISONS:
        for identity, server, name in there:
            if identity == comparison.otherwise and name in clients:
                given = there.get((comparison.given or identity, server, name))
                use = _use(comparison, clients[name], given, there[identity, server, name])
                uses += [use] if use is not None else []
    return tuple(uses)


def in_order(use: PropertyReport) -> tuple[int, str, str]:
    """Its place in a list: as the guide has the properties, then by server and client."""
    names = [comparison.name for comparison in COMPARISONS]
    return (names.index(use.name) if use.name in names else len(names), use.server, use.client)


def _use(
    comparison: Comparison, client: ClientReport, given: CaseReport | None, otherwise: CaseReport
) -> PropertyReport | None:
    first = given and _outcome(given, "good before" if comparison.given == GOOD else "case")
    second = _outcome(otherwise, "case")
    if not isinstance(first, Accepted | Refused) or not isinstance(second, Accepted | Refused):
        return None
    return PropertyReport(
        client=client.name,
        server=otherwise.server,
        name=comparison.name,
        use=_word(comparison.name, client, first, second),
        outcome=_kind(first),
        outcome_otherwise=_kind(second),
    )


def _outcome(case: CaseReport, label: str) -> Outcome | None:
    pieces = (piece for piece in case.evidence if isinstance(piece, AttemptReport) and piece.label == label)
    return next((piece.observation().outcome for piece in pieces), None)


def _word(
    name: str, client: ClientReport, given: Outcome, otherwise: Outcome
) -> Literal["honours", "translates", "ignores", "refuses"]:
    if isinstance(given, Refused) and Cause.BAD_OPTION in given.causes:
        return "refuses"
    if _kind(given) == _kind(otherwise):
        return "ignores"
    return "honours" if name in client.properties else "translates"


def _kind(outcome: Outcome) -> str:
    """An outcome so far as a property can make a difference to it."""
    match outcome:
        case Accepted():
            return "accepted in the clear" if outcome.version is None else "accepted over TLS"
        case Refused():
            return f"refused by the {outcome.by.value}: {' or '.join(sorted(cause.value for cause in outcome.causes))}"
        case _:
            return "no outcome"
