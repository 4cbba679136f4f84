"""Changing the authority, step by step, on running servers: the guide's order, and every order that breaks.

The steps: *trust* (both sides trust old and new), *server* (its certificate by the new authority), *client* (a new
client certificate), *retire* (both sides trust the new alone). Of the 24 orders two are loss-free; the others break,
and share the six beginnings up to the step at which they do. Each beginning is one journey here.
"""

from itertools import permutations

from harness.case.scenario import scenario
from harness.case.situation import Journey, Situation, Step
from harness.case.testbed import Testbed
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.outcome import Cause, Side
from harness.model.tls import Can

STEPS = ("trust", "server", "client", "retire")


def _after(bed: Testbed, before: Situation, step: str) -> Situation:
    old, new = bed.authority("good"), bed.authority("new")
    match step:
        case "trust":
            return before.with_(client_trusts=(old, new), server_trusts=(old, new))
        case "server":
            return before.with_(server_leaf=bed.server_leaf("new"))
        case "client":
            return before.with_(client_leaf=bed.client_leaf("new"))
        case _:
            return before.with_(client_trusts=(new,), server_trusts=(new,))


def _expected(bed: Testbed, before: Situation, after: Situation) -> Expectation:
    """What the step leads to, from who trusts whom; a server that checks its own chain does so first."""
    server_signer = "new" if after.server_leaf == bed.server_leaf("new") else "good"
    client_signer = "new" if after.client_leaf == bed.client_leaf("new") else "good"
    touched = before.server_side() != after.server_side()
    if touched and bed.authority(server_signer) not in after.server_trusts and bed.server.does("reload-checks-chain"):
        return ExpectRefused(by=Side.SERVER, cause=Cause.RELOAD_REFUSED)
    if bed.authority(server_signer) not in after.client_trusts:
        return ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
    if bed.authority(client_signer) not in after.server_trusts:
        return ExpectRefused(by=Side.SERVER, cause=Cause.UNKNOWN_AUTHORITY)
    return ExpectAccepted()


def _journey(bed: Testbed, order: tuple[str, ...]) -> Journey:
    good = bed.two_way()
    steps: list[Step] = []
    now = good
    for name in order:
        then = _after(bed, now, name)
        expectation = _expected(bed, now, then)
        steps.append(Step(name=name, situation=then, expectation=expectation))
        if isinstance(expectation, ExpectRefused):
            break
        now = then
    return Journey(good=good, steps=tuple(steps))


@scenario(needs={Can.VERIFY_CA, Can.CLIENT_CERTIFICATE})
def order(bed: Testbed) -> dict[str, Journey]:
    """An authority swap breaks no connection in the guide's order; any other order breaks at the step that is named."""
    journeys = {}
    for steps in permutations(STEPS):
        journey = _journey(bed, steps)
        journeys["-".join(step.name for step in journey.steps)] = journey
    return journeys
