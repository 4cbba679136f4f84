"""Declared deviations, and declarations that no longer hold."""

import pytest

from harness.judge.known import with_known
from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status, Verdict

ENTRY = Known(
    scenario="one-way::expired",
    instead="accepted over TLS*",
    severity=Severity.UNSAFE,
    reason="its library has no clock",
    source="https://example.test/1",
)
INSTEAD = "accepted over TLSv1.3"


@pytest.mark.parametrize(
    ("verdict", "after"),
    [
        (
            Verdict(Status.FAIL, "accepted"),
            Verdict(Status.KNOWN, "accepted — known: its library has no clock (https://example.test/1)"),
        ),
        (
            Verdict(Status.PASS, "refused"),
            Verdict(
                Status.FAIL,
                "declared as known to deviate, and does not any more (refused): its library has no clock",
            ),
        ),
        (Verdict(Status.INCONCLUSIVE, "hm"), Verdict(Status.INCONCLUSIVE, "hm")),
        (Verdict(Status.SKIPPED, "lacks"), Verdict(Status.SKIPPED, "lacks")),
    ],
)
def test_a_declaration_turns_fail_into_known_and_pass_into_fail(verdict: Verdict, after: Verdict) -> None:
    assert with_known(verdict, ENTRY, outcome=INSTEAD) == after
    assert with_known(verdict, None, outcome=INSTEAD) == verdict


@pytest.mark.parametrize(
    "outcome", ["accepted in the clear", "refused by the client: cipher", "no answer for 10 s", ""]
)
def test_another_deviation_than_the_declared_one_still_fails(outcome: str) -> None:
    assert with_known(Verdict(Status.FAIL, "wrong"), ENTRY, outcome=outcome) == Verdict(
        Status.FAIL, "wrong — declared as known is another deviation: accepted over TLS*"
    )


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        ("refused by the client: host-mismatch", Status.KNOWN),
        ("refused by the server: connection-lost", Status.KNOWN),
        ("refused by the server: access-denied", Status.FAIL),
    ],
)
def test_of_several_declared_deviations_any_may_come_and_no_other(outcome: str, after: Status) -> None:
    racing = ENTRY.model_copy(
        update={"instead": ("refused by the client: host-mismatch", "refused by the server: connection-lost")}
    )
    assert with_known(Verdict(Status.FAIL, "wrong"), racing, outcome=outcome).status is after


@pytest.mark.parametrize("status", [Status.FAIL, Status.PASS])
def test_where_a_deviation_was_measured_elsewhere_the_verdict_says_so(status: Status) -> None:
    elsewhere = "measured on mysql 5.7.22, not on this version"
    assert with_known(Verdict(status, "wrong"), ENTRY, outcome=INSTEAD, unmeasured=elsewhere).reason.endswith(
        f"; {elsewhere}"
    )
