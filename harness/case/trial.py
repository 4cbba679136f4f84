"""Trials: what a document says, and what came of it when it was done as written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.case.kind import AnyCase
from harness.model.walk import Walk, Walked


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(AnyCase):
    """``expected`` is what the document says comes of ``command``, ``found`` what did; ``said`` is what it printed.

    ``ran`` is the command as the shell got it, empty where it was not carried out.
    """

    command: str
    ran: str
    expected: str
    found: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class After:
    """A scenario's answer that depends on files made by commands: carry ``walk`` out, then ask ``make``.

    A scenario itself touches nothing; whoever carries its cases out carries the walk out, once a run.
    """

    walk: Walk
    make: Callable[[Walked], AnyCase | Mapping[str, AnyCase]]
