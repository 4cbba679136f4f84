"""Templates become pages: every value is escaped, style and script stand in the page, and nothing else may load."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.reports.text import on_one_line

_HERE = Path(__file__).parent


def rendered(template: str, **values: object) -> str:
    """The page that ``template``, a file beside this one, makes of ``values``."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    environment.globals |= {
        "style": Markup(style),  # noqa: S704  a file of ours
        "script": Markup(script),  # noqa: S704  a file of ours
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    }
    return environment


def _shown(value: object) -> object:
    """Text from elsewhere neither ends a line, nor reorders it, nor holds what HTML cannot."""
    return on_one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _hash(text: str) -> str:
    """What a policy of content names a part of the page by: no other style or script is taken."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
