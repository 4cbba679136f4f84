"""The bench: one running server and the clients, and what kinds do with them; each attempt is seen from both ends."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness import limits
from harness.case.rotation import Rotation
from harness.case.situation import ServerSide, Situation
from harness.clients.client import product_of
from harness.clients.protocol import Hello
from harness.errors import ProbeFault, ProbeUnavailable, ReloadRefused, ServerStartError
from harness.judge.wire import is_open, narrowed, of_the_wires_version
from harness.kinds.circumstances import circumstances
from harness.kinds.ends import ClientEnd, ServerEnd, WireEnd
from harness.kinds.material import ClientMaterial, configuration, server_tls
from harness.kinds.unserved import not_served, server_will_not
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Known
from harness.model.account import Endpoint
from harness.model.fault import Fault
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, ClientFault, NotAttempted, Outcome, Refused
from harness.model.rotated import Rotated
from harness.model.startup import ServerConfiguration, ServerOptions, StartOutcome
from harness.model.tls import Can, ClientTls
from harness.names import theme_of
from harness.pki import Materials
from harness.servers.server import Applied

SILENT_LOG = "log-of-"
"""Followed by a cause: the ``lacks.what`` of a server that logs nothing about such a refusal."""

HANDSHAKES = "handshakes"
"""Followed by this: it logs nothing about any connection that ends before its login."""

STATUS_VERSION = "status-ssl-version"
"""The ``lacks.what`` of a server whose session status names one version whatever was negotiated."""

Rotate = Callable[[Rotation, ClientEnd], Rotated]


class Bench:
    """A server, the clients by name with what each said in ``hellos``, and what has been made for them.

    ``knowledge`` is of products, with what stands beside the server's build.

    A client that breaks in an attempt is what was observed of it; one whose probe does not start again is lost: no
    attempt is made with it any more. ``tell`` gets what breaks a probe while nothing is asked of it.

    ``wire`` stands between clients and server in every attempt, and is the third to say what became of it.
    """

    def __init__(
        self,
        server: ServerEnd,
        clients: Mapping[str, ClientEnd],
        hellos: Mapping[str, Hello],
        knowledge: Knowledge,
        *,
        stores: Path,
        materials: Materials,
        rotate: Rotate,
        tell: Callable[[Fault], None],
        wire: WireEnd | None = None,
    ) -> None:
        self.server = server
        self.wire = wire
        self.clients = clients
        self.knowledge = knowledge
        self.rotate = rotate
        self._tell = tell
        self._materials = materials
        self._material = ClientMaterial(stores, materials)
        self._reads_key_stores = {name for name, hello in hellos.items() if Can.KEY_STORES in hello.can}
        self._products = {name: product_of(clients[name].build, hello) for name, hello in hellos.items()}
        self._lost: dict[str, Fault] = {}
        lacking = {lack.what for lack in knowledge.lacks(server.facts.product, None)}
        silent = {cause for cause in Cause if SILENT_LOG + cause.value in lacking}
        if SILENT_LOG + HANDSHAKES in lacking:
            silent |= set(Cause) - {Cause.ACCESS_DENIED}
        self.silent = frozenset(silent)
        """The causes about which the server logs nothing."""
        self._names_version = STATUS_VERSION not in lacking
        self._spending = threading.Lock()
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._spent_by_theme: defaultdict[str, float] = defaultdict(float)
        self._uncharged_s = 0.0

    @property
    def spent_s(self) -> Mapping[str, float]:
        """Seconds by kind of work: ``servers`` (told something), ``clients`` (attempting), ``testimony``, …"""
        return self._spent

    @property
    def spent_by_theme_s(self) -> Mapping[str, float]:
        """The same seconds by the theme of the cases that they were charged to."""
        return self._spent_by_theme

    def known(self, case: str, client: str | None, more: Sequence[Known] = ()) -> tuple[Known | None, str]:
        """The known deviation that covers a case with ``client``, and where it was measured if not on these versions.

        ``more`` are declared beside the scenario.
        """
        build = None if client is None else self.clients[client].build
        beside = self.knowledge.after((*more, *(build.known if build else ())))
        at, by = self.server.facts.product, None if client is None else self._products[client]
        row = beside.deviation(case, at, by)
        return row, "" if row is None else row.unmeasured(at, by)

    @contextmanager
    def clocked(self, kind: str) -> Iterator[None]:
        """Count the time of the block as that kind of work."""
        start = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - start
            with self._spending:
                self._spent[kind] += seconds
            self._uncharged_s += seconds

    def charge(self, cases: Sequence[str]) -> None:
        """Charge what was spent since the last charge to the themes of ``cases``, ids: each case an equal share."""
        for identity in cases:
            self._charge(identity, self._uncharged_s / len(cases))
        self._uncharged_s = 0.0

    def spend_beside(self, kind: str, seconds: float, case: str) -> None:
        """Count ``seconds`` as that kind of work, done for ``case`` beside the lane's own. Safe between threads."""
        with self._spending:
            self._spent[kind] += seconds
        self._charge(case, seconds)

    def _charge(self, case: str, seconds: float) -> None:
        with self._spending:
            self._spent_by_theme[theme_of(case)] += seconds

    def fault(self, error: Exception, client: str | None = None) -> Fault:
        """``error`` as a fault that was met here."""
        return Fault.of(error, server=self.server.build.name, client=client)

    def make(self, client: str, *situations: Situation) -> None:
        """Have made what ``situations`` name. Raises UsageError for what cannot be made."""
        for situation in situations:
            server_tls(situation.server_side(), self._materials)
            self._client_tls(client, situation)

    def configuration(self, told: ServerOptions) -> ServerConfiguration:
        """What a server is started with. Raises UsageError for what cannot be made."""
        return configuration(told, self._materials)

    def apply(self, side: ServerSide) -> Applied:
        """Have the server serve ``side``, the quickest way. Raises ServerStartError where it does not."""
        tls = server_tls(side, self._materials)
        with self.clocked("servers"):
            return self.server.apply(tls)

    def bring(self, side: ServerSide) -> Applied | Observation:
        """Have the server serve ``side`` as an operator does; that it refuses is an observation."""
        tls = server_tls(side, self._materials)
        if tls == self.server.live:
            return Applied.UNCHANGED
        try:
            with self.clocked("servers"):
                return self.server.change(tls)
        except ReloadRefused as error:
            return not_served(Cause.RELOAD_REFUSED, error.statement, error.message, code=error.code)
        except ServerStartError as error:
            return server_will_not(error)

    def try_start(self, told: ServerOptions) -> StartOutcome:
        """Start the server afresh with literal options and files; after it nothing is served."""
        made = self.configuration(told)
        with self.clocked("servers"):
            return self.server.try_start(made)

    def attempt(
        self, client: str, situation: Situation, applied: Applied = Applied.UNCHANGED
    ) -> tuple[Observation, float]:
        """One attempt seen from both ends, and how many seconds both took."""
        start = time.monotonic()
        if client in self._lost:
            return _not_attempted(self._lost[client]), 0.0
        self.listen_to(client)
        account = self.server.account(situation.account)
        tls = self._client_tls(client, situation)
        port = self.server.endpoint.port if self.wire is None else self.wire.port
        with self.clocked("testimony"):
            mark = self.server.witness.mark()
            passed = 0 if self.wire is None else self.wire.mark()
        outcome: Outcome
        try:
            with self.clocked("clients"):
                outcome = self.clients[client].attempt(
                    Endpoint(situation.host, port),
                    account,
                    tls,
                    deadline_s=limits.ATTEMPT,
                    server_names_version=self._names_version,
                )
        except ProbeUnavailable as error:
            self._lost[client] = self.fault(error, client)
            return _not_attempted(self._lost[client]), time.monotonic() - start
        except ProbeFault as error:
            outcome = ClientFault(how=error.how, last_words=error.detail)
        with self.clocked("testimony"):
            # First: what has not reached the server yet, it cannot have counted.
            wire = None if self.wire is None else self.wire.testimony(passed)
            testimony = self.server.witness.testimony(
                mark,
                refused=not isinstance(outcome, Accepted),
                logged=not (isinstance(outcome, Refused) and outcome.causes <= self.silent),
                claimed=outcome.connection_id if isinstance(outcome, Accepted) else None,
            )
        observation = Observation(
            outcome=outcome,
            testimony=testimony,
            user=account.user,
            served_serial=server_tls(situation.server_side(), self._materials).serial,
            server_was=applied.value,
            wire=wire,
        )
        if not self._names_version:
            observation = of_the_wires_version(observation)
        if is_open(observation):
            observation = narrowed(
                observation, circumstances(situation, tls, self.server.facts.versions, self._materials)
            )
        return observation, time.monotonic() - start

    def listen_to(self, client: str) -> None:
        """Tell of a client whose probe has broken since it was asked last; the next attempt starts another."""
        unheard = self.clients[client].unheard()
        if unheard is not None:
            self._tell(self.fault(unheard, client))

    def met(self, client: str, observations: Iterable[Observation]) -> tuple[Fault, ...]:
        """What malfunctioned in attempts of ``client``."""
        found: list[Fault] = []
        for observation in observations:
            match observation.outcome:
                case ClientFault() as outcome:
                    fault = Fault(
                        what=f"client `{client}` {outcome.how}",
                        remedy="see its last lines; `dbtls probe check -- CMD` tells what is wrong with a probe",
                        server=self.server.build.name,
                        client=client,
                        detail=outcome.last_words,
                    )
                    found.append(fault)
                case NotAttempted():
                    found.append(self._lost[client])
                case _:
                    pass
        return tuple(found)

    def _client_tls(self, client: str, situation: Situation) -> ClientTls:
        return self._material.tls(situation, key_stores=client in self._reads_key_stores)


def _not_attempted(fault: Fault) -> Observation:
    return Observation(outcome=NotAttempted(reason=fault.what), testimony=None)
