"""The guide's `dbconnector.yaml` as it is, on each JDBC driver: what it honours, what it passes over, what breaks.

The properties are read from ``guide.md`` and handed to the driver unchanged, but for the folder of the stores. Those
are made here as the guide's commands make them; what its own commands make is in ``guide.py``. Deviations are each
driver's own and are knowledge of it (``harness/knowledge/rows``).
"""

from pathlib import Path

from harness.case.document import blocks
from harness.case.properties import FILES, ClientFile, DriverProperties
from harness.case.scenario import Skip, scenario
from harness.case.situation import UNLISTED_HOST, Case, Situation
from harness.case.testbed import GOOD, NotApplicable, Testbed
from harness.model.account import Require
from harness.model.certificates import AuthoritySpec
from harness.model.material import FileRecipe, KeyStoreFile, StoreKind, TextFile, TrustStoreFile
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, TlsVersion, Verify

GUIDE = Path(__file__).with_name("guide.md").read_text(encoding="utf-8")
PLACE = "/opt/open-xchange/etc/ssl"
SHOWS = {Can.KEY_STORES, Can.VERIFY_CA, Can.CLIENT_CERTIFICATE}
NEEDS = {*SHOWS, Can.TRUST_STORES}
"""Where the good situation has the guide's properties: what a driver passes over in silence proves nothing."""


def _properties() -> tuple[DriverProperties, DriverProperties]:
    """The guide's properties, and the same with the key store that it has as PKCS#12."""
    yaml, other = blocks(GUIDE, "Set connector properties")
    pairs = [(name, value.replace(PLACE, FILES)) for name, value in yaml.values("com.mysql.jdbc")]
    changed = {name: value.replace(PLACE, FILES) for name, value in other.values(askew=True)}
    return DriverProperties(tuple(pairs)), DriverProperties(tuple(pairs)).with_(**changed)


JKS, PKCS12 = _properties()


def _files(bed: Testbed, trusted: AuthoritySpec = GOOD) -> tuple[ClientFile, ...]:
    """The stores by the guide's names: whom it trusts, and the client's certificate."""
    return (
        ClientFile("keystore", KeyStoreFile(kind=StoreKind.JKS, of=bed.client_leaf())),
        ClientFile("client-keystore.p12", KeyStoreFile(kind=StoreKind.PKCS12, of=bed.client_leaf())),
        ClientFile("truststore", TrustStoreFile(kind=StoreKind.JKS, of=(trusted,))),
        ClientFile("truststore.p12", TrustStoreFile(kind=StoreKind.PKCS12, of=(trusted,))),
    )


def _replaced(files: tuple[ClientFile, ...], name: str, content: FileRecipe) -> tuple[ClientFile, ...]:
    return tuple(ClientFile(name, content) if file.name == name else file for file in files)


def _told(
    bed: Testbed, properties: DriverProperties, *, account: Require | None = None
) -> tuple[Situation, DriverProperties]:
    """Two ways with ``properties``, and the version named that each driver and server of today have; these properties.

    Connector/J 5.1 needs that for MariaDB 10 (``guide_properties``); to the others it is another name of their own.
    """
    if bed.needs_legacy or TlsVersion.TLS_1_2 not in bed.server.versions:
        raise NotApplicable("shown on servers that offer TLSv1.2")
    named = properties.with_(enabledTLSProtocols=str(TlsVersion.TLS_1_2))
    return bed.two_way(account).with_(client_files=_files(bed), client_properties=named), named


@scenario(needs=SHOWS)
def guide_properties(bed: Testbed) -> dict[str, Case]:
    """A driver with the guide's properties verifies the server, offers its certificate, and logs in."""
    good = bed.two_way().with_(client_files=_files(bed))
    cases = {
        "jks": good.but(client_properties=JKS).accepted(),
        "pkcs12": good.but(client_properties=PKCS12).accepted(),
    }
    if not bed.needs_legacy and TlsVersion.TLS_1_2 in bed.server.versions:
        named = JKS.with_(enabledTLSProtocols=str(TlsVersion.TLS_1_2))
        cases["with-a-version-named"] = good.but(client_properties=named).accepted()
    return cases


@scenario(needs={*SHOWS, Can.DISABLE})
def guide_properties_of_an_old_server(bed: Testbed) -> Case | Skip:
    """A driver with the guide's properties, on Java as shipped, refuses a server that has only TLSv1 and TLSv1.1."""
    if not any(version in bed.server.versions for version in (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)):
        good = Situation(
            server_leaf=bed.server_leaf(),
            server_trusts=(bed.authority(),),
            verify=Verify.DISABLED,
            client_files=_files(bed),
        )
        return good.but(client_properties=JKS).refused(by=None, cause=Cause.PROTOCOL_VERSION)
    return Skip("the server offers newer versions")


@scenario(needs=NEEDS)
def require_ssl_false(bed: Testbed) -> Case:
    """A driver told useSSL=true and requireSSL=false refuses a server without TLS: no silent plaintext."""
    good, _ = _told(bed, JKS.with_(requireSSL="false"), account=Require())
    return good.but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)


@scenario(needs=NEEDS)
def require_ssl(bed: Testbed) -> Case:
    """A driver with the guide's requireSSL=true refuses a server without TLS."""
    good, _ = _told(bed, JKS, account=Require())
    return good.but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)


@scenario(needs=NEEDS)
def use_ssl_false(bed: Testbed) -> Case:
    """A driver with useSSL=false connects in the clear."""
    good, told = _told(bed, JKS.with_(allowPublicKeyRetrieval="true"), account=Require())
    return good.but(client_properties=told.with_(useSSL="false")).accepted(encrypted=False)


@scenario(needs=NEEDS)
def verify_server_certificate(bed: Testbed) -> Case:
    """A driver with the guide's verifyServerCertificate=true refuses a server of another authority."""
    good, _ = _told(bed, JKS)
    change = good.but(client_files=_files(bed, bed.authority("other")))
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def verify_server_certificate_unset(bed: Testbed) -> Case:
    """A driver that is given a trust store and not verifyServerCertificate verifies the server all the same."""
    good, _ = _told(bed, JKS.without("verifyServerCertificate"))
    change = good.but(client_files=_files(bed, bed.authority("other")))
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def verify_server_certificate_false(bed: Testbed) -> Case:
    """A driver that is given a trust store and verifyServerCertificate=false verifies the server all the same."""
    good, _ = _told(bed, JKS.with_(verifyServerCertificate="false"))
    change = good.but(client_files=_files(bed, bed.authority("other")))
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def host_name(bed: Testbed) -> Case:
    """A driver with the guide's properties refuses a server by a name that its certificate does not list."""
    good, _ = _told(bed, JKS)
    return good.but(host=UNLISTED_HOST).refused(by=Side.CLIENT, cause=Cause.HOST_MISMATCH)


@scenario(needs=NEEDS)
def key_store_left_out(bed: Testbed) -> Case:
    """A driver without clientCertificateKeyStoreUrl offers no certificate: an account that demands one denies it."""
    good, told = _told(bed, JKS)
    change = good.but(client_properties=told.without("clientCertificateKeyStoreUrl"))
    return change.refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)


@scenario(needs=NEEDS)
def trust_store_left_out(bed: Testbed) -> Case:
    """A driver without trustCertificateKeyStoreUrl trusts what Java trusts, and refuses a server of our authority."""
    good, told = _told(bed, JKS)
    change = good.but(client_properties=told.without("trustCertificateKeyStoreUrl"))
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def store_wrong(bed: Testbed) -> dict[str, Case]:
    """A driver whose store is missing, damaged or locked says so, and does not connect."""
    good, told = _told(bed, JKS)
    binary, told_binary = _told(bed, PKCS12)
    damaged = {
        f"{name}-damaged": good.but(client_files=_replaced(_files(bed), name, TextFile(text="no store")))
        for name in ("truststore", "keystore")
    }
    changed = {
        "truststore-missing": good.but(client_properties=told.with_(trustCertificateKeyStoreUrl=f"file:{FILES}/none")),
        "keystore-missing": good.but(client_properties=told.with_(clientCertificateKeyStoreUrl=f"file:{FILES}/none")),
        "truststore-password": good.but(client_properties=told.with_(trustCertificateKeyStorePassword="wrong")),
        "keystore-password": good.but(client_properties=told.with_(clientCertificateKeyStorePassword="wrong")),
        "keystore-pkcs12-password": binary.but(
            client_properties=told_binary.with_(clientCertificateKeyStorePassword="wrong")
        ),
        "keystore-pkcs12-no-password": binary.but(
            client_properties=told_binary.without("clientCertificateKeyStorePassword")
        ),
    }
    return {
        label: change.refused(by=Side.CLIENT, cause=Cause.BAD_MATERIAL) for label, change in (changed | damaged).items()
    }


@scenario(needs=NEEDS)
def store_of_no_type(bed: Testbed) -> Case:
    """A driver that is told a type of key store which does not exist says so, and does not connect."""
    good, told = _told(bed, JKS)
    change = good.but(client_properties=told.with_(clientCertificateKeyStoreType="NONE"))
    return change.refused(by=Side.CLIENT, cause=Cause.BAD_OPTION)


@scenario(needs=NEEDS)
def trust_store_of_no_type(bed: Testbed) -> Case:
    """A driver that is told a type of trust store which does not exist says so, and does not connect."""
    good, told = _told(bed, JKS)
    change = good.but(client_properties=told.with_(trustCertificateKeyStoreType="NONE"))
    return change.refused(by=Side.CLIENT, cause=Cause.BAD_OPTION)


@scenario(needs=NEEDS)
def store_of_the_other_type(bed: Testbed) -> dict[str, Case]:
    """A driver reads a JKS store that is declared PKCS12, and the other way round, as Java does from 9 on (JEP 229)."""
    good, told = _told(bed, JKS)
    binary, told_binary = _told(bed, PKCS12)
    as_pkcs12 = told.with_(clientCertificateKeyStoreType="PKCS12")
    as_jks = told_binary.with_(clientCertificateKeyStoreType="JKS")
    return {
        "jks-as-pkcs12": good.but(client_properties=as_pkcs12).accepted(),
        "pkcs12-as-jks": binary.but(client_properties=as_jks).accepted(),
    }


@scenario(needs=NEEDS)
def authority_not_marked_as_trusted(bed: Testbed) -> Case:
    """A driver trusts no certificate of a PKCS#12 store that `openssl pkcs12 -export -nokeys` made, and says so."""
    store = f"file:{FILES}/truststore.p12"
    good, _ = _told(bed, JKS.with_(trustCertificateKeyStoreUrl=store, trustCertificateKeyStoreType="PKCS12"))
    unmarked = TrustStoreFile(kind=StoreKind.PKCS12, of=(bed.authority(),), marked=False)
    files = _replaced(_files(bed), "truststore.p12", unmarked)
    return good.but(client_files=files).refused(by=Side.CLIENT, cause=Cause.BAD_MATERIAL)
