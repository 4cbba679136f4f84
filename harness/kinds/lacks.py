"""What a server lacks, as a reason to skip the cases that need it."""

from collections.abc import Iterable, Sequence

from harness.case.scenario import Skip
from harness.case.situation import Situation
from harness.knowledge.options import names_of
from harness.knowledge.rows import Lack
from harness.model.obstacle import Because, Obstacle

OPTION = "option-"
"""Followed by a name: the ``lacks.what`` of a server that has no such option; what would tell it is SKIPPED."""


def untold(situations: Iterable[Situation], lacks: Sequence[Lack]) -> Skip | None:
    """Why a server cannot be configured with one of ``situations``: an option that it lacks."""
    told = (option for situation in situations for option, _ in situation.server_side().options())
    return without_option((name for option in told for name in names_of(option)), lacks)


def without_option(names: Iterable[str], lacks: Sequence[Lack]) -> Skip | None:
    """Why a server cannot be given one of the options of those names: it lacks it."""
    wanted = {OPTION + name for name in names}
    lack = next((lack for lack in lacks if lack.what in wanted), None)
    if lack is None:
        return None
    option = lack.what.removeprefix(OPTION)
    reason = f"the server has no option {option}: {lack.reason} ({lack.source})"
    return Skip(reason, Obstacle(Because.SERVER, f"take {option}"))
