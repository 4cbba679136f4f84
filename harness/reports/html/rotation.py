"""The page of a rotation under load: the verdict, the picture, what it rests on, and what was done when."""

from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from harness.kinds.rotation.words import failing_step, finding_line, spell, terms_line, verdict_line
from harness.model.history import Kind
from harness.model.rotated import Figures, Rotated
from harness.model.verdict import Status
from harness.reports.html.rendering import rendered
from harness.reports.marks import Mark
from harness.reports.rotation.console import figure_lines
from harness.reports.rotation.generations import caption, listed_generations
from harness.reports.rotation.picture import picture


def rotation_page(rotated: Rotated) -> str:
    """``rotated`` as one document; the same always gives the same bytes."""
    findings = sorted(rotated.findings, key=lambda finding: finding.status, reverse=True)
    generations = rotated.figures.generations
    return rendered(
        "rotation.html.j2",
        rotated=rotated,
        verdict=verdict_line(rotated),
        step=failing_step(rotated),
        good=rotated.verdict.status is Status.PASS,
        terms=terms_line(rotated.terms),
        findings=[(Mark.of(one.status, None), one.status.value, finding_line(one)) for one in findings],
        attempts=tuple(_attempts(rotated.figures)),
        figures=tuple(figure_lines(rotated.figures)),
        generations=listed_generations(generations),
        caption=caption(generations),
        spell=spell,
        # Safe: an XML writer made it, which escapes all text. The prolog is for a file of its own.
        picture=Markup(picture(rotated).partition("\n")[2]),  # noqa: S704
    )


def write_page(rotated: Rotated, path: Path) -> None:
    """Write the page of ``rotated`` to ``path``."""
    path.write_text(rotation_page(rotated), encoding="utf-8")


def _attempts(figures: Figures) -> Iterator[tuple[str, int, int]]:
    """What was tried, begun, served; all together last."""
    for kind in Kind:
        if figures.attempts.get(kind):
            yield kind.value, figures.attempts[kind], figures.served.get(kind, 0)
    yield "all", sum(figures.attempts.values()), sum(figures.served.values())
