"""An SVG document, element by element; text in it is escaped and holds nothing that XML cannot."""

import textwrap
from collections.abc import Sequence
from xml.etree import ElementTree

from harness.reports.text import printable

_FONTS = "DejaVu Sans, Verdana, Arial, sans-serif"
_INK = "#1a1a1a"


class Drawing:
    """A white sheet of ``width``; its height is told at the end. Lengths in pixels, y downwards."""

    def __init__(self, width: int, *, title: str) -> None:
        self._width = width
        self._root = ElementTree.Element(
            "svg", {"xmlns": "http://www.w3.org/2000/svg", "width": str(width), "role": "img", "font-family": _FONTS}
        )
        ElementTree.SubElement(self._root, "title").text = printable(title)
        self._sheet = ElementTree.SubElement(self._root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})

    def hatched(self, name: str, *, ink: str, paper: str) -> str:
        """A pattern of oblique lines; what to give as a fill."""
        definitions = ElementTree.SubElement(self._root, "defs")
        size = {"width": "5", "height": "5", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
        pattern = ElementTree.SubElement(definitions, "pattern", {"id": name, **size})
        ElementTree.SubElement(pattern, "rect", {"width": "5", "height": "5", "fill": paper})
        ElementTree.SubElement(pattern, "rect", {"width": "2", "height": "5", "fill": ink})
        return f"url(#{name})"

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        size = {"x": _px(x), "y": _px(y), "width": _px(width), "height": _px(height)}
        ElementTree.SubElement(self._root, "rect", {**size, "fill": fill})

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = _INK, width: float = 1.0) -> None:
        ends = {"x1": _px(x1), "y1": _px(y1), "x2": _px(x2), "y2": _px(y2)}
        ElementTree.SubElement(self._root, "line", {**ends, "stroke": stroke, "stroke-width": _px(width)})

    def path(self, d: str, *, fill: str, name: str) -> None:
        """A closed shape; ``name`` is what a viewer says of it under the pointer."""
        path = ElementTree.SubElement(self._root, "path", {"d": d, "fill": fill})
        ElementTree.SubElement(path, "title").text = printable(name)

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float,
        fill: str = _INK,
        anchor: str = "start",
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """One line, its baseline at ``y``; ``turned``: upwards."""
        given = {"x": _px(x), "y": _px(y), "font-size": _px(size), "fill": fill}
        if anchor != "start":
            given["text-anchor"] = anchor
        if bold:
            given["font-weight"] = "bold"
        if turned:
            given["transform"] = f"rotate(-90 {_px(x)} {_px(y)})"
        ElementTree.SubElement(self._root, "text", given).text = printable(said)

    def document(self, height: float) -> str:
        """All of it, cut to ``height``."""
        self._root.set("height", _px(height))
        self._root.set("viewBox", f"0 0 {self._width} {_px(height)}")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(self._root, encoding="unicode") + "\n"


def folded(said: str, *, width: float, size: float, lines: int) -> Sequence[str]:
    """``said`` in at most so many lines that fit ``width``.

    A viewer's font is not known: 0.55 of its size is somewhat more than a wide one, DejaVu Sans, takes for a letter.
    """
    return textwrap.wrap(printable(said), int(width / (size * 0.55)), max_lines=lines, placeholder=" …")


def _px(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
