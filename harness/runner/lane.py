"""A lane: one server, the clients, and the cells planned for them, carried out in order and judged."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness import limits
from harness.case.difference import difference
from harness.case.rotation import Rotation
from harness.case.scenario import NOBODY, Skip
from harness.case.situation import Case, Journey, ServerSide, Situation
from harness.case.trial import Trial
from harness.errors import EngineError, HarnessError, ProbeFault, ProbeUnavailable, ReloadRefused, ServerStartError
from harness.judge.case import judge_case, told
from harness.knowledge.reader import Knowledge
from harness.model.account import Endpoint
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, ClientFault, NotAttempted, Outcome, Refused
from harness.model.startup import StartOutcome, Told
from harness.model.tls import Can
from harness.model.verdict import Status, Verdict
from harness.pki import Materials
from harness.runner.alone import judged_trial, started_alone
from harness.runner.conclusion import Judgement, concluded
from harness.runner.ends import ClientEnd, ServerEnd
from harness.runner.material import ClientMaterial, configuration, server_tls
from harness.runner.plan import Batch, Cell, batches, good_situations
from harness.runner.results import CellResult, Fault, Proof
from harness.runner.rotating import Rotate
from harness.runner.travelling import Traveller
from harness.runner.unserved import not_served, server_will_not
from harness.servers.server import Applied

SILENT_LOG = "log-of-"
"""Followed by a cause: the ``lacks.what`` of a server that logs nothing about such a refusal."""

HANDSHAKES = "handshakes"
"""Followed by this: it logs nothing about any connection that ends before its login."""

STATUS_VERSION = "status-ssl-version"
"""The ``lacks.what`` of a server whose session status names one version whatever was negotiated."""

GoodProofs = dict[tuple[str, Situation], Observation]


class Lane:
    """Carries out cells on one running server. ``emit`` gets each result as soon as it is judged.

    A client that breaks in an attempt costs that attempt's cell; one whose probe does not start again costs its cells
    that are left. ``tell`` gets what cost no cell: a probe that broke while nothing was asked of it. ``knowledge`` is
    what is known of products, with what stands beside the server's build.
    """

    def __init__(
        self,
        server: ServerEnd,
        clients: Mapping[str, ClientEnd],
        stores: Path,
        materials: Materials,
        emit: Callable[[CellResult], None],
        rotate: Rotate,
        tell: Callable[[Fault], None],
        *,
        knowledge: Knowledge,
    ) -> None:
        self._server = server
        self._clients = clients
        self._emit = emit
        self._rotate = rotate
        self._tell = tell
        self._lost: dict[str, Fault] = {}
        self._materials = materials
        self._material = ClientMaterial(stores, materials)
        self._knowledge = knowledge
        lacking = {lack.what for lack in knowledge.lacks(server.facts.product, None)}
        silent = {cause for cause in Cause if SILENT_LOG + cause.value in lacking}
        if SILENT_LOG + HANDSHAKES in lacking:
            silent |= set(Cause) - {Cause.ACCESS_DENIED}
        self._silent = frozenset(silent)
        self._names_version = STATUS_VERSION not in lacking
        self._spent: defaultdict[str, float] = defaultdict(float)

    @property
    def spent_s(self) -> Mapping[str, float]:
        """Seconds by kind of work: ``servers`` (told something), ``clients`` (attempting), ``testimony``."""
        return self._spent

    def run(self, planned: Sequence[Cell]) -> None:
        """Carry out ``planned``; every cell gets exactly one result.

        Raises EngineError, and whatever else leaves the server in no known state: then the rest has none.
        """
        for cell in planned:
            if isinstance(cell.made, Skip):
                self._conclude(cell, Judgement(verdict=Verdict(Status.SKIPPED, cell.made.reason)))
            elif isinstance(cell.made, Trial):
                self._conclude(cell, judged_trial(cell.made))
        for batch in batches(planned):
            self._run_batch(batch)
        for cell in planned:
            if isinstance(cell.made, Rotation):
                with self._clocked("load"):
                    self._conclude(cell, self._rotated(cell.made, cell.client))
        for client in self._clients:
            self._listen_to(client)
        # Last: nothing of what clients are served is left after them.
        for cell, judged in started_alone(planned, self._try_start):
            self._conclude(cell, judged)

    def _rotated(self, rotation: Rotation, client: str) -> Judgement:
        """What a rotation came to; a malfunction in it is its own, unless the server's place is gone."""
        begun = time.monotonic()
        try:
            return self._rotate(rotation, self._clients[client])
        except EngineError:
            raise
        except HarnessError as error:
            broke = isinstance(error, ProbeFault) and not isinstance(error, ProbeUnavailable)
            outcome = f"the client's probe {error.how}" if isinstance(error, ProbeFault) and broke else str(error)
            return Judgement(
                verdict=Verdict(Status.FAIL if broke else Status.INCONCLUSIVE, outcome),
                outcome=outcome,
                faults=(self._fault(error, client),),
                duration_s=time.monotonic() - begun,
            )

    def _fault(self, error: Exception, client: str | None = None) -> Fault:
        return Fault.of(error, server=self._server.build.name, client=client)

    def _listen_to(self, client: str) -> None:
        """Tell of a client whose probe has broken since it was asked last; the next attempt starts another."""
        unheard = self._clients[client].unheard()
        if unheard is not None:
            self._tell(self._fault(unheard, client))

    def _try_start(self, told: Told) -> StartOutcome:
        with self._clocked("servers"):
            return self._server.try_start(configuration(told, self._materials))

    def _run_batch(self, batch: Batch) -> None:
        open_cells = list(batch.cells())
        try:
            proved = self._prove(batch.good, batch.case_cells())
            here = [(cell, case, *self._attempt(cell.client, case.situation)) for cell, case in batch.here]
            after = self._prove(batch.good, [cell for cell, _ in batch.here])
            for cell, case, observation, duration_s in here:
                self._judge_case(cell, case, observation, (proved, after), duration_s)
                open_cells.remove(cell)
            for changed, group in batch.touching:
                touched = self._attempt_under(changed, group)
                after = self._prove(batch.good, [cell for cell, _ in group])
                for cell, case, observation, duration_s in touched:
                    self._judge_case(cell, case, observation, (proved, after), duration_s)
                    open_cells.remove(cell)
                proved |= after
            standing: GoodProofs = {}
            for together in batch.journeys:
                standing = self._travel(batch.good, together, standing)
                for cell, _ in together:
                    open_cells.remove(cell)
        except ServerStartError as error:
            # The good situation itself cannot be had here, so nothing can be proved from it.
            reason = " | ".join((f"the good situation cannot be had: {error}", *error.detail[-3:]))
            for cell in open_cells:
                self._conclude(cell, Judgement(verdict=Verdict(Status.INCONCLUSIVE, reason)))

    def _prove(self, good: ServerSide, cells: Iterable[Cell]) -> GoodProofs:
        """Bring the server to ``good`` and attempt each good situation of ``cells`` once."""
        situations = good_situations(cells)
        if not situations:
            return {}
        self._apply(good)
        return {(client, situation): self._attempt(client, situation)[0] for client, situation in situations}

    def _attempt_under(
        self, changed: ServerSide, group: Sequence[tuple[Cell, Case]]
    ) -> list[tuple[Cell, Case, Observation, float]]:
        """Tell the server ``changed`` and attempt each case; that it will not serve it is an observation too."""
        try:
            applied = self._apply(changed)
        except ServerStartError as error:
            refusal = server_will_not(error)
            return [(cell, case, refusal, 0.0) for cell, case in group]
        return [(cell, case, *self._attempt(cell.client, case.situation, applied)) for cell, case in group]

    def _travel(self, good: ServerSide, together: Sequence[tuple[Cell, Journey]], standing: GoodProofs) -> GoodProofs:
        """Take journeys that tell the server the same, step by step, each until its connections break.

        The good situations are proved before and after. ``standing`` are proofs since which the server was told
        nothing: the end of one journey is where the next one begins. Returns those of the end.
        """
        travellers = [Traveller(cell, journey) for cell, journey in together]
        unproved = [each.cell for each in travellers if each.home not in standing]
        before = standing | self._prove(good, unproved)
        for number in range(len(travellers[0].journey.steps)):
            going = [each for each in travellers if not each.broke]
            if not going:
                break
            brought = self._bring(going[0].journey.steps[number].situation.server_side())
            for each in going:
                step = each.journey.steps[number]
                if isinstance(brought, Observation):
                    each.take(step, brought, 0.0)
                else:
                    each.take(step, *self._attempt(each.cell.client, step.situation, brought))
        after = self._prove(good, [each.cell for each in travellers])
        for each in travellers:
            self._conclude(each.cell, each.judged((before[each.home], after[each.home]), self._silent))
        return after

    def _bring(self, changed: ServerSide) -> Applied | Observation:
        """Have the server serve ``changed`` as an operator does; that it refuses is an observation."""
        tls = server_tls(changed, self._materials)
        if tls == self._server.live:
            return Applied.UNCHANGED
        try:
            with self._clocked("servers"):
                return self._server.change(tls)
        except ReloadRefused as error:
            return not_served(Cause.RELOAD_REFUSED, error.statement, error.message, code=error.code)
        except ServerStartError as error:
            return server_will_not(error)

    def _attempt(
        self, client: str, situation: Situation, applied: Applied = Applied.UNCHANGED
    ) -> tuple[Observation, float]:
        """One attempt seen from both ends, and how long both took."""
        start = time.monotonic()
        if client in self._lost:
            return _not_attempted(self._lost[client]), 0.0
        self._listen_to(client)
        account = self._server.account(situation.account)
        tls = self._material.tls(situation, key_stores=Can.KEY_STORES in self._clients[client].facts.can)
        with self._clocked("testimony"):
            mark = self._server.witness.mark()
        outcome: Outcome
        try:
            with self._clocked("clients"):
                outcome = self._clients[client].attempt(
                    Endpoint(situation.host, self._server.endpoint.port),
                    account,
                    tls,
                    deadline_s=limits.ATTEMPT,
                    server_names_version=self._names_version,
                )
        except ProbeUnavailable as error:
            self._lost[client] = self._fault(error, client)
            return _not_attempted(self._lost[client]), time.monotonic() - start
        except ProbeFault as error:
            outcome = ClientFault(how=error.how, last_words=error.detail)
        with self._clocked("testimony"):
            testimony = self._server.witness.testimony(
                mark,
                refused=not isinstance(outcome, Accepted),
                logged=not (isinstance(outcome, Refused) and outcome.causes <= self._silent),
                claimed=outcome.connection_id if isinstance(outcome, Accepted) else None,
            )
        observation = Observation(
            outcome=outcome,
            testimony=testimony,
            user=account.user,
            served_serial=server_tls(situation.server_side(), self._materials).serial,
            server_was=applied.value,
        )
        return observation, time.monotonic() - start

    def _apply(self, side: ServerSide) -> Applied:
        with self._clocked("servers"):
            return self._server.apply(server_tls(side, self._materials))

    def _judge_case(
        self, cell: Cell, case: Case, observation: Observation, proofs: Sequence[GoodProofs], duration_s: float
    ) -> None:
        key = (cell.client, case.good)
        before, after = (proof[key] for proof in proofs)
        good = case.good.expectation()
        verdict = judge_case(
            case.expectation, observation, good=(before, after), good_expectation=good, silent=self._silent
        )
        seen = (
            Proof(label="good before", expected=str(good), observation=before),
            Proof(label="case", expected=str(case.expectation), observation=observation),
            Proof(label="good after", expected=str(good), observation=after),
        )
        judged = Judgement(
            verdict=verdict,
            expected=str(case.expectation),
            difference=difference(case.good, case.situation),
            outcome=told(observation.outcome),
            proofs=seen,
            duration_s=duration_s,
        )
        self._conclude(cell, judged)

    def _conclude(self, cell: Cell, judged: Judgement) -> None:
        """Emit the result of ``cell``, in the light of what is known of the server and the client."""
        client = None if cell.client == NOBODY else self._clients[cell.client]
        beside = self._knowledge.after((*cell.theme.known, *(client.build.known if client else ())))
        at, by = self._server.facts.product, None if client is None else client.product
        row = beside.deviation(cell.id, at, by)
        unmeasured = "" if row is None else row.unmeasured(at, by)
        judged = replace(judged, faults=(*judged.faults, *self._met_by(cell.client, judged)))
        self._emit(concluded(cell, self._server.build.name, judged, row, unmeasured=unmeasured))

    def _met_by(self, client: str, judged: Judgement) -> Iterator[Fault]:
        """What malfunctioned in the attempts that ``judged`` rests on."""
        for proof in judged.proofs:
            match proof:
                case Proof(observation=Observation(outcome=ClientFault() as outcome)):
                    yield Fault(
                        what=f"client `{client}` {outcome.how}",
                        remedy="see its last lines; `dbtls probe check -- CMD` tells what is wrong with a probe",
                        server=self._server.build.name,
                        client=client,
                        detail=outcome.last_words,
                    )
                case Proof(observation=Observation(outcome=NotAttempted())):
                    yield self._lost[client]

    @contextmanager
    def _clocked(self, kind: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self._spent[kind] += time.monotonic() - start


def _not_attempted(fault: Fault) -> Observation:
    return Observation(outcome=NotAttempted(reason=fault.what), testimony=None)
