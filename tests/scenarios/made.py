"""All that the shipped scenarios make for servers and clients of every sort, the guide's commands carried out."""

from functools import cache

from harness.case.rotation import Rotation
from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.case.situation import Case, Journey
from harness.case.startup import StartUp
from harness.case.testbed import Testbed
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.model.script import CommandDone, Script, ScriptResult
from harness.model.tls import Can, TlsVersion
from tests.case.beds import EVERYTHING, bed

SHIPPED = discover_scenarios([BUILTIN_SCENARIOS])
BEHAVIOUR = frozenset(row.does for row in Knowledge.read([BUILTIN_KNOWLEDGE]).behaving)
JAVA = EVERYTHING | {Can.KEY_STORES}
OLD = (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1)
ALL = tuple(TlsVersion)
BEDS: dict[str, Testbed] = {
    "plain": bed(),
    "java": bed(can=JAVA),
    "java 8": bed(can=JAVA, client_versions=(TlsVersion.TLS_1_2,)),
    "mariadb": bed(vendor="mariadb", client="pymysql"),
    "old": bed(server_versions=OLD, vendor="mariadb"),
    "old, java": bed(server_versions=OLD, can=JAVA, client="jdbc:connector-j-9"),
    "old, modern client": bed(server_versions=OLD, can=EVERYTHING - {Can.LEGACY_CRYPTO}),
    "all versions": bed(server_versions=ALL, client_versions=ALL),
    "one version each": bed(server_versions=(TlsVersion.TLS_1_3,), client_versions=(TlsVersion.TLS_1_2,)),
    **{f"does {name}": bed(does=frozenset({name}), client="pymysql") for name in sorted(BEHAVIOUR)},
}
MADE_BY_THE_GUIDE = ("ca-cert.pem", *(f"{end}-{what}.pem" for end in ("server", "client") for what in ("cert", "key")))


def carried_out(script: Script) -> ScriptResult:
    """As if every command of the guide had ended well; what is in the files nobody asks here."""
    done = tuple(CommandDone(command=one, ran=one.line, status=0, lines=()) for one in script.commands)
    names = (*MADE_BY_THE_GUIDE, "truststore", "keystore")
    return ScriptResult(done=done, files=dict.fromkeys(names, b""))


Made = Case | Journey | StartUp | Rotation


@cache
def everything() -> dict[str, Made]:
    """Every case of every theme for every testbed; one that several have alike once, by the first one's name."""
    found: dict[tuple[str, Made], str] = {}
    for name, testbed in BEDS.items():
        for scenario in SHIPPED.values():
            if scenario.id in {"guide::certificates", "guide::key_form"}:
                continue  # these look into the files
            for identity, made in scenario.cases(testbed, carried_out).items():
                if isinstance(made, Made):
                    found.setdefault((identity, made), f"{identity}@{name}")
    return {identity: made for (_, made), identity in found.items()}
