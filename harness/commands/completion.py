"""``dbtls completion``: what a shell needs to complete commands, options and names."""

import click

from harness.commands.completing import SHELLS
from harness.commands.epilogs import ONLY_FAULTS, epilog
from harness.commands.lazy import COMPLETE_VARIABLE

_WHERE = """\b
Where it belongs:
  bash  ~/.local/share/bash-completion/completions/dbtls, or `source` it in ~/.bashrc
  zsh   a file `_dbtls` in a folder of $fpath, before `compinit` runs in ~/.zshrc
  fish  ~/.config/fish/completions/dbtls.fish
"""
_EPILOG = epilog(*(f"dbtls completion {shell}" for shell in SHELLS), more=_WHERE, codes=ONLY_FAULTS)


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL, which completes commands, options and the names of what there is."""
    made = SHELLS[shell](context.find_root().command, {}, "dbtls", COMPLETE_VARIABLE)
    # Not `source()`: bash's would start one to ask for its version.
    click.echo(made.source_template % made.source_vars())
