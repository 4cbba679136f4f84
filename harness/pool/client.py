"""The reference client: a configDB's and several contexts' pools, one configuration, and its reload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.clients.session import Connector
from harness.model.account import Credentials
from harness.model.history import Failed, Served
from harness.model.rotation import Control
from harness.pki.reading import Material
from harness.pool.recorder import Recorder

LogIn = Callable[[Mapping[str, str], Material], Credentials]
"""JDBC properties, and the material that will be presented -> whom to log in as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFiles:
    """Where ``dbconnector.yaml`` and ``configdb.properties`` are."""

    yaml: Path
    configdb: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What a reload did: the names of the pools that were ``told``, or why it ``refused``, or ''."""

    told: tuple[str, ...]
    refused: str


def by_leaf(password: str) -> LogIn:
    """Log in as the account that demands the very leaf which is presented; without a leaf, as configured."""
    raise NotImplementedError


class ReferenceClient:
    """Safe between threads; a context manager."""

    def __init__(
        self,
        files: ConfigurationFiles,
        *,
        contexts: Mapping[str, str],
        connector: Connector,
        recorder: Recorder,
        scratch: Path,
        deadline_s: float,
        log_in: LogIn | None = None,
        control: Control | None = None,
    ) -> None:
        raise NotImplementedError

    @property
    def pools(self) -> tuple[str, ...]:
        """``configdb-read``, ``configdb-write``, then the contexts' names."""
        raise NotImplementedError

    def connect(self, *, intended_s: float | None = None) -> Served | Failed:
        """Open a connection of its own with what is configured now, ask once, close it."""
        raise NotImplementedError

    def check_out(self, pool: str, *, intended_s: float | None = None) -> Served | Failed:
        """Borrow from ``pool``, ask once, give back."""
        raise NotImplementedError

    def hold(self, pool: str, *, hold_s: float, intended_s: float | None = None) -> Served | Failed:
        """Borrow from ``pool``, ask every 0.2 s for ``hold_s``, give back; failed if one ask fails."""
        raise NotImplementedError

    def reload(self) -> Reloaded:
        """The guide's ``reloadconfiguration``."""
        raise NotImplementedError

    def close(self) -> None:
        """Close what is idle, end the cleaner; what is lent is closed on return."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
