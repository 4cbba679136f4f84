"""Checks of a document's commands: what the document says, and the result of each command when it was run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.case.kind import AnyCase
from harness.model.script import Script, ScriptResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCheck(AnyCase):
    """``expected`` is the result of ``command`` by the document, ``found`` the real one, ``said`` what it printed.

    ``ran`` is the command as the shell got it, empty where it was not carried out.
    """

    command: str
    ran: str
    expected: str
    found: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class After:
    """A scenario's answer that depends on files made by commands: carry ``script`` out, then ask ``make``.

    A scenario itself touches nothing; whoever carries its cases out carries the script out, once a run.
    """

    script: Script
    make: Callable[[ScriptResult], AnyCase | Mapping[str, AnyCase]]
