"""How much of the default builds has to be there for a session to count (needs no engine)."""

import pytest

from harness.errors import BuildUnavailable
from tests.real.fleet import DEFAULT_BUILDS, FAMILIES, Fleet


@pytest.mark.parametrize(
    ("missing", "verdict"),
    [
        ((), None),
        (("mariadb-11.8",), None),
        (("mariadb-11.8", "mariadb-10.11"), "2 default builds were not reached, at most one may be missing"),
        (("mysql-9.7",), "no mysql-* server was reached"),
        (("mariadb-10.11", "mariadb-11.8", "mariadb-11.4-wolfssl"), "no mariadb-* server was reached"),
    ],
)
def test_at_most_one_and_never_a_family(missing: tuple[str, ...], verdict: str | None) -> None:
    fleet = Fleet(
        reached=tuple(name for name in DEFAULT_BUILDS if name not in missing),
        missing={name: BuildUnavailable("moved", remedy="wait") for name in missing},
    )
    assert fleet.too_few() == verdict


def test_every_default_build_is_of_a_family() -> None:
    assert all(name.startswith(FAMILIES) for name in DEFAULT_BUILDS)
