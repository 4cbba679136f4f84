"""The base of the reports' models: frozen values, read strictly, described by their docstrings."""

from typing import Annotated

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
    made = model.model_json_schema()
    _tidy(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identity, "title": name} | made


def _tidy(value: object) -> None:
    """Leave out titles, which say nothing that a key does not, and the line ends of descriptions."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str):
            del value["title"]
        if isinstance(text := value.get("description"), str):
            value["description"] = " ".join(text.split())
        for key, member in value.items():
            # Below these, keys are names: a property may be called `title`.
            for one in member.values() if key in {"properties", "$defs"} else (member,):
                _tidy(one)
    elif isinstance(value, list):
        for member in value:
            _tidy(member)
