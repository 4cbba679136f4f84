"""The commands of ``dbtls``, one file each; ``harness.cli`` gathers them and renders faults."""
