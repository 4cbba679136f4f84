"""Identity: each attempt used a generation, and both ends say the same one."""

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import failed, inconclusive, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "identity"


def check(facts: Facts) -> Finding:
    """FAIL where material, the account that the server let in, or a certificate that an end showed is another's.

    INCONCLUSIVE where neither an account of its own nor the certificate that the driver says it presented tells which
    generation was used. Clocks have no part in it: what was declared, and the order in which a worker met it, alone
    decide.
    """
    foreign = facts.anomalies(AnomalyKind.FOREIGN_MATERIAL, AnomalyKind.FOREIGN_ACCOUNT, AnomalyKind.FOREIGN_SERIAL)
    if foreign:
        reason = f"client and server disagree {plural(total(foreign), 'time')}: {listed(facts, foreign)}"
        return failed(NAME, reason, facts.step(foreign[0][0].place))
    if unproved := sum(worker.unproved for worker in facts.workers):
        return inconclusive(
            NAME, f"the driver does not say which certificate it presented on {plural(unproved, 'connection')}"
        )
    accounts = {each.account for each in facts.conductor.generations if each.account is not None}
    leaves = {each.client_serial for each in facts.conductor.generations if each.client_serial is not None}
    if accounts:
        proved = f"{plural(len(accounts), 'account')} at the server"
    elif leaves:
        proved = f"{plural(len(leaves), 'certificate')} that the driver says it presented"
    else:
        proved = "the client's word alone"
    return passed(NAME, f"{plural(len(facts.conductor.generations), 'generation')}, by {proved}")
