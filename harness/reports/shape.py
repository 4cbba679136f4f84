"""The base of the reports' models: frozen values, read strictly, described by their docstrings."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Serial = Annotated[str, Field(pattern="^[0-9a-f]+$")]
"""A certificate's serial number, hexadecimal."""


class Shape(BaseModel):
    """An object of a report. Every key is there and no other; what a docstring says of it stands in the schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, serialize_by_alias=True)


def described(name: str, model: type[BaseModel], *, identity: str) -> dict[str, object]:
    """The JSON schema of ``model``, titled ``name``; ``identity`` is its ``$id``."""
    made = tidied(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identity, "title": name} | made


def tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` without titles, which say nothing that a key does not, and without line ends in descriptions."""
    return {
        key: {name: tidied(one) for name, one in member.items()} if key in _NAMED else _tidied(key, member)
        for key, member in schema.items()
        if not (key == "title" and isinstance(member, str))
    }


_NAMED = frozenset({"properties", "$defs"})
"""Keys below which keys are names."""


def _tidied(key: str, value: Any) -> Any:
    match value:
        case str() if key == "description":
            return " ".join(value.split())
        case dict():
            return tidied(value)
        case list():
            return [_tidied(key, one) for one in value]
        case _:
            return value
