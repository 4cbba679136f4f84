"""Nothing is built for somebody at a terminal unasked."""

from collections.abc import Mapping
from typing import cast

import click
import pytest
from click.testing import CliRunner

from harness.clients.build import ClientBuild
from harness.commands.doing import asking
from harness.containers.engine import Engine
from harness.containers.images import Images
from harness.errors import UsageError
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from tests.machine.machines import CLIENTS, SERVERS
from tests.machine.test_kept import FakeEngine

(SERVER,) = (build for build in SERVERS if build.name == "mysql-9.7")
(IMAGED,) = (client for client in CLIENTS if client.name == "mysql-cli-9.7")
(PLAIN,) = (client for client in CLIENTS if client.name == "pymysql")


class Somewhere:
    """A place in which some servers are built, and no image of a client."""

    def __init__(self, *built: str) -> None:
        self.images = Images(cast(Engine, FakeEngine([])))
        self._built = built

    def takes(self, build: ServerBuild) -> str | None:
        return None

    def made(self, build: ServerBuild) -> str | None:
        return build.name if build.name in self._built else None


def _asked(
    place: Somewhere, clients: list[ClientBuild], typed: str, monkeypatch: pytest.MonkeyPatch, **told: bool
) -> tuple[str, BaseException | None]:
    """What it asks on stderr, and what it raises."""
    monkeypatch.setattr(asking, "someone_is_there", lambda: told.pop("there", True))

    @click.command()
    def ask() -> None:
        """Ask."""
        asking.agree_to_build(cast(Place, place), [SERVER], clients, yes=told.pop("yes", False))

    done = CliRunner().invoke(ask, input=typed)
    return done.stderr, done.exception


@pytest.mark.parametrize(("typed", "refused"), [("\n", False), ("y\n", False), ("n\n", True)])
def test_whoever_is_there_is_asked_and_may_refuse(monkeypatch: pytest.MonkeyPatch, typed: str, refused: bool) -> None:
    said, raised = _asked(Somewhere(), [IMAGED, PLAIN], typed, monkeypatch)
    assert said.startswith("dbtls: not built yet: mysql-9.7, mysql-cli-9.7\n")
    assert "Go on? [Y/n]" in said
    assert isinstance(raised, UsageError) == refused


NOT_ASKED: Mapping[str, tuple[Somewhere, list[ClientBuild], dict[str, bool]]] = {
    "all is built": (Somewhere("mysql-9.7"), [PLAIN], {}),
    "agreed to before": (Somewhere(), [IMAGED], {"yes": True}),
    "nobody is there": (Somewhere(), [IMAGED], {"there": False}),
}


@pytest.mark.parametrize(("place", "clients", "told"), NOT_ASKED.values(), ids=NOT_ASKED)
def test_else_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, place: Somewhere, clients: list[ClientBuild], told: dict[str, bool]
) -> None:
    assert _asked(place, clients, "", monkeypatch, **told) == ("", None)
