"""Terms as the opening line of the conductor's file states them. Pure."""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from harness.model.rotation import Terms

_SHAPE = TypeAdapter(Terms)


def stated(terms: Terms) -> dict[str, object]:
    """``terms`` as JSON values, for ``Opening.terms``."""
    values: dict[str, object] = _SHAPE.dump_python(terms, mode="json")
    return values


def understood(values: Mapping[str, object]) -> Terms:
    """The terms of an opening line. Raises ValueError, naming the field, for what are none."""
    try:
        return _SHAPE.validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}") from error
