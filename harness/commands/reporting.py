"""Options of what is written of a run: one for each format, found by file; what makes a deviation count."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.values import OneOf, Unusable
from harness.errors import UsageError
from harness.names import listed
from harness.reports.format import Format, all_formats, builtin_formats

if TYPE_CHECKING:
    from harness.reports.outputs import Target

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_WANTED = "dbtls.formats"
_FAIL_ON = ("unsafe", "known", "skipped")
_file = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


class _NameAndFile(click.ParamType[tuple[str, Path]]):
    """``NAME=FILE``."""

    name = "name=file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        name, _, file = str(value).partition("=")
        if not (name and file):
            raise Unusable(f"`{value}` is no format with a file", param, ctx, remedy="write both, as csv=report.csv")
        path: Path = _file.convert(file, param, ctx)
        return name.strip(), path


class _FailOn(OneOf):
    """Words of what is to count as a failure, several with commas."""

    def __init__(self) -> None:
        super().__init__(_FAIL_ON)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return ",".join(super(_FailOn, self).convert(word.strip(), param, ctx) for word in str(value).split(","))


fail_on_option = click.option(
    "--fail-on",
    "fail_on",
    type=_FailOn(),
    multiple=True,
    metavar="|".join(_FAIL_ON),
    callback=lambda ctx, param, value: tuple(dict.fromkeys(word for words in value for word in words.split(","))),
    help="End 1 also if a known deviation is unsafe, if there is one at all, or if a case was skipped.",
)


def format_options(*, streams: bool) -> Decorator:
    """An option for each built-in format, ``--format`` and ``--format-dir`` for others; see ``wanted_formats``.

    ``streams``: also of formats that are written as a run goes.
    """
    built_in = [one for one in builtin_formats().values() if streams or one.stream is None]
    options = [
        click.option(
            f"--{one.name}", type=_file, metavar="FILE", callback=_keep(one), expose_value=False, help=one.help
        )
        for one in built_in
    ]
    options.append(
        click.option(
            "--format",
            "formats",
            type=_NameAndFile(),
            multiple=True,
            metavar="NAME=FILE",
            callback=_keep_named,
            expose_value=False,
            help="Write the report in a format of --format-dir.",
        )
    )
    options.append(
        click.option(
            "--format-dir",
            "format_folders",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            multiple=True,
            callback=_keep_folders,
            expose_value=False,
            help="A folder of more formats of reports.",
        )
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@dataclass(slots=True)
class _Wanted:
    """What the options of a command say, as they are read."""

    built_in: dict[str, tuple[Format, Path]]
    named: tuple[tuple[str, Path], ...] = ()
    folders: tuple[Path, ...] = ()


def _wanted(context: click.Context) -> _Wanted:
    found: _Wanted = context.meta.setdefault(_WANTED, _Wanted({}))
    return found


def _keep(one: Format) -> Callable[[click.Context, click.Parameter, Path | None], None]:
    def keep(context: click.Context, param: click.Parameter, path: Path | None) -> None:
        if path is not None:
            _wanted(context).built_in[one.name] = (one, path)

    return keep


def _keep_named(context: click.Context, param: click.Parameter, value: tuple[tuple[str, Path], ...]) -> None:
    _wanted(context).named = value


def _keep_folders(context: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> None:
    _wanted(context).folders = value


def wanted_formats(context: click.Context) -> "tuple[Target, ...]":
    """What is to be written, in the order of the options. Raises UsageError for a format that there is not."""
    from harness.reports.outputs import Target

    wanted = _wanted(context)
    there = all_formats(wanted.folders)
    targets = [Target(format=one, path=path) for one, path in wanted.built_in.values()]
    for name, path in wanted.named:
        if name not in there:
            remedy = f"name one of {listed(sorted(there))}, or its folder with --format-dir"
            raise UsageError(f"no format `{name}`", remedy=remedy)
        targets.append(Target(format=there[name], path=path))
    return tuple(targets)
