"""The JSON of a rotation under load: stable, versioned, described by ``rotation.schema.json`` beside this file."""

import json
from pathlib import Path

from harness.kinds.rotation.as_json import as_json
from harness.model.rotated import Rotated

SCHEMA = Path(__file__).parent / "rotation.schema.json"


def write_json(rotated: Rotated, path: Path) -> None:
    """Write ``rotated`` to ``path``."""
    path.write_text(json.dumps(as_json(rotated), indent=1) + "\n", encoding="utf-8")
