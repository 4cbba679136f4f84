"""One HTML file each of a run's report and of a rotation: offline, readable without script."""
