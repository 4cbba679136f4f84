"""What ``harness.pytest_plugin`` is made of, imported when something of it is used: never by pytest's mere start."""

KNOWN = "dbtls-known"
"""The user property of a test that passed though a declared deviation happened in it: case, server, client, reason."""
