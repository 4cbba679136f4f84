"""The kinds that there are: found by file."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import harness.kinds
from harness.case.kind import AnyCase
from harness.kinds.kind import Kind


@cache
def kinds() -> Mapping[type[AnyCase], Kind[Any]]:
    """Every kind, by the class of its cases. Raises ValueError where two claim the same."""
    found: dict[type[AnyCase], Kind[Any]] = {}
    for module in sorted(one.name for one in pkgutil.iter_modules(harness.kinds.__path__)):
        kind = getattr(importlib.import_module(f"{harness.kinds.__name__}.{module}"), "KIND", None)
        if isinstance(kind, Kind):
            if kind.made in found:
                raise ValueError(f"two kinds for {kind.made.__name__}: {type(kind)} and {type(found[kind.made])}")
            found[kind.made] = kind
    return found


def kind_of(case: AnyCase) -> Kind[Any]:
    """The kind that ``case`` is of. Raises TypeError for none."""
    kind = kinds().get(type(case))
    if kind is None:
        raise TypeError(f"there is no kind of case `{type(case).__name__}`")
    return kind
