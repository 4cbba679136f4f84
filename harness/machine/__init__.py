"""This machine: what it has for the harness, what is missing and what that costs, and what the harness keeps on it."""
