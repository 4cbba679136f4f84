"""Start-ups judged: silently without TLS is never as expected, and nothing is proved from a start that is not good."""

import pytest

from harness.judge.known import with_known
from harness.judge.startup import judge_start
from harness.knowledge.rows import Known, Severity
from harness.model.startup import ExpectStart, Start, StartOutcome
from harness.model.tls import TlsVersion
from harness.model.verdict import Status, Verdict

V12, V13 = TlsVersion.TLS_1_2, TlsVersion.TLS_1_3
GOOD = StartOutcome(start=Start.SERVES, version=V13)
LOG = ("1 [Warning] SSL error: no key", "2 [ERROR] Aborting")
SERVES, REFUSES, WITHOUT = (ExpectStart(start=start) for start in (Start.SERVES, Start.REFUSES, Start.WITHOUT))


def _outcome(start: Start, **more: object) -> StartOutcome:
    version = V13 if start is Start.SERVES else None
    return StartOutcome(**{"start": start, "version": version, **more})  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("expected", [SERVES, REFUSES, WITHOUT], ids=str)
@pytest.mark.parametrize("start", list(Start), ids=lambda start: start.value)
def test_only_the_expected_outcome_passes(expected: ExpectStart, start: Start) -> None:
    verdict = judge_start(expected, _outcome(start), good=GOOD)
    assert verdict.status is (Status.PASS if start is expected.start else Status.FAIL)


@pytest.mark.parametrize("expected", [SERVES, REFUSES], ids=str)
def test_a_server_that_goes_silently_without_tls_fails(expected: ExpectStart) -> None:
    verdict = judge_start(expected, _outcome(Start.WITHOUT, log=LOG), good=GOOD)
    said = f"silently starts without TLS, expected: {expected} (1 [Warning] SSL error: no key)"
    assert verdict == Verdict(Status.FAIL, said)


@pytest.mark.parametrize(
    ("expected", "outcome", "reason"),
    [
        (SERVES, _outcome(Start.BREAKS, error="alert"), "breaks every handshake, expected: serves TLS (alert)"),
        (
            ExpectStart(start=Start.SERVES, version=V12),
            _outcome(Start.SERVES),
            "serves TLSv1.3, expected: serves TLSv1.2",
        ),
        (
            SERVES,
            _outcome(Start.SERVES, dropped=("ssl-crl",)),
            "serves TLSv1.3, ssl-crl dropped, expected: serves TLS",
        ),
        (
            SERVES,
            _outcome(Start.SERVES, version=V12, alone=True),
            "serves TLSv1.2, to clients that offer it alone, expected: serves TLS",
        ),
        (
            SERVES,
            _outcome(Start.SERVES, plaintext=False),
            "serves TLSv1.3, nobody in the clear, expected: serves TLS",
        ),
        (
            ExpectStart(start=Start.SERVES, plaintext=False),
            _outcome(Start.SERVES),
            "serves TLSv1.3, expected: serves TLS, nobody in the clear",
        ),
    ],
)
def test_what_it_serves_counts_too(expected: ExpectStart, outcome: StartOutcome, reason: str) -> None:
    assert judge_start(expected, outcome, good=GOOD) == Verdict(Status.FAIL, reason)


@pytest.mark.parametrize("start", [start for start in Start if start is not Start.SERVES], ids=lambda one: one.value)
def test_from_a_start_that_is_not_good_nothing_is_proved(start: Start) -> None:
    verdict = judge_start(REFUSES, _outcome(Start.REFUSES), good=_outcome(start, log=LOG))
    assert verdict.status is Status.INCONCLUSIVE
    assert f"the good start does not serve: {start.value}" in verdict.reason


def test_a_declared_outcome_is_known_and_another_one_fails() -> None:
    known = Known(
        scenario="*",
        instead="starts without TLS",
        severity=Severity.UNSAFE,
        reason="it is old",
        source="measured",
    )

    def judged(start: Start) -> Status:
        outcome = _outcome(start)
        return with_known(judge_start(REFUSES, outcome, good=GOOD), known, outcome=str(outcome)).status

    assert {start: judged(start) for start in Start} == {
        Start.SERVES: Status.FAIL,
        Start.WITHOUT: Status.KNOWN,
        Start.BREAKS: Status.FAIL,
        Start.REFUSES: Status.FAIL,  # the declaration is stale
        Start.HANGS: Status.FAIL,
    }
