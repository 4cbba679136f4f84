"""How this program was installed, and so the one command that adds to it what an extra of it names."""

import shlex
import sys
from itertools import pairwise
from pathlib import PurePath


def command_to_add(extra: str, package: str) -> str:
    """What to type so that ``package``, all that ``extra`` names, is there beside this program."""
    parts = PurePath(sys.prefix).parts
    if ("pipx", "venvs") in pairwise(parts):
        return f"pipx inject dbtls {package}"
    if ("uv", "tools") in pairwise(parts):
        return f"uv tool install --with {package} dbtls"
    if ("uv", "archive-v0") in pairwise(parts):  # uvx: an environment for one call
        return f"uvx --with {package} dbtls"
    return f"{shlex.quote(sys.executable)} -m pip install 'dbtls[{extra}]'"
