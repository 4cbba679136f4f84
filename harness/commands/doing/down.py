"""Listing and ending what was left up."""

import contextlib
import json

import click

from harness.containers.engine import Engine
from harness.errors import EngineError, UsageError
from harness.reference.standing import Standing, named, standing
from harness.servers.local import sweep

FORMAT = "dbtls-standing/1"
_NONE = "none stands; `dbtls up SERVER --detach` leaves one up"


def show(*, as_one_object: bool) -> None:
    """Print every environment that has a name: where it is, and how it stands."""
    found = standing()
    if as_one_object:
        click.echo(json.dumps({"format": FORMAT, "environments": [_as_object(one) for one in found]}))
        return
    click.echo("\n".join(map(_as_text, found)) if found else _NONE)


def end(names: tuple[str, ...], *, every: bool) -> None:
    """End those, or every one; say of each that it has ended. Raises UsageError before any is ended."""
    if names and every:
        raise UsageError("names, and --all", remedy="leave one of both out")
    found = standing() if every else named(names)
    killed = [one for one in found if not one.alive]
    for one in found:
        one.end()
        click.echo(f"{one.name}: ended")
    if not found:
        click.echo(_NONE)
    if killed:
        _sweep()


def _sweep() -> None:
    """Remove what the end of a process that was killed left to the next run: this is the next."""
    sweep()
    with contextlib.suppress(EngineError), contextlib.closing(Engine()) as engine:
        engine.sweep()


def _as_text(one: Standing) -> str:
    if one.record is None:
        return f"{one.name:24}{one.state}"
    where = ", ".join(f"{each.name} {each.host}:{each.port}" for each in one.record.servers)
    since = one.record.since.astimezone()
    files = f"; files in {one.record.folder}" if one.alive else ""
    return f"{one.name:24}{one.state}, since {since:%Y-%m-%d %H:%M}: {where}{files}"


def _as_object(one: Standing) -> dict[str, object]:
    record = None if one.record is None else one.record.model_dump(mode="json", exclude={"ended"})
    return {"name": one.name, "state": one.state, "up": one.alive and one.record is not None, **(record or {})}
