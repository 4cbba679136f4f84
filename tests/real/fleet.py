"""The default server builds of one test session: made at most once, side by side, and which was not available."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from harness.errors import BuildUnavailable
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.place import Place
from harness.servers.starting import quiet

DEFAULT_BUILDS: Mapping[str, ServerBuild] = {
    name: build for name, build in discover_servers([BUILTIN_SERVERS]).items() if build.manifest.default
}
FAMILIES = ("mysql-", "mariadb-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Which of the default builds are there, and why others are not."""

    reached: tuple[str, ...]
    missing: Mapping[str, BuildUnavailable] = field(default_factory=dict)

    def too_few(self) -> str | None:
        """Why this is not enough to call the harness tested (issue 3: at most one missing, never a whole family)."""
        for family in FAMILIES:
            if not any(name.startswith(family) for name in self.reached):
                return f"no {family}* server was reached"
        if len(self.missing) > 1:
            return f"{len(self.missing)} default builds were not reached, at most one may be missing"
        return None


def make_fleet(place: Place) -> Fleet:
    """Make every default build. Raises EngineError; a build that is not available is in the answer."""

    def fault(build: ServerBuild) -> BuildUnavailable | None:
        try:
            place.make(build, quiet)
        except BuildUnavailable as error:
            return error
        return None

    with ThreadPoolExecutor(len(DEFAULT_BUILDS)) as pool:
        faults = dict(zip(DEFAULT_BUILDS, pool.map(fault, DEFAULT_BUILDS.values()), strict=True))
    return Fleet(
        reached=tuple(name for name, error in faults.items() if error is None),
        missing={name: error for name, error in faults.items() if error is not None},
    )
