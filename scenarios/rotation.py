"""The guide's three ways to exchange a running client's key material, under load.

Each kind of store meets each way and each kind of material, with one client: stores, pools and their reload are the
reference client's, and the same over every driver. What a driver itself does, connecting with what it is handed, the
others show where both leaf and authority are exchanged.
"""

from collections.abc import Mapping

from harness.case.rotation import Rotation
from harness.case.scenario import Skip, scenario
from harness.case.testbed import NotApplicable, Testbed
from harness.model.material import StoreKind
from harness.model.rotation import How, Mix, What
from harness.model.tls import Can

NEEDS = {Can.VERIFY_CA, Can.CLIENT_CERTIFICATE, Can.HOLD_SESSIONS}
MATERIAL = (What.LEAF, What.AUTHORITY, What.BOTH)
WITH_ALL = "pymysql"
"""The client that shows everything: its connects cost the least."""
SHOWN_ELSEWHERE = f"the reference client does this itself, the same for each driver: shown with {WITH_ALL}"
RATE, ONE_STEP_S, MORE_STEPS_S = 25.0, 3.0, 5.0
"""New connections a second, and seconds: as short as proves it, each generation gets some dozens of them."""
IN_JAVA = ("jdbc:connector-j-9", "jdbc:mariadb-3.5")
"""Of each family of JDBC drivers one, which reads the stores itself for each connection, or when they look changed."""
JAVA_RATE, JAVA_S, JAVA_MIX = 5.0, 12.0, Mix(check_outs=0.5)
"""A connection costs a JVM ten times what it costs Python: few, and each pool has its turn all the same."""
STARVED_RATE, LONGER = 5.0, 2.4
"""Where a server's own handshakes hold up its reload: how it fares beside other work is for `dbtls rotate` to show."""


def exchanged(bed: Testbed, how: How) -> Mapping[str, Rotation]:
    """The three kinds of material, each in another kind of store; the last alone where the first two are not shown.

    A client that reads no PEM files has JKS stores instead. Raises NotApplicable for all but two of those in Java.
    """
    in_java = Can.KEY_STORES in bed.client.can
    if in_java and bed.client.name not in IN_JAVA:
        raise NotApplicable(
            f"shown with {' and '.join(IN_JAVA)}, since each JVM takes a processor for itself: "
            f"`dbtls rotate --client {bed.client.name}` shows it"
        )
    turn = list(How).index(how)
    kinds = [StoreKind.JKS if in_java and kind is StoreKind.PEM else kind for kind in StoreKind]
    return {
        f"{what.value}-{kind.value}": rotation(bed, what, how, kind)
        for what, kind in zip(MATERIAL, kinds[turn:] + kinds[:turn], strict=True)
        if what is What.BOTH or bed.client.name == WITH_ALL
    }


def rotation(bed: Testbed, what: What, how: How = How.IN_PLACE, stores: StoreKind = StoreKind.JKS) -> Rotation:
    """One, under as much load as the server takes together with other lanes."""
    if Can.KEY_STORES in bed.client.can:
        made = Rotation(what=what, how=how, stores=stores, rate=JAVA_RATE, mix=JAVA_MIX, duration_s=JAVA_S)
        return bed.rotating(made)
    lasting_s = MORE_STEPS_S if what.moves_authority or not how.reloads else ONE_STEP_S
    if bed.server.does("starves-reloads"):
        made = Rotation(what=what, how=how, stores=stores, rate=STARVED_RATE, duration_s=LONGER * lasting_s)
    else:
        made = Rotation(what=what, how=how, stores=stores, rate=RATE, duration_s=lasting_s)
    return bed.rotating(made)


@scenario(needs=NEEDS)
def new_url(bed: Testbed) -> Mapping[str, Rotation]:
    """A reload that finds new stores at new URLs loses no connection, and every new one uses them."""
    return exchanged(bed, How.NEW_URL)


@scenario(needs=NEEDS)
def in_place(bed: Testbed) -> Mapping[str, Rotation]:
    """A reload after the stores changed in place loses no connection, and every new one uses what they hold."""
    return exchanged(bed, How.IN_PLACE)


@scenario(needs=NEEDS)
def add_then_delete(bed: Testbed) -> Mapping[str, Rotation]:
    """A store that gains the new and later loses the old needs no reload: maxLifeTime replaces, and nothing is lost."""
    return exchanged(bed, How.ADD_THEN_DELETE)


@scenario(needs=NEEDS)
def configdb_alone(bed: Testbed) -> Rotation | Skip:
    """A property that changes for the configDB alone moves its pools, and no other."""
    if bed.client.name != WITH_ALL:
        return Skip(SHOWN_ELSEWHERE)
    return rotation(bed, What.CONFIGDB)


@scenario(needs=NEEDS)
def settings_alone(bed: Testbed) -> Rotation | Skip:
    """A limit of the pools that changes moves nobody."""
    if bed.client.name != WITH_ALL:
        return Skip(SHOWN_ELSEWHERE)
    return rotation(bed, What.SETTINGS)
