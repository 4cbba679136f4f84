"""Where the harness comes from."""

import pytest

from harness.provenance import revision


def test_outside_a_checkout_the_revision_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert revision() == "unknown"
