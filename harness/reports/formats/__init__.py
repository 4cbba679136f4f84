"""The formats of a run's report: a format a file."""
