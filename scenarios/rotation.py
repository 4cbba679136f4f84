"""The guide's three ways to exchange a running client's key material, under load. Each kind of store meets each way
and each kind of material."""

from collections.abc import Mapping

from harness.case.rotation import Rotation
from harness.case.scenario import scenario
from harness.case.testbed import Testbed
from harness.model.rotation import How, What
from harness.model.tls import Can
from harness.pki import StoreKind

NEEDS = {Can.VERIFY_CA, Can.CLIENT_CERTIFICATE, Can.HOLD_SESSIONS}
MATERIAL = (What.LEAF, What.AUTHORITY, What.BOTH)


def exchanged(bed: Testbed, how: How) -> Mapping[str, Rotation]:
    """The three kinds of material, each in another kind of store."""
    turn = list(How).index(how)
    kinds = list(StoreKind)
    return {
        f"{what.value}-{kind.value}": bed.rotating(Rotation(what=what, how=how, stores=kind))
        for what, kind in zip(MATERIAL, kinds[turn:] + kinds[:turn], strict=True)
    }


@scenario(needs=NEEDS)
def new_url(bed: Testbed) -> Mapping[str, Rotation]:
    """New stores at a new URL and a reload lose no connection, and every new one uses them."""
    return exchanged(bed, How.NEW_URL)


@scenario(needs=NEEDS)
def in_place(bed: Testbed) -> Mapping[str, Rotation]:
    """Stores that change in place and a reload lose no connection, and every new one uses what they hold now."""
    return exchanged(bed, How.IN_PLACE)


@scenario(needs=NEEDS)
def add_then_delete(bed: Testbed) -> Mapping[str, Rotation]:
    """What is added, and the old deleted later, without a reload loses no connection, and maxLifeTime ends the old."""
    return exchanged(bed, How.ADD_THEN_DELETE)


@scenario(needs=NEEDS)
def configdb_alone(bed: Testbed) -> Rotation:
    """A property of configdb.properties that changes moves the configDB's pools, and no other."""
    return bed.rotating(Rotation(what=What.CONFIGDB, how=How.IN_PLACE))


@scenario(needs=NEEDS)
def settings_alone(bed: Testbed) -> Rotation:
    """Limits of the pools that change move nobody."""
    return bed.rotating(Rotation(what=What.SETTINGS, how=How.IN_PLACE))
