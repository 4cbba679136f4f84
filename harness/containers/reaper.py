"""The last of what ends a container: a process that outlives the harness, and removes what its death left half made.

A container ends with its input, which the harness holds. One that was being made when the harness was killed has no
input yet: it would stay, created and never started, or waiting for a first line, until the next start sweeps it.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

from harness.containers.engine import OWNER_LABEL
from harness.owner import Owner

_SECONDS = 6
"""So long the engine may take to come forward with a container that it was told to make."""
_SCRIPT = """
read -r over && exit
second=0
while [ $second -lt "$3" ]; do
    "$1" ps --all --quiet --filter "label=$2" | xargs -r "$1" rm --force --volumes >/dev/null 2>&1
    second=$((second + 1))
    sleep 1
done
"""


@contextlib.contextmanager
def reaping(owner: Owner) -> Iterator[None]:
    """While entered, ``owner``, this process, may be killed: its containers are removed then too.

    Needs the program `docker`; without it they stay until the next start.
    """
    docker = shutil.which("docker")
    if docker is None:
        yield
        return
    with subprocess.Popen(  # noqa: S603  a script of ours, and the engine's own command line
        ["/bin/sh", "-c", _SCRIPT, "reaper", docker, f"{OWNER_LABEL}={owner}", str(_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Neither Ctrl-C nor the end of a terminal reaches it.
        start_new_session=True,
    ) as process:
        try:
            yield
        finally:
            # Its own end, told: what is still there is closed by whoever opened it. Killed itself, it hears nothing.
            with contextlib.suppress(BrokenPipeError):
                process.communicate(b"over\n")
