"""What a situation configures, as far as it tells one cause of a refusal from another."""

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.case.situation import Situation
from harness.judge.wire import Circumstances
from harness.kinds.material import server_tls
from harness.model.certificates import Usage
from harness.model.outcome import Cause
from harness.model.tls import ClientTls, TlsVersion, Verify
from harness.pki import Materials
from harness.pki.faults import faults, pair_faults


def circumstances(
    situation: Situation, tls: ClientTls, shipped: Sequence[TlsVersion], materials: Materials
) -> Circumstances:
    """What server and client are told in ``situation``; ``tls`` is what the client got of it, as files.

    ``shipped`` are the versions that the server offers when it is told none. A driver's own properties are not read.
    """
    versions = {version.value for version in shipped}
    if situation.server_versions is not None:
        versions &= set(situation.server_versions)
    if situation.client_properties is not None:
        return Circumstances(versions=frozenset(versions), excluded=_is_not(situation, materials))
    return Circumstances(
        versions=frozenset(versions),
        versions_told=situation.client_versions or (),
        ciphers_told=situation.client_ciphers is not None,
        ciphers_served=situation.server_ciphers is not None,
        own_files=_own(tls),
        of_server=_of_server(situation, materials),
        of_client=_of_client(situation, materials),
    )


def _own(tls: ClientTls) -> frozenset[Cause]:
    if tls.certificate is None or tls.key is None:
        return frozenset()
    return pair_faults(tls.certificate.read_bytes(), tls.key.read_bytes())


def _of_server(situation: Situation, materials: Materials) -> frozenset[Cause]:
    """What a client that verifies as much as it is told finds wrong with the server's certificate."""
    served = server_tls(situation.server_side(), materials).certificate
    if served is None or situation.verify not in {Verify.CA, Verify.IDENTITY}:
        return frozenset()
    revoked = situation.client_revocations
    return faults(
        served,
        b"".join(materials.trusted(one).pem for one in situation.client_trusts),
        usage=Usage.SERVER,
        at=datetime.now(UTC),
        host=situation.host if situation.verify is Verify.IDENTITY else None,
        revocations=None if revoked is None else materials.file(revoked),
    )


def _is_not(situation: Situation, materials: Materials) -> frozenset[Cause]:
    served = server_tls(situation.server_side(), materials).certificate
    if served is None or Cause.SELF_SIGNED in faults(served, b"", usage=Usage.SERVER, at=datetime.now(UTC)):
        return frozenset()
    return frozenset({Cause.SELF_SIGNED})


def _of_client(situation: Situation, materials: Materials) -> frozenset[Cause]:
    """What a server finds wrong with the client's certificate."""
    told = server_tls(situation.server_side(), materials)
    if situation.client_leaf is None or told.authorities is None:
        return frozenset()
    presented = materials.leaf(situation.client_leaf).chain_pem
    return faults(presented, told.authorities, usage=Usage.CLIENT, at=datetime.now(UTC), revocations=told.revocations)
