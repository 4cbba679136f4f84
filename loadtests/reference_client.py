"""The reference client under load against any server, by plain locust.

    dbtls up mariadb-10.11 --two-way -- locust -f loadtests/reference_client.py --headless -t 30s

``dbtls up`` hands on the folder of its files in DBTLS_FOLDER. Those of a server of your own are named instead, in the
guide's formats; with ``dbtls up SERVER --two-way --out DIR`` they lie in ``DIR/SERVER``:

    locust -f loadtests/reference_client.py --headless -t 30s \\
        --dbtls-yaml dbconnector.yaml --dbtls-configdb configdb.properties --dbtls-rate 250

Arrivals are on a schedule that no locust user has a part in, so ``--users`` changes nothing; ``--processes N`` shares
them among N workers. Each writes a history of all its attempts into ``--dbtls-history``, which must be a new folder.
Nothing is rotated here, nor judged: ``dbtls rotate`` does that.
"""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from harness.clients.build import BUILTIN_CLIENTS
from harness.errors import HarnessError
from harness.limits import ATTEMPT
from harness.load.locusts import Serving, show_in
from harness.load.plan import Arrivals, LoadPlan
from harness.load.worker import Worker
from harness.load.worker_setup import opened
from harness.locations import run_folder
from harness.model.history import Act, ActKind
from harness.owner import Owner

__all__ = ["Serving"]

FOLDER = Path(os.environ.get("DBTLS_FOLDER", "."))


def add_options(parser: LocustArgumentParser) -> None:
    """What locust asks of this file; each option may come from the environment instead."""

    def add(name: str, default: object, told: str) -> None:
        variable = f"DBTLS_{name.upper().replace('-', '_')}"
        parser.add_argument(
            f"--dbtls-{name}", env_var=variable, type=type(default), default=default, help=f"{told} [{variable}]"
        )

    add("client", "pymysql", "the client that connects: one of `dbtls clients` that holds sessions")
    add("yaml", str(FOLDER / "dbconnector.yaml"), "dbconnector.yaml")
    add("configdb", str(FOLDER / "configdb.properties"), "configdb.properties")
    add("rate", 50.0, "new connections a second, of all workers")
    add("check-outs", 12.5, "check-outs a second from the pools")
    add("held", 1.0, "check-outs a second that are held")
    add("hold", 2.0, "seconds for which those are held")
    add("history", "dbtls-history", "a new folder for the workers' histories")


class Running:
    """This process's worker, from locust's start to its stop."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._worker: Worker | None = None

    def start(self, environment: Environment, **_: object) -> None:
        """Begin; a fault ends locust with 2."""
        if isinstance(environment.runner, MasterRunner) or environment.parsed_options is None:
            return
        try:
            with ExitStack() as stack:
                scratch = stack.enter_context(run_folder(Owner.this_process()))
                plan = _plan(environment, environment.parsed_options, str(scratch))
                loaded = stack.enter_context(opened(plan, show=show_in(environment), report=lambda progress: None))
                self._worker = loaded.worker
                self._open = stack.pop_all()
            self._worker.begin(_act(ActKind.BEGIN))
        except HarnessError as error:
            _end(environment, error)
        else:
            print(f"{plan.writer} writes {plan.history}")  # noqa: T201 - for who started locust

    def stop(self, environment: Environment, **_: object) -> None:
        """End what is under way, and close."""
        worker, self._worker = self._worker, None
        try:
            with self._open.pop_all():
                if worker is not None:
                    worker.end(_act(ActKind.END), deadline_s=ATTEMPT)
        except HarnessError as error:
            _end(environment, error)


def _plan(environment: Environment, told: Any, scratch: str) -> LoadPlan:
    runner = environment.runner
    index, workers = (runner.worker_index, told.expect_workers) if isinstance(runner, WorkerRunner) else (0, 1)
    writer = f"worker-{index + 1}"
    folder = Path(told.dbtls_history)
    folder.mkdir(parents=True, exist_ok=True)
    return LoadPlan(
        writer=writer,
        history=str(folder / f"{writer}.jsonl"),
        client=told.dbtls_client,
        client_folders=(str(BUILTIN_CLIENTS),),
        scratch=scratch,
        yaml=told.dbtls_yaml,
        configdb=told.dbtls_configdb,
        contexts={},
        deadline_s=ATTEMPT,
        arrivals=Arrivals(
            connects=told.dbtls_rate,
            check_outs=told.dbtls_check_outs,
            held=told.dbtls_held,
            hold_s=told.dbtls_hold,
            workers=workers,
            index=index,
        ),
    )


def _end(environment: Environment, error: HarnessError) -> None:
    print(*(str(error), error.remedy, *error.detail), sep="\n")  # noqa: T201 - for who started locust
    environment.process_exit_code = 2
    if environment.runner is not None:
        environment.runner.quit()


def _act(kind: ActKind) -> Act:
    return Act(kind, time.monotonic(), 0, "load")


running = Running()
# locust's events are untyped.
events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]
events.test_start.add_listener(running.start)  # type: ignore[no-untyped-call]
events.test_stop.add_listener(running.stop)  # type: ignore[no-untyped-call]
