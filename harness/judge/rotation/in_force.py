"""What is in force at each point of one worker's file, by the acts in it."""

from harness.judge.rotation.conductor import ConductorRecord
from harness.judge.rotation.facts import Use, WorkerSummary
from harness.model.history import Act, ActKind
from harness.model.rotation import Terms


class InForce:
    """Takes a worker's acts in their order, and marks in ``worker`` what they publish and retire.

    ``place`` counts them; ``changing`` and ``changed`` the changes of the server that were begun and made; ``ended``
    says that no arrival follows; ``told`` has where the last reload that a pool was notified of began and ended.
    """

    def __init__(self, worker: WorkerSummary, conductor: ConductorRecord, terms: Terms) -> None:
        self._worker = worker
        self._conductor = conductor
        self._terms = terms
        self._published: int | None = None
        self.place = 0
        self.reloading: int | None = None
        self.told: dict[str, tuple[int, int]] = {}
        self.serials = conductor.serials
        self.known_serials = {self.serials[0]}
        self.changing = 0
        self.changed = 0
        self.ended = False

    def act(self, act: Act) -> None:
        worker = self._worker
        worker.acts.append(act)
        self.place = len(worker.acts)
        match act.kind:
            case ActKind.PUBLISHING:
                for use in self._of(act.generation):
                    use.published_s = act.at_s if use.published_s is None else use.published_s
            case ActKind.PUBLISHED:
                self._publish(act)
            case ActKind.RELOADING:
                self.reloading = self.place
                for pooled in worker.open.values():
                    worker.open_at_reload[self.place + 1, pooled.pool] += 1
            case ActKind.RELOADED:
                self._reload(act)
            case ActKind.SERVER_CHANGING:
                self.changing += 1
                self.known_serials.update(self.serials[self.changing : self.changing + 1])
            case ActKind.SERVER_CHANGED:
                self.changed = self.changing
            case ActKind.END:
                self.ended = True
            case ActKind.BEGIN:
                pass

    def _publish(self, act: Act) -> None:
        if act.generation is None:
            return
        self._published = act.generation
        for number in self._conductor.retired_by(act.generation):
            for use in self._of(number):
                if use.superseded_s is None:
                    use.superseded_s, use.superseded_from = act.at_s, self.place
        if not self._terms.how.reloads:
            self._retire(act.at_s + self._terms.drain_s)

    def _reload(self, act: Act) -> None:
        began, self.reloading = self.reloading or self.place, None
        if act.refused:
            return
        self._retire(float("-inf"))
        self.told.update(dict.fromkeys(act.told, (began, self.place)))

    def _retire(self, from_s: float) -> None:
        """What was published last is in force, and what it retires must not be used."""
        if self._published is None:
            return
        for number in self._conductor.retired_by(self._published):
            for use in self._of(number):
                if self.place < use.retired_from:
                    use.retired_from, use.retired_s = self.place, from_s

    def _of(self, number: int | None) -> list[Use]:
        generation = None if number is None else self._conductor.by_number.get(number)
        return [] if generation is None else [self._worker.uses[generation.material]]
