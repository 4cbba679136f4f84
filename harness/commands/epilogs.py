"""What ends a command's help: the command at work, and its exit codes."""

EXIT_CODES = """\b
Exit codes:
  0    every case passed (known deviations and skips included)
  1    a case failed
  2    usage error, or a fault of the harness or its surroundings
  3    inconclusive: nothing failed, and not all that was asked for was proved
  130  Ctrl-C
  143  SIGTERM
"""
ONLY_FAULTS = """\b
Exit codes:
  0    done
  2    usage error, or a fault of the harness or its surroundings
  130  Ctrl-C
  143  SIGTERM
"""


def epilog(*lines: str, more: str = "", exit_codes: str = EXIT_CODES) -> str:
    """Examples, each a line that begins with ``dbtls``; ``more`` paragraphs; the exit codes."""
    examples = "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines), ""))
    return "\n".join(filter(None, (examples, more, exit_codes)))
