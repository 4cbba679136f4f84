"""The picture: well-formed, all that it must show is in it, and text from elsewhere is text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.kinds.rotation.words import verdict_line
from harness.model.rotated import Finding, Mark, Moment, Rotated
from harness.model.verdict import Status
from harness.reports.rotation.marks import listed, numbered, rows
from harness.reports.rotation.picture import picture, write_picture
from harness.reports.rotation.stacks import Layer, Slice, layers, thinned, tick
from tests.reports.rotation.samples import FAIL, FIGURES, HOSTILE, INCONCLUSIVE, MARKS, PASS, ROUNDS, THOUSAND

SVG = "{http://www.w3.org/2000/svg}"
EVERY = [PASS, FAIL, INCONCLUSIVE, HOSTILE, THOUSAND]


def _drawn(rotated: Rotated) -> ElementTree.Element:
    return ElementTree.fromstring(picture(rotated))


def _texts(drawn: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter(f"{SVG}text")]


def _shapes(drawn: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """Paths by what a viewer says of them."""
    return {path.findtext(f"{SVG}title", ""): path for path in drawn.iter(f"{SVG}path")}


def _numbers(drawn: ElementTree.Element) -> Iterator[float]:
    """Every position in it."""
    for element in drawn.iter():
        for name in ("x", "x1", "x2", "y", "y1", "y2"):
            if (value := element.get(name)) is not None:
                yield float(value)
        yield from map(float, re.findall(r"-?\d+\.?\d*", element.get("d", "")))


@pytest.mark.parametrize("rotated", EVERY)
def test_it_stands_alone_and_nothing_is_outside_its_sheet(rotated: Rotated) -> None:
    drawn = _drawn(rotated)
    assert drawn.tag == f"{SVG}svg"
    width, height = map(float, (drawn.get("viewBox") or "").split()[2:])
    assert (drawn.get("width"), float(drawn.get("height", 0))) == ("1000", height)
    assert all(0 <= number <= max(width, height) for number in _numbers(drawn))
    assert not [name for element in drawn.iter() for name in element.attrib if name.endswith(("href", "src"))]
    assert {element.tag.removeprefix(SVG) for element in drawn.iter()} <= {
        *("svg", "title", "rect", "line", "path", "text", "defs", "pattern"),
    }


def test_each_generation_and_none_has_its_shape_and_its_entry() -> None:
    drawn = _drawn(FAIL)
    names = {"generation 1", "generation 2", "generation 3", "of no generation"}
    assert set(_shapes(drawn)) == names
    assert names <= set(_texts(drawn))
    assert len({shape.get("fill") for shape in _shapes(drawn).values()}) == 4


def test_each_mark_has_its_line_its_number_and_its_text() -> None:
    drawn = _drawn(PASS)
    texts = " ".join(_texts(drawn))
    for number, mark in enumerate(MARKS, 1):
        assert f"{number} {mark.at_s:.2f} s {mark.text}" in texts
    upright = [line for line in drawn.iter(f"{SVG}line") if line.get("stroke") == "#333333"]
    assert len(upright) == len(MARKS)


def test_it_says_verdict_terms_and_failures() -> None:
    texts = " ".join(_texts(_drawn(FAIL)))
    assert verdict_line(FAIL) in texts
    assert "both, in-place, pem; 1 rotation in 6 s; 250 new connections/s" in texts
    assert (
        "failures: 29 × connect: refused by the client: unknown-authority, 2 × held: exhausted; 1 without an end"
        in texts
    )
    assert "failures: none" in " ".join(_texts(_drawn(PASS)))


def test_marks_at_which_something_was_found_are_red() -> None:
    red = [line for line in _drawn(FAIL).iter(f"{SVG}line") if line.get("stroke") == "#b00020"]
    assert len(red) == 2
    assert [each.number for each in numbered(FAIL) if each.bad] == [3, 4]


def test_rotation_1_is_not_taken_for_rotation_11() -> None:
    marks = (Mark(at_s=1, text="rotation 1: new leaf: reloaded"), Mark(at_s=2, text="rotation 11: new leaf: reloaded"))
    finding = Finding(checker="loss", status=Status.FAIL, reason="lost", step="rotation 1: new leaf")
    assert [each.bad for each in numbered(replace(PASS, marks=marks, findings=(finding,)))] == [True, False]


def test_text_from_elsewhere_is_text() -> None:
    drawn = _drawn(HOSTILE)
    texts = _texts(drawn)
    assert r"server: <script>alert(1)</script> [red]\x1b[31m & \ud800" in texts
    assert "rotation 1: \"</text><a href='x'>\"" in texts
    assert not [element for element in drawn.iter() if element.tag.endswith(("script", "a", "b"))]


def test_a_history_without_a_census_says_so() -> None:
    drawn = _drawn(INCONCLUSIVE)
    assert _shapes(drawn) == {}
    assert "the history has no census: nothing is known of the server's connections" in _texts(drawn)


def test_a_thousand_marks_are_thin_and_those_found_bad_are_listed() -> None:
    drawn = _drawn(THOUSAND)
    texts = _texts(drawn)
    assert sum(text.startswith("rotation ") and "reloaded" in text for text in texts) == 6 + 1 + 6
    assert "rotation 412: new leaf published: reloaded" in texts
    assert "1,001 generations, the oldest at the bottom; colours repeat after 6" in texts
    assert sum(line.get("stroke-width") == "0.4" for line in drawn.iter(f"{SVG}line")) == ROUNDS - 1
    assert float(drawn.get("height", 0)) < 800
    assert len(picture(THOUSAND)) < 500_000


def test_what_is_over_before_its_time_ends_where_it_ended() -> None:
    cut = replace(PASS, moments=(Moment(at_s=0, sessions={1: 5}), Moment(at_s=1, sessions={1: 5})), marks=())
    (shape,) = _shapes(_drawn(cut)).values()
    assert max(map(float, re.findall(r"H(\d+\.?\d*)", shape.get("d", "")))) < 62 + 920 / 5


def test_it_is_written_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "rotation.svg"
    write_picture(FAIL, path)
    assert "«rotation 1" in path.read_text(encoding="utf-8")
    assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"


def test_layers_are_stacked_oldest_first_and_end_where_a_generation_has_gone() -> None:
    moments = (
        Moment(at_s=0, sessions={None: 1, 2: 3, 1: 4}),
        Moment(at_s=1, sessions={1: 0, 2: 5}),
        Moment(at_s=3, sessions={1: 2, 2: 5}),
    )
    assert {layer.slices[0]: layer for layer in layers(moments, last_s=0.5)} == {
        Slice(0, 1, 0, 4): Layer(1, (Slice(0, 1, 0, 4),)),
        Slice(0, 1, 7, 8): Layer(None, (Slice(0, 1, 7, 8),)),
        Slice(0, 1, 4, 7): Layer(2, (Slice(0, 1, 4, 7), Slice(1, 3, 0, 5), Slice(3, 3.5, 2, 7))),
        Slice(3, 3.5, 0, 2): Layer(1, (Slice(3, 3.5, 0, 2),)),
    }


def test_thinning_keeps_what_belongs_to_nobody_and_then_the_peak() -> None:
    few: dict[int | None, int] = {1: 1}
    peak: dict[int | None, int] = {1: 90}
    nobody: dict[int | None, int] = {None: 1}
    moments = [
        Moment(at_s=at, sessions=said) for at, said in ((0.1, few), (0.2, peak), (0.3, few), (1.1, nobody), (1.2, peak))
    ]
    assert [moment.sessions for moment in thinned(moments, 1.0)] == [peak, nobody]


@pytest.mark.parametrize(("most", "step"), [(0, 1), (6, 1), (7, 2), (13, 5), (31, 10), (12_000, 2000)])
def test_an_axis_has_round_numbers(most: float, step: float) -> None:
    assert tick(most, ticks=6) == step


def test_numbers_that_have_no_room_are_left_out_and_the_bad_come_first() -> None:
    marks = tuple(Mark(at_s=1, text=f"rotation {number}: x") for number in range(1, 7))
    finding = Finding(checker="loss", status=Status.FAIL, reason="lost", step="rotation 6: x")
    all_of_them = numbered(replace(PASS, marks=marks, findings=(finding,)))
    placed = rows(all_of_them, [100.0] * 6, width=12, numbers={1, 2, 3, 4, 6})
    assert placed == {6: 0, 1: 1, 2: 2}


def test_of_few_marks_all_are_listed_and_of_many_bad_ones_not_all() -> None:
    marks = tuple(Mark(at_s=number, text=f"rotation {number}: x") for number in range(1, 101))
    findings = tuple(
        Finding(checker="loss", status=Status.FAIL, reason="lost", step=f"rotation {number}: x")
        for number in range(20, 80)
    )
    assert len(listed(numbered(replace(PASS, marks=marks[:40])))) == 40
    chosen = [each.number for each in listed(numbered(replace(PASS, marks=marks, findings=findings)))]
    assert chosen == [*range(1, 7), *range(20, 32), *range(95, 101)]


def test_failures_of_many_causes_do_not_fill_it() -> None:
    failures = {f"unclassified: {'x' * 300} {number}": 1 for number in range(500)}
    drawn = _drawn(replace(FAIL, figures=replace(FIGURES, failures=failures)))
    assert float(drawn.get("height", 0)) < 700
