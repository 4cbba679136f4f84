"""What a client in Java runs on: JDKs of this machine, the probe compiled once, and the driver's jar."""

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import limits
from harness.clients.java import Driver, JarFile, JavaProbe
from harness.clients.protocol import PROTOCOL
from harness.containers import maven
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable
from harness.locations import cache, complete, locked
from harness.model.tls import Can
from harness.tools import run_tool

if TYPE_CHECKING:
    from harness.clients.build import ClientBuild

JVMS = Path("/usr/lib/jvm")
"""Where Debian's packages, and others', put them."""
RELEASE = "8"
"""The oldest Java that the probe runs on: what it is compiled for."""
_OLDEST_COMPILER = 9
"""``javac --release`` came with it (JEP 247)."""
_LINE = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)
_TEMPLATES = {"url", "always", "verify", "trust", "keys", "shipped", "legacy", "versions", "ciphers", "aliases"}
"""Of a spelling, what the probe itself needs."""
_NOTHING_GIVES_A_DRIVER = "name a JDBC driver's coordinates"


def made(build: "ClientBuild", probe: JavaProbe, on_progress: Callable[[str], None]) -> "ClientBuild":
    """``build`` with its command complete: its driver fetched, its probe compiled, its JDK found here or in an image.

    Raises BuildUnavailable.
    """
    oldest = probe.spelling.oldest
    if int(probe.jdk) < oldest:
        raise BuildUnavailable(
            f"`{build.name}` is to run on Java {probe.jdk}, and its driver needs {oldest}",
            remedy=f"name it with `@{oldest}` or later, or without",
        )
    # Before the driver: who has no JDK is told what to install for both.
    classes = compiled(probe.sources, on_progress)
    with locked("drivers"):  # one Maven at a time: its repository is not made for several
        jar, note = _jar(probe)
        pool = tuple(_fetched(each.coordinates, each.sha256) for each in probe.pool.jar) if probe.pool else ()
    _check_driver(jar, probe.class_name)
    home = homes().get(int(probe.jdk))
    program = build.command[0] if home is None else str(home / "bin" / "java")

    def command(options: tuple[str, ...]) -> tuple[str, ...]:
        text = configuration(build.name, probe, jar, note, pool, options)
        return (program, *options, "-cp", str(classes), probe.java.main, text)

    return replace(
        build,
        java=None,
        image=build.image if home is None else None,
        command=command((*probe.java.options, *probe.java.brief)),
        load_command=command(probe.java.options),
        mounts=(classes, jar.parent, *(each.parent for each in pool)),
    )


def homes() -> dict[int, Path]:
    """The JDKs and JREs of this machine by number: where JAVA_HOME points, where `java` is, and below /usr/lib/jvm."""
    found: dict[int, Path] = {}
    for home in _candidates():
        number = _number(home)
        if number is not None and (home / "bin" / "java").is_file():
            found.setdefault(number, home)
    return found


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    for program in ("javac", "java"):
        if on_path := shutil.which(program):
            yield Path(on_path).resolve().parents[1]
    if JVMS.is_dir():
        yield from sorted(path for path in JVMS.iterdir() if not path.is_symlink())


def _number(home: Path) -> int | None:
    """The feature release by the JDK's own `release` file (JEP 223; before it 1.8.0)."""
    try:
        found = _LINE.search((home / "release").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return int(found[1]) if found else None


def _jar(probe: JavaProbe) -> tuple[Path, str]:
    """The driver's jar, and what is to be said of one that nothing pins."""
    match probe.driver:
        case Driver(coordinates=coordinates, sha256=str(pinned)):
            return _fetched(coordinates, pinned), ""
        case Driver(coordinates=coordinates):
            jar, found = maven.fetch_unpinned(coordinates)
        case JarFile(path=path):
            jar, found = _kept(path)
    return jar, f", not pinned, SHA-256 {found}"


def _kept(path: Path) -> tuple[Path, str]:
    """A copy of a user's jar in a folder of its own, which a container may see, and its SHA-256.

    What is replaced while a run is on its way stays as it was for that run.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BuildUnavailable(
            f"cannot be read: {error.strerror}", place=str(path), remedy="correct the path"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    folder = cache() / "jars" / found
    with locked("jars"):
        if not folder.is_dir():
            with complete(folder) as fresh:
                (fresh / path.name).write_bytes(content)
    return next(iter(folder.iterdir())), found


def _fetched(coordinates: str, sha256: str) -> Path:
    return maven.fetch(Artifact(coordinates=coordinates, sha256=sha256, into=""))


def _check_driver(jar: Path, class_name: str) -> None:
    try:
        with zipfile.ZipFile(jar) as archive:
            there = class_name.replace(".", "/") + ".class" in archive.namelist()
    except zipfile.BadZipFile as error:
        raise BuildUnavailable(f"is no jar: {error}", place=str(jar), remedy=_NOTHING_GIVES_A_DRIVER) from error
    if not there:
        raise BuildUnavailable(f"is no driver: no {class_name} in it", place=str(jar), remedy=_NOTHING_GIVES_A_DRIVER)


def compiled(sources: Path, on_progress: Callable[[str], None]) -> Path:
    """The folder of the probe's classes, compiled if they are not there for just these sources."""
    files = sorted(sources.rglob("*.java"))
    content = hashlib.sha256(RELEASE.encode())
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    classes = cache() / "java" / content.hexdigest()[:16]
    with locked("java"):
        if not classes.is_dir():
            on_progress("compiling the probe")
            with complete(classes) as fresh:
                _compile(files, fresh)
    return classes


def compiler() -> Path | None:
    """A compiler of this machine that can compile the probe."""
    compilers = (home / "bin" / "javac" for number, home in sorted(homes().items()) if number >= _OLDEST_COMPILER)
    return next((path for path in compilers if path.is_file()), None)


def _compile(files: list[Path], into: Path) -> None:
    javac = compiler()
    if javac is None:
        raise BuildUnavailable(
            "clients in Java need a JDK, and there is none here",
            remedy="install one (`apt-get install openjdk-17-jdk-headless maven`), or name it in JAVA_HOME",
        )
    command = [str(javac), "--release", RELEASE, "-Xlint:-options", "-d", str(into), *map(str, files)]
    done = run_tool(command, timeout_s=limits.COMPILER)
    if done.status != 0:
        raise BuildUnavailable(
            f"{javac} does not compile the probe",
            remedy="see its output",
            detail=done.lines[-limits.LOG_TAIL_LINES :],
        )


def configuration(
    name: str, probe: JavaProbe, jar: Path, note: str, pool: Sequence[Path] = (), options: Sequence[str] = ()
) -> str:
    """The probe's argument: its hello less what the JVM says, the driver, how that is told things, the pool's jars.

    ``options`` are those of the JVM, which the one for legacy crypto gets too.
    """
    spelling = probe.spelling
    templates = spelling.model_dump(mode="json", include=_TEMPLATES)
    can = spelling.can | {Can.KEY_STORES}
    hello = {
        "protocol": PROTOCOL,
        "name": name,
        "driver": f"{probe.product} ({probe.driver}{note})",
        "versions": spelling.speaks,
        "legacy_versions": spelling.speaks_legacy,
        "can": sorted(each.value for each in can),
        "concurrency": probe.java.concurrency,
        "pool": probe.pool.jar[0].coordinates if probe.pool and pool else "",
    }
    return json.dumps(
        {
            "hello": hello,
            "jar": str(jar),
            "pool": [str(each) for each in pool] or None,
            "driver": probe.class_name,
            "options": tuple(options),
            "relaxed": dict(probe.java.relaxed),
            "spelling": {**templates, "suites": dict(probe.java.suites)},
        }
    )
