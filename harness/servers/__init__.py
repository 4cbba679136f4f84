"""ServerBuild -> RunningServer: real servers, built, seeded, started, reconfigured and read from."""
