"""``[tool.dbtls]`` of a project's pyproject.toml: its own servers, clients and scenarios, and what it usually runs."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, StrictBool, ValidationInfo
from pydantic_core import PydanticCustomError

from harness.manifest import Manifest, read_manifest
from harness.project import TABLE, project_file
from harness.selection.places import AUTO, DOCKER, LOCAL

ENGINES = (AUTO, DOCKER, LOCAL)


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


Folder = Annotated[Path, AfterValidator(_beside)]


class Settings(Manifest):
    """The shape of ``[tool.dbtls]``.

    ``servers``, ``clients``, ``scenarios`` and ``knowledge`` are folders, relative to the file: options add more.
    ``server``, ``client``, ``scenario`` and ``engine`` are what is chosen where no option chooses.
    """

    servers: tuple[Folder, ...] = ()
    clients: tuple[Folder, ...] = ()
    scenarios: tuple[Folder, ...] = ()
    knowledge: tuple[Folder, ...] = ()
    server: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    scenario: tuple[str, ...] = ()
    engine: Annotated[str, AfterValidator(_engine)] | None = None
    pytest: StrictBool = False
    """Collect scenarios as tests whenever pytest runs here, also where no option asks for it."""


def read_settings(start: Path) -> Settings:
    """The settings of the project around ``start``; all empty outside one. Raises UsageError with file and line."""
    path = project_file(start)
    return Settings() if path is None else read_manifest(path, Settings, table=TABLE)
