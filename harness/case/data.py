"""Cases as data: each case, journey, start-up and rotation as a table, and back without loss.

``kind`` tells them apart. A good situation is a named ``base`` and what differs from it, or all of it; what comes of it
is written as its ``change``: the fields that differ, ``without`` for those that are None then. In a change a leaf says
only what differs from the one before it, and so do a client's files and properties and a server's options and files:
which a change sets and which it unsets. ``expect`` is what reports call an expectation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar, assert_never

from harness.case.codec import WITHOUT, At, Misfit, attempt, expect, key_of, one_of
from harness.case.forms import CODEC, read_leaf, write_changed_leaf
from harness.case.properties import ClientFile, DriverProperties
from harness.case.rotation import Rotation
from harness.case.situation import Case, Journey, Situation, Step
from harness.case.startup import GOOD_START, StartUp
from harness.case.testbed import GOOD_ONE_WAY, GOOD_TWO_WAY
from harness.model.expectation import Expectation
from harness.model.startup import ExpectStart, ServerOptions, StartFile, option_name

AsData = Case | Journey | StartUp | Rotation
"""What can be written and read."""
V = TypeVar("V")
S = TypeVar("S", Situation, ServerOptions)

_KIND, _BASE, _GOOD, _CHANGE, _EXPECT, _STEPS, _NAME = "kind", "base", "good", "change", "expect", "steps", "name"
_SET, _UNSET, _INSTEAD = "set", "unset", "instead"
_ATTEMPT, _JOURNEY, _START_UP, _ROTATION = "attempt", "journey", "start-up", "rotation"
KINDS = (_ATTEMPT, _JOURNEY, _START_UP, _ROTATION)
SITUATIONS: Mapping[str, Situation] = {"one-way": GOOD_ONE_WAY, "two-way": GOOD_TWO_WAY}
STARTS: Mapping[str, ServerOptions] = {"good": GOOD_START}
_LEAVES = {"server_leaf", "client_leaf"}

Meet = Callable[[Situation], Situation]
"""What is made of a situation that is written from a base and does not say whether the client is allowed legacy crypto:
where a server and a client need that to meet, it is."""


def as_written(situation: Situation) -> Situation:
    """A situation as it is written."""
    return situation


def write_case(made: AsData) -> dict[str, Any]:
    """``made`` as a table."""
    match made:
        case Case():
            return {
                _KIND: _ATTEMPT,
                _GOOD: write_situation(made.good),
                **_write_change(made.good, made.situation),
                _EXPECT: CODEC.write(made.expectation, Expectation),
            }
        case Journey():
            before = (made.good, *(step.situation for step in made.steps))
            steps = [_write_step(step, at) for step, at in zip(made.steps, before, strict=False)]
            return {_KIND: _JOURNEY, _GOOD: write_situation(made.good), _STEPS: steps}
        case StartUp():
            return {
                _KIND: _START_UP,
                _GOOD: _from_base(made.good, STARTS),
                **_write_change(made.good, made.told),
                _EXPECT: CODEC.write(made.expected, ExpectStart),
            }
        case Rotation():
            return {_KIND: _ROTATION, **CODEC.write_table(made)}
        case _:
            assert_never(made)


def read_case(data: Any, at: At = (), meet: Meet = as_written) -> AsData:
    """The case, journey, start-up or rotation that a table is. Raises Misfit."""
    table = dict(expect(data, dict, at))
    kind = one_of(expect(table.pop(_KIND, _ATTEMPT), str, (*at, _KIND)), KINDS, (*at, _KIND), "kind")
    match kind:
        case "journey":
            _only(table, (_GOOD, _STEPS), at)
            return _read_journey(table, at, meet)
        case "start-up":
            _only(table, (_GOOD, _CHANGE, _EXPECT), at)
            good = _read_from_base(ServerOptions, table.get(_GOOD, {_BASE: "good"}), (*at, _GOOD), STARTS)
            told = _read_change(good, table, at)
            return StartUp(good=good, told=told, expected=CODEC.read(_needed(table, at), ExpectStart, (*at, _EXPECT)))
        case "rotation":
            return CODEC.read_table(Rotation, table, at)
        case _:
            _only(table, (_GOOD, _CHANGE, _EXPECT), at)
            good_situation = read_situation(_needed(table, at, _GOOD), (*at, _GOOD), meet)
            situation = _read_change(good_situation, table, at)
            expectation = CODEC.read(_needed(table, at), Expectation, (*at, _EXPECT))
            return Case(good=good_situation, situation=situation, expectation=expectation)


def write_situation(situation: Situation) -> dict[str, Any]:
    """A situation as a table."""
    return _from_base(situation, SITUATIONS)


def read_situation(data: Any, at: At = (), meet: Meet = as_written) -> Situation:
    """The situation that a table is. Raises Misfit."""
    made = _read_from_base(Situation, data, at, SITUATIONS)
    return meet(made) if _BASE in data and key_of("client_legacy") not in data else made


def _read_journey(table: Mapping[str, Any], at: At, meet: Meet) -> Journey:
    good = read_situation(_needed(table, at, _GOOD), (*at, _GOOD), meet)
    steps: list[Step] = []
    now = good
    for place, data in enumerate(expect(_needed(table, at, _STEPS), list, (*at, _STEPS))):
        here = (*at, _STEPS, str(place))
        step = expect(data, dict, here)
        _only(step, (_NAME, _CHANGE, _EXPECT), here)
        now = _read_change(now, step, here)
        name = CODEC.read(_needed(step, here, _NAME), str, (*here, _NAME))
        expectation = CODEC.read(_needed(step, here), Expectation, (*here, _EXPECT))
        steps.append(Step(name=name, situation=now, expectation=expectation))
    return attempt(lambda: Journey(good=good, steps=tuple(steps)), (*at, _STEPS))


def _write_step(step: Step, before: Situation) -> dict[str, Any]:
    expectation = CODEC.write(step.expectation, Expectation)
    return {_NAME: step.name, **_write_change(before, step.situation), _EXPECT: expectation}


def _from_base(value: S, bases: Mapping[str, S]) -> dict[str, Any]:
    """``value`` by what differs from the base that is nearest to it, or all of it where none is nearer than nothing."""
    forms = [CODEC.write_table(value), *({_BASE: name, **_differing(base, value)} for name, base in bases.items())]
    return min(forms, key=len)


def _read_from_base(kind: type[S], data: Any, at: At, bases: Mapping[str, S]) -> S:
    table = dict(expect(data, dict, at))
    if _BASE not in table:
        return CODEC.read_table(kind, table, at)
    base = bases[one_of(expect(table.pop(_BASE), str, (*at, _BASE)), bases, (*at, _BASE), "base")]
    return _changed(base, table, at)


def _write_change(before: S, after: S) -> dict[str, Any]:
    return {} if before == after else {_CHANGE: _differing(before, after)}


def _read_change(before: S, table: Mapping[str, Any], at: At) -> S:
    return _changed(before, table[_CHANGE], (*at, _CHANGE)) if _CHANGE in table else before


def _differing(before: Any, after: Any) -> dict[str, Any]:
    """The fields in which ``after`` differs from ``before``, a value of the same class, each as it differs."""
    data: dict[str, Any] = {}
    without = []
    for item in fields(after):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old == new:
            continue
        if new is None:
            without.append(key_of(item.name))
        elif item.name in _LEAVES:
            data[key_of(item.name)] = write_changed_leaf(new, old)
        elif item.name in _NAMED:
            data[key_of(item.name)] = _NAMED[item.name].write(old, new)
        else:
            data |= CODEC.write_table(replace(before, **{item.name: new}), before)
    return data | ({WITHOUT: without} if without else {})


def _changed(before: S, data: Any, at: At) -> S:
    """``before`` with the fields that ``_differing`` wrote."""
    table = dict(expect(data, dict, at))
    special: dict[str, Any] = {}
    for item in fields(before):
        key, old = key_of(item.name), getattr(before, item.name)
        if key in table and item.name in _LEAVES:
            special[item.name] = read_leaf(table.pop(key), (*at, key), old)
        elif key in table and item.name in _NAMED:
            special[item.name] = _NAMED[item.name].read(old, table.pop(key), (*at, key))
    values = CODEC.read_fields(type(before), table, at) | special
    return attempt(lambda: replace(before, **values), at)


@dataclass(frozen=True, slots=True)
class _Named:
    """A field whose members have names: ``members`` and ``whole`` take it apart and put it together."""

    members: Callable[[Any], dict[str, Any]]
    whole: Callable[[dict[str, Any]], Any]
    kind: Any
    """The type of the field."""
    listed: bool = False
    """Written as a list of members that say their names themselves."""

    def write(self, before: Any, after: Any) -> Any:
        """``after``, or what it has otherwise than ``before`` where that has something."""
        old, new = self.members(before), self.members(after)
        if not old:
            return CODEC.write(after, self.kind)
        setting = {name: member for name, member in new.items() if old.get(name) != member}
        unsetting = [name for name in old if name not in new]
        if self._apply(before, setting, unsetting) != after:  # another order
            return {_INSTEAD: CODEC.write(after, self.kind)}
        written = CODEC.write(self.whole(setting), self.kind)
        return ({_SET: written} if setting else {}) | ({_UNSET: unsetting} if unsetting else {})

    def read(self, before: Any, data: Any, at: At) -> Any:
        """What ``write`` wrote. Raises Misfit."""
        if not self.members(before):
            return CODEC.read(data, self.kind, at)
        table = expect(data, dict, at)
        for key in table:
            one_of(key, (_SET, _UNSET, _INSTEAD), (*at, key))
        if _INSTEAD in table:
            return CODEC.read(table[_INSTEAD], self.kind, (*at, _INSTEAD))
        empty: Any = [] if self.listed else {}
        setting = self.members(CODEC.read(table.get(_SET, empty), self.kind, (*at, _SET)))
        unsetting = CODEC.read(table.get(_UNSET, []), tuple[str, ...], (*at, _UNSET))
        for name in unsetting:
            one_of(name, self.members(before), (*at, _UNSET), "name")
        return attempt(lambda: self._apply(before, setting, unsetting), at)

    def _apply(self, before: Any, setting: dict[str, Any], unsetting: Any) -> Any:
        return self.whole({k: v for k, v in (self.members(before) | setting).items() if k not in unsetting})


def _options(options: tuple[str, ...]) -> dict[str, str]:
    return {option_name(line): line for line in options}


_NAMED: Mapping[str, _Named] = {
    "client_properties": _Named(
        lambda properties: {} if properties is None else dict(properties.pairs),
        lambda pairs: DriverProperties(tuple(pairs.items())),
        DriverProperties,
    ),
    "client_files": _Named(
        lambda files: {file.name: file for file in files},
        lambda named: tuple(named.values()),
        tuple[ClientFile, ...],
    ),
    "options": _Named(_options, lambda named: tuple(named.values()), tuple[str, ...], listed=True),
    "files": _Named(
        lambda files: {file.role.value: file for file in files},
        lambda named: tuple(named.values()),
        tuple[StartFile, ...],
    ),
}


def _needed(table: Mapping[str, Any], at: At, key: str = _EXPECT) -> Any:
    if key not in table:
        raise Misfit(at, f"says nothing of `{key}`", f"add `{key}`")
    return table[key]


def _only(table: Mapping[str, Any], keys: tuple[str, ...], at: At) -> None:
    for key in table:
        one_of(key, keys, (*at, key))
