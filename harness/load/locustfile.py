"""What locust loads in the process of a load; ``harness.load.process`` starts it."""

from harness.load.locusts import Serving, serve_conductor
from harness.load.worker_setup import opened

__all__ = ["Serving"]

serve_conductor(opened)
