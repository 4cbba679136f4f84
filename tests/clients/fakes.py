"""Probes that misbehave, as scripts, for the tests of this room."""

import json
import sys
from pathlib import Path

from harness.clients.build import ClientBuild
from harness.clients.fields import AccountField, EndpointField, TlsField
from harness.clients.protocol import AttemptRequest, OpenRequest
from harness.clients.table import ErrorTable

PASSWORD = "pa'ss\\word-Ünique"  # noqa: S105 - made up, to be looked for in what comes back
HELLO: dict[str, object] = {
    "protocol": 1,
    "name": "fake",
    "driver": "Fake 1.0",
    "runtime": "none",
    "tls_library": "none",
    "versions": ["TLSv1.3"],
    "can": ["require", "verify-ca"],
    "concurrency": 4,
}
ROWS = [[["probe@%", 7]], [["Ssl_version", "TLSv1.3"]], [["Ssl_cipher", "TLS_AES_128_GCM_SHA256"]]]
CONNECTED = {"tls_version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "server_serial": "ff", "rows": ROWS}

PREAMBLE = """
import json, os, sys, time

KNOWN = {"id", "op", "endpoint", "account", "tls", "queries", "timeout_s", "session", "pool", "settings", "number"}
KNOWN |= {"tls." + name for name in ("verify", "ca", "certificate", "key", "versions", "ciphers", "legacy")}
beside = {}

def say(value):
    if isinstance(value, dict) and value.get("id") in beside:
        value = {**value, "ignored": beside[value["id"]]}
    sys.stdout.write((value if isinstance(value, str) else json.dumps(value)) + "\\n")
    sys.stdout.flush()

def requests():
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "bye":
            os._exit(0)
        names = [*request, *("tls." + name for name in request.get("tls", ()))]
        if unknown := [name for name in names if name not in KNOWN]:
            beside[request["id"]] = unknown
        yield request

def connects(request):
    # What every probe gets right that is wrong in one way only.
    import socket
    endpoint = request["endpoint"]
    try:
        with socket.create_connection((endpoint["host"], endpoint["port"]), 0.05) as sock:
            return bool(sock.recv(1))
    except OSError:
        return False

ERROR = [{"kind": "OSError", "message": "no", "code": 111, "sqlstate": None}]
"""

ANSWERS = """
say({"hello": HELLO})
for request in requests():
    say({"id": request["id"], "connected": CONNECTED})
"""

HONEST = """
say({"hello": HELLO})
for request in requests():
    if request["op"] != "attempt":
        say({"id": request["id"], "unsupported": request["op"]})
    elif connects(request):
        say({"id": request["id"], "connected": CONNECTED})
    else:
        say({"id": request["id"], "error": ERROR})
"""

HOLDING = """
HELLO["can"].append("hold-sessions")
say({"hello": HELLO})
sessions = {}
for request in requests():
    op, number, session = request["op"], request["id"], request.get("session")
    if op in ("attempt", "open"):
        if connects(request):
            if op == "open":
                sessions[number] = CONNECTED["rows"]
            say({"id": number, "connected": CONNECTED})
        else:
            say({"id": number, "error": ERROR})
    elif op == "query":
        if session in sessions:
            say({"id": number, "rows": sessions[session]})
        else:
            say({"id": number, "error": [{"kind": "dbtls.no-session", "message": "none"}]})
    elif op == "close":
        sessions.pop(session, None)
        say({"id": number, "closed": True})
    else:
        say({"id": number, "unsupported": op})
"""
"""Holds sessions; like HONEST it connects to what sends something."""

POOLING = """
HELLO["pool"] = "pool 1.0"
NO_POOL = [{"kind": "dbtls.no-pool", "message": "none"}]
pools, idle, waiting, wanted, news = {}, {}, [], {}, []

def pool_answer(request):
    op, number, name = request["op"], request["id"], request.get("pool")
    if op == "pool.next":
        return {"next": news.pop(0) if news else {"what": "nothing"}}
    if op == "pool.connect":
        if request["number"] not in wanted:
            return {"error": [{"kind": "dbtls.not-wanted", "message": "none"}]}
        made = request["number"]
        if not connects(pools[wanted.pop(made)]):
            return {"error": ERROR}
        say({"id": number, "connected": CONNECTED})
        borrower = waiting.pop(0)
        sessions[borrower] = CONNECTED["rows"]
        idle[borrower] = made
        say({"id": borrower, "connected": CONNECTED})
        return None
    if op == "pool.open":
        pools[name] = request
        return {"done": True}
    if name not in pools:
        return {"error": NO_POOL}
    if op == "pool.borrow":
        wanted[1] = name
        waiting.append(number)
        news.append({"what": "connect", "pool": name, "number": 1})
        return None
    if op == "pool.evict":
        for session, made in idle.items():
            news.append({"what": "closed", "pool": name, "number": made})
        idle.clear()
    return {"done": True}
""" + HOLDING.replace(
    """    if op in ("attempt", "open"):""",
    """    if op.startswith("pool."):
        answer = pool_answer(request)
        if answer is not None:
            say({"id": number, **answer})
    elif op in ("attempt", "open"):""",
)
"""Has a pool of one connection, and holds sessions."""

IDENTITY_ROWS = [[["probe@%", 7]]]
HOLDS = (
    f"""
CONNECTED["rows"] = {IDENTITY_ROWS!r}
def connects(request):
    return True
"""
    + HOLDING
)
"""HOLDING, connecting to anything, with the answer to IDENTITY."""


def script(folder: Path, body: str) -> tuple[str, ...]:
    """The command that runs ``body`` with HELLO, CONNECTED, ERROR, say, requests and connects at hand."""
    path = folder / "fake_probe.py"
    values = f"HELLO = json.loads({json.dumps(HELLO)!r})\nCONNECTED = json.loads({json.dumps(CONNECTED)!r})\n"
    path.write_text(PREAMBLE + values + body, encoding="utf-8")
    # -I -S: isolated and without site, which starts in a third of the time.
    return (sys.executable, "-I", "-S", str(path))


def build(folder: Path, body: str, *, table: ErrorTable | None = None) -> ClientBuild:
    """A client whose probe is ``script``."""
    command = script(folder, body)
    return ClientBuild(
        name="fake", summary="", folder=folder, command=command, environment={}, table=table or ErrorTable()
    )


def attempt(queries: tuple[str, ...] = ("SELECT 1",)) -> AttemptRequest:
    """An attempt with the password that must never show."""
    return AttemptRequest(
        endpoint=EndpointField(host="127.0.0.1", port=1),
        account=AccountField(user="probe", password=PASSWORD),
        tls=TlsField(verify="required"),
        queries=queries,
        timeout_s=1,
    )


def opening() -> OpenRequest:
    """An ``open`` with the same."""
    return OpenRequest(
        endpoint=EndpointField(host="127.0.0.1", port=1),
        account=AccountField(user="probe", password=PASSWORD),
        tls=TlsField(verify="required"),
        queries=("SELECT 1",),
        timeout_s=1,
    )
