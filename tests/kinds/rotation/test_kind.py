"""A rotation where nothing can bear its load: it is skipped, with what to type."""

import sys

import pytest

from harness.case.rotation import Rotation
from harness.installed import command_to_add
from harness.kinds.rotation.kind import Rotations
from harness.load.headless import why_no_load
from harness.model.rotation import How, What

ROTATION = Rotation(what=What.BOTH, how=How.IN_PLACE)


def test_where_locust_is_not_installed_a_rotation_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Rotations().without(ROTATION, ()) is None
    monkeypatch.setitem(sys.modules, "locust", None)
    skip = Rotations().without(ROTATION, ())
    assert skip is not None
    assert skip.reason == why_no_load() == f"locust is not installed: `{command_to_add('load', 'locust')}`"
