"""Certificates that many tests look at and none changes."""

from pathlib import Path

import pytest

from harness.pki import Authority, Leaf
from tests.pki.programs import FAST, SERVER, Verifier


@pytest.fixture(scope="session")
def good() -> Authority:
    return Authority.create("good", key_type=FAST)


@pytest.fixture(scope="session")
def server(good: Authority) -> Leaf:
    return good.issue(SERVER)


@pytest.fixture
def verify(tmp_path: Path) -> Verifier:
    return Verifier(tmp_path)
