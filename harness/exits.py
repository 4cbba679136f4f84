"""How every command ends: one table of exit codes, and the signal that ends a command in an orderly way."""

import signal
from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of all commands."""

    PASSED = 0
    FAILED = 1
    FAULT = 2
    """A usage error, or a fault of the harness or its surroundings; also a fault that cost only some of the cases."""
    INCONCLUSIVE = 3
    INTERRUPTED = 128 + signal.SIGINT
    TERMINATED = 128 + signal.SIGTERM


class Terminated(BaseException):
    """SIGTERM, unwinding like Ctrl-C so that everything is closed; click would swallow a KeyboardInterrupt of ours."""


_ALWAYS = {
    Exit.FAULT: "usage error, or a fault of the harness or its surroundings",
    Exit.INTERRUPTED: "Ctrl-C",
    Exit.TERMINATED: "SIGTERM",
}


def exit_codes(meaning: Mapping[Exit, str]) -> str:
    r"""The end of a command's help: what each code means, ``meaning`` for those that differ by command.

    ``\b`` keeps click from folding the lines.
    """
    told = {**_ALWAYS, **meaning}
    return "\n".join(("\b", "Exit codes:", *(f"  {code.value:<4} {told[code]}" for code in Exit if code in told), ""))
