"""The harness's own verifier finds each fault alone, and none in a good chain."""

from datetime import UTC, datetime, timedelta

import pytest

from harness.model.certificates import Usage
from harness.model.outcome import Cause
from harness.pki import Authority, KeyFormat, Leaf, LeafSpec, self_signed
from harness.pki.faults import faults, pair_faults

ROOT = Authority.create("root")
OTHER = Authority.create("other")
MIDDLE = ROOT.intermediate("middle")
NO_CA = ROOT.intermediate("no-ca", is_ca=False)
NOW = datetime.now(UTC)
GOOD = ROOT.issue(LeafSpec.server())


def found(
    leaf: Leaf,
    *trusted: Authority,
    usage: Usage = Usage.SERVER,
    at: datetime = NOW,
    host: str | None = "127.0.0.1",
    revocations: bytes | None = None,
) -> set[Cause]:
    trust = b"".join(one.pem for one in trusted)
    return set(faults(leaf.chain_pem, trust, usage=usage, at=at, host=host, revocations=revocations))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", None])
def test_a_good_chain_has_none(host: str | None) -> None:
    assert found(GOOD, ROOT, host=host) == set()
    assert found(MIDDLE.issue(LeafSpec.server()), OTHER, ROOT, host=host) == set()


def test_each_fault_alone() -> None:
    assert found(GOOD, OTHER) == {Cause.UNKNOWN_AUTHORITY}
    assert found(GOOD) == {Cause.UNKNOWN_AUTHORITY}
    assert found(MIDDLE.issue(LeafSpec.server()).without_chain(), ROOT) == {Cause.UNKNOWN_AUTHORITY}
    assert found(MIDDLE.issue(LeafSpec.server()), MIDDLE) == {Cause.UNKNOWN_AUTHORITY}
    assert found(self_signed(LeafSpec.server()), ROOT) == {Cause.SELF_SIGNED}
    assert found(GOOD, ROOT, at=NOW + timedelta(days=60)) == {Cause.EXPIRED}
    assert found(GOOD, ROOT, at=NOW - timedelta(days=60)) == {Cause.NOT_YET_VALID}
    assert found(NO_CA.issue(LeafSpec.server()), ROOT) == {Cause.NOT_AN_AUTHORITY}
    assert found(GOOD, ROOT, usage=Usage.CLIENT) == {Cause.WRONG_PURPOSE}
    assert found(ROOT.issue(LeafSpec.server(usage=None)), ROOT, usage=Usage.CLIENT) == set()
    assert found(GOOD, ROOT, host="127.1") == {Cause.HOST_MISMATCH}
    assert found(GOOD, ROOT, host="10.0.0.1") == {Cause.HOST_MISMATCH}
    assert found(ROOT.issue(LeafSpec.server(dns_names=("*.a.test",))), ROOT, host="b.a.test") == set()
    assert found(ROOT.issue(LeafSpec.server(dns_names=("*.a.test",))), ROOT, host="a.test") == {Cause.HOST_MISMATCH}
    assert found(ROOT.issue(LeafSpec.server(dns_names=(), ip_addresses=())), ROOT) == {Cause.HOST_MISMATCH}
    assert found(GOOD, ROOT, revocations=ROOT.crl([GOOD])) == {Cause.REVOKED}
    assert found(GOOD, ROOT, revocations=ROOT.crl([ROOT.issue(LeafSpec.server())])) == set()
    assert found(GOOD, ROOT, revocations=OTHER.crl([])) == set()


def test_faults_that_come_together() -> None:
    both = {Cause.UNKNOWN_AUTHORITY, Cause.HOST_MISMATCH}
    assert found(GOOD, OTHER, host="elsewhere") == both


def test_a_key_and_its_certificate() -> None:
    other = ROOT.issue(LeafSpec.server())
    assert pair_faults(GOOD.certificate_pem, GOOD.key_pem()) == set()
    assert pair_faults(GOOD.certificate_pem, other.key_pem()) == {Cause.KEY_MISMATCH}
    assert pair_faults(GOOD.certificate_pem, b"no key") == {Cause.BAD_MATERIAL}
    assert pair_faults(GOOD.certificate_pem, GOOD.key_pem(KeyFormat.PKCS8_ENCRYPTED, b"secret")) == {Cause.BAD_MATERIAL}
    assert pair_faults(b"", GOOD.key_pem()) == {Cause.BAD_MATERIAL}
