"""The ids of all cases that the shipped scenarios make for servers and clients of every sort."""

from dataclasses import replace

from harness.model.script import Script, ScriptResult
from tests.case.beds import bed, materials
from tests.scenarios.made import BEDS, MADE_BY_THE_GUIDE, SHIPPED, carried_out

_LEAF = materials().leaf(bed().server_leaf("guide"))
_FILES = {name: _LEAF.key_pem() if "key" in name else _LEAF.chain_pem for name in MADE_BY_THE_GUIDE}


def _carried_out(script: Script) -> ScriptResult:
    """With certificates and keys that can be read: some of the guide's scenarios look into them."""
    ended = carried_out(script)
    return replace(ended, files={**ended.files, **_FILES})


def case_ids() -> dict[str, bool]:
    """Each id, and whether a client takes part."""
    return {
        identity: not scenario.clientless
        for testbed in BEDS.values()
        for scenario in SHIPPED.values()
        for identity in scenario.cases(testbed, _carried_out)
    }


CASE_IDS = case_ids()
