"""Archives of published distributions: what is wanted of one, put into a folder, and nothing anywhere else.

An archive is somebody else's text. Its names are below its root or refused; links are made last, so that nothing is
written through one; and none may lead out of the folder, be it by way of others.
"""

import shutil
import tarfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

from harness.containers.source import Artifact
from harness.errors import BuildUnavailable

_REMEDY = "find out who made the artifact before you use it"


def unpack_archive(file: Path, artifact: Artifact, context: Path) -> None:
    """Put the wanted files of ``file`` into ``context``, with their modes set (a later chmod doubles a layer).

    Raises BuildUnavailable for an archive that names what is outside, holds what is neither file nor link, or is none.
    """
    unpacking = _Unpacking(artifact, context)
    try:
        with zipfile.ZipFile(file) as archive:
            if artifact.inner is None:
                unpacking.zip(archive)
            else:
                with archive.open(artifact.inner) as packed, tarfile.open(fileobj=packed, mode="r|*") as tar:
                    unpacking.tar(tar)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise unpacking.refused(f"`{error.filename}` is in the way of what has its name") from error
    except (zipfile.BadZipFile, tarfile.TarError, KeyError) as error:  # KeyError: there is no such inner archive
        raise unpacking.refused(f"cannot be read: {error}") from error
    unpacking.check_links()


class _Unpacking:
    def __init__(self, artifact: Artifact, context: Path) -> None:
        self._artifact = artifact
        context.mkdir(parents=True, exist_ok=True)
        self._context = context.resolve()
        self._files: dict[str, Path] = {}
        """What has been unpacked, by its name below the root."""

    def zip(self, archive: zipfile.ZipFile) -> None:
        for entry in archive.infolist():
            if not entry.is_dir() and (inner := self._wanted(entry.filename)) is not None:
                with archive.open(entry) as source:
                    self._place(source, inner)

    def tar(self, tar: tarfile.TarFile) -> None:
        links = []
        for member in tar:
            inner = self._wanted(member.name)
            if inner is None or member.isdir():
                continue
            if member.issym():
                links.append((member, inner))
            elif member.islnk():
                self._copy(member, inner)
            elif (content := tar.extractfile(member)) is not None:
                self._place(content, inner)
            else:
                raise self.refused(f"`{member.name}` is neither a file nor a link")
        for member, inner in links:
            self._link(member, inner)

    def check_links(self) -> None:
        """That each link, by way of whatever others there now are, leads to something inside."""
        for path in self._context.rglob("*"):
            if path.is_symlink() and not self._inside(path):
                name = path.relative_to(self._context)
                raise self._outside(f"`{name}` links to `{path.readlink()}`")

    def refused(self, what: str) -> BuildUnavailable:
        place = self._artifact.coordinates
        return BuildUnavailable(f"{what}; nothing was unpacked after it", place=place, remedy=_REMEDY)

    def _wanted(self, name: str) -> str | None:
        """The path below the root of an entry that is to be kept, else None."""
        name = name.removeprefix("./")
        prefix = self._artifact.root and self._artifact.root + "/"
        if not name.startswith(prefix) or ".." in Path(name).parts:
            return None
        inner = name.removeprefix(prefix)
        if not any(fnmatch(inner, keep) for keep in self._artifact.keep):
            return None
        if Path(inner).is_absolute():
            raise self._outside(f"`{name}` is an absolute name")
        return inner

    def _target(self, inner: str) -> Path:
        target = self._context / self._artifact.into / inner
        # Before anything is made there: another artifact's link may stand in the way.
        if not self._inside(target.parent):
            raise self._outside(f"`{inner}` would be written through a link")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _place(self, source: IO[bytes], inner: str) -> None:
        target = self._target(inner)
        target.unlink(missing_ok=True)  # not through a link that another artifact has left there
        with target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
        executable = any(fnmatch(inner, pattern) for pattern in self._artifact.executable)
        target.chmod(0o755 if executable else 0o644)
        self._files[inner] = target

    def _copy(self, member: tarfile.TarInfo, inner: str) -> None:
        """A hard link: one more name of a file that the archive had before. A copy, since each name has its mode."""
        wanted = self._wanted(member.linkname)
        source = None if wanted is None else self._files.get(wanted)
        if source is None:
            raise self.refused(f"`{member.name}` is a hard link to `{member.linkname}`, which was not unpacked")
        with source.open("rb") as content:
            self._place(content, inner)

    def _link(self, member: tarfile.TarInfo, inner: str) -> None:
        target = self._target(inner)
        if Path(member.linkname).is_absolute() or not self._inside(target.parent / member.linkname):
            raise self._outside(f"`{member.name}` links to `{member.linkname}`")
        self._ask_tarfile(member, target)
        try:
            target.symlink_to(member.linkname)
        except FileExistsError as error:
            raise self.refused(f"`{member.name}` is in it twice, once as a link") from error

    def _ask_tarfile(self, member: tarfile.TarInfo, target: Path) -> None:
        """What the standard library thinks of a link, where it has an opinion: Debian 12's Python 3.11.2 has none."""
        data_filter = getattr(tarfile, "data_filter", None)
        if data_filter is not None:
            name = str(target.relative_to(self._context))
            try:
                data_filter(member.replace(name=name, deep=False), str(self._context))
            except tarfile.TarError as error:
                raise self.refused(f"`{member.name}` is refused by Python's tarfile: {error}") from error

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._context)
        except (OSError, RuntimeError):  # links in a circle
            return False

    def _outside(self, what: str) -> BuildUnavailable:
        return self.refused(f"{what}, outside of the distribution")
