"""One record of every kind, with and without what may be missing."""

from harness.model.history import (
    HISTORY,
    Act,
    ActKind,
    Begun,
    Census,
    Closed,
    Closing,
    Ended,
    Failed,
    Failure,
    Generation,
    Health,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)
from harness.model.rotation import How, Mix, Terms, What

ODD = 'a "quoted" \\ name\n\x00\x1f é \u2028 \U0001f600'
TERMS = Terms(
    what=What.BOTH,
    how=How.IN_PLACE,
    stores="pem",
    rotations=2,
    rate=25.0,
    mix=Mix(),
    duration_s=5.0,
    max_life_time_s=600.0,
    drain_s=3.0,
    at_least=10,
    server_moves=True,
)
RECORDS: tuple[Record, ...] = (
    Opening(HISTORY, "w1"),
    Opening(HISTORY, "conductor", {"what": "leaf"}, {"harness": ODD}),
    *(Begun(1, kind, "", "m1", 1.5, 1.25) for kind in Kind),
    Begun(10**9, Kind.CHECK_OUT, ODD, None, -1.0, 123456789.123456),
    Ended(1, 2.5, 1, Served("a1", 7, "TLSv1.3", "AES", 2**159 + 1, "m1")),
    Ended(2, 2.5, 12, Served(ODD, 7, None, None, None, ODD)),
    Ended(3, 2.5, 1, Served("a1", 7, "", "", 0, "m1")),
    *(Ended(4, 2.5, 0, Failed(how, "server", ("a", "b"), ODD)) for how in Failure),
    Ended(5, 2.5, 0, Failed(Failure.HUNG, None, (), "")),
    *(Closed(ODD, 7, "m1", 3.0, why) for why in Why),
    *(Act(kind, 4.0, 2, ODD) for kind in ActKind),
    Act(ActKind.PUBLISHED, 4.0, 2, "step", 3, 2**159, ("configdb-read", ODD), ODD),
    Generation(2, 1, "m2", "a2", (1,)),
    Generation(1, 0, "m1", None, ()),
    Census(5.0, {"a1": 3, "": 1}, {"Connections": 9}, 2),
    Census(5.0, {}, {}, 0),
    Health(6.0, 0.5, 0.25, 17, 0.015625),
    Closing(7.0, 5),
    Closing(7.0, 0, {"w1": 5, "w2": 0}),
)
