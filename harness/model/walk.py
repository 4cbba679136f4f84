"""Commands of a document, as it writes them, and what came of carrying them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line for a shell; ``answers`` is what is typed at its prompts, a line each."""

    line: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Commands carried out in order, each in the folder that the one before it was left in.

    ``instead`` says what stands for what in them: a path of the document's, and one below the walk's own folder.
    ``there`` are the folders below that one which the document takes to be there, ``calls`` the programs that its
    commands call in their turn.
    ``after`` is the walk that it goes on from, in the same folder.
    """

    name: str
    commands: tuple[Command, ...]
    instead: tuple[tuple[str, str], ...] = ()
    there: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    after: "Walk | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone:
    """What came of a command: ``ran`` is what the shell was given, ``status`` None for one that did not end in time."""

    command: Command
    ran: str
    status: int | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What came of a walk: its commands in order, the files in its folder by name, and the folder that it ended in.

    ``where`` is the image in which they ran, empty for this machine. ``lacks`` says which programs were missing where;
    then nothing was carried out.
    """

    done: tuple[CommandDone, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    left_in: str = ""
    where: str = ""
    lacks: str = ""

    def named(self, walk: Walk) -> str:
        """What the files of ``walk``, which this is or goes on from, are called as materials."""
        return f"{walk.name} in {self.where}" if self.where else walk.name
