"""How figures, terms and verdict of a rotation under load are said: to people, and to a shell."""

from collections.abc import Iterator

from harness.judge.rotation.finding import plural
from harness.model.rotated import Figures, Finding, Rotated
from harness.model.rotation import Terms
from harness.model.verdict import Status


def spell(seconds: float | None) -> str:
    """A time with its unit: ms below one second, whole seconds from a hundred on; '-' for one that never came."""
    if seconds is None:
        return "-"
    # Rounded first, or 0.99996 s would be "1000 ms".
    milliseconds = round(seconds * 1000, 1 if abs(seconds) < 0.01 else 0)
    if abs(milliseconds) < 1000:
        return f"{milliseconds:g} ms"
    return f"{seconds:,.0f} s" if abs(seconds) >= 100 else f"{seconds:.2f} s"


def terms_line(terms: Terms) -> str:
    """What was asked for, in one line."""
    mix = terms.mix
    shares = f"{mix.check_outs:g} check-outs and {mix.held:g} held for {mix.hold_s:g} s to each"
    parts = [
        f"{terms.what.value}, {terms.how.value}, {terms.stores}",
        f"{plural(terms.rotations, 'rotation')} in {terms.duration_s:g} s",
        f"{terms.rate:g} new connections/s, {shares}",
        f"maxLifeTime {terms.max_life_time_s:g} s",
        f"old ones gone after {terms.drain_s:g} s",
    ]
    if terms.what.moves_authority and not terms.server_moves:
        parts.append("the server cannot reload: the client's trust alone moves")
    parts.append("no control" if terms.control is None else f"control {terms.control.value}: broken on purpose")
    return "; ".join(parts)


def failure_lines(figures: Figures, *, most: int) -> Iterator[str]:
    """Failures by cause, the most frequent first; behind ``most`` causes a line that sums the rest up."""
    causes = sorted(figures.failures.items(), key=lambda item: (-item[1], item[0]))
    for cause, count in causes[:most]:
        yield f"{count:,} × {cause}"
    if rest := causes[most:]:
        yield f"{sum(count for _, count in rest):,} of {plural(len(rest), 'other cause')}"


def failing_step(rotated: Rotated) -> str:
    """The step that the verdict is about: that of the first finding as bad as it is that names one; '' for a PASS."""
    if rotated.verdict.status is Status.PASS:
        return ""
    alike = (finding.step for finding in rotated.findings if finding.status is rotated.verdict.status)
    return next((step for step in alike if step), "")


def verdict_line(rotated: Rotated) -> str:
    """``PASS: …``, ``FAIL at «step»: …``, ``INCONCLUSIVE: …``."""
    step = failing_step(rotated)
    at = f" at «{step}»" if step else ""
    return f"{rotated.verdict.status.name}{at}: {rotated.verdict.reason}"


def finding_line(finding: Finding) -> str:
    """``checker at «step»: reason``."""
    at = f" at «{finding.step}»" if finding.step else ""
    return f"{finding.checker}{at}: {finding.reason}"
