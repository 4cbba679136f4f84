"""Fields that several messages of the probe protocol have; ``harness.clients.protocol`` has the messages."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.clients.key_stores import StoresField

__all__ = ["AccountField", "Answered", "EndpointField", "Message", "TlsField"]


class Message(BaseModel):
    """A line of the protocol, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Answered(Message):
    """What may stand beside any answer: the members of its request that the probe ``ignored``."""

    ignored: tuple[str, ...] = ()


class EndpointField(Message):
    """Where to connect, as the probe sees it."""

    host: str
    port: int


class AccountField(Message):
    """What to log in with."""

    user: str
    password: str = Field(repr=False)


class TlsField(Message):
    """``harness.model.tls.ClientTls`` on the wire: paths as text, ``verify`` as in MySQL's ``--ssl-mode``."""

    verify: Literal["disabled", "preferred", "required", "verify-ca", "verify-identity"]
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    versions: tuple[str, ...] | None = None
    ciphers: str | None = None
    legacy: bool = False
    # What came later is sent where it is set, and else not even as null.
    revocations: str | None = Field(default=None, exclude_if=lambda value: value is None)
    # A probe which does not state ``key-stores`` is never sent these.
    stores: StoresField | None = Field(default=None, exclude_if=lambda value: value is None)
    properties: dict[str, str] | None = Field(default=None, exclude_if=lambda value: value is None)
