"""What lets today's TLS libraries speak to a server that offers TLSv1 and TLSv1.1 alone, or no RFC 5746.

Measured with OpenSSL 3 and JDK 17: yaSSL, and wolfSSL 5.6 before TLS 1.3, need legacy renegotiation allowed; MySQL
5.6's Diffie-Hellman group is too small at any security level, so that suites which use one are left out.
"""

from harness.reference.environment import ServerUp

OLD_CIPHERS = "ALL:!kDHE:@SECLEVEL=0"
"""TLSv1 and TLSv1.1 sign with SHA-1, which OpenSSL 3 takes at level 0 alone."""


def openssl_configuration(server: ServerUp) -> str:
    """A file for ``OPENSSL_CONF`` (config(5), "SSL Configuration Module").

    It names the server's newest version, since yaSSL may hang up on a hello that offers more.
    """
    old = f"CipherString = {OLD_CIPHERS}\n" if server.old else ""
    return f"""\
openssl_conf = dbtls
[dbtls]
ssl_conf = modules
[modules]
system_default = legacy
[legacy]
MinProtocol = {server.versions[0]}
MaxProtocol = {server.versions[-1]}
{old}Options = UnsafeLegacyServerConnect
"""


def java_security(server: ServerUp) -> str:
    """A file for ``-Djava.security.properties``: JDK 17's list less TLSv1, TLSv1.1 and short Diffie-Hellman groups.

    JDKs disable TLSv1 and TLSv1.1 since 8u291 and 11.0.11.
    """
    return (
        f"# java -Djava.security.properties={server.java_legacy} …\n"
        "jdk.tls.disabledAlgorithms=SSLv3, RC4, DES, MD5withRSA, DH keySize < 512, 3DES_EDE_CBC, anon, NULL\n"
    )
