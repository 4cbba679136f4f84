"""Faults of the harness in pytest's terms: the same words as on the command line, and no traceback."""

import contextlib
from collections.abc import Iterator

import pytest

from harness.case.testbed import NotApplicable
from harness.errors import BuildUnavailable, HarnessError
from harness.reports.text import printable


def words(error: HarnessError) -> str:
    """What went wrong, its raw detail, what to do."""
    return printable("\n".join((str(error), *(f"  | {line}" for line in error.detail), f"hint: {error.remedy}")))


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Faults in the block end the session before it begins."""
    try:
        yield
    except HarnessError as error:
        raise pytest.UsageError(words(error)) from error


@contextlib.contextmanager
def collect_errors() -> Iterator[None]:
    """Faults in the block are those of the file that is being collected."""
    try:
        yield
    except HarnessError as error:
        raise pytest.Collector.CollectError(words(error)) from error


@contextlib.contextmanager
def failures(*, allow_missing: bool = False) -> Iterator[None]:
    """Faults in the block fail the test, in its set-up as an error; a missing build may be allowed to skip it."""
    try:
        yield
    except BuildUnavailable as error:
        if allow_missing:
            raise pytest.skip.Exception(f"{error}; hint: {error.remedy}") from None
        raise _failed(error) from None
    except HarnessError as error:
        raise _failed(error) from None


def _failed(error: HarnessError) -> BaseException:
    return pytest.fail.Exception(f"error: {words(error)}", pytrace=False)


@contextlib.contextmanager
def nothing_to_show_is_skipped() -> Iterator[None]:
    """A testbed that cannot make what a test asks of it, with this server and client, skips the test."""
    try:
        yield
    except NotApplicable as reason:
        raise pytest.skip.Exception(str(reason)) from None
