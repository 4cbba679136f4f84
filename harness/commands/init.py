"""``dbtls init``: a project's settings for pytest and ``dbtls run``, and CI. Nothing is overwritten unasked."""

import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness.commands import workflows
from harness.commands.completing import complete_clients, complete_servers
from harness.commands.epilogs import ONLY_FAULTS, epilog
from harness.errors import UsageError
from harness.names import chosen

_PROJECT = "pyproject.toml"
_EPILOG = epilog(
    "dbtls init",
    "dbtls init --server 'mysql*' --client pymysql --github",
    codes=ONLY_FAULTS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file to write: its whole content, and what of that is new."""

    path: Path
    content: str
    new: str


@click.command("init", epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path())
@click.option(
    "--server", "-s", "servers", multiple=True, shell_complete=complete_servers, help="What runs here usually."
)
@click.option(
    "--client", "-c", "clients", multiple=True, shell_complete=complete_clients, help="What runs here usually."
)
@click.option("--github", is_flag=True, help="Write a workflow for GitHub Actions.")
@click.option("--gitlab", is_flag=True, help="Write a job for GitLab CI.")
@click.option("--force", is_flag=True, help="Overwrite a workflow that is there.")
def init_command(
    folder: Path, servers: tuple[str, ...], clients: tuple[str, ...], github: bool, gitlab: bool, force: bool
) -> None:
    """Add dbtls to the project in FOLDER (here): a table in its pyproject.toml, and a CI workflow if one is asked for.

    What it writes it shows. A pyproject.toml that has a [tool.dbtls] already is left as it is, and what is not in it
    is shown.
    """
    _check_names(servers, clients)
    table = workflows.section(servers, clients)
    files: list[_File] = []
    advice: list[str] = []
    project = folder / _PROJECT
    there = _read(project)
    own = _own_table(project, there)
    if own is None:
        files.append(_appended(project, there, table))
    else:
        advice += _missing(project, own, table)
    wanted = {workflows.GITHUB_FILE: workflows.GITHUB} if github else {}
    wanted |= {workflows.GITLAB_FILE: workflows.GITLAB} if gitlab else {}
    for name, content in wanted.items():
        if _read(folder / name) == content:
            advice.append(f"kept {folder / name}: it is as it would be written")
        else:
            files.append(_new(folder / name, content, force=force))
    if gitlab:
        main = folder / workflows.GITLAB_MAIN
        if not main.exists():
            files.append(_File(path=main, content=workflows.GITLAB_INCLUDE, new=workflows.GITLAB_INCLUDE))
        elif str(workflows.GITLAB_FILE) not in (_read(main) or ""):
            advice += [f"add to {main}:", *_indented(workflows.GITLAB_INCLUDE)]
    for file in files:
        _write(file)
        click.echo("\n".join((f"wrote {file.path}:", *_indented(file.new))))
    for line in advice:
        click.echo(line)
    click.echo("next: `dbtls doctor` shows whether all of it can run on this machine")


def _check_names(servers: Sequence[str], clients: Sequence[str]) -> None:
    """Raises UsageError for a name or pattern that means nothing."""
    from harness.selection.discovery import all_clients, all_servers

    chosen("server", all_servers((), servers), servers, ())
    chosen("client", all_clients((), clients), clients, ())


def _read(path: Path) -> str | None:
    """A file's text with its own line ends; None where there is none. Raises UsageError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UsageError(f"is no text: {error}", place=str(path), remedy="correct the file") from error


def _own_table(path: Path, text: str | None) -> Mapping[str, object] | None:
    """The [tool.dbtls] that is there. Raises UsageError for a file that is no TOML, and one in which it is no table."""
    try:
        values = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not TOML: {error}", place=str(path), remedy="correct the file") from error
    tool = values.get("tool", {})
    own = tool.get("dbtls") if isinstance(tool, Mapping) else tool
    if own is not None and not isinstance(own, Mapping):
        raise UsageError("`tool.dbtls` is no table", place=str(path), remedy="make it one: [tool.dbtls]")
    return own


def _appended(path: Path, there: str | None, table: str) -> _File:
    """The file with ``table`` at its end. Raises UsageError where that is no place for one."""
    between = "" if not there else "\n" if there.endswith("\n") else "\n\n"
    more = between + table
    content = (there or "") + (more.replace("\n", "\r\n") if "\r\n" in (there or "") else more)
    try:
        tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        # `tool = {…}` on one line is closed: nothing can be added to it from below.
        raise UsageError(
            "has a `tool` to which no table can be added", place=str(path), remedy="write [tool.…]"
        ) from error
    return _File(path=path, content=content, new=table)


def _missing(path: Path, own: Mapping[str, object], table: str) -> list[str]:
    lines = [line for line in table.splitlines()[1:] if line.partition(" = ")[0].lstrip("# ") not in own]
    if not lines:
        return [f"kept {path}: its [tool.dbtls] has all of this"]
    return [f"kept {path}: its [tool.dbtls] is your own; what it may have as well:", *_indented("\n".join(lines))]


def _new(path: Path, content: str, *, force: bool) -> _File:
    if path.exists() and not force:
        raise UsageError("is there already", place=str(path), remedy="keep it, or have it overwritten with --force")
    return _File(path=path, content=content, new=content)


def _write(file: _File) -> None:
    """All of it or nothing, with the permissions that the file had. Raises OSError."""
    path = file.path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(file.content)
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]
