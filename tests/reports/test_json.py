"""The JSON report and its schema describe each other."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.case.data import read_case
from harness.model.evidence import Seen
from harness.model.outcome import Cause
from harness.model.tls import TlsVersion
from harness.model.verdict import Status
from harness.reports.json_report import SCHEMA, as_text
from harness.reports.json_report import schema as schema_of_the_model
from harness.reports.making import report_of
from harness.reports.model import FORMAT
from harness.runner.results import RunReport
from tests.reports.samples import ACCEPTED, BROKEN, EVERYTHING, EXPIRES, FINE, NOTHING_RUN, proof

DESCRIBED: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(DESCRIBED)


def as_json(report: RunReport, *, allow_missing: bool) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(as_text(report_of(report, allow_missing=allow_missing)))
    return made


def _wrong(instance: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(instance)]


def _objects(value: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in ``value`` whose keys are the format's own."""
    if isinstance(value, dict):
        if path.rpartition("/")[2] == "case":
            return
        if path.rpartition("/")[2] not in {"spent_s", "spent_by_theme_s", "counters"}:
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


PATHS = [
    (report, path) for report in (EVERYTHING, BROKEN) for path, _ in _objects(as_json(report, allow_missing=False))
]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(DESCRIBED)


@pytest.mark.parametrize(
    "report", [EVERYTHING, FINE, NOTHING_RUN, BROKEN], ids=["everything", "fine", "nothing", "broken"]
)
@pytest.mark.parametrize("allow_missing", [False, True])
def test_every_report_is_as_the_schema_describes_it(report: RunReport, allow_missing: bool) -> None:
    assert _wrong(as_json(report, allow_missing=allow_missing)) == []


def test_the_schema_beside_the_code_is_what_the_model_makes() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_of_the_model(), "python -m harness.reports.json_report"


def test_a_report_with_everything_has_every_status_and_outcome() -> None:
    made = as_json(EVERYTHING, allow_missing=False)
    assert {case["status"] for case in made["cases"]} == {status.value for status in Status}
    evidence = [piece for case in made["cases"] for piece in case["evidence"]]
    outcomes = {attempt["client"]["outcome"] for attempt in evidence if attempt["kind"] == "attempt"}
    assert outcomes == {"accepted", "refused", "unclassified", "hung"}
    assert [start["outcome"] for start in evidence if start["kind"] == "start"] == ["serves", "without"]
    assert [command["found"] for command in evidence if command["kind"] == "command"] == ["BEGIN PRIVATE KEY"]
    assert (made["format"], made["exit_code"]) == (FORMAT, 1)
    assert made["counts"] == {"pass": 2, "known": 2, "skipped": 1, "inconclusive": 1, "fail": 2}


@pytest.mark.parametrize(("report", "path"), PATHS)
def test_a_key_too_many_and_every_key_too_few_is_noticed(report: RunReport, path: str) -> None:
    made = as_json(report, allow_missing=False)
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
        ("", "format", "dbtls-report/2"),
        ("", "exit_code", 4),
        ("", "ended", "crashed"),
        ("/cases/0", "status", "passed"),
        ("/cases/0", "duration_s", "1"),
        ("/cases/1/evidence/0/client", "server_serial", "0xABC"),
        ("/cases/1/evidence/0/client", "tls_version", "TLSv1.0"),
        ("/cases/1/evidence/0/client", "legacy", None),
        ("/cases/3/evidence/0/client", "causes", []),
        ("/cases/3/evidence/0/client", "by", "neither"),
        ("/cases/3/evidence/0/server", "seen", "something else"),
        ("/cases/3/evidence/0/server", "counters", {"Ssl_accepts": "one"}),
    ],
)
def test_a_wrong_value_is_noticed(path: str, key: str, value: object) -> None:
    made = as_json(EVERYTHING, allow_missing=False)
    dict(_objects(made))[path][key] = value
    assert _wrong(made) != []


def test_every_object_is_closed_and_every_property_described() -> None:
    of_a_kind_unknown = DESCRIBED["$defs"]["OtherReport"]
    for schema in _schemas(DESCRIBED):
        if "properties" in schema and schema.get("type") == "object":
            assert schema["additionalProperties"] is (schema is of_a_kind_unknown)
            assert schema["required"] == list(schema["properties"])
            for name, member in schema["properties"].items():
                assert member.get("description") or "$ref" in member, name


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ([cause.value for cause in Cause], ("RefusedEnd", "properties", "causes", "items")),
        ([seen.value for seen in Seen], ("ServerEnd", "properties", "seen")),
        ([status.value for status in Status], ("CaseReport", "properties", "status")),
        ([version.value for version in TlsVersion], ("AcceptedEnd", "properties", "tls_version", "anyOf", 0)),
        ([version.value for version in TlsVersion], ("ServerReport", "properties", "protocols", "items")),
    ],
)
def test_the_schema_names_every_value_there_is(names: list[str], place: tuple[str | int, ...]) -> None:
    at = DESCRIBED["$defs"]
    for part in place:
        at = at[part]
    assert DESCRIBED["$defs"][at["$ref"].rpartition("/")[2]]["enum"] == names


def test_a_case_in_a_report_is_read_back() -> None:
    written = [case["case"] for case in json.loads(json.dumps(as_json(EVERYTHING, allow_missing=False)))["cases"]]
    assert [read_case(case) for case in written if case is not None] == [EXPIRES]


def test_a_divergence_stands_in_a_list_of_its_own_too() -> None:
    made = as_json(EVERYTHING, allow_missing=False)
    assert made["divergences"] == [
        {
            "list": "Where nobody follows the guide",
            "id": "guide::key_form",
            "server": "mysql-9.7",
            "client": None,
            "expected": "BEGIN RSA PRIVATE KEY",
            "outcome": "BEGIN PRIVATE KEY",
            "reason": "OpenSSL 3",
            "source": "https://example.test/3",
        }
    ]
    (case,) = (case for case in made["cases"] if case["id"] == "guide::key_form")
    assert case["known"] == {
        "severity": "guide",
        "reason": "OpenSSL 3",
        "source": "https://example.test/3",
        "servers": ["mysql >=9"],
        "clients": [],
        "measured": ["mysql 9.7.4"],
        "unmeasured": "",
        "place": "",
    }
    assert case["rerun"] == "dbtls run --server mysql-9.7 --scenario guide::key_form"


def test_an_accepted_attempt_says_whether_legacy_crypto_was_allowed() -> None:
    (case,) = FINE.results
    proofs = tuple(
        proof("case", "accepted over TLS", replace(ACCEPTED, legacy=legacy), None) for legacy in (False, True)
    )
    made = as_json(replace(FINE, results=(replace(case, proofs=proofs),)), allow_missing=False)
    assert [piece["client"]["legacy"] for piece in made["cases"][0]["evidence"]] == [False, True]


def test_a_run_that_was_ended_says_how_what_broke_and_what_is_left() -> None:
    made = as_json(BROKEN, allow_missing=False)
    assert (made["ended"], made["exit_code"]) == ("interrupted", 130)
    assert made["faults"] == [
        {
            "server": "mysql-9.7",
            "client": "pymysql",
            "text": "client `pymysql` died: signal 11 (SIGSEGV)",
            "remedy": "see its last lines",
            "detail": ["Segmentation fault"],
            "traceback": [],
            "cases": ["one-way::good", "one-way::expired"],
        },
        {
            "server": None,
            "client": None,
            "text": "a defect of dbtls: TypeError: no",
            "remedy": "please report it",
            "detail": [],
            "traceback": ["harness/x.py:3 f", "harness/y.py:4 g"],
            "cases": [f"versions::{number}" for number in range(7)],
        },
    ]
    assert [(one["id"], one["server"], one["client"]) for one in made["not_reached"]] == [
        ("guide::x", "mysql-9.7", None),
        ("one-way::good", "mariadb-11.8", "pymysql"),
    ]
    clients = [proof["client"] for case in made["cases"] for proof in case["evidence"]]
    assert clients[1:] == [
        {"outcome": "client-fault", "how": "died: signal 11 (SIGSEGV)", "last_words": ["Segmentation fault"]},
        {"outcome": "not-attempted", "reason": "client `pymysql` cannot be started"},
    ]


def test_a_refusal_is_told_from_both_ends() -> None:
    (case,) = as_json(FINE, allow_missing=False)["cases"]
    assert case == {
        "id": "one-way::refused",
        "claim": "It is so.",
        "server": "mysql-9.7",
        "client": "pymysql",
        "status": "pass",
        "reason": "refused by the client: expired",
        "expected": "",
        "difference": "",
        "outcome": "",
        "case": None,
        "known": None,
        "skipped": None,
        "divergences": "",
        "faulted": False,
        "duration_s": 1.5,
        "rerun": "dbtls run --server mysql-9.7 --client pymysql --scenario one-way::refused",
        "evidence": [
            {
                "kind": "attempt",
                "label": "case",
                "expected": "refused by the client: expired",
                "client": {
                    "outcome": "refused",
                    "by": "client",
                    "causes": ["expired"],
                    "error": [
                        {
                            "kind": "OperationalError",
                            "code": 2026,
                            "sqlstate": "HY000",
                            "message": "SSL connection error",
                        },
                        {
                            "kind": "SSLCertVerificationError",
                            "code": None,
                            "sqlstate": None,
                            "message": "certificate has expired",
                        },
                    ],
                    "ignored": ["trustStore"],
                },
                "wire": None,
                "server": {
                    "seen": "the TLS handshake failed",
                    "connection_ids": [9],
                    "counters": {"Ssl_accepts": 1, "Aborted_connects": 1},
                    "log": ["2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected' (handshake)"],
                    "account": "c_none",
                    "served_serial": "abc",
                    "was": "unchanged",
                },
            }
        ],
    }
