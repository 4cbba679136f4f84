"""What there is: the built-in servers, clients, scenarios and rows of knowledge, and those of folders."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.named import with_named as with_named_drivers
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.names import theme_of
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.named import with_named


def all_servers(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ServerBuild]:
    """The built-in server builds, those in ``folders``, and what of ``names`` is an image or a folder by itself."""
    return with_named(discover_servers((BUILTIN_SERVERS, *folders)), names)


def all_clients(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ClientBuild]:
    """The built-in clients, those in ``folders``, and what of ``names`` is a driver by itself."""
    return with_named_drivers(discover_clients((BUILTIN_CLIENTS, *folders)), names)


def all_scenarios(folders: tuple[Path, ...]) -> Mapping[str, Scenario]:
    """The built-in scenarios and those in ``folders``."""
    return discover_scenarios((BUILTIN_SCENARIOS, *folders))


def all_knowledge(folders: tuple[Path, ...]) -> Knowledge:
    """What is known of products: the rows of ``folders`` first, then the built-in ones."""
    return Knowledge.read((*folders, BUILTIN_KNOWLEDGE))


def elsewhere(kind: str) -> Callable[[str], str]:
    """What says of a name that is no ``kind`` which option takes it; an empty text if it is nothing that is known."""
    return lambda name: _elsewhere(name, kind)


def _elsewhere(name: str, kind: str) -> str:
    named: dict[str, Callable[[], Iterable[str]]] = {
        "server": lambda: all_servers(()),
        "client": lambda: all_clients(()),
        "scenario": lambda: (text for key in all_scenarios(()) for text in (key, theme_of(key))),
    }
    for other, names in named.items():
        if other != kind and name.lower() in names():
            return f"`{name}` is a {other}: give it as `--{other} {name}`"
    return ""
