"""Manifests: what is wrong is named with its file and line."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.knowledge.rows import Known, Lack
from harness.manifest import Manifest, read_manifest


class Inner(Manifest):
    image_name: str
    suite: str = ""


class Shape(Manifest):
    summary: str
    default: bool = False
    base: Inner
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()


GOOD = """\
summary = "a build"
default = true

[base]
image-name = "debian"

[[lacks]]
what = "log"
reason = "it has none"
source = "measured"

[[lacks]]
what = "reload"
reason = "it cannot"
source = "measured"
"""


def _refused(tmp_path: Path, text: str) -> tuple[str, str]:
    """The error without its folder, and the remedy."""
    path = tmp_path / "server.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_manifest(path, Shape)
    return str(caught.value).removeprefix(f"{tmp_path}/"), caught.value.remedy


def test_keys_have_hyphens_in_the_file_and_underscores_in_python(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(GOOD)
    assert read_manifest(path, Shape) == Shape(
        summary="a build",
        default=True,
        base=Inner(image_name="debian"),
        lacks=(
            Lack(what="log", reason="it has none", source="measured"),
            Lack(what="reload", reason="it cannot", source="measured"),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "error", "remedy"),
    [
        (
            "default = true",
            "defualt = true",
            "server.toml:2: unknown key `defualt`",
            "did you mean `default`?",
        ),
        (
            "default = true",
            "nothing = true",
            "server.toml:2: unknown key `nothing`",
            "remove it, or use one of: base, default, known, lacks, summary",
        ),
        (
            'image-name = "debian"',
            'image-name = "debian"\nimage = "x"',
            "server.toml:6: unknown key `base.image`",
            "remove it, or use one of: image-name, suite",
        ),
        (
            "default = true",
            "default = 7",
            "server.toml:2: `default`: input should be a valid boolean, unable to interpret input",
            "correct the value",
        ),
        (
            'image-name = "debian"',
            "image-name = 3",
            "server.toml:5: `base.image-name`: it must be a text, in quotes",
            "correct the value",
        ),
        (
            'image-name = "debian"\n',
            "",
            "server.toml:4: `base.image-name`: field required",
            "add `image-name`",
        ),
        (
            'what = "log"',
            'what = "log"\nwhy = "x"',
            "server.toml:9: unknown key `lacks.0.why`",
            "remove it, or use one of: clients, measured, reason, servers, source, what",
        ),
        (
            'what = "reload"',
            'what = "reload"\nwhy = "x"',
            "server.toml:14: unknown key `lacks.1.why`",
            "remove it, or use one of: clients, measured, reason, servers, source, what",
        ),
        (
            'reason = "it cannot"',
            "reason = []",
            "server.toml:14: `lacks.1.reason`: it must be a text, in quotes",
            "correct the value",
        ),
        (
            'reason = "it cannot"\n',
            "",
            "server.toml:12: `lacks.1.reason`: field required",
            "add `reason`",
        ),
        pytest.param(
            'reason = "it has none"\n',
            "",
            "server.toml:7: `lacks.0.reason`: field required",
            "add `reason`",
        ),
        (
            'summary = "a build"\n',
            "",
            "server.toml:1: `summary`: field required",
            "add `summary`",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, error: str, remedy: str) -> None:
    assert GOOD.count(old) == 1
    assert _refused(tmp_path, GOOD.replace(old, new)) == (error, remedy)


def test_what_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    error, remedy = _refused(tmp_path, "summary = 'x'\nnot toml\n")
    assert error.startswith("server.toml: is not TOML: ")
    assert "line 2" in error
    assert remedy == "correct the file"


def test_a_file_that_is_not_utf_8_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_bytes(b"summary = '\xff'\n")
    with pytest.raises(UsageError, match="is not TOML"):
        read_manifest(path, Shape)


def test_a_file_that_cannot_be_read_is_named_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_manifest(tmp_path / "server.toml", Shape)
    assert str(caught.value) == f"{tmp_path}/server.toml: cannot be read: No such file or directory"
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_manifest(tmp_path, Shape)
