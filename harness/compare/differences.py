"""What differs in a pair, how grave that is, and the one thing that explains it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.compare.pairing import Pair
from harness.judge.agreement import LOSES_THE_ALERT
from harness.model.outcome import Cause
from harness.model.tls import TlsVersion
from harness.model.verdict import Status
from harness.names import scenario_of
from harness.reports.evidence_model import (
    AcceptedEnd,
    AttemptReport,
    ClientEnd,
    EvidenceReport,
    RefusedEnd,
    RotationReport,
    StartReport,
)
from harness.reports.model import CaseReport

_GOOD = "good"
"""How the labels of attempts begin that show that the good situation works."""

DEFAULT_CIPHER = "cipher that both ends prefer"


class Weight(Enum):
    """How grave a difference is, the gravest first."""

    BREAKS = "breaks"
    """A client stops connecting, or a server no longer starts or serves."""
    WEAKER = "weaker"
    """Unverified, in the clear, an older protocol; a refusal that is none any more."""
    STRICTER = "stricter"
    """What should be refused is refused now; a newer protocol."""
    DIFFERENT = "different"
    """The same by another cause, side, cipher or text."""
    MENDED = "mended"
    """What should work works now."""


class Unsure(Enum):
    """Why a difference of two single runs proves nothing."""

    LOST_ALERT = "one side read the server's alert, the other a closed connection: which is read first is chance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs in a pair.

    ``subject`` is the one thing that explains it: an option, a cause, what was negotiated. ``turn`` is what becomes of
    what. ``unsure``: set where a single run of each side does not prove it.
    """

    pair: Pair
    weight: Weight
    subject: str
    before: str
    after: str
    turn: tuple[str, str]
    unsure: Unsure | None = None
    is_negotiated: bool = False


def differences(pair: Pair) -> Iterator[Difference]:
    """All that differs in ``pair``. A case that only names the same refusal less exactly does not."""
    before, after = decisive(pair.before), decisive(pair.after)
    if before is not None and after is not None:
        yield from _last(pair, before, after)
    elif _verdict(pair.before) != _verdict(pair.after):
        yield _plain(pair)
    yield from _negotiated(pair)


def _last(pair: Pair, one: EvidenceReport, other: EvidenceReport) -> Iterator[Difference]:
    match one, other:
        case StartReport(), StartReport():
            if (one.outcome, one.alone, one.plaintext) != (other.outcome, other.alone, other.plaintext):
                yield _start(pair, one, other)
            elif one.tls_version is not other.tls_version:
                yield _version(pair, one.tls_version, other.tls_version)
        case AttemptReport(), AttemptReport():
            yield from _attempt(pair, one.client, other.client)
        case RotationReport(), RotationReport():
            if pair.before.status is not pair.after.status:  # what it counts and times varies from run to run
                yield _plain(pair)
        case _:
            if _verdict(pair.before) != _verdict(pair.after):
                yield _plain(pair)


def decisive(case: CaseReport) -> EvidenceReport | None:
    """What the verdict is about: the last that is no proof of the good situation, else the last, if there is one."""
    latest_first = case.evidence[::-1]
    own = (one for one in latest_first if not one.label.startswith(_GOOD))
    return next(own, latest_first[0] if latest_first else None)


def changed(case: CaseReport) -> Mapping[str, Any]:
    """What of the good situation the case changes, as data; empty where it has none."""
    found: Mapping[str, Any] = (case.case or {}).get("change", {})
    return found


def _verdict(case: CaseReport) -> tuple[Status, str]:
    return case.status, case.outcome


def _plain(pair: Pair) -> Difference:
    good = {Status.PASS, Status.KNOWN}
    ours, theirs = pair.before.status in good, pair.after.status in good
    weight = Weight.DIFFERENT if ours == theirs else Weight.BREAKS if ours else Weight.MENDED
    return _difference(pair, weight, scenario_of(pair.after.id), (pair.before.status.value, pair.after.status.value))


def _start(pair: Pair, before: StartReport, after: StartReport) -> Difference:
    turn = (before.outcome, after.outcome)
    return _difference(pair, _start_weight(pair, before, after), _option(pair) or pair.after.id, turn)


def _start_weight(pair: Pair, before: StartReport, after: StartReport) -> Weight:
    mends = pair.before.status is Status.KNOWN and pair.after.status is Status.PASS
    match before.outcome, after.outcome:
        case "serves", "serves":
            return Weight.WEAKER if after.plaintext and not before.plaintext else Weight.DIFFERENT
        case _, "without":
            return Weight.WEAKER
        case "without", "serves":
            return Weight.STRICTER
        case "without", _:
            return Weight.STRICTER if mends else Weight.BREAKS
        case "serves", _:
            return Weight.BREAKS
        case _, "serves":
            return Weight.MENDED
        case _:
            return Weight.DIFFERENT


def _attempt(pair: Pair, before: ClientEnd, after: ClientEnd) -> Iterator[Difference]:
    wants_refusal = "refused" in pair.after.expected
    match before, after:
        case AcceptedEnd(), AcceptedEnd():
            return  # what was negotiated is compared for every attempt
        case AcceptedEnd(), _:
            weight = Weight.STRICTER if wants_refusal else Weight.BREAKS
            yield _difference(pair, weight, _why(after), ("accepted", after.outcome))
        case _, AcceptedEnd():
            weight = Weight.WEAKER if wants_refusal else Weight.MENDED
            yield _difference(pair, weight, _why(before), (before.outcome, "accepted"))
        case RefusedEnd(), RefusedEnd():
            ours, theirs = frozenset(before.causes), frozenset(after.causes)
            if before.by is after.by and ours & theirs:
                return
            yield _difference(
                pair,
                Weight.DIFFERENT,
                _server_option(pair) if Cause.NOT_SERVED in ours ^ theirs else _refusal(before, after),
                (f"{before.by.value} {_words(ours)}", f"{after.by.value} {_words(theirs)}"),
                unsure=Unsure.LOST_ALERT if _is_lost_alert(before, after) else None,
            )
        case _:
            if before.outcome != after.outcome:
                yield _difference(pair, Weight.DIFFERENT, _why(after), (before.outcome, after.outcome))


def _is_lost_alert(before: RefusedEnd, after: RefusedEnd) -> bool:
    """Whether one is the loss of the other's alert."""
    lost = frozenset({Cause.CONNECTION_LOST})
    for one, other in ((before, after), (after, before)):
        if frozenset(one.causes) == lost and any((other.by, cause) in LOSES_THE_ALERT for cause in other.causes):
            return one.by is other.by
    return False


def _refusal(before: RefusedEnd, after: RefusedEnd) -> str:
    named = after if len(after.causes) <= len(before.causes) else before
    return _words(frozenset(named.causes))


def _why(end: ClientEnd) -> str:
    return _words(frozenset(end.causes)) if isinstance(end, RefusedEnd) else end.outcome


def _words(causes: frozenset[Cause]) -> str:
    return " or ".join(sorted(cause.value for cause in causes))


def _negotiated(pair: Pair) -> Iterator[Difference]:
    """What accepted attempts of both sides agreed on: once for each change of it, however many attempts show it."""
    theirs = {one.label: one for one in pair.after.evidence if isinstance(one, AttemptReport)}
    seen = set()
    for one in pair.before.evidence:
        other = theirs.get(one.label)
        if not isinstance(one, AttemptReport) or other is None:
            continue
        before, after = one.client, other.client
        if not isinstance(before, AcceptedEnd) or not isinstance(after, AcceptedEnd):
            continue
        if before.tls_version is not after.tls_version:
            found = _version(pair, before.tls_version, after.tls_version)
        elif before.cipher != after.cipher:
            version = before.tls_version.value if before.tls_version else "plaintext"
            found = _session(
                pair, Weight.DIFFERENT, DEFAULT_CIPHER, f"{version} {before.cipher}", f"{version} {after.cipher}"
            )
        else:
            continue
        if found.turn not in seen:
            seen.add(found.turn)
            yield found


def _version(pair: Pair, before: TlsVersion | None, after: TlsVersion | None) -> Difference:
    order = [None, *TlsVersion]
    weight = Weight.WEAKER if order.index(after) < order.index(before) else Weight.STRICTER
    one, other = (version.value if version else "plaintext" for version in (before, after))
    return _session(pair, weight, "protocol version", one, other)


def _session(pair: Pair, weight: Weight, subject: str, before: str, after: str) -> Difference:
    return Difference(
        pair=pair, weight=weight, subject=subject, before=before, after=after, turn=(before, after), is_negotiated=True
    )


def _difference(
    pair: Pair, weight: Weight, subject: str, turn: tuple[str, str], *, unsure: Unsure | None = None
) -> Difference:
    before, after = pair.before.outcome, pair.after.outcome
    return Difference(pair=pair, weight=weight, subject=subject, before=before, after=after, turn=turn, unsure=unsure)


def _server_option(pair: Pair) -> str:
    return "option tls-version" if "server-versions" in changed(pair.after) else Cause.NOT_SERVED.value


def _option(pair: Pair) -> str:
    """The server's options that the case sets, or else takes away; `skip-ssl` and `ssl=OFF` are one option."""
    options = changed(pair.after).get("options", {})
    named = {part.partition(": ")[0] for part in pair.after.difference.split("; ")}
    instead = [one for one in options.get("instead", ()) if str(one).partition("=")[0] in named]
    told = options.get("set") or instead or options.get("unset") or ()
    names = dict.fromkeys(str(one).partition("=")[0].replace("_", "-").removeprefix("skip-") for one in told)
    if told is options.get("unset"):
        return f"no option {', '.join(names)}"
    return f"option {', '.join(names)}" if names else ""
