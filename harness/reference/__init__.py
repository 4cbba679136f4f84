"""The reference environment: servers that are up, and what each client is told to reach them, as text that works."""
