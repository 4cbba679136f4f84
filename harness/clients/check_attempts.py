"""The rules of attempts, and of a probe's end. Each says what it saw, or raises Broken."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

from harness.clients.check_session import Broken, CheckServer, ProbeSession, connection_id, describe_answer, failed
from harness.clients.listeners import closed_port, hanging_up, silent
from harness.clients.probe_process import FAREWELL_S, Silence
from harness.clients.protocol import Connected, DriverError, Unsupported
from harness.errors import ProbeFault
from harness.waiting import wait_for

_NO_MEMBER = "no_such_member"


def greets(trial: ProbeSession) -> str:
    trial.living()
    hello = trial.hello
    return f"{hello.name}: {hello.driver}, {hello.runtime}, {hello.tls_library}" if hello else ""


def unknown_op(trial: ProbeSession) -> str:
    answer = trial.nonsense()
    if not isinstance(answer, Unsupported):
        raise Broken(describe_answer(answer))
    return describe_answer(answer)


def to_a_closed_port(trial: ProbeSession) -> str:
    return failed(trial.attempt(closed_port()))


def unknown_members(trial: ProbeSession) -> str:
    answer = trial.attempt_with({_NO_MEMBER: 1}, closed_port())
    seen = failed(answer)
    said = answer.ignored if isinstance(answer, DriverError) else ()
    if unsaid := {_NO_MEMBER, f"tls.{_NO_MEMBER}"} - set(said):
        raise Broken(f"it does not say that it ignored {' and '.join(sorted(unsaid))}: {seen}")
    return f"it says that it ignored {' and '.join(said)}"


def several(trial: ProbeSession) -> str:
    trial.living()
    many = max(2, min(8, 2 * trial.hello.concurrency if trial.hello else 2))
    for answer in trial.attempts(closed_port(), many):
        failed(answer)
    return f"{many} attempts, {many} answers"


def to_a_silent_server(trial: ProbeSession) -> str:
    with silent() as listening:
        answer = trial.attempt(listening.getsockname()[1])
        if isinstance(answer, Silence):
            return f"no answer within {answer.deadline_s:g} s although `timeout_s` was {trial.patience_s:g}; killed"
        return failed(answer)


def to_a_closing_server(trial: ProbeSession) -> str:
    with hanging_up() as port:
        return failed(trial.attempt(port))


def end_of_file(trial: ProbeSession) -> str:
    life = trial.living()
    with silent() as listening, ThreadPoolExecutor(1) as pool:
        flying = pool.submit(trial.attempt, listening.getsockname()[1])
        with contextlib.ExitStack() as held:
            listening.setblocking(False)

            def arrived() -> bool | None:
                with contextlib.suppress(BlockingIOError):
                    held.enter_context(listening.accept()[0])
                    return True
                return flying.done() or None

            wait_for(arrived, deadline_s=trial.patience_s)
            alone = life.farewell(deadline_s=min(FAREWELL_S, trial.patience_s))
        with contextlib.suppress(ProbeFault):
            flying.result()
    if not alone:
        raise Broken("it went on after end-of-file and had to be killed")
    return "it ended"


def bye(trial: ProbeSession) -> str:
    if not trial.living().farewell(b'{"op": "bye"}\n', deadline_s=min(FAREWELL_S, trial.patience_s)):
        raise Broken("it went on after `bye` and had to be killed")
    return "it ended"


def rows(trial: ProbeSession, server: CheckServer) -> str:
    before = server.connections()
    identities = [_identity(trial, server) for _ in range(2)]
    after = server.connections()
    if identities[0] == identities[1]:
        raise Broken(f"two connections have one CONNECTION_ID(), {identities[0]}")
    for identity in identities:
        if not before < identity <= after:
            raise Broken(f"CONNECTION_ID() {identity} is none that the server gave ({before + 1} to {after})")
    return f"CONNECTION_ID() {identities[0]} and {identities[1]}, as the server counted"


def another_authority(trial: ProbeSession, server: CheckServer) -> str:
    return failed(trial.attempt(server.port, server=server, ca=server.other_ca))


def _identity(trial: ProbeSession, server: CheckServer) -> int:
    answer = trial.attempt(server.port, server=server, ca=server.ca)
    if not isinstance(answer, Connected):
        raise Broken(describe_answer(answer))
    return connection_id(answer.rows)
