"""Completion of names on the command line: what there is by discovery, with nothing started; and bash's own way.

Completion says nothing when something is wrong: the command itself will.
"""

import os
from collections.abc import Callable, Iterable, Mapping

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from harness.errors import HarnessError
from harness.names import theme_of

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _servers(context: click.Context) -> Iterable[tuple[str, str]]:
    from harness.selection.discovery import all_servers

    found = all_servers(context.params.get("server_folders") or ())
    return ((build.name, build.manifest.summary) for build in found.values())


def _clients(context: click.Context) -> Iterable[tuple[str, str]]:
    from harness.selection.discovery import all_clients

    found = all_clients(context.params.get("client_folders") or ())
    return ((build.name, build.summary) for build in found.values())


def _scenarios(context: click.Context) -> Iterable[tuple[str, str]]:
    from harness.selection.discovery import all_scenarios

    found = all_scenarios(context.params.get("scenario_folders") or ())
    themes = dict.fromkeys(map(theme_of, found))
    yield from ((theme, "all scenarios of this theme") for theme in themes)
    yield from ((scenario.id, scenario.claim) for scenario in found.values())


def _standing(context: click.Context) -> Iterable[tuple[str, str]]:
    from harness.reference.standing import standing

    return ((one.name, one.state) for one in standing())


def _completer(there: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Completer:
    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            names = list(there(context))
        except HarnessError:
            return []
        # A driver on another JDK than its usual one: dozens, for whoever begins to ask for one.
        fitting = [(name, help_) for name, help_ in names if name.startswith(incomplete)]
        return [CompletionItem(name, help=help_) for name, help_ in fitting if "@" in incomplete or "@" not in name]

    return complete


complete_servers = _completer(_servers)
complete_clients = _completer(_clients)
complete_scenarios = _completer(_scenarios)
complete_standing = _completer(_standing)


class Bash(BashComplete):
    """bash divides words at colons too, of which our names have many: asked for the whole line, told the word's end."""

    source_template = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORD="$2" %(complete_var)s=bash_complete "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def complete(self) -> str:
        line = os.environ["COMP_LINE"]
        _, *words = split_arg_string(line)
        typed = words.pop() if words and not line[-1].isspace() else ""
        value = typed.partition("=")[2] if typed.startswith("--") and "=" in typed else typed
        known = len(value.removesuffix(os.environ["COMP_WORD"]))
        items = self.get_completions(words, typed)
        return "\n".join(f"{item.type},{item.value[known:]}" for item in items)


SHELLS: Mapping[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": FishComplete}
add_completion_class(Bash)
