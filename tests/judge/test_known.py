"""Declared deviations, and declarations that no longer hold."""

import pytest

from harness.judge.known import declared, with_known
from harness.manifest import Known
from harness.model.verdict import Status, Verdict

ENTRY = Known(
    scenario="one-way::expired",
    instead="accepted over TLS*",
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


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ({}, True),
        ({"scenario": "one-way::*"}, True),
        ({"scenario": "one-way::expire"}, False),
        ({"scenario": "two-way::*"}, False),
        ({"servers": ("mysql-*",)}, True),
        ({"servers": ("mariadb-*",)}, False),
        ({"servers": ("mariadb-*", "mysql-9.7")}, True),
        ({"clients": ("pymysql",)}, True),
        ({"clients": ("py*x",)}, False),
        ({"servers": ("mysql-*",), "clients": ("connector",)}, False),
        ({"servers": ()}, False),
    ],
)
def test_a_declaration_covers_what_all_its_patterns_match(change: dict[str, object], covers: bool) -> None:
    entry = ENTRY.model_copy(update=change)
    found = declared([entry], case_id="one-way::expired", server="mysql-9.7", client="pymysql")
    assert found == (entry if covers else None)


def test_the_first_declaration_that_covers_is_taken() -> None:
    other = ENTRY.model_copy(update={"scenario": "two-way::*"})
    first = ENTRY.model_copy(update={"reason": "first"})
    assert declared([other, first, ENTRY], case_id="one-way::expired", server="s", client="c") == first
