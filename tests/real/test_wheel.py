"""The harness as installed from its wheel, in a folder that is no checkout: builds, probes and scenarios come along."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from harness.containers.engine import Engine
from harness.servers.build import ServerBuild

ROOT = Path(__file__).parents[2]


def test_a_case_runs_from_the_wheel_in_an_unrelated_folder(engine: Engine, build: ServerBuild, tmp_path: Path) -> None:
    made = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    chosen = ["--server", build.name, "--client", "pymysql", "--scenario", "one-way::another_authority"]
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "run", *chosen],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 case: 1 pass" in done.stdout
    # Outside a checkout nobody can say which revision it is: that it is so shows that this was the wheel.
    assert "at unknown" in done.stdout
