"""Reloading: what the client is configured with now, and the guide's ``reloadconfiguration``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.model.history import Failed, Kind
from harness.pool.attempts import Attempts, Prepare, Setup
from harness.pool.configuration import Address, Configuration, ConfigurationFiles, load
from harness.pool.connection_pool import ConnectionPool
from harness.pool.properties import JdbcProperties
from harness.pool.stores import Stores

READ, WRITE = "configdb-read", "configdb-write"
"""The names of the configDB's pools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What a reload did: the names of the pools that were ``told``, or why it ``refused``, or ''."""

    told: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What holds now, as one value: the configuration, each pool's setup, and what the stores contained.

    ``own`` is the setup of connections that belong to no pool.
    """

    configuration: Configuration
    own: Setup
    setups: Mapping[str, Setup]
    general: str
    configdb: tuple[str, str]

    @classmethod
    def of(cls, configuration: Configuration, contexts: Mapping[str, Address]) -> "InForce":
        """StoreReader the stores. Raises UsageError for one that cannot be read."""
        setups = {
            READ: _setup(configuration.read_at, configuration.read.over(configuration.general)),
            WRITE: _setup(configuration.write_at, configuration.write.over(configuration.general)),
        }
        # The databases of contexts have their accounts in the configDB's database, of which there is none here.
        account = ("user", "password")
        lent = {name: value for name, value in configuration.write.values.items() if name in account}
        general = configuration.general.over(JdbcProperties(lent))
        setups |= {name: _setup(address, general) for name, address in contexts.items()}
        return cls(
            configuration=configuration,
            own=next((setups[name] for name in contexts), _setup(configuration.write_at, general)),
            setups=setups,
            general=Stores.digest(configuration.general),
            configdb=(Stores.digest(setups[READ].properties), Stores.digest(setups[WRITE].properties)),
        )


class Reloading:
    """Knows what is in force, and brings what is new. One reload at a time.

    A change of the general properties, or of what the key stores contain, moves every pool, the configDB's first; one
    of the configDB's own properties the configDB's pools alone. A change of the limits alone moves nobody, and holds
    from then on; one of an address alone moves nobody either, and holds once its pool is moved. What moves pools is
    tried first; what cannot be read or does not connect is refused, and all stays as it was.
    """

    def __init__(
        self, files: ConfigurationFiles, contexts: Mapping[str, Address], *, attempts: Attempts, prepare: Prepare
    ) -> None:
        """Load the files for the first time. Raises UsageError."""
        self._files = files
        self._contexts = contexts
        self._attempts = attempts
        self._prepare = prepare
        self._in_force = InForce.of(self._load(), contexts)

    @property
    def in_force(self) -> InForce:
        """What holds now."""
        return self._in_force

    def reload(self, pools: Mapping[str, ConnectionPool]) -> Reloaded:
        """Read everything anew, and tell those of ``pools`` that it is about."""
        old = self._in_force
        try:
            new = InForce.of(self._load(), self._contexts)
        except UsageError as error:
            return Reloaded(told=(), refused=_told(error))
        told = _concerned(old, new, pools)
        refused = self._refused([new.own, *(new.setups[name] for name in told)]) if told else ""
        if refused:
            return Reloaded(told=(), refused=refused)
        self._in_force = new
        if new.configuration.settings != old.configuration.settings:
            for pool in pools.values():
                pool.configure(new.configuration.settings)
        self._tell([pools[name] for name in told], new)
        return Reloaded(told=told, refused="")

    def _load(self) -> Configuration:
        return load(self._files)

    def _refused(self, setups: Iterable[Setup]) -> str:
        """Why one of these does not connect, or ''. Those that come to the same for a driver are tried once."""
        try:
            dispatches = dict.fromkeys(self._prepare(setup) for setup in setups)
        except UsageError as error:
            return str(self._attempts.unprepared(Kind.TRY, error).said)
        for dispatch in dispatches:
            result = self._attempts.once(Kind.TRY, dispatch)
            if isinstance(result, Failed):
                return f"the new configuration was tried and does not connect: {result.said}"
        return ""

    def _tell(self, pools: Iterable[ConnectionPool], new: InForce) -> None:
        for pool in pools:
            pool.renew(new.setups[pool.name])


def _concerned(old: InForce, new: InForce, pools: Iterable[str]) -> tuple[str, ...]:
    """Which pools have to move."""
    if (old.configuration.general, old.general) != (new.configuration.general, new.general):
        return tuple(pools)
    own = [(each.configuration.read, each.configuration.write, each.configdb) for each in (old, new)]
    return () if own[0] == own[1] else (READ, WRITE)


def _setup(address: Address, properties: JdbcProperties) -> Setup:
    return Setup(endpoint=address.endpoint, properties=address.properties.over(properties))


def _told(error: UsageError) -> str:
    return f"{error}; {error.remedy}"
