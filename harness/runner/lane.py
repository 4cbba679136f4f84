"""A lane: the cells planned for one server and its clients, carried out in order; how is the matter of their kinds."""

from collections.abc import Callable, Iterable, Sequence

from harness.case.situation import ServerSide, Situation
from harness.errors import ServerStartError, UsageError
from harness.kinds.bench import Bench
from harness.kinds.kind import Cell, Judgement, Phase
from harness.kinds.registry import kind_of
from harness.model.observation import Observation
from harness.model.verdict import Status, Verdict
from harness.runner.conclusion import concluded
from harness.runner.plan import Batch, batches, by_kind, good_situation
from harness.runner.results import CellResult

GoodProofs = dict[tuple[str, Situation], Observation]


class Lane:
    """Carries out cells on a bench. ``emit`` gets each result as soon as it is judged."""

    def __init__(self, bench: Bench, emit: Callable[[CellResult], None]) -> None:
        self.bench = bench
        self._emit = emit

    def run(self, planned: Sequence[Cell]) -> None:
        """Carry out ``planned``; every cell gets exactly one result.

        A client that breaks in an attempt costs that attempt's cell; one whose probe does not start again, and what
        cannot be made, cost their own. Raises EngineError, and whatever else leaves the server in no known state: then
        the rest has none.
        """
        for phase in Phase:
            cells = [cell for cell in planned if kind_of(cell.made).phase is phase]
            if phase is Phase.AROUND_GOOD:
                for batch in batches(cells):
                    self._run_batch(batch)
                continue
            for kind, alike in by_kind(cells):
                for carried in kind.carry_out(self._prepared(alike), self.bench):
                    self.bench.charge([carried.cell.id])
                    self._conclude(carried.cell, carried.judge(()))
        for client in self.bench.clients:
            self.bench.listen_to(client)

    def _prepared(self, cells: Iterable[Cell]) -> list[tuple[Cell, object]]:
        """Cells for which all is made that they name; one that names what cannot be made has its result."""
        prepared: list[tuple[Cell, object]] = []
        for cell in cells:
            try:
                kind_of(cell.made).prepare(cell, cell.made, self.bench)
            except UsageError as error:
                verdict = Verdict(Status.INCONCLUSIVE, f"it names what cannot be made: {error}")
                self._conclude(cell, Judgement(verdict=verdict, faults=(self.bench.fault(error),)))
            else:
                prepared.append((cell, cell.made))
        return prepared

    def _run_batch(self, batch: Batch) -> None:
        groups = [(group.kind, self._prepared(group.cells)) for group in batch.groups]
        groups = [(kind, cells) for kind, cells in groups if cells]
        left = {id(cell): cell for _, cells in groups for cell, _ in cells}
        try:
            proved = self._prove(batch.good, [cell for kind, cells in groups if not kind.fresh for cell, _ in cells])
            standing: GoodProofs = {}
            for kind, cells in groups:
                these = [cell for cell, _ in cells]
                if kind.fresh:
                    unproved = [cell for cell in these if good_situation(cell) not in standing]
                    proved |= standing | self._prove(batch.good, unproved)
                carried = list(kind.carry_out(cells, self.bench))
                standing = self._prove(batch.good, these)
                for each in carried:
                    home = good_situation(each.cell)
                    self._conclude(each.cell, each.judge((proved[home], standing[home])))
                    del left[id(each.cell)]
                proved |= standing
                standing = standing if kind.fresh else {}
        except ServerStartError as error:
            # The good situation itself is not available here, so nothing can be proved from it.
            reason = " | ".join((f"the good situation unavailable: {error}", *error.detail[-3:]))
            for cell in left.values():
                self._conclude(cell, Judgement(verdict=Verdict(Status.INCONCLUSIVE, reason)))

    def _prove(self, good: ServerSide, cells: Sequence[Cell]) -> GoodProofs:
        """Bring the server to ``good`` and attempt each good situation of ``cells`` once."""
        situations = dict.fromkeys(map(good_situation, cells))
        if not situations:
            return {}
        self.bench.apply(good)
        proved = {(client, situation): self.bench.attempt(client, situation)[0] for client, situation in situations}
        self.bench.charge([cell.id for cell in cells])
        return proved

    def _conclude(self, cell: Cell, judged: Judgement) -> None:
        """Emit the result of ``cell``, in the light of what is known of the server and the client."""
        row, unmeasured = self.bench.known(cell.id, cell.client, cell.theme.known)
        self._emit(concluded(cell, self.bench.server.build.name, judged, row, unmeasured=unmeasured))
