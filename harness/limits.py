"""Every time limit, size bound and number of things at once, in one place. Seconds unless the name says otherwise.

Each is a bound on waiting for a condition, never a pause; generous, because the machine may be busy.
"""

CONTAINER_LIFETIME = 3 * 3600
"""A server container ends by itself after this long, whatever became of the harness."""

ENGINE_CALL = 60
SERVER_READY = 60
SERVER_STOP = 30
RELOAD = 15
"""A reload waits for handshakes in progress (connect_timeout is 10 s at the servers); longer is starvation."""

ATTEMPT = 10
"""A client that gives no answer for this long hangs."""

SETTLE = 5
"""From the client's answer until the server has counted and logged the end of that connection."""

CORROBORATION = 3
"""From a refused connection's end until the server has counted it as aborted, and logged it."""

CENSUS = 0.25
"""Between two questions to a server under load: what it has open, and what it has counted."""

LOAD_HOPELESS = 5
"""A load that is so late with its arrivals catches up no more: the rotation is ended, and what was reached is said."""

POOL_ANSWER = 30
"""From an order to a pool that a probe has until it is carried out: HikariCP's close waits 10 s for work in hand."""

UNUSED = ATTEMPT + 5
"""From the publication of new trust until no connection is under way that was begun with the old."""

LOAD_END = ATTEMPT + 5
"""From the end of a load's arrivals until every attempt under way has its result."""

SESSIONS_GONE = 5
"""From the end of a load until its server has none of its sessions any more."""

LANES = 4
"""Servers at work at a time, each with all clients: eleven at once had 50 threads wait for two cores, and rotations,
whose load must be in time, proved nothing."""

HANDOVER = 0.0003
"""For which a thread that computes keeps others waiting (``sys.setswitchinterval``): with Python's 5 ms, what passes
through one lane's forwarder waited for other lanes' judges."""

CORES_FOR_A_LOAD = 0.7
"""Processors that are idle when a load begins beside as many as there are processors: it takes half of one, and its
arrivals must be in time."""

LOADS_AT_MOST = 3
"""Loads at once for each processor, however idle."""

LOOK_FOR_ROOM = 0.5
"""Between two looks at what is idle."""

LOAD_FOR_A_SERVER = 90
"""Seconds of load for which a lane starts another server of its build, so that they do not come one after the other."""

SERVERS_FOR_LOADS = 3
"""The most of those that a lane has at once."""

LANE_END = 10
"""From the end of a run that was cut short until its lanes have let go of what they were just opening."""

SEEDING = 300
COMMAND_END = 5
"""From SIGTERM until a command that the harness runs for its user has ended, before it is killed."""

KEEPER_END = 60
"""From SIGTERM until the process that keeps an environment up has removed it, before it is killed."""

LOAD_START = 60
"""From the start of a load's process until each of its workers is there."""

LOAD_ANSWER = 60
"""From an order to a load's worker until it is carried out; a reload tries every pool's new configuration first."""

LOAD_FAREWELL = 5
"""From the end of a load until its process has ended by itself, before it is killed."""

MAVEN = 600
PIP = 600
DEBOOTSTRAP = 600

COMPILER = 120

DOCUMENT_COMMAND = 60
"""One command of a document (openssl, keytool)."""

LEAVES_DRAWN = 500
"""Certificates drawn until one makes a store of the wanted size: of 250 of RSA, 244 made one PKCS#12 size, 101 one JKS
size; the rarest was made twice."""

LOG_TAIL_LINES = 15
