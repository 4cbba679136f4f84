"""Clients in Java: what client.toml says of them, a user's own coordinates, and what this machine has."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.clients import jvm
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.java import Driver, Jar, JarFile, JavaPool, JavaProbe, Spelling
from harness.clients.named import with_named
from harness.errors import BuildUnavailable, UsageError
from harness.knowledge.product import Range
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.model.tls import Can, Verify
from tests.knowledge import reach

CLIENTS = discover_clients([BUILTIN_CLIENTS])
DRIVERS = {name: build for name, build in CLIENTS.items() if build.java is not None}
NINE = "jdbc:connector-j-9"
KNOWLEDGE = Knowledge.read([BUILTIN_KNOWLEDGE])
CLASS = "com/mysql/cj/jdbc/Driver.class"
CHANGED = [
    f"jdbc:{artifact}:{version}"
    for artifact, versions in {
        "mysql:mysql-connector-java": (
            "5.1.40",
            "5.1.44",
            "5.1.47",
            "8.0.12",
            "8.0.13",
            "8.0.18",
            "8.0.19",
            "8.0.22",
            "8.0.27",
        ),
        "org.mariadb.jdbc:mariadb-java-client": ("2.3.0", "2.4.4", "2.7.6", "3.0.3", "3.0.5", "3.4.1", "3.5.0"),
    }.items()
    for version in versions
]
"""Versions at which something changes, by coordinates."""


def _probe(name: str) -> JavaProbe:
    probe = with_named(CLIENTS, [name])[name].java
    assert probe is not None
    return probe


def test_each_driver_is_a_client_on_each_jdk() -> None:
    usual = [name for name in DRIVERS if "@" not in name]
    assert usual == [
        "jdbc:connector-j-5.1",
        "jdbc:connector-j-8.0",
        "jdbc:connector-j-9",
        "jdbc:connector-j-26",
        "jdbc:mariadb-2.7",
        "jdbc:mariadb-3.5",
        "jdbc:mariadb-4.0",
    ]
    assert {name.partition("@")[2] for name in DRIVERS} == {"", "8", "11", "21", "25"}
    assert DRIVERS[NINE].reach == ("jdbc",)
    assert DRIVERS[f"{NINE}@8"].reach == ("jdbc", "@")


@pytest.mark.parametrize("name", DRIVERS)
def test_what_a_spelling_says_it_can_it_has_words_for(name: str) -> None:
    spelling = _probe(name).spelling
    _has_words(spelling)
    assert Can.SEE_SERVER_CERTIFICATE in spelling.can
    lacking = {row.what for row in KNOWLEDGE.lacks(None, reach.CLIENTS[name])}
    assert lacking == {can.value for can in Can} - {can.value for can in spelling.can | {Can.KEY_STORES}}


def _has_words(spelling: Spelling) -> None:
    words = {
        Can.DISABLE: Verify.DISABLED,
        Can.PREFER: Verify.PREFERRED,
        Can.REQUIRE: Verify.REQUIRED,
        Can.VERIFY_CA: Verify.CA,
        Can.VERIFY_IDENTITY: Verify.IDENTITY,
    }
    assert {words[can] for can in spelling.can if can in words} == set(spelling.verify)
    assert (Can.LEGACY_CRYPTO in spelling.can) == bool(spelling.speaks_legacy)


@pytest.mark.parametrize("name", CHANGED)
def test_what_an_older_version_can_it_has_words_for(name: str) -> None:
    _has_words(_probe(name).spelling)


def test_a_property_holds_for_the_versions_that_have_it() -> None:
    mysql, mariadb = "jdbc:mysql:mysql-connector-java", "jdbc:org.mariadb.jdbc:mariadb-java-client"
    assert list(_probe(f"{mysql}:8.0.28").spelling.versions) == ["tlsVersions"]
    assert list(_probe(f"{mysql}:8.0.27").spelling.versions) == ["enabledTLSProtocols"]
    assert _probe(f"{mysql}:8.0.19").spelling.speaks == ("TLSv1.2", "TLSv1.3")
    assert _probe(f"{mysql}:8.0.18").spelling.speaks == ("TLSv1.2",)
    assert Can.VERIFY_IDENTITY in _probe(f"{mysql}:8.0.22").spelling.can
    assert Verify.IDENTITY not in _probe(f"{mysql}:8.0.21").spelling.verify
    assert list(_probe(f"{mysql}:8.0.13").spelling.verify[Verify.CA]) == ["sslMode"]
    assert "sslMode" not in _probe(f"{mysql}:8.0.12").spelling.verify[Verify.CA]
    assert "trustStore" in _probe(f"{mariadb}:3.5.0").spelling.trust
    assert _probe(f"{mariadb}:3.4.1").spelling.trust == {"serverSslCert": "{ca}"}
    assert "trustStore" in _probe(f"{mariadb}:2.7.6").spelling.trust
    assert "trustStoreType" not in _probe(f"{mariadb}:2.3.0").spelling.trust
    assert _probe(f"{mysql}:5.1.43").spelling.versions == {}
    assert list(_probe(f"{mysql}:5.1.44").spelling.versions) == ["enabledTLSProtocols"]
    assert "allowPublicKeyRetrieval" not in _probe(f"{mariadb}:2.4.4").spelling.always
    assert (_probe(f"{mariadb}:4.0.0").spelling.oldest, _probe(f"{mariadb}:3.5.11").spelling.oldest) == (17, 8)


def test_spellings_do_not_speak_of_one_version_twice() -> None:
    java = _probe(NINE).java
    for name in (*DRIVERS, *CHANGED):
        product = _probe(name).product
        assert sum(Range.parse(each.drivers).holds(product) for each in java.spelling.values()) == 1


def test_two_names_of_one_driver_are_one_image() -> None:
    one, other = (DRIVERS[f"{name}@8"].image for name in ("jdbc:connector-j-5.1", NINE))
    assert one == other
    assert one is not None
    image = (one.name, one.context, one.arguments["PACKAGE"])
    assert image == ("jdk-8", "jdk", "openjdk-8-jre-headless")


@pytest.mark.parametrize(
    ("name", "product", "spelling", "jdk"),
    [
        ("jdbc:com.mysql:mysql-connector-j:9.3.0@17", "connector-j 9.3.0", "connector-j", "17"),
        ("jdbc:com.mysql:mysql-connector-j:9.3.0", "connector-j 9.3.0", "connector-j", "17"),
        ("jdbc:mysql:mysql-connector-java:5.1.40@8", "connector-j 5.1.40", "connector-j-5", "8"),
        ("jdbc:mysql:mysql-connector-java:8.0.20", "connector-j 8.0.20", "connector-j", "17"),
        ("jdbc:org.mariadb.jdbc:mariadb-java-client:3.1.0@25", "mariadb-connector-j 3.1.0", "mariadb-3", "25"),
    ],
)
def test_a_users_own_coordinates_are_configured_as_their_version_is(
    name: str, product: str, spelling: str, jdk: str
) -> None:
    probe = _probe(name)
    assert (str(probe.product), probe.jdk) == (product, jdk)
    assert probe.spelling == probe.java.spelling[spelling].of(probe.product)
    assert isinstance(probe.driver, Driver)
    assert probe.driver.sha256 is None
    assert probe.driver.coordinates in name


def test_a_users_own_driver_is_otherwise_as_the_listed_one_of_the_next_version() -> None:
    for version, listed in {"8.0.19": "8.0", "9.3.0": "9", "9.8.0": "26", "99.0.0": "26"}.items():
        name = f"jdbc:com.mysql:mysql-connector-j:{version}"
        assert with_named(CLIENTS, [name])[name].known == DRIVERS[f"jdbc:connector-j-{listed}"].known


# What a jar says of itself.


def _driver_jar(path: Path, **entries: str) -> Path:
    """A jar with entries of these names and contents."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


POM = "META-INF/maven/org.mariadb.jdbc/mariadb-java-client/pom.properties"
POM_TEXT = "#Generated\nartifactId=mariadb-java-client\ngroupId=org.mariadb.jdbc\nversion=3.4.1\n"
SERVICES = "META-INF/services/java.sql.Driver"
MANIFEST = "META-INF/MANIFEST.MF"


@pytest.mark.parametrize(
    ("entries", "product", "class_name"),
    [
        ({POM: POM_TEXT}, "mariadb-connector-j 3.4.1", "org.mariadb.jdbc.Driver"),
        # A vendor's fork, whose classes are called otherwise.
        ({POM: POM_TEXT, SERVICES: "# x\ncom.acme.Driver # y\n"}, "mariadb-connector-j 3.4.1", "com.acme.Driver"),
        (
            {SERVICES: "com.mysql.cj.jdbc.Driver", MANIFEST: "Implementation-Version: 8.0.1\r\n 9-SNAPSHOT\r\n\r\n"},
            "connector-j 8.0.19",
            "com.mysql.cj.jdbc.Driver",
        ),
        (
            {
                SERVICES: "com.mysql.jdbc.Driver\ncom.mysql.fabric.jdbc.FabricMySQLDriver",
                MANIFEST: "Bundle-Version: 5.1.49",
            },
            "connector-j 5.1.49",
            "com.mysql.jdbc.Driver",
        ),
    ],
)
def test_a_jar_says_which_driver_it_is(tmp_path: Path, entries: dict[str, str], product: str, class_name: str) -> None:
    probe = _probe(f"jdbc:{_driver_jar(tmp_path / 'a.jar', **entries)}@17")
    assert (str(probe.product), probe.class_name, probe.jdk) == (product, class_name, "17")


def test_a_jar_may_be_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jar = _driver_jar(tmp_path / "a.jar", **{POM: POM_TEXT})
    for name in ("jdbc:./a.jar", "jdbc:a.jar@8", f"jdbc:{jar}"):
        build = with_named(CLIENTS, [name])[name]
        assert build.java is not None
        assert build.java.driver == JarFile(path=jar)
        assert build.name == f"jdbc:{jar}" + ("@8" if "@" in name else "")
        assert "/" not in build.folder_name


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        (None, "there is no such jar"),
        ({}, "is no jar that can be read"),
        ({"a.txt": ""}, f"does not know this driver: .*a.jar .it has no {SERVICES}; it does not say its version"),
        (
            {SERVICES: "com.acme.Driver", MANIFEST: "Bundle-Version: 3.1"},
            "its drivers are com.acme.Driver; its version is",
        ),
        ({SERVICES: "org.mariadb.jdbc.Driver"}, "it does not say its version"),
        ({POM: POM_TEXT.replace("3.4.1", "1.8.0")}, "dbtls does not know this driver"),
        ({POM: "version=3.4.1"}, "dbtls does not know this driver"),
    ],
)
def test_a_jar_that_is_no_known_driver_is_a_usage_error(
    tmp_path: Path, entries: dict[str, str] | None, what: str
) -> None:
    jar = tmp_path / "a.jar"
    if entries:
        _driver_jar(jar, **entries)
    elif entries is not None:
        jar.write_bytes(b"no archive")
    with pytest.raises(UsageError, match=what) as caught:
        with_named(CLIENTS, [f"jdbc:{jar}"])
    assert caught.value.remedy


def test_a_jar_stays_as_it_was_when_the_run_began(nine: ClientBuild, machine: Path, tmp_path: Path) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    jar = _jar(tmp_path / "own.jar", CLASS)
    content = jar.read_bytes()
    assert nine.java is not None
    build = replace(nine, java=replace(nine.java, driver=JarFile(path=jar)))
    first = _made(build)
    told = json.loads(first.command[-1])
    assert f"SHA-256 {hashlib.sha256(content).hexdigest()}" in told["hello"]["driver"]
    _jar(jar, CLASS, "another")
    second = json.loads(_made(build).command[-1])
    assert Path(told["jar"]).read_bytes() == content
    assert Path(second["jar"]).read_bytes() == jar.read_bytes()
    jar.unlink()
    with pytest.raises(BuildUnavailable, match="cannot be read"):
        _made(build)


def test_the_usual_jdk_may_be_named() -> None:
    assert _probe(f"{NINE}@17") == _probe(NINE)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("jdbc:com.zaxxer:HikariCP:7.1.0", "dbtls does not know this driver: `com.zaxxer:HikariCP:7.1.0`"),
        ("jdbc:mysql:mysql-connector-java:3.1.14", "dbtls does not know this driver"),
        ("jdbc:org.mariadb.jdbc:mariadb-java-client:2.2.6", "dbtls does not know this driver"),
        ("jdbc:com.mysql:mysql-connector-j:9.3.0@9", "there is no such JDK"),
    ],
)
def test_coordinates_that_mean_nothing_are_a_usage_error(name: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        with_named(CLIENTS, [name])


def test_a_name_that_is_no_drivers_is_left_to_whoever_chooses() -> None:
    assert with_named(CLIENTS, ["jdbc:nothing", "nothing@17", "pymysql"]) == CLIENTS


# What a machine has.

Jdk = Callable[[str, str], Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it; its folder of JDKs."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jvm, "JVMS", tmp_path / "jvm")
    return tmp_path / "jvm"


def _jdk(folder: Path, name: str, version: str, *, compiler: str | None = "exit 0") -> Path:
    """A JDK, or without a compiler a JRE."""
    home = folder / name
    (home / "bin").mkdir(parents=True)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n', encoding="utf-8")
    for program, body in {"java": "exit 0", "javac": compiler}.items():
        if body is not None:
            (home / "bin" / program).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
            (home / "bin" / program).chmod(0o755)
    return home


def _jar(path: Path, *entries: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"")
    return path


def _quiet(text: str) -> None:
    pass


@pytest.fixture
def nine(tmp_path: Path, machine: Path) -> ClientBuild:
    """A driver that the cache holds, unpinned, with its class in it; and a compiler that makes its folder."""
    build = with_named(CLIENTS, ["jdbc:com.mysql:mysql-connector-j:9.3.0"])["jdbc:com.mysql:mysql-connector-j:9.3.0"]
    kept = tmp_path / "cache" / "artifacts" / "com.mysql+mysql-connector-j+9.3.0"
    kept.mkdir(parents=True)
    _jar(kept / "driver.jar", CLASS)
    assert build.java is not None
    return replace(build, java=replace(build.java, java=build.java.java.model_copy(update={"pool": ()})))


def _with_pool(build: ClientBuild, kept: Path) -> ClientBuild:
    """The same with a pool that the cache holds, in versions that are called after the oldest JDK that they run on."""
    assert build.java is not None
    content = _jar(kept.parent / "pool.jar", "x").read_bytes()
    pinned = hashlib.sha256(content).hexdigest()
    (kept / pinned).mkdir(parents=True)
    (kept / pinned / "pool.jar").write_bytes(content)
    pools = tuple(JavaPool(jar=(Jar(coordinates=f"a:pool:{of}", sha256=pinned),), oldest=of) for of in (11, 17, 21))
    return replace(build, java=replace(build.java, java=build.java.java.model_copy(update={"pool": pools})))


MAKES_CLASSES = '/bin/mkdir -p "$(echo "$@" | /bin/sed "s/.*-d \\([^ ]*\\) .*/\\1/")"'


def _made(build: ClientBuild) -> ClientBuild:
    assert build.java is not None
    return jvm.made(build, build.java, _quiet)


def test_the_command_runs_the_jdk_that_this_machine_has(nine: ClientBuild, machine: Path) -> None:
    home = _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    ready = _made(nine)
    assert ready.command[0] == str(home / "bin" / "java")
    assert ready.image is None
    assert "dbtls.Probe" in ready.command
    assert "not pinned, SHA-256 " in ready.command[-1]


def test_a_jvm_that_bears_a_load_has_its_better_compiler(nine: ClientBuild, machine: Path) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    assert nine.java is not None
    ready, brief = _made(nine), nine.java.java.brief
    assert brief == ("-XX:TieredStopAtLevel=1",)
    assert set(ready.command) - set(ready.load_command) == {*brief, ready.command[-1]}
    # What the JVM for legacy crypto is started with.
    for_cases, for_a_load = json.loads(ready.command[-1])["options"], json.loads(ready.load_command[-1])["options"]
    assert for_cases == [*for_a_load, *brief]


def test_a_pool_comes_with_the_driver_where_the_jdk_is_new_enough(
    nine: ClientBuild, machine: Path, tmp_path: Path
) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    build = _with_pool(nine, tmp_path / "cache" / "artifacts")
    ready = _made(build)
    said = json.loads(ready.command[-1])
    assert said["hello"]["pool"] == "a:pool:17"
    (jar,) = said["pool"]
    assert Path(jar).parent in ready.mounts
    assert build.java is not None
    old = json.loads(_made(replace(build, java=replace(build.java, jdk="8"))).command[-1])
    assert (old["hello"]["pool"], old["pool"]) == ("", None)


def test_a_jdk_that_is_not_here_is_left_to_the_image(nine: ClientBuild, machine: Path) -> None:
    _jdk(machine, "twenty-one", "21.0.1", compiler=MAKES_CLASSES)
    ready = _made(nine)
    assert ready.command[0] == "java"
    assert ready.image is not None
    assert all(path.is_dir() for path in ready.mounts)


def test_jdks_are_known_by_their_own_word(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eight = _jdk(machine, "a", "1.8.0_504", compiler=None)
    named = _jdk(machine.parent, "named", "25.0.3")
    (machine / "no-jdk").mkdir()
    monkeypatch.setenv("JAVA_HOME", str(named))
    assert jvm.homes() == {25: named, 8: eight}


def test_without_a_jdk_it_cannot_be_had_and_says_how_to_get_one(nine: ClientBuild, machine: Path) -> None:
    _jdk(machine, "jre", "17.0.15", compiler=None)
    with pytest.raises(BuildUnavailable, match="clients in Java need a JDK") as caught:
        _made(nine)
    assert "apt-get install openjdk-17-jdk-headless maven" in caught.value.remedy


def test_a_compiler_that_fails_shows_what_it_said(nine: ClientBuild, machine: Path) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler="echo Probe.java:1: no; exit 1")
    with pytest.raises(BuildUnavailable, match="does not compile the probe") as caught:
        _made(nine)
    assert caught.value.detail == ("Probe.java:1: no",)
    assert not any((machine.parent / "cache" / "java").iterdir())


def test_what_a_killed_compiler_has_left_is_not_taken_for_the_probe(nine: ClientBuild, machine: Path) -> None:
    left = machine.parent / "cache" / "java" / ".new-0123" / "Half.class"
    left.parent.mkdir(parents=True)
    left.touch()
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    _made(nine)
    (classes,) = (machine.parent / "cache" / "java").iterdir()
    assert not (classes / "Half.class").exists()


def test_without_maven_a_driver_that_is_not_kept_cannot_be_had(machine: Path) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    with pytest.raises(BuildUnavailable, match="needs Maven, and there is no `mvn`"):
        _made(CLIENTS[NINE])


@pytest.mark.parametrize(
    ("content", "what"), [(b"no archive", "is no jar"), (None, r"is no driver: no com\.mysql\.cj\.jdbc\.Driver in it")]
)
def test_a_jar_that_is_no_driver_is_named(nine: ClientBuild, machine: Path, content: bytes | None, what: str) -> None:
    _jdk(machine, "seventeen", "17.0.15", compiler=MAKES_CLASSES)
    jar = machine.parent / "cache" / "artifacts" / "com.mysql+mysql-connector-j+9.3.0" / "driver.jar"
    if content is None:
        _jar(jar, "com/zaxxer/hikari/HikariDataSource.class")
    else:
        jar.write_bytes(content)
    with pytest.raises(BuildUnavailable, match=what) as caught:
        _made(nine)
    assert caught.value.place == str(jar)


def test_a_driver_that_needs_a_newer_java_is_not_started(machine: Path) -> None:
    with pytest.raises(BuildUnavailable, match=r"`jdbc:mariadb-4\.0@8` is to run on Java 8, and its driver needs 17"):
        _made(CLIENTS["jdbc:mariadb-4.0@8"])


def test_the_probe_is_compiled_once_for_the_same_sources(nine: ClientBuild, machine: Path) -> None:
    count = machine.parent / "count"
    _jdk(machine, "seventeen", "17.0.15", compiler=f"{MAKES_CLASSES}\necho >> {count}")
    first, second = _made(nine), _made(replace(nine))
    assert first.mounts == second.mounts
    assert len(count.read_text().splitlines()) == 1


def test_a_driver_that_no_spelling_is_for_is_named_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    text = (BUILTIN_CLIENTS / "jdbc" / "client.toml").read_text(encoding="utf-8")
    text = text.replace('"connector-j >=5.1,<6"', '"connector-j >=5.0,<5.1"')
    (folder / "client.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"no spelling is for connector-j 5\.1\.49") as caught:
        discover_clients([tmp_path])
    assert caught.value.place == str(folder / "client.toml")


def test_a_range_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    text = (BUILTIN_CLIENTS / "jdbc" / "client.toml").read_text(encoding="utf-8")
    (folder / "client.toml").write_text(text.replace('"connector-j >=5.1,<6"', '"connector-j >=x"'), encoding="utf-8")
    with pytest.raises(UsageError, match="are no versions") as caught:
        discover_clients([tmp_path])
    assert caught.value.place is not None
    assert caught.value.place.startswith(str(folder / "client.toml:"))
