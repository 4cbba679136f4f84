"""What a server is told, changed one thing at a time, and the words for what becomes of its start."""

import pytest

from harness.model.material import TextFile
from harness.model.startup import (
    ExpectStart,
    Role,
    ServerConfiguration,
    ServerFile,
    ServerOptions,
    Start,
    StartFile,
    StartOutcome,
)
from harness.model.tls import TlsVersion

KEY = StartFile(role=Role.KEY, content=TextFile(text="key"), named="good")
TOLD = ServerOptions(options=("ssl-key={key}", "tls_version=TLSv1.2"), files=(KEY,))


@pytest.mark.parametrize(
    ("told", "options"),
    [
        (TOLD.option("ssl"), ("ssl-key={key}", "tls_version=TLSv1.2", "ssl")),
        (TOLD.option("ssl-key={missing}"), ("ssl-key={missing}", "tls_version=TLSv1.2")),
        (TOLD.option("tls-version="), ("ssl-key={key}", "tls-version=")),
        (TOLD.without_option("tls-version"), ("ssl-key={key}",)),
        (TOLD.without_option("ssl"), TOLD.options),
    ],
)
def test_an_option_is_named_once_whatever_its_hyphens(told: ServerOptions, options: tuple[str, ...]) -> None:
    assert told.options == options
    assert told.files == TOLD.files


def test_a_file_takes_the_place_of_the_one_in_its_role() -> None:
    another = StartFile(role=Role.KEY, content=TextFile(text=""), named="empty")
    authority = StartFile(role=Role.AUTHORITIES, content=TextFile(text=""), named="empty")
    assert TOLD.file(another, authority).files == (another, authority)


def test_a_file_does_not_show_its_content() -> None:
    made = ServerConfiguration(options=(), files=(ServerFile(role=Role.KEY, content=b"secret-key"),))
    assert "secret-key" not in repr(made)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (StartOutcome(start=Start.SERVES, version=TlsVersion.TLS_1_3), "serves TLSv1.3"),
        (
            StartOutcome(start=Start.SERVES, version=TlsVersion.TLS_1_2, alone=True, dropped=("ssl-crl",)),
            "serves TLSv1.2, to clients that offer it alone, ssl-crl dropped",
        ),
        (StartOutcome(start=Start.WITHOUT, plaintext=False), "starts without TLS, nobody in the clear"),
        (StartOutcome(start=Start.BREAKS, error="bad signature"), "breaks every handshake"),
        (StartOutcome(start=Start.REFUSES), "refuses to start"),
        (ExpectStart(start=Start.SERVES), "serves TLS"),
        (ExpectStart(start=Start.SERVES, plaintext=False), "serves TLS, nobody in the clear"),
        (ExpectStart(start=Start.SERVES, version=TlsVersion.TLS_1_2), "serves TLSv1.2"),
        (ExpectStart(start=Start.WITHOUT), "starts without TLS"),
    ],
)
def test_an_outcome_and_an_expectation_have_the_same_words(outcome: StartOutcome | ExpectStart, words: str) -> None:
    assert str(outcome) == words
