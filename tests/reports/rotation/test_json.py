"""The JSON of a rotation and its schema describe each other."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.kinds.rotation.as_json import FORMAT, as_json
from harness.model.history import Kind
from harness.model.rotated import Rotated
from harness.model.rotation import Control, How, What
from harness.model.verdict import Status
from harness.reports.rotation.json_report import SCHEMA, write_json
from harness.reports.rotation.model import RotatedReport
from harness.reports.shape import tidied
from tests.reports.rotation.samples import FAIL, HOSTILE, INCONCLUSIVE, PASS, RETIRED, THOUSAND

DESCRIBED: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(DESCRIBED)
OPEN = {"provenance", "failures", "sessions"}
"""Objects whose keys are not the format's."""


def _wrong(instance: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(instance)]


def _objects(value: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in ``value`` whose keys are the format's own."""
    if isinstance(value, dict):
        if path.rpartition("/")[2] not in OPEN:
            yield path, value
        for key, member in value.items():
            yield from _objects(member, f"{path}/{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _objects(member, f"{path}/{index}")


def _schemas(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from _schemas(member)
    elif isinstance(value, list):
        for member in value:
            yield from _schemas(member)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(DESCRIBED)


@pytest.mark.parametrize(
    "rotated", [PASS, FAIL, INCONCLUSIVE, HOSTILE, replace(THOUSAND, moments=THOUSAND.moments[:50])]
)
def test_every_rotation_is_as_the_schema_describes_it(tmp_path: Path, rotated: Rotated) -> None:
    path = tmp_path / "rotation.json"
    write_json(rotated, path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert _wrong(written) == []
    assert written == as_json(rotated)


def test_what_failed_and_where() -> None:
    made = as_json(FAIL)
    assert (made["format"], made["exit_code"]) == (FORMAT, 1)
    assert made["verdict"] == {"status": "fail", "step": RETIRED, "reason": "31 attempts were lost"}
    assert [finding["status"] for finding in made["findings"]] == ["inconclusive", "fail", "pass"]
    assert made["figures"]["failures"] == {
        "held: exhausted": 2,
        "connect: refused by the client: unknown-authority": 29,
    }
    assert made["figures"]["attempts"] == {"connect": 1500, "open": 12, "try": 0, "check-out": 375, "held": 30}
    assert made["moments"][1] == {"at_s": 1.5, "sessions": {"1": 18}, "of_no_generation": 1}
    assert made["terms"]["control"] == "authority-too-early"
    assert [generation["last_use_s"] for generation in made["generations"]] == [0.41, 0.41, None]
    assert made["marks"][3] == {"at_s": 3.9, "text": f"{RETIRED}: reloaded"}


@pytest.mark.parametrize(("rotated", "code"), [(PASS, 0), (INCONCLUSIVE, 3)])
def test_what_did_not_fail_names_no_step(rotated: Rotated, code: int) -> None:
    made = as_json(rotated)
    assert (made["exit_code"], made["verdict"]["step"]) == (code, "")


@pytest.mark.parametrize("path", [path for path, _ in _objects(as_json(FAIL))])
def test_a_key_too_many_and_every_key_too_few_is_noticed(path: str) -> None:
    made = as_json(FAIL)
    original = dict(_objects(made))[path]
    for key in list(original):
        mutated = copy.deepcopy(made)
        del dict(_objects(mutated))[path][key]
        assert not VALIDATOR.is_valid(mutated), f"without {path}/{key}"
    original["surplus"] = 1
    assert not VALIDATOR.is_valid(made)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ("", "format", "dbtls-rotation/2"),
        ("", "exit_code", 2),
        ("/verdict", "status", "passed"),
        ("/terms", "what", "key"),
        ("/terms", "control", "nothing"),
        ("/figures", "failures", {"refused": 0}),
        ("/figures", "indeterminate", 0.5),
        ("/generations/0", "number", 0),
        ("/moments/1", "sessions", {"none": 1}),
        ("/moments/1", "of_no_generation", None),
        ("/marks/0", "at_s", "0"),
    ],
)
def test_a_wrong_value_is_noticed(path: str, key: str, value: object) -> None:
    made = as_json(FAIL)
    dict(_objects(made))[path][key] = value
    assert _wrong(made) != []


def test_every_object_is_closed_and_every_property_described() -> None:
    for schema in _schemas(DESCRIBED):
        if "properties" in schema and schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            for name, member in schema["properties"].items():
                assert member.get("description") or "$ref" in member, name


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ([what.value for what in What], ("$defs", "terms", "properties", "what")),
        ([how.value for how in How], ("$defs", "terms", "properties", "how")),
        ([*(control.value for control in Control), None], ("$defs", "terms", "properties", "control")),
        ([status.value for status in Status], ("$defs", "finding", "properties", "status")),
        ([status.value for status in Status], ("properties", "verdict", "properties", "status")),
    ],
)
def test_the_schema_names_every_value_there_is(names: list[str | None], place: tuple[str, ...]) -> None:
    at = DESCRIBED
    for part in place:
        at = at[part]
    assert at["enum"] == names


@pytest.mark.parametrize("counts", ["attempts", "served"])
def test_the_schema_counts_every_kind_of_attempt(counts: str) -> None:
    described = DESCRIBED["$defs"]["figures"]["properties"][counts]
    assert described["required"] == [kind.value for kind in Kind]


def test_the_model_that_reads_it_has_the_same_keys_with_the_same_meaning() -> None:
    made = tidied(RotatedReport.model_json_schema())
    models = {
        "terms": "TermsReport",
        "finding": "FindingReport",
        "figures": "FiguresReport",
        "generation": "GenerationReport",
        "moment": "MomentReport",
        "mark": "MarkReport",
    }
    pairs = [(DESCRIBED, made), *((DESCRIBED["$defs"][name], made["$defs"][model]) for name, model in models.items())]
    for written, read in pairs:
        assert list(read["properties"]) == list(written["properties"])
        for name, member in written["properties"].items():
            if "description" in member:
                found = read["properties"][name]
                referred = made["$defs"].get(found.get("$ref", "").rpartition("/")[2], {})
                assert found.get("description", referred.get("description")) == member["description"], name
