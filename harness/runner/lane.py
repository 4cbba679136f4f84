"""A lane: one server, the clients, and the cells planned for them, carried out in order and judged."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness import limits
from harness.case.data import AsData, write_case
from harness.case.difference import difference
from harness.case.rotation import Rotation
from harness.case.scenario import NOBODY, Skip
from harness.case.situation import Case, Journey, ServerSide, Situation
from harness.case.trial import Trial
from harness.clients.client import Client
from harness.errors import ReloadRefused, ServerStartError
from harness.judge.case import judge_case, told
from harness.judge.known import declared, with_known
from harness.model.account import Endpoint
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, Refused
from harness.model.startup import StartOutcome, Told
from harness.model.tls import Can
from harness.model.verdict import Status, Verdict
from harness.pki import Materials
from harness.runner.alone import started_alone, trial_result
from harness.runner.material import ClientMaterial, configuration, server_tls
from harness.runner.plan import Batch, Cell, batches, good_situations
from harness.runner.results import CellResult, Proof
from harness.runner.rotating import Rotate
from harness.runner.travelling import Proved, Traveller
from harness.runner.unserved import not_served, server_will_not
from harness.servers.server import Applied, RunningServer

SILENT_LOG = "log-of-"
"""Followed by a cause: the ``lacks.what`` by which a build declares that it logs nothing about such a refusal."""

HANDSHAKES = "handshakes"
"""Followed by this: it logs nothing about any connection that ends before its login."""

STATUS_VERSION = "status-ssl-version"
"""The ``lacks.what`` by which a build declares that its session status names one version whatever was negotiated."""

GoodProofs = dict[tuple[str, Situation], Observation]


class Lane:
    """Carries out cells on one running server. ``emit`` gets each result as soon as it is judged."""

    def __init__(
        self,
        server: RunningServer,
        clients: Mapping[str, Client],
        stores: Path,
        materials: Materials,
        emit: Callable[[CellResult], None],
        rotate: Rotate,
    ) -> None:
        self._server = server
        self._clients = clients
        self._emit = emit
        self._rotate = rotate
        self._materials = materials
        self._material = ClientMaterial(stores, materials)
        lacking = {lack.what for lack in server.build.manifest.lacks}
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
        """Carry out ``planned``; every cell gets exactly one result."""
        for cell in planned:
            if isinstance(cell.made, Skip):
                self._finish(cell, Verdict(Status.SKIPPED, cell.made.reason))
            elif isinstance(cell.made, Trial):
                self._conclude(cell, trial_result(cell, self._server.build.name, cell.made))
        for batch in batches(planned):
            self._run_batch(batch)
        for cell in planned:
            if isinstance(cell.made, Rotation):
                with self._clocked("load"):
                    self._conclude(cell, self._rotate(cell, cell.made, self._clients[cell.client]))
        # Last: nothing of what clients are served is left after them.
        for cell, result in started_alone(planned, self._server.build.name, self._try_start):
            self._conclude(cell, result)

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
                self._finish(cell, Verdict(Status.INCONCLUSIVE, reason))

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
            self._judge_journey(each, (before[each.home], after[each.home]))
        return after

    def _judge_journey(self, traveller: Traveller, proved: Proved) -> None:
        self._finish(
            traveller.cell,
            traveller.verdict(proved, self._silent),
            "; ".join(f"{step.name}: {step.expectation}" for step in traveller.journey.steps),
            " then ".join(step.name for step in traveller.journey.steps),
            traveller.seen(proved),
            traveller.taken[-1].observation,
            traveller.duration_s,
        )

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
        account = self._server.account(situation.account)
        tls = self._material.tls(situation, key_stores=Can.KEY_STORES in self._clients[client].facts.can)
        with self._clocked("testimony"):
            mark = self._server.witness.mark()
        with self._clocked("clients"):
            outcome = self._clients[client].attempt(
                Endpoint(situation.host, self._server.endpoint.port),
                account,
                tls,
                deadline_s=limits.ATTEMPT,
                server_names_version=self._names_version,
            )
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
        change = difference(case.good, case.situation)
        self._finish(cell, verdict, str(case.expectation), change, seen, observation, duration_s)

    def _finish(
        self,
        cell: Cell,
        verdict: Verdict,
        expected: str = "",
        change: str = "",
        proofs: tuple[Proof, ...] = (),
        decisive: Observation | None = None,
        duration_s: float = 0.0,
    ) -> None:
        result = CellResult(
            id=cell.id,
            claim=cell.claim,
            server=self._server.build.name,
            client=cell.client,
            verdict=verdict,
            expected=expected,
            difference=change,
            outcome="" if decisive is None else told(decisive.outcome),
            proofs=proofs,
            duration_s=duration_s,
        )
        self._conclude(cell, result)

    def _conclude(self, cell: Cell, result: CellResult) -> None:
        """Judge ``result`` again in the light of what is declared, and emit it with its case."""
        result = replace(result, case=write_case(cell.made) if isinstance(cell.made, AsData) else None)
        client = () if cell.client == NOBODY else self._clients[cell.client].build.known
        known = (*cell.theme.known, *self._server.build.manifest.known, *client)
        entry = declared(known, case_id=cell.id, server=result.server, client=cell.client)
        verdict = with_known(result.verdict, entry, outcome=result.outcome)
        if verdict.status is not Status.KNOWN:
            self._emit(replace(result, verdict=verdict))
        else:
            self._emit(replace(result, verdict=verdict, known=entry, divergences=cell.theme.divergences))

    @contextmanager
    def _clocked(self, kind: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self._spent[kind] += time.monotonic() - start
