"""``[tool.dbtls]`` of a project's pyproject.toml: its own servers, clients and scenarios, and what it usually runs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, StrictBool, ValidationInfo
from pydantic_core import PydanticCustomError

from harness.engines import ENGINES
from harness.errors import UsageError
from harness.manifest import Manifest, line_of, read_manifest
from harness.names import Name, separated
from harness.project import TABLE, project_file

_SHARED = ("server", "client", "scenario", "engine")


def _beside(folder: Path, info: ValidationInfo) -> Path:
    """A folder is named relative to the file that names it."""
    found: Path = (info.context or {}).get("file", Path()).parent / folder
    if not found.is_dir():
        raise PydanticCustomError("no_such_folder", "there is no folder {folder}", {"folder": str(found)})
    return found


def _engine(name: str) -> str:
    if name not in ENGINES:
        raise PydanticCustomError("no_such_engine", "it is one of {engines}", {"engines": ", ".join(ENGINES)})
    return name


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _placed(names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Each with its place, so that whoever finds that it means nothing can say whose it is."""
    file: Path | None = (info.context or {}).get("file")
    place = _place(file, str(info.field_name)) if file is not None else None
    return separated(Name(name, place) for name in names)


def _place(file: Path, *where: str) -> str:
    return f"{file}:{line_of(file.read_text(encoding='utf-8'), (TABLE, *where))}"


Folder = Annotated[Path, AfterValidator(_beside)]
Folders = Annotated[tuple[Folder, ...], BeforeValidator(_one_or_several)]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_several), AfterValidator(_placed)]
Options = Annotated[Mapping[str, Any], Field(default_factory=dict)]


class Settings(Manifest):
    """The shape of ``[tool.dbtls]``.

    ``server-dir``, ``client-dir``, ``scenario-dir`` and ``knowledge-dir`` are folders, relative to the file, and
    ``servers`` … their names of old: options add more. ``server``, ``client``, ``scenario`` and ``engine`` are what is
    chosen where no option chooses. A table of a command's name has options of that command.
    """

    server_dir: Folders = ()
    client_dir: Folders = ()
    scenario_dir: Folders = ()
    knowledge_dir: Folders = ()
    servers: Folders = ()
    clients: Folders = ()
    scenarios: Folders = ()
    knowledge: Folders = ()
    server: Names = ()
    client: Names = ()
    scenario: Names = ()
    engine: Annotated[str, AfterValidator(_engine)] | None = None
    pytest: StrictBool = False
    """Collect scenarios as tests whenever pytest runs here, also where no option asks for it."""
    run: Options
    rotate: Options
    judge: Options
    explain: Options
    compare: Options
    report: Options
    up: Options
    down: Options
    probe: Options
    doctor: Options
    cache: Options
    _file: Path | None = PrivateAttr(None)

    def __eq__(self, other: object) -> bool:
        """Where they stand is no part of what they say."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def folders(self, kind: str) -> tuple[Path, ...]:
        """The project's own folders of a ``kind``: server, client, scenario, knowledge."""
        of_old = getattr(self, "knowledge" if kind == "knowledge" else f"{kind}s")
        found: tuple[Path, ...] = (*of_old, *getattr(self, f"{kind}_dir"))
        return found

    def for_command(self, words: Sequence[str], keys: Iterable[str]) -> Mapping[str, tuple[Any, str]]:
        """Values for options of the command ``words``, which has ``keys``, each with its place.

        Raises UsageError for one that the command's table has and the command has not.
        """
        if self._file is None or not words:
            return {}
        known = set(keys)
        table: Mapping[str, Any] = {words[0]: getattr(self, words[0], {}) if words[0] in _COMMANDS else {}}
        for word in words:
            inner = table.get(word, {})
            table = inner if isinstance(inner, Mapping) else {}
        found = {}
        for key in _SHARED:
            if key in known and (value := getattr(self, key)):
                found[key] = (value, _place(self._file, key))
        for key, value in table.items():
            place = _place(self._file, *words, key)
            if isinstance(value, Mapping):
                continue  # of a command within a group
            if key not in known:
                named = ".".join((*words, key))
                remedy = f"remove it, or use one of: {', '.join(sorted(known))}"
                raise UsageError(f"unknown key `{named}`", place=place, remedy=remedy)
            found[key] = (value, place)
        return found


_COMMANDS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation == Mapping[str, Any])


def read_settings(start: Path) -> Settings:
    """The settings of the project around ``start``; all empty outside one. Raises UsageError with file and line."""
    path = project_file(start)
    if path is None:
        return Settings()
    settings = read_manifest(path, Settings, table=TABLE)
    settings._file = path
    return settings
