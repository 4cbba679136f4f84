"""Accounts: what a server asks of whoever logs in."""

import zlib
from dataclasses import dataclass, field
from enum import Enum


class Demand(Enum):
    """The kinds of a MySQL account's REQUIRE clause."""

    NONE = "NONE"
    SSL = "SSL"
    X509 = "X509"
    SUBJECT = "SUBJECT"
    ISSUER = "ISSUER"
    CIPHER = "CIPHER"


@dataclass(frozen=True, slots=True)
class Require:
    """An account's REQUIRE clause; ``value`` is a distinguished name or a cipher, where the kind has one."""

    demand: Demand = Demand.NONE
    value: str = ""

    def __post_init__(self) -> None:
        valued = self.demand in {Demand.SUBJECT, Demand.ISSUER, Demand.CIPHER}
        if valued != bool(self.value):
            raise ValueError(f"REQUIRE {self.demand.value} {'needs' if valued else 'takes no'} value")

    def sql(self) -> str:
        """The clause as SQL, the value quoted."""
        if not self.value:
            return str(self)
        quoted = self.value.replace("\\", "\\\\").replace("'", "''")
        return f"REQUIRE {self.demand.value} '{quoted}'"

    @property
    def user(self) -> str:
        """The name of the account with this clause, the same everywhere; in 16 characters, all that MySQL 5.6 takes."""
        return f"c_{self.demand.value.lower()[:5]}_{zlib.crc32(str(self).encode()):08x}"

    def __str__(self) -> str:
        return f"REQUIRE {self.demand.value}" + (f" '{self.value}'" if self.value else "")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client finds a server, as that client sees it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client logs in with. The password never shows."""

    user: str
    password: str = field(repr=False)
