"""From scenarios, builds and clients to a report: planning, lanes (one a server), the run itself."""
