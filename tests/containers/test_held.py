"""A container that is let go of: all of it, whatever one part raises."""

from typing import Any

import docker.errors
import pytest

from harness.containers import held
from harness.containers.held import HeldContainer
from harness.owner import Owner


class _Closes:
    def __init__(self, name: str, closed: list[str]) -> None:
        self._name, self._closed = name, closed

    def close(self) -> None:
        self._closed.append(self._name)


class _Container:
    """What testcontainers does of it here, without an engine."""

    fault: BaseException
    closed: list[str]

    def __init__(self, image: str) -> None:
        self.ports: dict[str, Any] = {}
        self.client = _Closes("client", self.closed)

    def with_command(self, command: object) -> None: ...
    def with_tmpfs_mount(self, path: str) -> None: ...
    def with_kwargs(self, **named: object) -> None: ...
    def start(self) -> None: ...

    def get_wrapped_container(self) -> "_Wrapped":
        return _Wrapped(self.closed)

    def get_docker_client(self) -> "_Container":
        return self

    def stop(self, **named: object) -> None:
        raise self.fault


class _Wrapped:
    """What docker-py does."""

    def __init__(self, closed: list[str]) -> None:
        self.ports = {"1/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}]}
        self._closed = closed

    def reload(self) -> None: ...

    def attach_socket(self, **named: object) -> _Closes:
        stdin = _Closes("stdin", self._closed)
        stdin._sock = _Closes("socket", self._closed)  # type: ignore[attr-defined]  # where docker-py has it
        return stdin

    def logs(self, **named: object) -> list[bytes]:
        return []


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(_Container, "closed", names, raising=False)
    monkeypatch.setattr(held, "DockerContainer", _Container)
    return names


def _held() -> HeldContainer:
    return HeldContainer(
        "image",
        "serve.sh",
        owner=Owner.this_process(),
        port="1/tcp",
        published=None,
        data="/data",
        line=lambda _: None,
    )


@pytest.mark.parametrize("fault", [AttributeError("testcontainers' own"), KeyboardInterrupt()])
def test_what_one_part_raises_keeps_no_other_open(
    closed: list[str], monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    monkeypatch.setattr(_Container, "fault", fault, raising=False)
    with pytest.raises(type(fault)):
        _held().close()
    assert closed == ["stdin", "socket", "client"]


def test_that_an_engine_has_gone_is_no_fault_of_closing(closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Container, "fault", docker.errors.NotFound("gone"), raising=False)
    _held().close()
    assert closed == ["stdin", "socket", "client"]
