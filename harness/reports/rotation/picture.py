"""A rotation under load as a picture (SVG): connections per generation over time, and what was done when.

For a ticket: nothing outside it is needed to show it, and it says the verdict, the terms and the failures in words.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from harness.judge.rotation.finding import plural
from harness.kinds.rotation.words import failure_lines, spell, terms_line, verdict_line
from harness.model.rotated import Rotated
from harness.model.verdict import Status
from harness.reports.rotation.drawing import Drawing, folded
from harness.reports.rotation.marks import ROWS, Numbered, listed, numbered, rows
from harness.reports.rotation.stacks import Layer, layers, thinned, tick

_WIDTH = 1000
_LEFT, _RIGHT = 62, 982
_PLOT = 280
_LINE = 15
_SMALL = 11.0
_MOST_CAUSES = 3
_MOST_NAMED = 10
"""So many generations have an entry each in the legend."""

# Dark beside light, so that neighbours differ in print without colour too; each with the ink that is read on it.
_COLOURS = (
    ("#27548a", "#ffffff"),
    ("#f2c14e", "#1a1a1a"),
    ("#3c7a5e", "#ffffff"),
    ("#9ecae1", "#1a1a1a"),
    ("#7a4b94", "#ffffff"),
    ("#efb0a1", "#1a1a1a"),
)
_BAD = "#b00020"
_QUIET = "#666666"
_VERDICTS = {Status.PASS: "#1b6e3c", Status.FAIL: _BAD}


def write_picture(rotated: Rotated, path: Path) -> None:
    """Draw ``rotated`` into ``path``."""
    path.write_text(picture(rotated), encoding="utf-8")


def picture(rotated: Rotated) -> str:
    """An SVG document."""
    return _Picture(rotated).drawn()


class _Picture:
    def __init__(self, rotated: Rotated) -> None:
        self._rotated = rotated
        self._drawing = Drawing(_WIDTH, title=verdict_line(rotated))
        self._none = self._drawing.hatched("none", ink="#444444", paper="#dddddd")
        times = (moment.at_s for moment in rotated.moments[-1:]), (mark.at_s for mark in rotated.marks[-1:])
        self._span_s = max(rotated.terms.duration_s, *chain(*times), 1e-3)
        peak = max((sum(moment.sessions.values()) for moment in rotated.moments), default=0)
        self._tick = tick(peak, ticks=6)
        self._most = max(self._tick * (peak // self._tick + 1), 1)
        self._top = 0.0

    def drawn(self) -> str:
        self._top = self._head(26) + 10 + ROWS * 12
        self._grid()
        pixel_s = self._span_s / (_RIGHT - _LEFT)
        for layer in layers(thinned(self._rotated.moments, pixel_s), last_s=2 * pixel_s):
            self._layer(layer)
        if not self._rotated.moments:
            said = "the history has no census: nothing is known of the server's connections"
            self._drawing.text(_WIDTH / 2, self._top + _PLOT / 2, said, size=13, fill=_QUIET, anchor="middle")
        marks = numbered(self._rotated)
        self._ticks(marks)
        self._axes()
        return self._drawing.document(self._marks(marks, self._legend(self._top + _PLOT + 62)))

    def _x(self, at_s: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(max(at_s / self._span_s, 0), 1)

    def _y(self, connections: float) -> float:
        return self._top + _PLOT * (1 - connections / self._most)

    def _paragraph(self, said: str, y: float, *, size: float, lines: int, fill: str, bold: bool = False) -> float:
        """``said`` from the baseline ``y`` down; the baseline of what comes next."""
        for line in folded(said, width=_WIDTH - 36, size=size * (1.15 if bold else 1), lines=lines):
            self._drawing.text(18, y, line, size=size, fill=fill, bold=bold)
            y += size * 1.35
        return y

    def _head(self, y: float) -> float:
        status = self._rotated.verdict.status
        said = verdict_line(self._rotated)
        y = self._paragraph(said, y, size=16, lines=5, fill=_VERDICTS.get(status, "#7a4b00"), bold=True)
        y = self._paragraph(terms_line(self._rotated.terms), y, size=12, lines=3, fill="#1a1a1a")
        provenance = "; ".join(f"{name}: {value}" for name, value in self._rotated.provenance.items())
        y = self._paragraph(provenance, y, size=_SMALL, lines=3, fill=_QUIET)
        failed = bool(self._rotated.figures.failures) or bool(self._rotated.figures.indeterminate)
        counts = "; ".join(self._counts())
        return self._paragraph(counts, y, size=12, lines=4, fill=_BAD if failed else "#1a1a1a", bold=failed)

    def _counts(self) -> Iterator[str]:
        figures = self._rotated.figures
        yield f"{plural(sum(figures.attempts.values()), 'attempt')}, {sum(figures.served.values()):,} served"
        yield f"failures: {', '.join(failure_lines(figures, most=_MOST_CAUSES)) or 'none'}"
        if figures.indeterminate:
            yield f"{figures.indeterminate:,} without an end"
        if figures.bound is not None:
            yield f"at most {figures.bound:.2g} of attempts fail (3/n, 95 %)"
        yield f"longest stall {spell(figures.longest_stall_s)}"

    def _grid(self) -> None:
        connections = 0.0
        while connections <= self._most:
            y = self._y(connections)
            self._drawing.line(_LEFT, y, _RIGHT, y, stroke="#dddddd")
            self._drawing.text(_LEFT - 7, y + 4, f"{connections:,.0f}", size=_SMALL, anchor="end")
            connections += self._tick

    def _layer(self, layer: Layer) -> None:
        """Along the tops of its slices and back along their bases."""
        first, last = layer.slices[0], layer.slices[-1]
        there = "".join(f"V{self._y(each.top):.1f}H{self._x(each.to_s):.1f}" for each in layer.slices)
        back = "".join(f"V{self._y(each.base):.1f}H{self._x(each.from_s):.1f}" for each in reversed(layer.slices))
        fill, ink = self._fill(layer.generation)
        name = "of no generation" if layer.generation is None else f"generation {layer.generation}"
        d = f"M{self._x(first.from_s):.1f} {self._y(first.base):.1f}{there}{back}Z"
        self._drawing.path(d, fill=fill, name=name)
        if layer.generation is None:
            return
        said = str(layer.generation)
        left, right, half = self._x(first.from_s), self._x(last.to_s), 5 + 3.5 * len(said)
        places = [(self._x((each.from_s + each.to_s) / 2), each) for each in layer.slices]
        roomy = [
            (abs(x - (left + right) / 2), x, (each.base + each.top) / 2)
            for x, each in places
            if left + half <= x <= right - half and self._y(each.base) - self._y(each.top) >= 14
        ]
        if roomy:
            _, x, middle = min(roomy)
            self._drawing.text(x, self._y(middle) + 4, said, size=_SMALL, fill=ink, anchor="middle", bold=True)

    def _fill(self, generation: int | None) -> tuple[str, str]:
        return (self._none, "#1a1a1a") if generation is None else _COLOURS[(generation - 1) % len(_COLOURS)]

    def _ticks(self, marks: Sequence[Numbered]) -> None:
        """A line for each mark, and the numbers that have room above."""
        many = len(listed(marks)) < len(marks)
        for each in sorted(marks, key=lambda each: each.bad):
            x, thin = self._x(each.mark.at_s), many and not each.bad
            # Of many only the bad ones cross the plot: a thousand lines would hide it.
            bottom = self._top + (8 if thin else _PLOT)
            stroke, width = (_BAD, 1.6) if each.bad else ("#333333", 0.4 if thin else 0.8)
            self._drawing.line(x, self._top - 4, x, bottom, stroke=stroke, width=width)
        at = [self._x(each.mark.at_s) for each in marks]
        numbers = {each.number for each in marks if not many or each.bad or each.number in {1, len(marks)}}
        room = 7.0 * len(str(len(marks))) + 4
        placed = rows(marks, at, width=room, numbers=numbers)
        for each, x in zip(marks, at, strict=True):
            if each.number in placed:
                y = self._top - 7 - 12 * placed[each.number]
                fill = _BAD if each.bad else "#1a1a1a"
                self._drawing.text(x, y, str(each.number), size=10, fill=fill, anchor="middle", bold=each.bad)

    def _axes(self) -> None:
        bottom = self._top + _PLOT
        self._drawing.line(_LEFT, self._top, _LEFT, bottom)
        self._drawing.line(_LEFT, bottom, _RIGHT, bottom)
        step = tick(self._span_s, ticks=12)
        at_s = 0.0
        while at_s <= self._span_s:
            x = self._x(at_s)
            self._drawing.line(x, bottom, x, bottom + 5)
            self._drawing.text(x, bottom + 18, f"{at_s:,.0f}", size=_SMALL, anchor="middle")
            at_s += step
        middle = (_LEFT + _RIGHT) / 2
        self._drawing.text(middle, bottom + 34, "time since the load began, s", size=12, anchor="middle")
        self._drawing.text(
            16, self._top + _PLOT / 2, "connections at the server", size=12, anchor="middle", turned=True
        )

    def _legend(self, y: float) -> float:
        """The generations' colours, from the baseline ``y`` down; the baseline of what comes next."""
        entries: list[tuple[int | None, str]] = [
            (each.number, f"generation {each.number}") for each in self._rotated.figures.generations
        ]
        many = len(entries) > _MOST_NAMED
        x = float(_LEFT)
        if many:
            said = f"{len(entries):,} generations, the oldest at the bottom; colours repeat after {len(_COLOURS)}"
            self._drawing.text(x, y, said, size=_SMALL)
            x += 480
            entries = []
        if any(moment.sessions.get(None) for moment in self._rotated.moments):
            entries.append((None, "of no generation"))
        for generation, said in entries:
            if x + 120 > _RIGHT:
                x, y = float(_LEFT), y + _LINE
            self._drawing.rect(x, y - 9, 11, 11, fill=self._fill(generation)[0])
            self._drawing.text(x + 16, y, said, size=_SMALL)
            x += 120
        return y + _LINE * 1.6

    def _marks(self, marks: Sequence[Numbered], y: float) -> float:
        """The list of marks in two columns, from the baseline ``y`` down; where the picture ends."""
        shown = listed(marks)
        if not shown:
            return y
        if len(shown) < len(marks):
            said = f"{len(marks):,} marks, one for each thing that was done; listed: the first, the last, and in red"
            self._drawing.text(_LEFT, y, f"{said} those at which something was found", size=_SMALL, fill=_QUIET)
            y += _LINE
        left, right = _columns([list(_entry(each)) for each in shown])
        for x, lines in ((_LEFT - 30, left), (_LEFT + 450, right)):
            for index, (number, at, said, bad) in enumerate(lines):
                here, fill = y + index * _LINE, _BAD if bad else "#1a1a1a"
                if number:
                    self._drawing.text(x + 30, here, number, size=_SMALL, fill=fill, anchor="end", bold=bad)
                    self._drawing.text(x + 96, here, at, size=_SMALL, fill=fill, anchor="end")
                self._drawing.text(x + 104, here, said, size=_SMALL, fill=fill)
        return y + max(len(left), len(right)) * _LINE + 4


Line = tuple[str, str, str, bool]


def _columns(entries: Sequence[list[Line]]) -> tuple[list[Line], list[Line]]:
    """The lines of both columns, about as long, no entry in two."""
    half = sum(map(len, entries)) / 2
    left: list[Line] = []
    right: list[Line] = []
    for entry in entries:
        (left if len(left) < half and not right else right).extend(entry)
    return left, right


def _entry(each: Numbered) -> Iterator[Line]:
    """Number, time, text of each line of an entry, and whether it is bad."""
    number, at = str(each.number), f"{each.mark.at_s:,.2f} s"
    for line in folded(each.mark.text, width=374, size=_SMALL, lines=3):
        yield number, at, line, each.bad
        number = at = ""
