"""A run as a whole; with servers it is carried out in tests/real."""

from harness.runner.run import longest_first
from harness.servers.build import BUILTIN_SERVERS, discover_servers


def test_lanes_of_servers_that_start_slowly_begin_first() -> None:
    builds = discover_servers([BUILTIN_SERVERS])
    chosen = [builds[name] for name in ("mariadb-10.11", "mariadb-11.8", "mysql-8.0.15", "mysql-9.7")]
    assert [build.name for build in longest_first(chosen)] == [
        "mysql-8.0.15",
        "mysql-9.7",
        "mariadb-10.11",
        "mariadb-11.8",
    ]
