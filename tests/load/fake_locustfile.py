"""What locust loads in these tests: workers with a client that has no server."""

import sys
from pathlib import Path

# locust knows the folder of its file alone, and its environment has nothing of the tests'.
sys.path.append(str(Path(__file__).parents[2]))

from harness.load.locusts import Serving, serve_conductor
from tests.load.fakes import opened

__all__ = ["Serving"]

serve_conductor(opened)
