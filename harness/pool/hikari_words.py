"""What the configuration says, in HikariCP's words."""

from harness.clients.pool_protocol import PoolSettings
from harness.errors import UsageError
from harness.model.tls import ClientTls
from harness.pool.properties import JdbcProperties
from harness.pool.settings import Exhausted, Settings

SHORTEST_LIFE_S = 30.0
_SHORTEST_IDLE_S = 10.0
"""HikariConfig.validateNumerics takes its default instead of anything shorter."""
_MINIMUM_IDLE = 2
"""Connections that it keeps ready, so that it opens some in the background too; its own default is all of them."""


def hikari_settings(settings: Settings) -> PoolSettings:
    """``settings`` in HikariCP's words; maxIdle and the cleaner's interval have no counterpart.

    Raises UsageError for what it cannot do.
    """
    life_s, idle_s = settings.max_life_time_s, settings.max_idle_time_s
    wrong = {
        "exhaustedAction": settings.exhausted is not Exhausted.BLOCK and "BLOCK",
        "maxActive": not settings.max_active and "a number above 0",
        "maxLifeTime": life_s is not None and life_s < SHORTEST_LIFE_S and "30000 or more",
        "maxIdleTime": idle_s is not None and idle_s < _SHORTEST_IDLE_S and "10000 or more",
        "maxWait": settings.max_wait_s is None and "a number of milliseconds",
    }
    for name, needed in wrong.items():
        if needed:
            raise UsageError(f"HikariCP cannot do what `{name}` asks for", remedy=f"set {name} to {needed}")
    return PoolSettings(
        maximum_pool_size=settings.max_active or 1,
        minimum_idle=min(_MINIMUM_IDLE, settings.max_active or 1),
        connection_timeout_ms=int((settings.max_wait_s or 0) * 1000),
        idle_timeout_ms=int((idle_s or 0) * 1000),
        max_lifetime_ms=int((life_s or 0) * 1000),
    )


def in_place(properties: JdbcProperties) -> ClientTls:
    """The properties as the driver gets them, with the stores where their operator keeps them."""
    account = {"user", "password"}
    pairs = tuple((name, value) for name, value in properties.values.items() if name not in account)
    return ClientTls(verify=properties.verify, properties=pairs)
