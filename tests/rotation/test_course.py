"""What is done, step by step, for each thing that is exchanged, each way, and each control."""

from itertools import pairwise

import pytest

from harness import limits
from harness.case.rotation import Rotation
from harness.errors import HarnessError
from harness.model.rotation import Control, How, What
from harness.pki import StoreContents, StoreKind
from harness.pki.stores import rendered
from harness.rotation.course import Configured, Course, Parties, Published, ServerMoves, Step, require

ENDS = Parties.made()


def course(
    what: What,
    how: How = How.IN_PLACE,
    *,
    rotations: int = 1,
    control: Control | None = None,
    server_moves: bool = True,
    stores: StoreKind = StoreKind.PEM,
    reads_stores: bool = False,
    same_stat: bool = False,
) -> list[Step]:
    rotation = Rotation(
        what=what,
        how=how,
        rotations=rotations,
        duration_s=60,
        control=control,
        stores=stores,
        reads_stores=reads_stores,
        same_stat=same_stat,
    )
    made = Course(rotation, ENDS, server_moves)
    made.first()
    return list(made.steps())


def names(steps: list[Step]) -> list[str]:
    return [step.step.partition(": ")[2] for step in steps]


def published(steps: list[Step]) -> list[Published]:
    return [step for step in steps if isinstance(step, Published)]


def test_a_leaf_is_one_step_with_a_reload() -> None:
    (step,) = published(course(What.LEAF))
    assert step.step == "rotation 1: new leaf published"
    assert step.reload
    assert step.generation.number == 2
    assert step.generation.retires == (1,)
    assert step.contents.leaf is not None
    assert step.contents.leaf.serial != ENDS.client_leaf.serial
    assert step.demands == require(step.contents.leaf)
    assert step.generation.account == step.demands.user
    assert step.contents.trust == (ENDS.servers,)


@pytest.mark.parametrize("how", How)
def test_a_leaf_has_an_account_unless_the_driver_reads_late_what_is_in_place(how: How) -> None:
    for step in published(course(What.LEAF, how, stores=StoreKind.JKS, reads_stores=True)):
        assert step.generation.account == (step.demands.user if how is How.NEW_URL else None)
        assert step.contents.leaf is not None
        assert step.generation.client_serial == step.contents.leaf.serial


@pytest.mark.parametrize("stores", StoreKind)
def test_stores_of_the_same_size_are_drawn_until_they_are(stores: StoreKind) -> None:
    leaves = [step.contents.leaf for step in published(course(What.BOTH, rotations=2, stores=stores, same_stat=True))]
    assert len({leaf.serial for leaf in leaves if leaf is not None}) == 2
    sizes = {
        tuple(map(len, rendered(StoreContents(leaf=leaf, kinds=frozenset({stores}))).values()))
        for leaf in (ENDS.client_leaf, *leaves)
    }
    assert len(sizes) == 1


def test_a_size_that_no_certificate_comes_to_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEAVES_DRAWN", 0)
    with pytest.raises(HarnessError, match="none of 0 certificates made a store of the size of the one before"):
        course(What.LEAF, same_stat=True)


def test_a_leaf_without_a_reload_is_added_and_the_old_one_deleted_later() -> None:
    added, deleted = published(course(What.LEAF, How.ADD_THEN_DELETE, stores=StoreKind.JKS))
    assert names([added, deleted]) == ["new leaf added", "old leaf deleted"]
    assert added.contents.older == (ENDS.client_leaf,)
    assert deleted.contents.older == ()
    assert added.contents.leaf == deleted.contents.leaf
    assert added.generation.number == deleted.generation.number == 2
    assert not added.reload
    assert not deleted.reload
    assert (added.generation.retires, deleted.generation.retires) == ((1,), ())


def test_an_authority_is_exchanged_in_the_guides_order() -> None:
    widened, moves, retired = course(What.AUTHORITY)
    assert isinstance(widened, Published)
    assert isinstance(moves, ServerMoves)
    assert isinstance(retired, Published)
    assert names([widened, moves, retired]) == [
        "trust widened published",
        "server's certificate by the new authority",
        "old authority retired",
    ]
    assert widened.contents.trust[0] == ENDS.servers
    assert retired.contents.trust == widened.contents.trust[1:]
    assert moves.tls.serial != ENDS.server_leaf.serial
    assert widened.contents.leaf == retired.contents.leaf == ENDS.client_leaf
    assert [widened.generation.retires, retired.generation.retires] == [(1,), (2,)]


def test_a_server_that_cannot_reload_leaves_the_clients_trust_alone_to_move() -> None:
    assert names(course(What.BOTH, server_moves=False)) == ["trust widened and new leaf published"]


def test_every_rotation_goes_on_from_where_the_one_before_it_ended() -> None:
    steps = published(course(What.BOTH, rotations=3))
    numbers = [step.generation.number for step in steps]
    assert numbers == [2, 3, 4, 5, 6, 7]
    assert all(later.generation.retires == (earlier,) for earlier, later in zip(numbers, steps[1:], strict=False))
    for earlier, later in pairwise(steps):
        # What the server has when the later is published is trusted in both.
        assert set(earlier.contents.trust) & set(later.contents.trust)
    leaves = {step.contents.leaf.serial for step in steps if step.contents.leaf is not None}
    assert len(leaves) == 3


@pytest.mark.parametrize("what", [What.CONFIGDB, What.SETTINGS])
def test_configuration_alone_is_one_step(what: What) -> None:
    (step,) = course(what)
    assert isinstance(step, Configured)
    assert step.property_changed is (what is What.CONFIGDB)


def test_control_too_early_retires_the_authority_before_the_server_moves() -> None:
    steps = course(What.AUTHORITY, control=Control.AUTHORITY_TOO_EARLY)
    assert [type(step) for step in steps] == [Published, Published, ServerMoves]


def test_control_key_mismatch_publishes_another_key() -> None:
    (step,) = published(course(What.LEAF, control=Control.KEY_MISMATCH))
    assert step.contents.leaf is not None
    assert not step.contents.leaf.key_matches


def test_control_key_first_publishes_the_key_under_the_old_certificate_and_does_not_reload() -> None:
    first, second = published(course(What.LEAF, control=Control.KEY_BEFORE_CERTIFICATE))
    assert first.contents.leaf is not None
    assert first.contents.leaf.serial == ENDS.client_leaf.serial
    assert not first.contents.leaf.key_matches
    assert not first.reload
    assert first.generation.number == 1
    assert second.contents.leaf is not None
    assert second.contents.leaf.key_matches
    assert second.reload


def test_control_broken_yaml_changes_no_material() -> None:
    (step,) = course(What.LEAF, control=Control.PLAINTEXT_DOWNGRADE)
    assert isinstance(step, Configured)
    assert step.yaml_broken


def test_control_silent_retry_has_the_server_learn_of_the_account_late() -> None:
    (step,) = published(course(What.LEAF, control=Control.SILENT_RETRY))
    assert step.account_follows
