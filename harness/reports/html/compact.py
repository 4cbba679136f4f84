"""The evidence of all cases, small: each text once, deflated. The page's script shows it on demand."""

import base64
import json
import zlib
from collections.abc import Iterable

from harness.reports.html.ends import both_ends
from harness.reports.model import CaseReport
from harness.reports.text import printable

Piece = tuple[int, int, list[int], list[int], list[int]]
"""Of an attempt: label, what was expected, the lines of the client, the wire, the server."""
Cell = tuple[int, int, int, int, list[Piece]]
"""Reason, difference, line to run it again, case as data, and each attempt: numbers of texts."""


class _Texts:
    """Texts, each once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(printable(text), len(self._numbers))

    def numbers(self, texts: Iterable[str]) -> list[int]:
        return [self.number(text) for text in texts]

    def all(self) -> list[str]:
        return list(self._numbers)


def block(cases: Iterable[CaseReport | None]) -> str:
    """``cases``, in the order in which the page has their cells; None for one whose evidence is left out."""
    texts = _Texts()
    cells = [None if case is None else _cell(case, texts) for case in cases]
    plain = json.dumps({"texts": texts.all(), "cells": cells}, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(plain.encode(), 9)).decode()


def as_data(case: CaseReport) -> str:
    """The case so that it can be carried out again, certificates included; empty where nothing was to be."""
    return "" if case.case is None else json.dumps(case.case, ensure_ascii=False, indent=1)


def _cell(case: CaseReport, texts: _Texts) -> Cell:
    pieces: list[Piece] = [
        (
            texts.number(one.label),
            texts.number(one.expected),
            texts.numbers(one.client),
            texts.numbers(one.wire),
            texts.numbers(one.server),
        )
        for one in both_ends(case)
    ]
    heads = (case.reason, case.difference, case.rerun, as_data(case))
    reason, difference, rerun, data = texts.numbers(heads)
    return (reason, difference, rerun, data, pieces)
