"""Key stores on the wire, for the probes that read them."""

from pydantic import BaseModel, ConfigDict, Field

from harness.model.tls import ClientTls, KeyStore


class StoreField(BaseModel):
    """``harness.model.tls.KeyStore`` on the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: str
    type: str
    password: str = Field(repr=False)


class StoresField(BaseModel):
    """Key stores: whom a client trusts, and what it presents."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    trust: StoreField | None = None
    keys: StoreField | None = None


def stores_field(tls: ClientTls) -> StoresField | None:
    """The key stores that ``tls`` names; None where it names none."""
    if tls.trust_store is None and tls.key_store is None:
        return None
    return StoresField(trust=_field(tls.trust_store), keys=_field(tls.key_store))


def _field(store: KeyStore | None) -> StoreField | None:
    return None if store is None else StoreField(path=str(store.path), type=store.type, password=store.password)
