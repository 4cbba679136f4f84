"""Contexts that are shared: only among connections that are told the very same."""

import os
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.clients.python_probe import Attempt
from harness.clients.python_socket import Contexts, material_of


@pytest.fixture
def asked(tmp_path: Path) -> Attempt:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return Attempt(
        host="h",
        port=1,
        user="u",
        password="",
        verify="verify-ca",
        ca=str(tmp_path / "ca"),
        certificate=str(tmp_path / "cert"),
        key=str(tmp_path / "key"),
        versions=None,
        ciphers=None,
        legacy=False,
        queries=(),
        timeout_s=1,
    )


@pytest.mark.parametrize("name", ["ca", "cert", "key"])
def test_a_changed_file_is_seen_at_once(asked: Attempt, tmp_path: Path, name: str) -> None:
    contexts = Contexts()
    material, context = material_of(asked), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    contexts.keep(material, context)
    file, before = tmp_path / name, (tmp_path / name).stat()
    # In place, as long as before, and at the same time.
    file.write_text(name.swapcase(), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert contexts.of(material_of(asked)) is None
    file.write_text(name, encoding="utf-8")
    assert contexts.of(material_of(asked)) is context


@pytest.mark.parametrize(
    "other", [{"verify": "required"}, {"versions": ("TLSv1.2",)}, {"ciphers": "X"}, {"legacy": True}, {"key": None}]
)
def test_whoever_is_told_otherwise_gets_another(asked: Attempt, other: dict[str, Any]) -> None:
    assert material_of(replace(asked, **other)) != material_of(asked)


def test_the_account_and_the_place_are_no_part_of_it(asked: Attempt) -> None:
    assert material_of(replace(asked, host="other", user="other")) == material_of(asked)


def test_what_no_file_says_is_not_shared(asked: Attempt, tmp_path: Path) -> None:
    assert material_of(replace(asked, ca=None)) is None
    (tmp_path / "key").unlink()
    assert material_of(asked) is None


def test_the_oldest_goes_when_there_are_too_many() -> None:
    contexts = Contexts(most=2)
    for number in range(3):
        contexts.keep(number, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    assert [contexts.of(number) is not None for number in range(3)] == [False, True, True]
