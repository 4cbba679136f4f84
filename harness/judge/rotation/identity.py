"""Identity: each attempt used a generation, and both ends say the same one."""

from harness.judge.rotation.facts import Facts, Odd
from harness.judge.rotation.finding import failed, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "identity"


def check(facts: Facts) -> Finding:
    """FAIL where material, the account that the server let in, or the certificate that it showed is another's.

    Clocks have no part in it: what was declared, and the order in which a worker met it, alone decide.
    """
    foreign = facts.odd(Odd.FOREIGN_MATERIAL, Odd.FOREIGN_ACCOUNT, Odd.FOREIGN_SERIAL)
    if foreign:
        reason = f"{plural(total(foreign), 'time')} the ends do not agree: {listed(facts, foreign)}"
        return failed(NAME, reason, facts.step(foreign[0][0].place))
    accounts = {each.account for each in facts.conducted.generations if each.account is not None}
    proved = f"{plural(len(accounts), 'account')} at the server" if accounts else "the client's word alone"
    return passed(NAME, f"{plural(len(facts.conducted.generations), 'generation')}, by {proved}")
