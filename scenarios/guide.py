"""The guide, as written: its openssl, keytool and mysql commands and its blocks of settings, carried out today.

``guide.md`` is the guide, word for word; what is carried out is read from its fenced blocks. Where today's tools and
servers no longer follow it is knowledge of them (``harness/knowledge/rows/guide.toml``).

What stands for what: ``/etc/mysql/ssl`` is a folder of the run; the prompts of openssl and keytool are answered as
below, since the guide leaves the answers open; ``chown mysql:mysql *`` is done by placing the files as the server's
own, ``systemctl restart`` by starting the server; the address of the guide's server is 127.0.0.1.
"""

from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from harness.case.command_check import After, CommandCheck
from harness.case.document import Block, blocks
from harness.case.properties import FILES, ClientFile, DriverProperties
from harness.case.scenario import Skip, scenario
from harness.case.situation import Case
from harness.case.startup import GOOD_START, StartUp, own_key, start_up
from harness.case.testbed import NotApplicable, Testbed
from harness.errors import UsageError
from harness.model.material import DocumentAuthority, DocumentFile, DocumentLeaf, KeyFile
from harness.model.script import Command, CommandDone, Script, ScriptResult
from harness.model.startup import Access, Role, ServerOptions, Start, StartFile
from harness.model.tls import Can, TlsVersion, Verify

GUIDE = Path(__file__).with_name("guide.md").read_text(encoding="utf-8")
SSL = "/etc/mysql/ssl"
STORES_PLACE = "/opt/open-xchange/etc/ssl"
NOT_HERE = ("chown", "systemctl")
SHIPPED = (("ca-cert.pem", "{ca}"), ("server-cert.pem", "{cert}"), ("server-key.pem", "{key}"))
NAMES = {"-out ca-cert.pem": "guide authority", "-out server-req.pem": "database", "-out client-req.pem": "client"}
CHANGEIT = "changeit"
TOO_YOUNG = Skip(
    "the guide's certificates are made in this run, and it takes those of the same minute for not yet valid"
)


def _answers(line: str, names: dict[str, str]) -> tuple[str, ...]:
    """What is typed at a command's prompts."""
    if line.startswith("openssl req"):
        name = next(name for output, name in names.items() if output in line)
        subject = ("DE", "", "Olpe", "guide", "", name, "")
        return subject if "-x509" in line else (*subject, "", "")  # a request asks for two attributes more
    if line.startswith("keytool -importcert"):
        return ("yes",)
    return (CHANGEIT,) if line.startswith("keytool") and "storepass" not in line else ()


def _script(name: str, section: str, *, names: dict[str, str] = NAMES, after: Script | None = None) -> Script:
    lines = [line for block in blocks(GUIDE, section) for line in block.commands()]
    commands = tuple(
        Command(line=line, answers=_answers(line, names)) for line in lines if not line.startswith(NOT_HERE)
    )
    return Script(name=name, commands=commands, instead=((SSL, "ssl"),), after=after)


OPENSSL = _script("openssl", "Command line")
ONE_NAME = _script("one-name", "Command line", names=dict.fromkeys(NAMES, "database"))
STORES = _script("stores", "Create key stores", after=OPENSSL)
DELETION = _script("deletion", "Change existing key store", after=STORES)
# The guide: "Precondition is an existing dir "ssl" in "/etc/mysql""; the tool's manual: it "uses the openssl command".
SETUP = replace(_script("setup", "MySQL (community edition)"), there=("ssl",), calls=("openssl",))
ALL_CERTIFICATES = "an authority, and issued by it a server's and a client's certificate with their keys"


def _outcome(done: CommandDone) -> str:
    if done.status is None:
        return "does not end"
    return "ends well" if done.status == 0 else f"ends with status {done.status}"


def _trials(result: ScriptResult) -> dict[str, CommandCheck]:
    """One for each command: the guide expects each to end well."""
    trials = {}
    for number, done in enumerate(result.done, 1):
        words = [word for word in done.command.line.split() if not word.startswith("/")]
        trials[f"{number:02}-{'-'.join(word.strip('-') for word in words[:2])}"] = _trial(done)
    return trials


def _trial(done: CommandDone, *, expected: str = "ends well", found: str = "") -> CommandCheck:
    return CommandCheck(
        command=done.command.line, ran=done.ran, expected=expected, found=found or _outcome(done), said=done.lines
    )


def _file(result: ScriptResult, name: str) -> bytes:
    """A file that the commands made. Raises NotApplicable where they did not: their own trials say why."""
    if name not in result.files:
        raise NotApplicable(f"the guide's commands made no {name} here; see guide::openssl")
    return result.files[name]


def _made(script: Script, result: ScriptResult, name: str) -> DocumentFile:
    """A file that the commands made, named. Raises NotApplicable as ``_file``."""
    _file(result, name)
    return DocumentFile(commands=result.named(script), file=name)


def _making(result: ScriptResult, file: str) -> CommandDone:
    """The last command that wrote ``file``."""
    return [done for done in result.done if f"-out {file}" in done.command.line][-1]


@scenario(clientless=True)
def setup_tool(bed: Testbed) -> After:
    """The guide's `mysql_ssl_rsa_setup` makes all certificates in one step."""

    def make(result: ScriptResult) -> dict[str, CommandCheck]:
        (done,) = result.done
        certificates = _trial(done, expected=ALL_CERTIFICATES, found=_certificates(result))
        return {"command": _trial(done), "certificates": certificates}

    return After(SETUP, make)


def _certificates(result: ScriptResult) -> str:
    """What the tool has made, by the names that its manual gives (dev.mysql.com, mysql_ssl_rsa_setup, 8.0)."""
    names = ("ca.pem", "ca-key.pem", "server-cert.pem", "server-key.pem", "client-cert.pem", "client-key.pem")
    missing = [name for name in names if name not in result.files]
    if missing:
        return f"no {', '.join(missing)}"
    authority = x509.load_pem_x509_certificate(result.files["ca.pem"])
    for kind in ("server", "client"):
        certificate = x509.load_pem_x509_certificate(result.files[f"{kind}-cert.pem"])
        key = serialization.load_pem_private_key(result.files[f"{kind}-key.pem"], None)
        if certificate.public_key() != key.public_key():
            return f"{kind}-cert.pem is not of {kind}-key.pem"
        try:
            certificate.verify_directly_issued_by(authority)
        except (ValueError, InvalidSignature):
            return f"{kind}-cert.pem is not of ca.pem"
    return ALL_CERTIFICATES


@scenario(clientless=True)
def openssl(bed: Testbed) -> After:
    """The guide's openssl commands make and verify an authority, a server's certificate and a client's."""
    return After(OPENSSL, _trials)


@scenario(clientless=True)
def one_name_for_all(bed: Testbed) -> After:
    """The guide's openssl commands verify when every prompt for a common name is answered alike."""

    def make(result: ScriptResult) -> CommandCheck:
        done = result.done[-1]
        error = next((line for line in done.lines if line.startswith("error ")), "")
        return _trial(done, found=f"{_outcome(done)}: {error}" if error else "")

    return After(ONE_NAME, make)


@scenario(clientless=True)
def key_form(bed: Testbed) -> After:
    """The guide's key begins with `BEGIN RSA PRIVATE KEY`, as it says that yaSSL needs."""

    def make(result: ScriptResult) -> CommandCheck:
        found = _file(result, "server-key.pem").decode().partition("\n")[0].strip("-")
        return _trial(_making(result, "server-key.pem"), expected="BEGIN RSA PRIVATE KEY", found=found)

    return After(OPENSSL, make)


@scenario(clientless=True)
def certificates(bed: Testbed) -> After:
    """The guide's certificates are as RFC 5280 4.1.2.1, 4.1.2.2 and 4.2.1.3, and RFC 9525 6.3 ask for."""

    def make(result: ScriptResult) -> dict[str, CommandCheck]:
        leaf, client, authority = (
            x509.load_pem_x509_certificate(_file(result, f"{name}-cert.pem")) for name in ("server", "client", "ca")
        )
        extensions = {extension.oid for extension in (*leaf.extensions, *authority.extensions)}
        made = _making(result, "server-cert.pem")
        twice = f"{leaf.serial_number:02} twice" if leaf.serial_number == client.serial_number else "one each"
        names = "lists names" if x509.SubjectAlternativeName.oid in extensions else "lists no name"
        usage = "has keyUsage" if x509.KeyUsage.oid in extensions else "has no keyUsage"
        return {
            "version": _trial(made, expected="X.509 v3", found=f"X.509 {leaf.version.name}"),
            "serial": _trial(_making(result, "client-cert.pem"), expected="one each", found=twice),
            "names": _trial(made, expected="lists names", found=names),
            "authority": _trial(_making(result, "ca-cert.pem"), expected="has keyUsage", found=usage),
        }

    return After(OPENSSL, make)


@scenario(clientless=True)
def key_stores(bed: Testbed) -> After:
    """The guide's openssl and keytool commands make a trust store and a key store."""
    return After(STORES, _trials)


@scenario(clientless=True)
def settings_are_yaml(bed: Testbed) -> dict[str, CommandCheck]:
    """The guide's settings for the connector are YAML, as they stand there."""
    jks, pkcs12 = blocks(GUIDE, "Set connector properties")

    def trial(block: Block, name: str) -> CommandCheck:
        try:
            block.values(name)
        except UsageError as error:
            return CommandCheck(
                command="dbconnector.yaml",
                ran="",
                expected="YAML",
                found="no YAML",
                said=tuple(str(error).splitlines()),
            )
        return CommandCheck(command="dbconnector.yaml", ran="", expected="YAML", found="YAML")

    return {"jks": trial(jks, "com.mysql.jdbc"), "pkcs12": trial(pkcs12, "")}


@scenario(clientless=True)
def key_store_deletion(bed: Testbed) -> After:
    """The guide's keytool command deletes an authority from the trust store."""
    return After(DELETION, _trials)


def _told(good: ServerOptions, result: ScriptResult, settings: tuple[str, ...]) -> ServerOptions:
    """The guide's settings, and the files that its commands make, owned by the server's user as by its `chown`."""
    options = []
    for line in settings:
        for name, place in SHIPPED:
            line = line.replace(f"{SSL}/{name}", place)
        options.append(line)
    made = "made by the guide's commands"
    files = (
        StartFile(role=Role.AUTHORITIES, content=_made(OPENSSL, result, "ca-cert.pem"), named=made),
        StartFile(role=Role.CERTIFICATE, content=_made(OPENSSL, result, "server-cert.pem"), named=made),
        own_key(_made(OPENSSL, result, "server-key.pem"), made),
    )
    return replace(good.file(*files), options=tuple(options))


def _leaf(result: ScriptResult, name: str) -> DocumentLeaf:
    certificate, key = (_made(OPENSSL, result, f"{name}-{what}.pem").file for what in ("cert", "key"))
    return DocumentLeaf(commands=result.named(OPENSSL), certificate=certificate, key=key)


def _authority(result: ScriptResult) -> DocumentAuthority:
    file = _made(OPENSSL, result, "ca-cert.pem").file
    return DocumentAuthority(commands=result.named(OPENSSL), file=file, name="guide authority")


def _key_as_described(told: ServerOptions, result: ScriptResult) -> ServerOptions:
    named = "made by the guide's commands, and with `openssl rsa -traditional`"
    return told.file(own_key(KeyFile(of=_leaf(result, "server")), named))


@scenario(clientless=True)
def mysql_settings(bed: Testbed) -> After | Skip:
    """A MySQL server with the guide's settings and certificates serves TLS."""
    if bed.server.vendor != "mysql":
        return Skip("these settings are for MySQL")
    block = blocks(GUIDE, "MySQL")[0]
    good = GOOD_START

    def make(result: ScriptResult) -> dict[str, StartUp]:
        told = _told(good, result, block.settings())
        made = {"as-written": told}
        if not bed.server.does("takes-a-young-certificate-for-not-yet-valid"):
            made["key-as-described"] = _key_as_described(told, result)
        return {label: start_up(good, one, Start.SERVES) for label, one in made.items()}

    return After(OPENSSL, make)


@scenario(clientless=True)
def mariadb_settings(bed: Testbed) -> After | Skip:
    """A MariaDB server with the guide's settings and certificates serves TLS, and TLS 1.2 alone when that is named."""
    if bed.server.vendor != "mariadb":
        return Skip("these settings are for MariaDB")
    block = blocks(GUIDE, "MariaDB with yaSSL")[0]
    good = GOOD_START

    def make(result: ScriptResult) -> dict[str, StartUp]:
        told = _told(good, result, block.settings())
        (suites,) = (line for line in block.settings(commented=True) if line.startswith("ssl-cipher"))
        with_openssl = told.without_option("ssl").option(suites)
        described = _key_as_described(told, result)
        return {
            "as-written": start_up(good, told, Start.SERVES),
            "key-as-described": start_up(good, described, Start.SERVES),
            "with-openssl": start_up(good, with_openssl, Start.SERVES, version=TlsVersion.TLS_1_2),
        }

    return After(OPENSSL, make)


@scenario(clientless=True)
def ssl_on(bed: Testbed) -> StartUp | Skip:
    """A MariaDB server is told to use TLS by the setting `ssl on`, as the guide's text has it."""
    if bed.server.vendor != "mariadb":
        return Skip("this setting is for MariaDB")
    good = GOOD_START
    return start_up(good, good.option("ssl on"), Start.SERVES)


@scenario(clientless=True)
def chown_left_out(bed: Testbed) -> After:
    """A server serves TLS although the guide's `chown` was left out, which it says may not be necessary."""
    good = GOOD_START

    def make(result: ScriptResult) -> StartUp:
        told = _told(good, result, good.options)
        (key,) = (file for file in told.files if file.role is Role.KEY)
        mode = replace(key, access=Access.NOT_THE_SERVER, named="made by the guide's commands, for root alone")
        return start_up(good, _key_as_described(told, result).file(mode), Start.SERVES)

    return After(OPENSSL, make)


@scenario(clientless=True)
def rotation(bed: Testbed) -> dict[str, CommandCheck]:
    """A server takes a new certificate by the guide's restart, and by nothing less."""
    (command,) = blocks(GUIDE, "Restart")[0].commands()
    needs = "a statement reloads it" if bed.server.reloads else "a restart"
    program = command.split()[0]
    return {
        "needs": CommandCheck(command=command, ran="", expected="a restart", found=needs),
        "command": CommandCheck(command=command, ran="", expected="systemctl", found=program),
    }


@scenario(needs={Can.KEY_STORES, Can.VERIFY_CA, Can.CLIENT_CERTIFICATE})
def middleware(bed: Testbed) -> After | Skip:
    """A driver with the guide's properties and key stores verifies the guide's server and logs in, two ways."""
    if bed.server.does("takes-a-young-certificate-for-not-yet-valid"):
        return TOO_YOUNG
    yaml = blocks(GUIDE, "Set connector properties")[0].values("com.mysql.jdbc")
    told = DriverProperties(tuple((name, value.replace(STORES_PLACE, FILES)) for name, value in yaml))
    good = bed.two_way(verify=Verify.CA)

    def make(result: ScriptResult) -> Case:
        files = tuple(ClientFile(name, _made(STORES, result, name)) for name in ("truststore", "keystore"))
        served = good.with_(
            client_trusts=(_authority(result), bed.authority()),
            server_trusts=(_authority(result), bed.authority()),
            server_leaf=_leaf(result, "server"),
            client_files=files,
        )
        return served.but(client_properties=told).accepted()

    return After(STORES, make)


@scenario(needs={Can.VERIFY_CA, Can.CLIENT_CERTIFICATE})
def local_client(bed: Testbed) -> After | Skip:
    """A client with the guide's files verifies the guide's server, offers its certificate, and logs in."""
    if bed.server.does("takes-a-young-certificate-for-not-yet-valid"):
        return TOO_YOUNG
    good = bed.two_way(verify=Verify.CA)

    def make(result: ScriptResult) -> Case:
        both = (_authority(result), bed.authority())
        served = good.with_(client_trusts=both, server_trusts=both, server_leaf=_leaf(result, "server"))
        return served.but(client_leaf=_leaf(result, "client")).accepted()

    return After(OPENSSL, make)


@scenario(needs={Can.VERIFY_CA})
def local_client_without_certificate(bed: Testbed) -> After | Skip:
    """A client with the guide's authority verifies the guide's server, offers no certificate, and logs in."""
    if bed.server.does("takes-a-young-certificate-for-not-yet-valid"):
        return TOO_YOUNG
    good = bed.one_way(Verify.CA)

    def make(result: ScriptResult) -> Case:
        trusting = good.with_(client_trusts=(_authority(result), bed.authority()))
        return trusting.but(server_leaf=_leaf(result, "server")).accepted()

    return After(OPENSSL, make)
