"""Where servers run, by the names that options and settings have for it."""

AUTO, DOCKER, LOCAL = "auto", "docker", "local"
ENGINES = (AUTO, DOCKER, LOCAL)
