"""The programs that read what we wrote: OpenSSL and keytool, never our own reader."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.pki import Authority, KeyType, Leaf, LeafSpec

# Keys that cost nothing, wherever the kind of key is not what is tested.
FAST = KeyType.EC_P256
SERVER = LeafSpec.server(key_type=FAST)
CLIENT = LeafSpec.client(key_type=FAST)


def openssl(*arguments: str | Path, check: bool = True) -> str:
    """What OpenSSL printed on both streams. Raises CalledProcessError when it fails and that was not expected."""
    done = subprocess.run(
        ["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=check
    )
    return done.stdout


@dataclass(frozen=True, slots=True)
class Verifier:
    """`openssl verify`, with a directory for the files that it reads."""

    directory: Path

    def __call__(self, leaf: Leaf, trust: Authority, *options: str | Path) -> str:
        """`OK`, or OpenSSL's error lines."""
        ca, certificate, presented = (self.directory / name for name in ("ca.pem", "leaf.pem", "presented.pem"))
        ca.write_bytes(trust.pem)
        certificate.write_bytes(leaf.certificate_pem)
        presented.write_bytes(leaf.chain_pem)
        said = openssl("verify", "-CAfile", ca, "-untrusted", presented, *options, certificate, check=False)
        return "OK" if said == f"{certificate}: OK\n" else said


def text(pem: bytes, *options: str) -> str:
    """What `openssl x509` prints of a certificate: `-text` unless told otherwise."""
    done = subprocess.run(
        ["openssl", "x509", "-noout", *(options or ("-text",))], input=pem, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode()


def keytool(store: Path, password: str) -> subprocess.Popen[str]:
    """`keytool -list`, started: a JVM takes most of a second, so several run at once."""
    # Quicker to start: no optimising compiler, no collector's threads.
    quick = ("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-J-Xshare:auto", "-J-Duser.language=en")
    command = ["keytool", *quick, "-list", "-v", "-keystore", str(store), "-storepass", password]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
