"""A server, a load and a census that note in one list what they are told, in the order in which they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import ReloadRefused
from harness.history.writing import HistoryWriter
from harness.load.control import Progress
from harness.load.process import LoadProcess
from harness.model.account import Credentials, Require
from harness.model.history import HISTORY, Act, ActKind, Opening
from harness.model.tls import ServerTls
from harness.pki import StoreContents
from harness.pool.client import Reloaded
from harness.rotation.course import Configured
from harness.rotation.installation import Installation
from harness.rotation.step_runner import StepRunner
from harness.rotation.watch import CensusTaker
from harness.servers.server import Applied, RunningServer


@dataclass
class Script:
    """What is noted, and how a reload and a change of the server end."""

    noted: list[str] = field(default_factory=list)
    reloads: Callable[[Act], Reloaded] = lambda act: Reloaded(told=("configdb-read",), refused="")
    progress: Callable[[int], Progress] = lambda looks: Progress(looks=looks)
    server_refuses: bool = False
    refused_logins: int = 0


class FakeServer(RunningServer):
    """Has accounts, and a certificate that changes unless the script says otherwise."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._serial: int | None = 1

    def account(self, require: Require) -> Credentials:
        self._script.noted.append(f"account {require.user}")
        return Credentials(require.user, "")

    def change(self, tls: ServerTls) -> Applied:
        self._script.noted.append("server changes")
        if self._script.server_refuses:
            raise ReloadRefused(code=3888, message="Invalid certificates", statement="RELOAD")
        self._serial = tls.serial
        return Applied.RELOADED

    def served_serial(self) -> int | None:
        return self._serial


class FakeLoad(LoadProcess):
    """Reloads as the script says."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._looks = 0

    @property
    def progress(self) -> Progress:
        self._looks += 1
        return self._script.progress(self._looks)

    def begin(self, act: Act) -> None:
        self.write(act)

    def write(self, act: Act) -> None:
        self._script.noted.append(f"{act.kind.value}{': ' + act.refused if act.refused else ''}")

    def reload(self, act: Act) -> Reloaded:
        self.write(act)
        reloaded = self._script.reloads(act)
        self.write(act._replace(kind=ActKind.RELOADED, refused=reloaded.refused))
        return reloaded

    def end(self, act: Act, *, deadline_s: float) -> Mapping[str, int]:
        self.write(act)
        return {"w1": 7}


class FakeInstallation(Installation):
    """Touches no disk."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def __post_init__(self) -> None: ...

    def publish(self, contents: StoreContents) -> None:
        self._script.noted.append("files published")

    def configure(self, change: Configured) -> None:
        self._script.noted.append("files configured")


class FakeCensus(CensusTaker):
    """Counts refused logins as the script does."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def check(self) -> None: ...

    def counters(self) -> Mapping[str, int]:
        return {"Aborted_connects": self._script.refused_logins}


def taking(script: Script, history: Path) -> tuple[StepRunner, HistoryWriter]:
    """A ``StepRunner`` of fakes that writes a real history."""
    written = HistoryWriter(history, Opening(HISTORY, "conductor", {}, {}))
    made = StepRunner(
        server=FakeServer(script),
        load=FakeLoad(script),
        installation=FakeInstallation(script),
        history=written,
        census=FakeCensus(script),
        watch=lambda now: None,
    )
    return made, written
