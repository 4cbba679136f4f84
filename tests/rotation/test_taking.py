"""The order in which both ends are told, what every history gets of it, and where a course ends."""

import time
from pathlib import Path

import pytest

from harness.case.rotation import Rotation
from harness.errors import HarnessError
from harness.history.reading import Lines
from harness.load.control import Progress
from harness.model.history import Act, ActKind, Generation
from harness.model.rotation import Control, How, Mix, What
from harness.pool.client import Reloaded
from harness.rotation.course import Course, Parties
from tests.rotation.fakes import Script, taking

ENDS = Parties.made()
QUICK_S = 1.0
"""Next to nothing, at so many arrivals a second."""


def taken(script: Script, path: Path, what: What, how: How = How.IN_PLACE, control: Control | None = None) -> list[Act]:
    """The conductor's acts of one rotation."""
    duration_s = QUICK_S if how.reloads else QUICK_S + 1
    rotation = Rotation(what=what, how=how, duration_s=duration_s, rate=1e6, mix=Mix(hold_s=0.01), control=control)
    course = Course(rotation, ENDS, True)
    _, first = course.first()
    conductor, written = taking(script, path)
    with written:
        conductor.begin(first, ENDS.server_leaf.serial)
        conductor.take(course.steps(), rotation)
        assert conductor.end(rotation) == {"w1": 7}
    records = list(Lines(path, "conductor"))
    generations = [record for record in records if isinstance(record, Generation)]
    assert len({generation.material for generation in generations}) == len(generations)
    return [record for record in records if isinstance(record, Act)]


def users(noted: list[str]) -> list[str]:
    return [line.partition(" ")[0] for line in noted]


def test_a_leaf_has_its_account_before_it_is_published_and_the_reload_comes_after(tmp_path: Path) -> None:
    script = Script()
    acts = taken(script, tmp_path / "history", What.LEAF)
    assert users(script.noted) == [
        *("begin", "account", "publishing", "files", "published", "reloading", "reloaded", "end")
    ]
    assert [act.kind.value for act in acts] == ["begin", "publishing", "published", "reloading", "reloaded", "end"]
    assert acts[1].generation == acts[2].generation == 2
    assert acts[4].told == ("configdb-read",)


def test_without_a_reload_nobody_is_told_to(tmp_path: Path) -> None:
    script = Script()
    acts = taken(script, tmp_path / "history", What.LEAF, How.ADD_THEN_DELETE)
    assert ActKind.RELOADING not in {act.kind for act in acts}
    assert script.noted.count("files published") == 2


def test_the_server_moves_between_its_two_acts_and_the_last_says_what_it_serves(tmp_path: Path) -> None:
    script = Script()
    acts = taken(script, tmp_path / "history", What.AUTHORITY)
    changed = script.noted.index("server changes")
    assert script.noted[changed - 1 : changed + 2] == ["server-changing", "server changes", "server-changed"]
    (act,) = [act for act in acts if act.kind is ActKind.SERVER_CHANGED]
    assert act.server_serial not in {None, ENDS.server_leaf.serial}


def test_a_refused_reload_is_the_last_step(tmp_path: Path) -> None:
    script = Script(reloads=lambda act: Reloaded(told=(), refused="access denied"))
    acts = taken(script, tmp_path / "history", What.AUTHORITY)
    assert [act.kind for act in acts][-2:] == [ActKind.RELOADED, ActKind.END]
    assert acts[-2].refused == "access denied"
    assert "server changes" not in script.noted


def test_a_server_that_refuses_is_the_last_step_and_what_it_serves_is_said(tmp_path: Path) -> None:
    script = Script(server_refuses=True)
    acts = taken(script, tmp_path / "history", What.AUTHORITY)
    assert [act.kind for act in acts][-2:] == [ActKind.SERVER_CHANGED, ActKind.END]
    assert acts[-2].refused == "RELOAD: 3888 Invalid certificates"
    assert acts[-2].server_serial == 1
    assert script.noted.count("files published") == 1


def test_the_late_account_comes_once_a_login_was_refused(tmp_path: Path) -> None:
    script = Script()

    def reload(act: Act) -> Reloaded:
        script.refused_logins += 1
        end = time.monotonic() + 10
        while not script.noted[-1].startswith("account"):
            assert time.monotonic() < end
        return Reloaded(told=("configdb-read",), refused="")

    script.reloads = reload
    taken(script, tmp_path / "history", What.LEAF, control=Control.SILENT_RETRY)
    assert users(script.noted)[-4:] == ["reloading", "account", "reloaded", "end"]


def test_what_breaks_in_a_reload_under_way_is_raised(tmp_path: Path) -> None:
    def reload(act: Act) -> Reloaded:
        raise HarnessError("locust is gone", remedy="")

    with pytest.raises(HarnessError, match="locust is gone"):
        taken(Script(reloads=reload), tmp_path / "history", What.LEAF, control=Control.SILENT_RETRY)


@pytest.mark.parametrize("what", [What.CONFIGDB, What.SETTINGS])
def test_configuration_changes_and_is_reloaded(tmp_path: Path, what: What) -> None:
    script = Script()
    taken(script, tmp_path / "history", what)
    assert script.noted == ["begin", "publishing", "files configured", "published", "reloading", "reloaded", "end"]


def test_the_server_moves_only_when_no_connect_is_under_way_without_the_new_trust(tmp_path: Path) -> None:
    script = Script()
    old = Course(Rotation(what=What.AUTHORITY, how=How.IN_PLACE, duration_s=20), ENDS, True).first()[1].material
    moved_at: list[int] = []

    def progress(looks: int) -> Progress:
        if "server changes" in script.noted and not moved_at:
            moved_at.append(looks)
        return Progress(looks=looks, under_way={old: 1} if looks < 12 else {})

    script.progress = progress
    taken(script, tmp_path / "history", What.AUTHORITY)
    assert moved_at == [13]


def test_a_load_that_is_hopelessly_late_ends_the_course(tmp_path: Path) -> None:
    script = Script(progress=lambda looks: Progress(looks=looks, lag_s=60))
    assert [act.kind for act in taken(script, tmp_path / "history", What.LEAF)] == [ActKind.BEGIN, ActKind.END]


@pytest.mark.parametrize("enough_at", [14, None])
def test_a_generation_in_use_has_time_for_its_connections_up_to_twice_the_time(
    tmp_path: Path, enough_at: int | None
) -> None:
    first = Course(Rotation(what=What.SETTINGS, how=How.IN_PLACE, duration_s=20), ENDS, True).first()[1].material
    script, latest = Script(), [0]

    def progress(looks: int) -> Progress:
        latest[0] = looks
        return Progress(looks=looks, connects={first: 10 if enough_at is not None and looks >= enough_at else 1})

    script.progress = progress
    begin, *_, end = taken(script, tmp_path / "history", What.SETTINGS)
    if enough_at is None:
        assert end.at_s - begin.at_s >= 2 * QUICK_S
    else:
        assert latest[0] >= enough_at or end.at_s - begin.at_s >= 2 * QUICK_S
