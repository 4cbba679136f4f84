"""Identity: which names in a certificate make it the server's, for a client that reached it by address.

The address is 127.0.0.1, the only name of a server that every client resolves alike without help.
"""

from dataclasses import replace

from harness.case.scenario import scenario
from harness.case.situation import LISTED_HOST, Case
from harness.case.testbed import SERVER_SPEC, Testbed
from harness.model.certificates import LeafSpec
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, Verify

NAMELESS = replace(SERVER_SPEC, common_name="server", dns_names=(), ip_addresses=())
NEEDS = {Can.VERIFY_IDENTITY}


def _named(bed: Testbed, spec: LeafSpec) -> Case:
    change = bed.one_way(Verify.IDENTITY).but(server_leaf=bed.server_leaf(spec=spec))
    return change.refused(by=Side.CLIENT, cause=Cause.HOST_MISMATCH)


@scenario(needs=NEEDS)
def address_listed_alone(bed: Testbed) -> Case:
    """A client accepts a server whose certificate lists its address and no other name."""
    spec = replace(NAMELESS, ip_addresses=(LISTED_HOST,))
    return bed.one_way(Verify.IDENTITY).but(server_leaf=bed.server_leaf(spec=spec)).accepted()


@scenario(needs=NEEDS)
def another_address(bed: Testbed) -> Case:
    """A client refuses a server whose certificate lists another address."""
    return _named(bed, replace(NAMELESS, ip_addresses=("192.0.2.1",)))


@scenario(needs=NEEDS)
def host_name_alone(bed: Testbed) -> Case:
    """A client that connects to an address refuses a certificate that lists the host's name alone."""
    return _named(bed, replace(NAMELESS, dns_names=("localhost",)))


@scenario(needs=NEEDS)
def address_as_common_name(bed: Testbed) -> Case:
    """A client refuses a certificate that has the address as its common name only (RFC 9525 section 6.3)."""
    return _named(bed, replace(NAMELESS, common_name=LISTED_HOST))


@scenario(needs=NEEDS)
def address_as_common_name_beside_another_name(bed: Testbed) -> Case:
    """A client ignores the common name of a certificate that lists names, and refuses it for those."""
    return _named(bed, replace(NAMELESS, common_name=LISTED_HOST, dns_names=("other.example",)))


@scenario(needs=NEEDS)
def address_as_dns_name(bed: Testbed) -> Case:
    """A client refuses a certificate that lists the address as if it were a DNS name (RFC 5280 section 4.2.1.6)."""
    return _named(bed, replace(NAMELESS, dns_names=(LISTED_HOST,)))


@scenario(needs=NEEDS)
def no_name_at_all(bed: Testbed) -> Case:
    """A client refuses a certificate that names nobody."""
    return _named(bed, replace(NAMELESS, common_name=None))
