"""Identity: each attempt used a generation, and both ends say the same one."""

from harness.judge.rotation.facts import Facts, Odd
from harness.judge.rotation.finding import failed, inconclusive, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "identity"


def check(facts: Facts) -> Finding:
    """FAIL where material, the account that the server let in, or a certificate that an end showed is another's.

    INCONCLUSIVE where neither an account of its own nor the certificate that the driver says it presented tells which
    generation was used. Clocks have no part in it: what was declared, and the order in which a worker met it, alone
    decide.
    """
    foreign = facts.odd(Odd.FOREIGN_MATERIAL, Odd.FOREIGN_ACCOUNT, Odd.FOREIGN_SERIAL)
    if foreign:
        reason = f"{plural(total(foreign), 'time')} the ends do not agree: {listed(facts, foreign)}"
        return failed(NAME, reason, facts.step(foreign[0][0].place))
    if unproved := sum(met.unproved for met in facts.met):
        return inconclusive(NAME, f"of {plural(unproved, 'connection')} the driver does not say what was presented")
    accounts = {each.account for each in facts.conducted.generations if each.account is not None}
    leaves = {each.client_serial for each in facts.conducted.generations if each.client_serial is not None}
    if accounts:
        proved = f"{plural(len(accounts), 'account')} at the server"
    elif leaves:
        proved = f"{plural(len(leaves), 'certificate')} that the driver says it presented"
    else:
        proved = "the client's word alone"
    return passed(NAME, f"{plural(len(facts.conducted.generations), 'generation')}, by {proved}")
