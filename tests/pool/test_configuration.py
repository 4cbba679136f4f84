"""The two files, and everything that can be wrong in them, one by one."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.account import Endpoint
from harness.model.tls import Verify
from harness.pool.configuration import Address, ConfigurationFiles, load, load_general
from harness.pool.properties import DEFAULTS, JdbcProperties
from harness.pool.settings import Exhausted, Settings

GUIDE = """\
com.mysql.jdbc:
# The driver properties should be kept at their defaults
    useUnicode: true
    characterEncoding: UTF-8
    connectTimeout: 15000
# SSL/TLS
    useSSL: true
    requireSSL: true
    verifyServerCertificate: true
    clientCertificateKeyStoreUrl: file:/opt/open-xchange/etc/ssl/keystore
    clientCertificateKeyStorePassword: changeit
    clientCertificateKeyStoreType: JKS
"""
CONFIGDB = """\
# comment
readUrl=jdbc:mysql://read.example:3307/configdb
readDriverClass=com.mysql.jdbc.Driver
readProperty.1=user=openexchange
readProperty.2=password=a=b
writeUrl=jdbc:mysql://write.example/configdb?connectTimeout=7
writeProperty.1=user=openexchange
com.openexchange.database.replicationMonitor=true
"""


@pytest.fixture
def files(tmp_path: Path) -> ConfigurationFiles:
    made = ConfigurationFiles(yaml=tmp_path / "dbconnector.yaml", configdb=tmp_path / "configdb.properties")
    made.yaml.write_text(GUIDE)
    made.configdb.write_text(CONFIGDB)
    return made


def test_the_guides_files_are_read(files: ConfigurationFiles) -> None:
    read = load(files)
    assert read.general.text("useSSL") == "true"
    assert read.general.text("connectTimeout") == "15000"
    assert read.general.text("serverTimezone") == "UTC"
    assert read.read == JdbcProperties({"user": "openexchange", "password": "a=b"})
    assert read.write == JdbcProperties({"user": "openexchange"})
    assert read.read_at.endpoint == Endpoint("read.example", 3307)
    assert read.write_at == Address(
        endpoint=Endpoint("write.example", 3306), properties=JdbcProperties({"connectTimeout": "7"})
    )
    assert read.settings == Settings()


def test_an_empty_list_of_properties_is_the_defaults(files: ConfigurationFiles) -> None:
    files.yaml.write_text("com.mysql.jdbc: {}\n")
    assert load_general(files.yaml) == DEFAULTS
    assert load_general(files.yaml).verify is Verify.DISABLED


def test_limits_are_read_in_milliseconds_and_a_negative_one_is_none(files: ConfigurationFiles) -> None:
    told = {
        "maxIdle": "3",
        "maxIdleTime": "1500",
        "maxActive": "-1",
        "maxWait": "250",
        "maxLifeTime": "-1",
        "exhaustedAction": "grow",
        "testOnActivate": "true",
        "testOnDeactivate": "true",
        "testOnIdle": "false",
        "testThreads": "false",
        "cleanerInterval": "500",
    }
    files.configdb.write_text(CONFIGDB + "".join(f"{name}={value}\n" for name, value in told.items()))
    assert load(files).settings == Settings(
        max_idle=3,
        max_idle_time_s=1.5,
        max_active=None,
        max_wait_s=0.25,
        max_life_time_s=None,
        exhausted=Exhausted.GROW,
        test_on_activate=True,
        cleaner_interval_s=0.5,
    )


@pytest.mark.parametrize(
    ("properties", "verify"),
    [
        ({"useSSL": "false", "requireSSL": "true", "verifyServerCertificate": "true"}, Verify.DISABLED),
        ({"useSSL": "true"}, Verify.PREFERRED),
        ({"useSSL": "yes", "requireSSL": "true"}, Verify.REQUIRED),
        ({"useSSL": "true", "verifyServerCertificate": "TRUE"}, Verify.CA),
        ({"useSSL": "true", "verifyServerCertificate": "true", "sslMode": "DISABLED"}, Verify.DISABLED),
        ({"sslMode": "VERIFY_IDENTITY"}, Verify.IDENTITY),
        ({"sslMode": "verify_ca"}, Verify.CA),
    ],
)
def test_how_much_is_asked_of_tls(properties: dict[str, str], verify: Verify) -> None:
    assert JdbcProperties(properties).verify is verify


@pytest.mark.parametrize(
    ("named", "versions"),
    [
        ({}, None),
        ({"enabledTLSProtocols": "TLSv1, TLSv1.1,TLSv1.2"}, ("TLSv1", "TLSv1.1", "TLSv1.2")),
        ({"enabledTLSProtocols": "TLSv1", "tlsVersions": "TLSv1.3"}, ("TLSv1.3",)),
        ({"enabledSslProtocolSuites": "TLSv1,TLSv1.1"}, ("TLSv1", "TLSv1.1")),
    ],
)
def test_which_versions_are_allowed(named: dict[str, str], versions: tuple[str, ...] | None) -> None:
    assert JdbcProperties(named).versions == versions


def test_passwords_never_show(files: ConfigurationFiles) -> None:
    assert "a=b" not in repr(load(files))
    assert "changeit" not in repr(load(files))


@pytest.mark.parametrize(
    ("text", "place", "what", "remedy"),
    [
        ("com.mysql.jdbc: {useSSL: true\n", ":2", "this is no YAML", "correct it there"),
        ("a:\n\t- b\n", ":2", "this is no YAML", "correct it there"),
        ("", "", "there is no `com.mysql.jdbc`", "begin it with"),
        ("com.mysql.jdbc:\n", "", "there is no `com.mysql.jdbc`", "begin it with"),
        ("com.mysql.jdbc: yes\n", "", "there is no `com.mysql.jdbc`", "begin it with"),
        ("- useSSL: true\n", "", "there is no `com.mysql.jdbc`", "begin it with"),
        ("com.mysql.jdbc:\n  useUnicode: true\n  useSLL: true\n", ":3", "`useSLL` is no JDBC", "did you mean `useSSL`"),
        ("com.mysql.jdbc:\n  zzz: true\n", ":2", "`zzz` is no JDBC", "remove it"),
        ("com.mysql.jdbc:\n  yes: true\n", "", "`True` is no JDBC", "remove it"),
        ("com.mysql.jdbc:\n  7: true\n", ":2", "`7` is no JDBC", "remove it"),
        ("com.mysql.jdbc:\n  useSSL: maybe\n", ":2", "`useSSL` is to be true or false and not `maybe`", "correct"),
        ("com.mysql.jdbc:\n  useSSL:\n", ":2", "`useSSL` is to be true or false", "correct"),
        ("com.mysql.jdbc:\n  useSSL: [true]\n", ":2", "`useSSL` is to be true or false", "correct"),
        ("com.mysql.jdbc:\n  connectTimeout: soon\n", ":2", "`connectTimeout` is to be a number", "correct"),
        ("com.mysql.jdbc:\n  connectTimeout: 1.5\n", ":2", "`connectTimeout` is to be a number", "correct"),
        ("com.mysql.jdbc:\n  connectTimeout: -1\n", ":2", "`connectTimeout` is to be a number", "correct"),
        ("com.mysql.jdbc:\n  enabledTLSProtocols: SSLv3\n", ":2", "is to be TLS versions", "correct"),
        ("com.mysql.jdbc:\n  sslMode: STRICT\n", ":2", "`sslMode` is to be one of DISABLED", "correct"),
        ("com.mysql.jdbc:\n  trustCertificateKeyStoreType: BKS\n", ":2", "one of JKS, PKCS12, PEM", "correct"),
        ("com.mysql.jdbc:\n  trustCertificateKeyStoreUrl: http://x/y\n", ":2", "is to be a file: URL", "correct"),
        ("com.mysql.jdbc:\n  characterEncoding: [a]\n", ":2", "`characterEncoding` is to be text", "correct"),
    ],
)
def test_a_yaml_that_cannot_be_used(text: str, place: str, what: str, remedy: str, files: ConfigurationFiles) -> None:
    files.yaml.write_text(text)
    with pytest.raises(UsageError) as raised:
        load(files)
    assert raised.value.place == f"{files.yaml}{place}"
    assert what in raised.value.what
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    ("line", "place", "what", "remedy"),
    [
        ("readProperty.3=useSSL", ":9", "`readProperty.3` has no `=`", "readProperty.3=NAME=VALUE"),
        ("readProperty.3=useSLL=true", ":9", "`useSLL` is no JDBC", "did you mean `useSSL`"),
        ("readProperty.3=useSSL=maybe", ":9", "`useSSL` is to be true or false and not `maybe`", "correct"),
        ("readUrl=jdbc:oracle:thin", ":9", "no JDBC URL: `jdbc:oracle:thin`", "jdbc:mysql://HOST:PORT/DATABASE"),
        ("readUrl=jdbc:mysql://a:1,b:2/x", ":9", "no JDBC URL", "one server"),
        ("readUrl=jdbc:mysql://a/x?useSLL=1", ":9", "`useSLL` is no JDBC", "did you mean `useSSL`"),
        ("maxIdel=3", ":9", "`maxIdel` is no property of the configDB", "did you mean `maxIdle`"),
        ("maxIdle=many", ":9", "`maxIdle` is to be a whole number (-1: without limit) and not `many`", "correct"),
        ("maxWait=1.5", ":9", "`maxWait` is to be a whole number", "correct"),
        ("cleanerInterval=0", ":9", "`cleanerInterval` is to be a number of milliseconds above 0", "correct"),
        ("cleanerInterval=-1", ":9", "`cleanerInterval` is to be a number of milliseconds above 0", "correct"),
        ("exhaustedAction=WAIT", ":9", "`exhaustedAction` is to be one of BLOCK, FAIL, GROW", "correct"),
        ("testOnActivate=1", ":9", "`testOnActivate` is to be true or false", "correct"),
        ("testOnIdle=perhaps", ":9", "`testOnIdle` is to be true or false", "correct"),
        ("x=\\u12", ":9", "\\u12", "correct"),
    ],
)
def test_a_configdb_that_cannot_be_used(
    line: str, place: str, what: str, remedy: str, files: ConfigurationFiles
) -> None:
    files.configdb.write_text(f"{CONFIGDB}{line}\n")
    with pytest.raises(UsageError) as raised:
        load(files)
    assert raised.value.place == f"{files.configdb}{place}"
    assert what in raised.value.what
    assert remedy in raised.value.remedy


@pytest.mark.parametrize("name", ["readUrl", "writeUrl"])
def test_a_configdb_without_an_address(name: str, files: ConfigurationFiles) -> None:
    files.configdb.write_text("".join(line for line in CONFIGDB.splitlines(keepends=True) if name not in line))
    with pytest.raises(UsageError, match=f"there is no `{name}`"):
        load(files)


@pytest.mark.parametrize("which", ["yaml", "configdb"])
def test_a_file_that_is_missing_or_no_text(which: str, files: ConfigurationFiles) -> None:
    path: Path = getattr(files, which)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="this is no text"):
        load(files)
    path.unlink()
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load(files)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("jdbc:mysql://localhost/configdb", Endpoint("localhost", 3306)),
        ("jdbc:mysql://127.0.0.1:13306", Endpoint("127.0.0.1", 13306)),
        ("jdbc:mariadb://[::1]:3307/x", Endpoint("::1", 3307)),
    ],
)
def test_addresses(url: str, endpoint: Endpoint) -> None:
    assert Address.parse(url, place="here").endpoint == endpoint
