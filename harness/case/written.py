"""Scenarios written as data: a TOML file of ``[[case]]`` tables, each with an id, a claim and one case.

A case is as ``harness.case.data`` has it. A good situation that names a ``base`` is made to suit the server and client
at hand (``Testbed.meeting``); one that says all itself stays as it is. A case has one change, or none and is accepted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.case.codec import Misfit, expect
from harness.case.data import AsData, read_case
from harness.case.forms import CODEC
from harness.case.rotation import Rotation
from harness.case.situation import Case
from harness.case.startup import StartUp
from harness.case.testbed import NotApplicable, Testbed
from harness.case.texts import located
from harness.errors import UsageError
from harness.model.expectation import ExpectRefused
from harness.model.tls import Can
from harness.model.words import differing

CASES = "case"
"""The key of the tables."""
_ID = re.compile(r"[A-Za-z0-9_.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a table says beside its case."""

    id: str
    claim: str
    needs: frozenset[Can] = frozenset()

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.id) is None:
            raise UsageError(f"`{self.id}` is no id", remedy="use letters, digits and _ . + - alone")
        if not self.claim.strip():
            raise UsageError("states no claim", remedy="say in a sentence what it shows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A scenario of one case, as its table has it; ``place`` names the table in messages."""

    heading: Heading
    case: Mapping[str, Any]
    clientless: bool
    place: str

    def make(self, bed: Testbed) -> AsData:
        """Its case for one server and one client. Raises NotApplicable where it has none."""
        with located(self.place):
            made = read_case(self.case, meet=bed.meeting)
        if isinstance(made, Rotation):
            return bed.rotating(made)
        if isinstance(made, Case) and made.good == made.situation and "change" in self.case:
            raise NotApplicable("what it would change is so already, for this server and client to meet at all")
        return made


def written_cases(path: Path, tables: Sequence[Mapping[str, Any]]) -> list[Written]:
    """The scenarios of a file. Raises UsageError with the file and a line for what is wrong in one."""
    source = path.read_text(encoding="utf-8")
    found = []
    for number, table in enumerate(tables):
        with located(str(path), source, within=(CASES, str(number))):
            heading, case = _read(table)
            made = read_case(case)
            _check(made, case)
        place = f"{path}: case `{heading.id}`"
        found.append(Written(heading=heading, case=case, clientless=isinstance(made, StartUp), place=place))
    return found


def _read(table: Mapping[str, Any]) -> tuple[Heading, dict[str, Any]]:
    keys = {"id", "claim", "needs"}
    heading = CODEC.read_table(Heading, {key: value for key, value in table.items() if key in keys}, ())
    return heading, {key: value for key, value in expect(table, dict, ()).items() if key not in keys}


def _check(made: AsData, case: Mapping[str, Any]) -> None:
    """Raise Misfit unless a case is one change from its good situation, or none and accepted."""
    if not isinstance(made, Case):
        return
    changed = list(differing(made.good, made.situation))
    if len(changed) > 1:
        what = f"a case changes exactly one thing, not {len(changed)} ({', '.join(changed)})"
        raise Misfit(("change",), what, "put the rest into the good situation")
    if "change" in case and not changed:
        raise Misfit(("change",), "what it says is so before", "change it to something else, or leave it out")
    if not changed and isinstance(made.expectation, ExpectRefused):
        raise Misfit((), "a refusal needs a change", "say what differs from the good situation as `change`")
