"""Start-up: what each server makes of its own files and options, as told by an administrator. No client takes part.

What is expected is what is safe: a server that cannot use what it was told says so by not starting. Which do otherwise,
and how, is knowledge of them (``harness/knowledge/rows/start-up.toml``).
"""

from dataclasses import replace
from datetime import timedelta

from harness.case.scenario import Skip, scenario
from harness.case.startup import GOOD_START, StartUp, own_files, own_key, start_up
from harness.case.testbed import SERVER_SPEC, Testbed
from harness.model.certificates import AuthoritySpec, KeyType
from harness.model.material import AuthoritiesFile, CertificateFile, KeyFile, KeyFormat, TextFile
from harness.model.startup import Access, Role, ServerOptions, Start, StartFile
from harness.model.tls import TlsVersion

EXPIRED = replace(SERVER_SPEC, not_before=timedelta(days=-30), not_after=timedelta(days=-1))
SECOND = replace(SERVER_SPEC, organizational_unit="second")
EC = replace(SERVER_SPEC, key_type=KeyType.EC_P256)
SECOND_EC = replace(SECOND, key_type=KeyType.EC_P256)
ENDED = AuthoritySpec("expired", not_before=timedelta(days=-30), not_after=timedelta(days=-1))
EMPTY = TextFile(text="")
TOO_SLOW = Skip("it serves with a certificate of its own making, which takes it up to 11 s of a core at each start")


def _unusable(good: ServerOptions, role: Role) -> dict[str, ServerOptions]:
    """What befalls a file in any role: it is not there, it is empty, the server may not read it."""
    (there,) = (file for file in good.files if file.role is role)
    unreadable = replace(there, access=Access.NOT_THE_SERVER, named="not readable by the server")
    return {
        "missing": good.option(f"ssl-{role.value}={{missing}}"),
        "empty": good.file(replace(there, content=EMPTY, named="empty")),
        "unreadable": good.file(unreadable),
    }


def _all(good: ServerOptions, told: dict[str, ServerOptions], start: Start) -> dict[str, StartUp]:
    return {label: start_up(good, one, start) for label, one in told.items()}


@scenario(clientless=True)
def key_file(bed: Testbed) -> dict[str, StartUp]:
    """A server whose key file is no good refuses to start."""
    good, leaf = GOOD_START, bed.server_leaf()
    certificate, key = own_files(leaf, "swapped")
    encrypted = KeyFile(of=leaf, format=KeyFormat.PKCS8_ENCRYPTED, passphrase="secret")  # noqa: S106  it guards nothing
    ec = bed.server_leaf(spec=EC).with_key_of(bed.server_leaf(spec=SECOND_EC))
    return _all(
        good,
        {
            **_unusable(good, Role.KEY),
            "encrypted": good.file(own_key(encrypted, "encrypted")),
            "mismatched": good.file(own_files(leaf.with_key_of(bed.server_leaf(spec=SECOND)), "another's")[1]),
            "mismatched-ec": good.file(*own_files(ec, "elliptic curve, the key another's")),
            "swapped": good.file(replace(certificate, content=key.content), replace(key, content=certificate.content)),
        },
        Start.REFUSES,
    )


@scenario(clientless=True)
def certificate_file(bed: Testbed) -> dict[str, StartUp]:
    """A server whose certificate file is no good refuses to start."""
    good = GOOD_START
    swapped = good.file(
        StartFile(role=Role.CERTIFICATE, content=AuthoritiesFile(of=(bed.authority(),)), named="swapped"),
        StartFile(role=Role.AUTHORITIES, content=CertificateFile(of=bed.server_leaf()), named="swapped"),
    )
    return _all(good, {**_unusable(good, Role.CERTIFICATE), "swapped": swapped}, Start.REFUSES)


@scenario(clientless=True)
def authority_file(bed: Testbed) -> dict[str, StartUp]:
    """A server whose authority file is no good refuses to start."""
    good = GOOD_START
    return _all(good, _unusable(good, Role.AUTHORITIES), Start.REFUSES)


@scenario(clientless=True)
def key_form(bed: Testbed) -> dict[str, StartUp]:
    """A server takes its key in each form that is in use, and serves TLS with it."""
    good, leaf = GOOD_START, bed.server_leaf()
    return _all(
        good,
        {
            "pkcs1": good,
            "pkcs8": good.file(own_key(KeyFile(of=leaf, format=KeyFormat.PKCS8), "PKCS#8")),
            "ec": good.file(*own_files(bed.server_leaf(spec=EC), "elliptic curve")),
        },
        Start.SERVES,
    )


@scenario(clientless=True)
def validity(bed: Testbed) -> dict[str, StartUp]:
    """A server serves a certificate that no client takes, since to refuse it is the clients' to do."""
    good = GOOD_START
    ended = "the authority expired"
    authority = StartFile(role=Role.AUTHORITIES, content=AuthoritiesFile(of=(ENDED,)), named=ended)
    return _all(
        good,
        {
            "certificate-expired": good.file(*own_files(bed.server_leaf(spec=EXPIRED), "expired")),
            "authority-expired": good.file(*own_files(bed.server_leaf(ENDED), ended), authority),
            "certificate-of-another-authority": good.file(*own_files(bed.server_leaf("other"), "another's")),
        },
        Start.SERVES,
    )


@scenario(clientless=True)
def nothing_told(bed: Testbed) -> StartUp | Skip:
    """A server that is told nothing about TLS starts without it."""
    if bed.server.does("makes-its-certificate-slowly"):
        return TOO_SLOW
    return start_up(GOOD_START, ServerOptions(options=()), Start.WITHOUT)


@scenario(clientless=True)
def switched_on(bed: Testbed) -> dict[str, StartUp]:
    """A server serves TLS when the option `ssl` is there in any spelling, beside its files."""
    good = GOOD_START
    return _all(good, {line: good.option(line) for line in ("ssl", "ssl=1", "ssl=ON")}, Start.SERVES)


@scenario(clientless=True)
def switched_on_without_files(bed: Testbed) -> StartUp | Skip:
    """A server that is told to use TLS and given no certificate refuses to start."""
    if bed.server.does("makes-its-certificate-slowly"):
        return TOO_SLOW
    return start_up(GOOD_START, ServerOptions(options=("ssl",)), Start.REFUSES)


@scenario(clientless=True)
def switched_off(bed: Testbed) -> dict[str, StartUp]:
    """A server starts without TLS when it is told to, files or not."""
    good = GOOD_START
    return _all(good, {line: good.option(line) for line in ("skip-ssl", "ssl=OFF")}, Start.WITHOUT)


@scenario(clientless=True)
def cipher(bed: Testbed) -> dict[str, StartUp]:
    """A server serves TLS when `ssl-cipher` names a suite that it has, or a version's suites."""
    good, (suite, _) = GOOD_START, bed.suites()
    told = {"suite": good.option(f"ssl-cipher={suite}"), "TLSv1.2": good.option("ssl-cipher=TLSv1.2")}
    return _all(good, told, Start.SERVES)


@scenario(clientless=True)
def cipher_nonsense(bed: Testbed) -> StartUp:
    """A server whose `ssl-cipher` names no suite that there is refuses to start."""
    good = GOOD_START
    return start_up(good, good.option("ssl-cipher=NONSENSE"), Start.REFUSES)


@scenario(clientless=True)
def tls_version(bed: Testbed) -> dict[str, StartUp]:
    """A server told one protocol version serves that one, or refuses to start where it does not have it."""
    good, made = GOOD_START, {}
    spelled = "TLSv1.0" if bed.server.vendor == "mariadb" else "TLSv1"
    for name in ("TLSv1", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3", "TLSv9.9"):
        told = good.option(f"tls-version={name}")
        version = TlsVersion.parse(name) if name != "TLSv9.9" else None
        known_by_it = version is not TlsVersion.TLS_1_0 or name == spelled
        has = version in bed.server.versions or (version and bed.server.does(f"serves-{version}-when-told"))
        if has and known_by_it:
            made[name] = start_up(good, told, Start.SERVES, version=version)
        else:
            made[name] = start_up(good, told, Start.REFUSES)
    return made


@scenario(clientless=True)
def no_tls_version(bed: Testbed) -> StartUp:
    """A server whose `tls-version` is empty starts without TLS."""
    good = GOOD_START
    return start_up(good, good.option("tls-version="), Start.WITHOUT)


@scenario(clientless=True)
def revocation_list(bed: Testbed) -> dict[str, StartUp]:
    """A server that is told a revocation list has it, or refuses to start where there is none."""
    good = GOOD_START
    return {
        "good": start_up(good, good.option("ssl-crl={crl}"), Start.SERVES),
        "missing": start_up(good, good.option("ssl-crl={missing}"), Start.REFUSES),
    }


@scenario(clientless=True)
def authority_folder(bed: Testbed) -> dict[str, StartUp]:
    """A server that is told a folder of authorities serves TLS, or refuses to start where there is none."""
    good = GOOD_START.without_option("ssl-ca")
    return {
        "good": start_up(good, good.option("ssl-capath={capath}"), Start.SERVES),
        "missing": start_up(good, good.option("ssl-capath={missing}"), Start.REFUSES),
    }


@scenario(clientless=True)
def require_secure_transport(bed: Testbed) -> dict[str, StartUp]:
    """A server that requires secure transport serves TLS alone, or refuses to start where it has none to serve."""
    plain = GOOD_START
    good = plain.option("require_secure_transport=ON")
    return {
        "good": start_up(plain, good, Start.SERVES, plaintext=False),
        "key-empty": start_up(good, good.file(own_key(EMPTY, "empty")), Start.REFUSES),
    }
