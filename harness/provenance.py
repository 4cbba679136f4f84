"""Where the harness itself comes from."""

import subprocess
from pathlib import Path


def revision() -> str:
    """The git head that the harness runs from, `-dirty` when the tree differs; `unknown` outside a checkout."""
    here = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(  # noqa: S603  words of ours
            ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607  the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
