"""Scripts: the commands of a document, as it writes them, and their results."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line for a shell; ``answers`` is what is typed at its prompts, a line each."""

    line: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Commands carried out in order, each in the folder that the one before it was left in.

    ``instead`` says what stands for what in them: a path of the document's, and one below the script's own folder.
    ``there`` are the folders below that one which the document takes to be there, ``calls`` the programs that its
    commands call themselves.
    ``after`` is the script that it goes on from, in the same folder.
    """

    name: str
    commands: tuple[Command, ...]
    instead: tuple[tuple[str, str], ...] = ()
    there: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    after: "Script | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone:
    """The result of a command: ``ran`` is what the shell was given, ``status`` None if it did not end in time."""

    command: Command
    ran: str
    status: int | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """The result of a script: its commands in order, the files in its folder by name, and the folder it ended in.

    ``where`` is the image in which they ran, empty for this machine. ``lacks`` says which programs were missing where;
    then nothing was carried out.
    """

    done: tuple[CommandDone, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    left_in: str = ""
    where: str = ""
    lacks: str = ""

    def named(self, script: Script) -> str:
        """What the files of ``script``, which this is or goes on from, are called as materials."""
        return f"{script.name} in {self.where}" if self.where else script.name
