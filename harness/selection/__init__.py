"""What a session is about: a project's settings, the builds and scenarios that names mean, and where servers run."""
