"""What an image is made of, as ``server.toml`` and ``client.toml`` say it."""

from harness.manifest import Manifest


class Base(Manifest):
    """The image to build on: the official one where a registry answers, else a debootstrapped ``suite``."""

    image: str
    suite: str


class Artifact(Manifest):
    """A published binary distribution, fetched with Maven on the host and unpacked into the build as ``into``.

    ``inner`` is a tar inside the archive that holds the distribution, ``root`` the folder that becomes ``into``;
    ``keep`` are fnmatch patterns below it.
    """

    coordinates: str
    sha256: str
    inner: str | None = None
    root: str = ""
    into: str
    keep: tuple[str, ...] = ("*",)
    executable: tuple[str, ...] = ("bin/*",)
