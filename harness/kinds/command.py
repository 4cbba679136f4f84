"""Commands of documents, carried out before their case was made (``harness.runner.scripts``): what they came to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.case.command_check import CommandCheck
from harness.judge.command_check import judge_command_check
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Judgement, Kind, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvidence:
    """The result of a command that a document has: ``ran`` is it with what stands for the document's own names."""

    label: str
    expected: str
    trial: CommandCheck

    @property
    def brief(self) -> str:
        """Nothing: it is in the verdict's reason."""
        return ""

    def lines(self) -> Iterator[str]:
        yield f"  command: {self.trial.command}"
        if self.trial.ran not in {"", self.trial.command}:
            yield f"  carried out as: {self.trial.ran}"
        yield f"  found: {self.trial.found}"
        yield from (f"    printed: {line}" for line in self.trial.said)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "command",
            "label": self.label,
            "expected": self.expected,
            "command": self.trial.command,
            "ran": self.trial.ran,
            "found": self.trial.found,
            "printed": list(self.trial.said),
        }


class Commands(Kind[CommandCheck]):
    """Commands of documents."""

    made = CommandCheck
    phase = Phase.AT_ONCE

    def carry_out(self, cells: Sequence[tuple[Cell, CommandCheck]], bench: Bench) -> Iterator[Carried]:
        for cell, trial in cells:
            yield Carried.judged(cell, judged(trial))


def judged(trial: CommandCheck) -> Judgement:
    """The verdict of a document's command."""
    return Judgement(
        verdict=judge_command_check(trial.expected, trial.found),
        expected=trial.expected,
        difference="nothing",
        outcome=trial.found,
        proofs=(CommandEvidence(label="case", expected=trial.expected, trial=trial),),
    )


KIND = Commands()
