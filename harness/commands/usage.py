"""What click says of a command line that it cannot use, as all else here is said: what, and what to do."""

import difflib
from collections.abc import Iterator, Sequence

import click

from harness.commands.command import key_of, place_of_value
from harness.commands.values import Unusable
from harness.errors import UsageError
from harness.names import listed

_NEAR = 0.75


def told(error: click.ClickException) -> UsageError:
    """That error in our words."""
    context = getattr(error, "ctx", None)
    match error:
        case click.NoSuchOption(option_name=name) if context is not None:
            return UsageError(f"`{_path(context)}` has no option `{name}`", remedy=_option_meant(context, name))
        case click.exceptions.NoSuchCommand(command_name=name) if context is not None:
            near = error.possibilities or []
            remedy = f"did you mean `{near[0]}`?" if near else f"`{_path(context)} --help` lists what there is"
            return UsageError(f"there is no command `{name}`", remedy=remedy)
        case click.MissingParameter(param=param) if param is not None and context is not None:
            return _missing(param, context)
        case click.BadParameter(param=param) if param is not None:
            place = None if context is None else place_of_value(context, param)
            remedy = error.remedy if isinstance(error, Unusable) else _describes(context)
            return UsageError(f"`{_shown(param)}`: {_sentence(error.message)}", place=place, remedy=remedy)
        case _:
            return UsageError(_sentence(error.format_message()), remedy=_describes(context))


def _sentence(text: str) -> str:
    """Without a full stop, and small at its beginning: it comes after ``error:``."""
    return f"{text[:1].lower()}{text[1:]}".rstrip(".")


def _path(context: click.Context) -> str:
    return context.command_path


def _describes(context: click.Context | None) -> str:
    return "`dbtls --help` shows how" if context is None else f"`{_path(context)} --help` shows how"


def _shown(param: click.Parameter) -> str:
    return f"--{key_of(param)}" if isinstance(param, click.Option) else param.human_readable_name


def _missing(param: click.Parameter, context: click.Context) -> UsageError:
    if isinstance(param.type, click.Choice) and isinstance(param, click.Argument):
        words = ", ".join(map(str, param.type.choices))
        return UsageError(f"`{_path(context)}` needs {param.human_readable_name}", remedy=f"name one of {words}")
    if isinstance(param, click.Option):
        short = next((name for name in param.opts if not name.startswith("--")), "")
        name = f"`--{key_of(param)}`" + (f" (`{short}`)" if short else "")
    else:
        name = param.make_metavar(context)
    return UsageError(f"`{_path(context)}` needs {name}", remedy=_describes(context))


def _option_meant(context: click.Context, name: str) -> str:
    """Another option of the command that is nearly spelt so, or the commands that have one of that name."""
    own = [option for param in _visible(context.command) for option in param.opts]
    near = difflib.get_close_matches(name, own, n=1, cutoff=_NEAR)
    if near and len(name) > 2:
        return f"did you mean `{near[0]}`?"
    others = [path for path, command in _commands(context) if _has(command, name)]
    if isinstance(context.command, click.Group) and others:
        return f"it is an option of a command, and comes after that: `{others[0]} {name}`"
    if others:
        return f"`{name}` is an option of {listed([f'`{path}`' for path in others])}"
    return f"`{_path(context)} --help` lists its options"


def _has(command: click.Command, name: str) -> bool:
    return any(name in param.opts for param in _visible(command))


def _visible(command: click.Command) -> Sequence[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option) and not param.hidden]


def _commands(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Every command by its words."""
    root = context.find_root()
    group = root.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(root):
        command = group.get_command(root, name)
        if command is not None and command is not context.command:
            yield f"{_path(root)} {name}", command
