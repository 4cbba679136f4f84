"""Declared deviations: a FAIL that the data explains is KNOWN; a declaration that no longer holds is a FAIL."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from harness.manifest import Known
from harness.model.verdict import Status, Verdict


def declared(known: Sequence[Known], *, case_id: str, server: str, client: str | None) -> Known | None:
    """The first declaration that covers this cell; where no client takes part, one for all clients does."""
    return next(
        (
            entry
            for entry in known
            if fnmatchcase(case_id, entry.scenario)
            and any(fnmatchcase(server, pattern) for pattern in entry.servers)
            and any(fnmatchcase(client or "", pattern) for pattern in entry.clients)
        ),
        None,
    )


def with_known(verdict: Verdict, entry: Known | None, *, outcome: str) -> Verdict:
    """``verdict`` in the light of a declaration; ``outcome`` is what became of the attempt it was reached on."""
    if entry is None:
        return verdict
    if verdict.status is Status.FAIL:
        if not any(fnmatchcase(outcome, pattern) for pattern in entry.outcomes):
            declared_is = " or ".join(entry.outcomes)
            return Verdict(Status.FAIL, f"{verdict.reason} — declared as known is another deviation: {declared_is}")
        return Verdict(Status.KNOWN, f"{verdict.reason} — known: {entry.reason} ({entry.source})")
    if verdict.status is Status.PASS:
        return Verdict(
            Status.FAIL, f"declared as known to deviate, and does not any more ({verdict.reason}): {entry.reason}"
        )
    return verdict
