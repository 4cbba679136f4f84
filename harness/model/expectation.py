"""What a case expects to happen."""

from dataclasses import dataclass

from harness.model.outcome import Cause, Side
from harness.model.tls import TlsVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectAccepted:
    """A query comes back, over TLS (of ``version``, when one is named) or, with ``encrypted=False``, in the clear."""

    encrypted: bool = True
    version: TlsVersion | None = None

    def __post_init__(self) -> None:
        if self.version is not None and not self.encrypted:
            raise ValueError(f"{self.version} in the clear")

    def __str__(self) -> str:
        over = f"over {self.version or 'TLS'}" if self.encrypted else "in the clear"
        return f"accepted {over}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectRefused:
    """The connection is refused by ``by``, for ``cause`` and no other.

    ``by`` None: by either, as where negotiation finds nothing in common: which end is the first to say so depends on
    both TLS libraries, and means the same.
    """

    by: Side | None
    cause: Cause

    def __str__(self) -> str:
        return f"refused by {f'the {self.by.value}' if self.by else 'either side'}: {self.cause.value}"


Expectation = ExpectAccepted | ExpectRefused
