"""How one client is configured, ready to paste; or why that client cannot connect."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``text`` works as it stands: pasted, or as the file ``file`` in the server's folder."""

    client: str
    """Its name in the JSON form: stable."""
    title: str
    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cannot:
    """The client cannot connect to this server whatever it is told; ``reason`` completes "it cannot: "."""

    client: str
    title: str
    reason: str


ClientForm = Form | Cannot
