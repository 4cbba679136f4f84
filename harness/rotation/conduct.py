"""Runs a rotation under load: both ends are made ready, the course is taken, and all of it is recorded."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from harness import limits
from harness.case.rotation import Rotation
from harness.clients.build import ClientBuild
from harness.history.terms import stated
from harness.history.writing import HistoryWriter
from harness.load.plan import Arrivals, LoadPlan
from harness.load.process import LoadProcess
from harness.model.account import Demand, Require
from harness.model.history import HISTORY, Opening
from harness.model.rotation import Control
from harness.rotation.course import Course, Parties, require
from harness.rotation.installation import Installation
from harness.rotation.step_runner import Now, StepRunner
from harness.rotation.watch import CensusTaker
from harness.servers.server import RunningServer
from harness.waiting import wait_for


def run_rotation(
    rotation: Rotation,
    server: RunningServer,
    client: ClientBuild,
    *,
    bearing: Callable[[], AbstractContextManager[LoadProcess]],
    folder: Path,
    history: Path,
    provenance: Mapping[str, str],
    watch: Callable[[Now], None] = lambda now: None,
) -> None:
    """Carry ``rotation`` out and leave its history: ``history``, and beside it a file of each worker of the load.

    ``bearing`` has the process that bears the load: entered when all else is made, left when the load is over.

    ``folder`` takes configuration, stores and scratch: it must not be there yet, and is the caller's to remove. What
    the client or the server refuses ends the course and stands in the history. Raises HarnessError for malfunctions
    alone, and UsageError for a history that is there already or cannot be written.
    """
    ends = Parties.made()
    server.apply(ends.server_tls())
    course = Course(rotation, ends, server_moves=server.facts.reload_statement is not None)
    contents, first = course.first()
    # The guide's account; a client that falls back to its defaults could not show that it does.
    demanded = Require() if rotation.control is Control.PLAINTEXT_DOWNGRADE else Require(Demand.X509)
    installation = Installation(folder, server.endpoint, rotation, server.account(demanded))
    installation.install(contents)
    server.account(require(ends.client_leaf))
    terms = stated(rotation.terms(server_moves=course.server_moves))
    with bearing() as load, HistoryWriter(history, Opening(HISTORY, "conductor", terms, dict(provenance))) as written:
        load.load(_plans(rotation, client, installation, history))
        with (
            server.observer() as observer,
            CensusTaker(observer, lambda: server.connections_made, written) as census,
        ):
            runner = StepRunner(server, load, installation, written, census, watch)
            runner.begin(first, ends.server_leaf.serial)
            runner.take(course.steps(), rotation)
            begun = runner.end(rotation)
            # Until the server has let go of the load's sessions; those that stay are for the judge to find.
            wait_for(lambda: None if census.take() else True, deadline_s=limits.SESSIONS_GONE, interval_s=0.05)
        written.close(begun)


def _plans(rotation: Rotation, client: ClientBuild, installation: Installation, history: Path) -> tuple[LoadPlan, ...]:
    return tuple(
        LoadPlan(
            writer=f"w{index + 1}",
            # A worker has a working folder of its own.
            history=f"{history.absolute()}.w{index + 1}",
            client=client.name,
            client_folders=(str(client.folder.parent),),
            command=client.load_command or client.command,
            environment=client.environment,
            scratch=str(installation.scratch(index)),
            yaml=str(installation.yaml),
            configdb=str(installation.configdb),
            contexts=installation.contexts,
            prove=rotation.proved_by_account,
            password=installation.account.password,
            deadline_s=limits.ATTEMPT,
            arrivals=Arrivals(
                connects=rotation.rate,
                check_outs=rotation.rate * rotation.mix.check_outs,
                held=rotation.rate * rotation.mix.held,
                hold_s=rotation.hold_s,
                workers=rotation.workers,
                index=index,
            ),
            control=rotation.control,
            pools=rotation.pools,
        )
        for index in range(rotation.workers)
    )
