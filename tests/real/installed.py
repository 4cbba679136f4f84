"""The harness as a vendor has it: its wheel in a virtual environment, beside a repository that is not the harness's."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.waiting import wait_for
from tests.documents import shown
from tests.real.command import GONE_S, Ended, finished
from tests.real.servers import containers_of

ROOT = Path(__file__).parents[2]
_OF_THIS_RUN = ("PYTEST_", "PYTHONPATH")


class Installed:
    """A virtual environment with the wheel; its other packages are the tests' own, as fetching them takes long."""

    def __init__(self, folder: Path) -> None:
        made = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        environment = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        self._bin = environment / "bin"
        pip = [sys.executable, "-m", "pip", "--python", str(self._bin / "python"), "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
        (packages,) = environment.glob("lib/python*/site-packages")
        # A line of a .pth file is a folder that comes after: what the wheel brings goes first.
        (packages / "others.pth").write_text(f"{sysconfig.get_path('platlib')}\n")

    def program(self, name: str) -> list[str | Path]:
        """``dbtls`` or ``pytest`` as this environment has it."""
        return [self._bin / name] if name == "dbtls" else [self._bin / "python", "-m", name]


class Repository:
    """A folder of somebody else's, and the programs run in it."""

    def __init__(self, folder: Path, installed: Installed) -> None:
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.scratch = folder / "tmp"
        self.scratch.mkdir()
        self._installed = installed

    def has(self, name: str, text: str) -> Path:
        """A file of it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def dbtls(self, *arguments: str) -> Ended:
        return self._run("dbtls", arguments)

    def pytest(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        # What `others.pth` brings is more than a wheel's own dependencies: locust's plugin claims `--host` for itself.
        return self._run("pytest", ("-p", "no:locust", *arguments), environment)

    @contextmanager
    def running(
        self, program: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "Iterator[subprocess.Popen[str]]":
        """A program while it runs; killed at the end of the block if it still does."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THIS_RUN)}
        with subprocess.Popen(
            [*self._installed.program(program), *arguments],
            cwd=self.folder,
            env={**inherited, "TMPDIR": str(self.scratch), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def _run(self, program: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Ended:
        with self.running(program, *arguments, environment=environment) as process:
            ended = finished(process)
        assert self.left(ended.pid) == []
        return ended

    def left(self, *pids: int) -> list[str]:
        """What of those processes is left, for a moment after their end: folders with keys, containers."""

        def there() -> list[str]:
            containers = [str(one.name) for pid in pids for one in containers_of(pid)]
            return [*map(str, self.scratch.glob("dbtls-*")), *containers]

        wait_for(lambda: None if there() else True, deadline_s=GONE_S)
        return there()


def shown_tests() -> str:
    """The tests of one's own that docs/pytest.md shows."""
    return shown("pytest", "python", "import pymysql")
