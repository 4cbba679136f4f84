"""Why a case is SKIPPED, as reports count it: the reason of its verdict says it in a sentence."""

from dataclasses import dataclass
from enum import Enum


class Because(Enum):
    """Which end cannot do what the case needs, or that it has nothing to show there."""

    CLIENT = "client"
    SERVER = "server"
    MACHINE = "machine"
    UNAVAILABLE = "unavailable"
    """The server or the client was not available at all."""
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """``what`` is what cannot be done, in a word or two; empty where that is all the same."""

    because: Because
    what: str = ""


NOT_APPLICABLE = Obstacle(Because.NOT_APPLICABLE)
