"""What a server lacks, as a reason to skip what would tell it."""

from collections.abc import Iterable, Sequence

from harness.case.scenario import Skip
from harness.case.situation import Situation
from harness.knowledge.rows import Lack

TLS_VERSION, REQUIRE_SECURE_TRANSPORT = "option-tls-version", "option-require-secure-transport"
"""``lacks.what`` of a server that has no such option; what would tell it is SKIPPED."""


def untold(situations: Iterable[Situation], lacks: Sequence[Lack]) -> Skip | None:
    """Why a server cannot be told one of ``situations``: an option that it lacks."""
    for situation in situations:
        told = situation.server_side()
        options = {
            TLS_VERSION: told.server_versions is not None,
            REQUIRE_SECURE_TRANSPORT: told.require_secure_transport,
        }
        lack = next((lack for lack in lacks if options.get(lack.what)), None)
        if lack is not None:
            return has_no_option(lack)
    return None


def has_no_option(lack: Lack) -> Skip:
    """The reason, where ``lack`` is an option's."""
    return Skip(f"the server has no option {lack.what}: {lack.reason} ({lack.source})")
