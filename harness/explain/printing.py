"""An explanation for a reader."""

import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from harness.explain.answer import ExplainedCause, Explanation

_FEW = 2
"""Sources that are printed of each cause where there are several causes; JSON has them all."""
_HOW = {
    "words": "Recognised by its words alone: the text lacks the exception's class or its number, which the rows state.",
    "others": "Recognised by what its makers document; dbtls has not recorded it.",
    "piece": "Recognised as a piece of recorded errors: the whole text tells more.",
}
_LOG = "This is a server's log: the server speaks, so an alert that it received means that the client refuses."


def print_explanation(answer: Explanation, console: Console) -> None:
    """Print ``answer``, whole lines at the console's width."""
    for word in answer.words:
        _line(console, f"{word.word}: ", word.means, style="bold")
        _line(console, "  next      ", word.next)
    if note := _HOW.get(answer.by):
        _line(console, "", note)
    if answer.of_server_log and answer.causes:
        _line(console, "", _LOG)
    if len({cause.cause for cause in answer.causes}) > 1:
        names = ", ".join(dict.fromkeys(cause.cause for cause in answer.causes))
        _line(console, "", f"The text does not tell which of these it is: {names}.")
    for number, cause in enumerate(answer.causes):
        if number:
            console.print()
        _print_cause(cause, console, many=len(answer.causes) > 2)
    if not answer.known:
        _line(console, "", "No error table knows this text. What it means is not guessed.")
        _line(console, "  look for  ", "lines before it: the innermost `Caused by`, the server's log at that second")
        _line(console, "  add it    ", "a row in your client.toml or in harness/knowledge/errors: docs/extending.md")
        _line(console, "  causes    ", "`dbtls explain CAUSE`: docs/causes.md lists them")


def _print_cause(cause: ExplainedCause, console: Console, *, many: bool) -> None:
    _line(console, f"{cause.cause}, refused by the {cause.by}: ", cause.means, style="bold")
    said = cause.said_by[: _FEW if many else None]
    _lines(console, "said by", (f"{one.versions} ({one.recorded})" for one in said))
    if more := len(cause.said_by) - len(said):
        _line(console, " " * 12, f"and {more} more: --json has each")
    _lines(console, "often", cause.hides)
    _lines(console, "ask for", cause.ask)
    _lines(console, "remedy", cause.remedy)
    _lines(console, "weakens", cause.weakening)
    _lines(console, "try it", cause.run)


def _lines(console: Console, label: str, texts: Iterable[str]) -> None:
    for number, text in enumerate(texts):
        _line(console, f"  {'' if number else label:<10}", text)


def _line(console: Console, label: str, text: str, *, style: str = "") -> None:
    indent = " " * (12 if label.startswith("  ") else 2 if label else 0)
    width = max(40, console.width)
    folded = textwrap.wrap(
        label + text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    whole = Text("\n".join(folded))
    whole.stylize(style, 0, len(label.rstrip()))
    console.print(whole, soft_wrap=True)
