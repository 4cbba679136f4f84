"""Protocol versions and cipher suites: what two sides can have in common, computed, and what happens."""

from harness.case.scenario import scenario
from harness.case.situation import Case
from harness.case.testbed import NotApplicable, Testbed
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, TlsVersion, Verify

NEEDS = {Can.VERIFY_CA, Can.LIMIT_VERSIONS}
NONSENSE = "TLSv9.9"


@scenario(needs=NEEDS)
def pair(bed: Testbed) -> dict[str, Case]:
    """A server and a client, each told one version alone, connect when it is the same and both can speak it."""
    cases = {}
    for server in bed.server.versions:
        if not bed.can_meet_at(server):
            continue  # see a_version_that_the_client_lacks
        good = bed.alone(bed.one_way(Verify.CA), server)
        for client in TlsVersion:
            change = good.but(client_versions=(client.value,))
            both = client is server and bed.client.speaks(client, legacy=good.client_legacy)
            case = change.accepted(version=server) if both else change.refused(by=None, cause=Cause.PROTOCOL_VERSION)
            cases[f"{server}+{client}"] = case
    return cases


@scenario(needs=NEEDS)
def client_alone(bed: Testbed) -> dict[str, Case]:
    """A client told one version alone connects over it to a server that offers it as shipped, and to no other."""
    cases = {}
    good = bed.one_way(Verify.CA)
    for version in TlsVersion:
        change = good.but(client_versions=(version.value,))
        if version not in bed.server.versions or not bed.client.speaks(version, legacy=good.client_legacy):
            case = change.refused(by=None, cause=Cause.PROTOCOL_VERSION)
        elif bed.takes_legacy(version) and not good.client_legacy:
            case = change.refused(by=Side.CLIENT, cause=Cause.WEAK_CRYPTO)
        else:
            case = change.accepted(version=version)
        cases[version.value] = case
    return cases


@scenario(needs={Can.VERIFY_CA})
def a_version_that_the_client_lacks(bed: Testbed) -> dict[str, Case]:
    """A client as shipped does not connect to a server that is told an old version alone."""
    if bed.needs_legacy:
        raise NotApplicable("the server offers no other as shipped; see legacy::as_shipped")
    return {
        version.value: bed.one_way(Verify.CA)
        .but(server_versions=(version.value,))
        .refused(by=None, cause=Cause.PROTOCOL_VERSION)
        for version in bed.server.versions
        if version not in bed.client.versions
    }


@scenario(needs={Can.VERIFY_CA})
def not_offered_by_default(bed: Testbed) -> dict[str, Case]:
    """A server that is told an old version alone, which it does not offer as shipped, serves no client as shipped."""
    # Where it does not start then, no client has a part in it: see start-up::tls_version.
    return {
        version.value: bed.one_way(Verify.CA)
        .but(server_versions=(version.value,))
        .refused(by=None, cause=Cause.PROTOCOL_VERSION)
        for version in TlsVersion
        if version not in bed.server.versions and bed.server.does(f"serves-{version.value}-when-told")
    }


@scenario(needs={*NEEDS, Can.NAME_VERSIONS})
def nonsense_at_the_client(bed: Testbed) -> Case:
    """A client that is told a version which does not exist says so, and does not connect."""
    change = bed.one_way(Verify.CA).but(client_versions=(NONSENSE,))
    return change.refused(by=Side.CLIENT, cause=Cause.BAD_OPTION)


@scenario(needs={Can.VERIFY_CA, Can.CHOOSE_CIPHERS})
def no_common_cipher(bed: Testbed) -> Case:
    """A client and a server whose TLS 1.2 suites have none in common do not connect."""
    suite, other = bed.suites()
    good = bed.choosing_suites(bed.one_way(Verify.CA)).with_(server_ciphers=suite, client_ciphers=suite)
    return good.but(client_ciphers=other).refused(by=None, cause=Cause.CIPHER)
