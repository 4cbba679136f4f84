"""What can be asked of a rotation, and the times that follow."""

from dataclasses import replace

import pytest

from harness.case.rotation import Rotation
from harness.case.testbed import NotApplicable
from harness.errors import UsageError
from harness.model.rotation import Control, How, Pools, What
from harness.model.tls import Can, TlsVersion
from harness.pki import StoreKind
from tests.case.beds import EVERYTHING, bed

OLD = (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1)


@pytest.mark.parametrize(
    ("what", "how", "steps"),
    [
        (What.LEAF, How.IN_PLACE, 1),
        (What.LEAF, How.ADD_THEN_DELETE, 2),
        (What.AUTHORITY, How.NEW_URL, 3),
        (What.BOTH, How.ADD_THEN_DELETE, 3),
        (What.SETTINGS, How.IN_PLACE, 1),
    ],
)
def test_steps_lie_evenly_between_the_begin_and_a_tail_in_which_the_last_one_drains(
    what: What, how: How, steps: int
) -> None:
    rotation = Rotation(what=what, how=how, rotations=2, duration_s=20)
    assert rotation.steps == 2 * steps
    last_s = rotation.pause_s * rotation.steps
    assert last_s + rotation.pause_s + rotation.tail_s == pytest.approx(20)
    assert rotation.tail_s > rotation.hold_s


def test_without_a_reload_the_life_time_alone_replaces_connections() -> None:
    waiting = Rotation(what=What.LEAF, how=How.ADD_THEN_DELETE, duration_s=8)
    reloading = Rotation(what=What.LEAF, how=How.IN_PLACE, duration_s=8)
    assert waiting.max_life_time_s < waiting.tail_s
    assert waiting.drain_s > waiting.max_life_time_s
    assert reloading.max_life_time_s > reloading.duration_s


def test_hikaricp_replaces_connections_no_sooner_than_it_can() -> None:
    waiting = Rotation(what=What.LEAF, how=How.ADD_THEN_DELETE, duration_s=80, pools=Pools.HIKARICP)
    assert waiting.max_life_time_s == 30
    with pytest.raises(UsageError, match="cannot be proved in 20 s"):
        Rotation(what=What.LEAF, how=How.ADD_THEN_DELETE, duration_s=20, pools=Pools.HIKARICP)


def test_too_many_rotations_for_the_time_are_refused_with_a_time_that_is_enough() -> None:
    with pytest.raises(UsageError, match="100 rotations at 25 connections/s cannot be proved in 10 s") as raised:
        Rotation(what=What.BOTH, how=How.IN_PLACE, rotations=100, duration_s=10)
    enough = float(raised.value.remedy.split()[2])
    Rotation(what=What.BOTH, how=How.IN_PLACE, rotations=100, duration_s=enough)


@pytest.mark.parametrize("nothing", [{"rotations": 0}, {"rate": 0.0}, {"workers": 0}])
def test_a_rotation_of_nothing_is_refused(nothing: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="--rotations, --rate and --processes must be greater than 0"):
        Rotation(what=What.BOTH, how=How.IN_PLACE, **nothing)  # type: ignore[arg-type]  # numbers of either kind


def test_old_servers_are_met_with_the_versions_that_the_client_can_be_allowed() -> None:
    asked = Rotation(what=What.LEAF, how=How.IN_PLACE)
    assert bed().rotating(asked) == asked
    assert bed(server_versions=OLD).rotating(asked).protocols == ("TLSv1", "TLSv1.1")
    with pytest.raises(NotApplicable):
        bed(server_versions=OLD, can=frozenset(Can) - {Can.LEGACY_CRYPTO}).rotating(asked)
    with pytest.raises(NotApplicable, match="its HikariCP is in a JVM as shipped"):
        bed(server_versions=OLD).rotating(replace(asked, pools=Pools.HIKARICP))


def test_a_client_that_reads_key_stores_has_no_pem_files_exchanged() -> None:
    java = bed(can=EVERYTHING | {Can.KEY_STORES})
    told = Rotation(what=What.BOTH, how=How.IN_PLACE, stores=StoreKind.JKS, duration_s=5.0)
    assert java.rotating(told) == replace(told, reads_stores=True)
    with pytest.raises(NotApplicable, match="reads key stores and no PEM files"):
        java.rotating(replace(told, stores=StoreKind.PEM))


def test_a_driver_that_does_not_show_what_it_presents_proves_nothing_in_place() -> None:
    blind = bed(can=(EVERYTHING | {Can.KEY_STORES}) - {Can.SEE_SERVER_CERTIFICATE})
    told = Rotation(what=What.BOTH, how=How.IN_PLACE, stores=StoreKind.JKS, duration_s=5.0)
    with pytest.raises(NotApplicable, match="--how new-url has an account for each leaf"):
        blind.rotating(told)
    assert blind.rotating(replace(told, how=How.NEW_URL)).proved_by_account


@pytest.mark.parametrize("control", [Control.OLD_CONTEXT_POOL, Control.SILENT_RETRY])
def test_a_control_that_old_urls_alone_show_is_refused_in_place(control: Control) -> None:
    java = bed(can=EVERYTHING | {Can.KEY_STORES})
    told = Rotation(what=What.LEAF, how=How.IN_PLACE, stores=StoreKind.JKS, control=control)
    with pytest.raises(NotApplicable, match="--how new-url shows it"):
        java.rotating(told)
    assert java.rotating(replace(told, how=How.NEW_URL)).control is control
    assert bed().rotating(told) == told


@pytest.mark.parametrize(("what", "how"), [(What.AUTHORITY, How.IN_PLACE), (What.LEAF, How.NEW_URL)])
def test_only_a_key_store_in_place_can_be_like_the_one_before_it(what: What, how: How) -> None:
    with pytest.raises(UsageError, match="for a leaf that is exchanged in place"):
        Rotation(what=what, how=how, same_stat=True)
