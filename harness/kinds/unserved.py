"""A server that refuses its configuration: an observation too, in which no client takes part."""

from harness.errors import ServerStartError
from harness.model.observation import Observation
from harness.model.outcome import Cause, RawError, Refused, Side


def server_will_not(error: ServerStartError) -> Observation:
    """What is observed of a server that does not start with its configuration."""
    words = " | ".join((error.what, *error.detail[-3:]))
    return not_served(Cause.NOT_SERVED, "server start", words)


def not_served(cause: Cause, kind: str, message: str, *, code: int | None = None) -> Observation:
    """The observation of a server that refuses its configuration: there is nothing for a client to try."""
    chain = (RawError(kind=kind, message=message, code=code),)
    return Observation(outcome=Refused(by=Side.SERVER, causes=frozenset({cause}), chain=chain), testimony=None)
