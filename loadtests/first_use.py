"""From publication to first use, by way and client: a table, from the JSON of ``dbtls run --scenario 'rotation*'``.

dbtls run --server all --scenario 'rotation*' --json report.json
python loadtests/first_use.py report.json
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

COLUMNS = {"first_connect_s": "a connection of its own", "first_pooled_s": "a pool's", "last_use_s": "last of the old"}


def times(report: dict[str, Any]) -> dict[tuple[str, str, str], list[float]]:
    """Seconds by way, client and column, of every generation but those that a load began with."""
    found: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for case in report["cases"]:
        for evidence in case["evidence"]:
            if "rotation" not in evidence:
                continue
            way = evidence["result"]["terms"]["how"]
            for generation in evidence["result"]["generations"]:
                for column in COLUMNS:
                    # What the load began with was published before anybody could use it; it has a last use alone.
                    if generation[column] is not None and (generation["rotation"] or column == "last_use_s"):
                        found[way, case["client"], column].append(generation[column])
    return found


def lines(report: dict[str, Any]) -> Iterator[str]:
    """The table, as Markdown."""
    found = times(report)
    yield "| way | client | " + " | ".join(f"{heading}: median, max, s" for heading in COLUMNS.values()) + " | n |"
    yield "|---" * (len(COLUMNS) + 3) + "|"
    for way, client in dict.fromkeys((way, client) for way, client, _ in sorted(found)):
        cells = [found[way, client, column] for column in COLUMNS]
        shown = (f"{median(cell):.2f}, {max(cell):.2f}" if cell else "-" for cell in cells)
        yield f"| {way} | {client} | {' | '.join(shown)} | {len(cells[0])} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))) + "\n")
