"""ServerFacts: what a server says of itself when asked."""

from dataclasses import dataclass

from harness.knowledge.naming import server_product
from harness.knowledge.product import Product
from harness.model.tls import TlsVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a server says of itself when asked."""

    vendor: str
    """The family that it is of: ``mysql`` or ``mariadb``."""
    version: str
    comment: str = ""
    """Its ``version_comment``: who made it."""
    tls_library: str
    versions: tuple[TlsVersion, ...]
    """The protocol versions that it offers as shipped: a query was answered over each."""
    reload_statement: str | None

    @property
    def product(self) -> Product:
        """What it is, as ranges of knowledge name it."""
        return server_product(self.vendor, self.version, self.comment, self.tls_library)
