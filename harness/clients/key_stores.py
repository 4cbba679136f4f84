"""Key stores on the wire, for the probes that read them."""

from harness.clients.protocol import StoreField, StoresField
from harness.model.tls import ClientTls, KeyStore


def stores_field(tls: ClientTls) -> StoresField | None:
    """The key stores that ``tls`` names; None where it names none."""
    if tls.trust_store is None and tls.key_store is None:
        return None
    return StoresField(trust=_field(tls.trust_store), keys=_field(tls.key_store))


def _field(store: KeyStore | None) -> StoreField | None:
    return None if store is None else StoreField(path=str(store.path), type=store.type, password=store.password)
