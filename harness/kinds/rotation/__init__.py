"""Rotations under load."""

from harness.kinds.rotation.kind import KIND

__all__ = ["KIND"]
