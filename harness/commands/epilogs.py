"""What ends a command's help: the command at work, and its exit codes."""

from harness.exits import Exit, exit_codes

EXIT_CODES = exit_codes(
    {
        Exit.PASSED: "every case passed (known deviations and skips included)",
        Exit.FAILED: "a case failed",
        Exit.INCONCLUSIVE: "inconclusive: nothing failed, and not all that was asked for was proved",
    }
)
ROTATION_EXIT_CODES = exit_codes(
    {
        Exit.PASSED: "proved: nothing was lost, and the rotation happened",
        Exit.FAILED: "failed: the step is named",
        Exit.INCONCLUSIVE: "inconclusive: not enough was seen to say either",
    }
)
ONLY_FAULTS = exit_codes({Exit.PASSED: "done"})


def epilog(*lines: str, more: str = "", codes: str = EXIT_CODES) -> str:
    """Examples, each a line that begins with ``dbtls``; ``more`` paragraphs; the exit ``codes``."""
    examples = "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines), ""))
    return "\n".join(filter(None, (examples, more, codes)))
