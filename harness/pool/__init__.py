"""The reference client: pools with the semantics of the guide's client, and better where that is known to be wrong."""
