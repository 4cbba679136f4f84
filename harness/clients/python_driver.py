"""Clients in Python: what their commands and environments name, and drivers of other versions than the harness's own.

A probe in Python runs on the harness's own interpreter, with the version of its driver that the harness is installed
with. A driver of another version, or a user's own, is put into an environment of its own
(``harness.clients.environments``), in which the same probe runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.manifest import Manifest


class Python(Manifest):
    """``[python]`` of a ``client.toml``: the driver's distribution, with extras, and what else its probe imports."""

    distribution: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version that the registry has."""

    version: str

    def __str__(self) -> str:
        return self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A user's own: a project's folder (``pyproject.toml``, ``setup.py``), or a wheel or source distribution."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Places:
    """What a command and an environment may name: an interpreter, where its packages are, a manifest's folder."""

    python: str
    site_packages: str
    folder: Path

    def filled(self, text: str) -> str:
        """``text`` with ``{python}``, ``{site-packages}`` and ``{folder}`` in it replaced."""
        names = {"{python}": self.python, "{site-packages}": self.site_packages, "{folder}": str(self.folder)}
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    def argument(self, text: str) -> str:
        """The same for a word of a command; one that names a file of the folder is that file."""
        beside = self.folder / text
        return str(beside) if text and beside.is_file() else self.filled(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonProbe:
    """What a client in Python is made of: its command and environment as its manifest has them, and its driver.

    ``driver`` None: the harness's own version.
    """

    python: Python
    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    driver: Release | Own | None = None
