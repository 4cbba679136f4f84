"""RunningServer: one real server, told what a case needs, and asked what it saw."""

import contextlib
import secrets
from collections.abc import Sequence
from enum import Enum
from functools import cached_property
from types import TracebackType
from typing import Self

import pymysql

from harness import limits
from harness.errors import EngineError, ReloadRefused, ServerStartError
from harness.knowledge.product import Product
from harness.model.account import Credentials, Demand, Endpoint, Require
from harness.model.startup import Access, ServerConfiguration, StartOutcome
from harness.model.tls import ServerTls, TlsVersion
from harness.servers.admin import Admin, Unanswered
from harness.servers.build import ServerBuild
from harness.servers.dialect import Dialect, configured, dialect_of
from harness.servers.facts import ServerFacts
from harness.servers.log import PREFIX
from harness.servers.observer import Observer
from harness.servers.process import STARTING, PlacedFile, ServerProcess, Verb
from harness.servers.startup import Watch, written
from harness.servers.witness import Witness
from harness.waiting import wait_for

_ADMIN = "dbtls_admin"
_SUPERUSER = "dbtls_super"
"""Not the harness's own account: what its user does to this one must not stop the harness."""
_PARSE_ERROR = 1064
_LOST = 2013


class Applied(Enum):
    """How a server came to have what it was told."""

    UNCHANGED = "unchanged"
    RELOADED = "reloaded"
    RESTARTED = "restarted"
    FRESH = "started afresh"


class RunningServer:
    """A server of ``build`` in ``process``, started with ``tls``. A context manager: leaves nothing behind.

    Raises ServerStartError when the server ends, or never answers a query, while starting.
    """

    def __init__(self, build: ServerBuild, process: ServerProcess, tls: ServerTls) -> None:
        self.build = build
        self.endpoint = Endpoint(process.host, process.port)
        self._process = process
        vendor, version = process.facts["vendor"], process.facts["version"]
        self._dialect: Dialect = dialect_of(vendor, version)
        self._product = Product.of(vendor, version)
        self._password = secrets.token_urlsafe(18)
        self._admin: Admin | None = None
        self._witness: Witness | None = None
        self._live: ServerTls | None = None
        self._accounts: dict[Require, Credentials] = {}
        try:
            self._start(Verb.FRESH, tls)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        try:
            self._drop_admin()
        finally:
            self._process.close()

    @property
    def live(self) -> ServerTls | None:
        """What the server serves now."""
        return self._live

    def apply(self, tls: ServerTls) -> Applied:
        """Have the server serve ``tls``, the quickest way; a build that refuses it by reload is started afresh with it.

        Raises ServerStartError when it will not start with it, or starts and does not serve it.
        """
        if tls == self._live:
            return Applied.UNCHANGED
        if self._reload_brings(tls):
            with contextlib.suppress(ReloadRefused):
                return self.change(tls)
        self._start(Verb.FRESH, tls)
        return Applied.FRESH

    def change(self, tls: ServerTls) -> Applied:
        """Change to ``tls`` as an operator does: publish, then reload, or restart where a reload cannot bring it.

        Data and accounts stay. Raises ReloadRefused, with what was served before still served.
        """
        if self.facts.reload_statement is None or not self._reload_brings(tls):
            self._start(Verb.RESTART, tls)
            return Applied.RESTARTED
        self._put(self._configured(tls))
        try:
            self._connected.rows(self.facts.reload_statement)
        except pymysql.MySQLError as error:
            code, message = int(error.args[0]), str(error.args[-1])
            raise ReloadRefused(code=code, message=message, statement=self.facts.reload_statement) from error
        except Unanswered as error:
            message = f"no answer within {limits.RELOAD} s: handshakes in progress hold it up"
            raise ReloadRefused(code=_LOST, message=message, statement=self.facts.reload_statement) from error
        self._live = tls
        self._check_served(tls)
        return Applied.RELOADED

    def try_start(self, configuration: ServerConfiguration) -> StartOutcome:
        """Start afresh with literal options and files and see what becomes of it; after it nothing is live.

        Raises EngineError.
        """
        self._drop_admin()
        self._live = None
        self._accounts.clear()
        options = self._put(configuration)
        mark = self._started(self._process.command(Verb.FRESH))
        account = Credentials(_ADMIN, self._password)
        return Watch(self._process.log, mark, options=options, endpoint=self.endpoint, account=account).outcome()

    def account(self, require: Require) -> Credentials:
        """An account with this REQUIRE clause, made at its first use."""
        known = self._accounts.get(require)
        if known is None:
            known = Credentials(require.user, self._password)
            clause = "" if require.demand is Demand.NONE else require.sql()
            self._connected.rows(self._dialect.account(known.user, known.password, clause))
            if require.demand is Demand.NONE:
                self._warm(known)
            self._accounts[require] = known
        return known

    def superuser(self) -> Credentials:
        """An account that may do and grant everything, from any host: for whoever prepares the server."""
        made = Credentials(_SUPERUSER, self._password)
        for statement in self._dialect.administrator(made.user, made.password).splitlines():
            self._connected.rows(statement)
        return made

    def _warm(self, account: Credentials) -> None:
        """Log in once, so that whether a later login in the clear succeeds does not hang on caching_sha2's cache."""
        tls = self._live is not None and self._live.enabled
        Admin(self.endpoint, account, tls=tls).close()

    @property
    def witness(self) -> Witness:
        """The server's testimony: take a mark before an attempt, ask for the testimony after it."""
        if self._witness is None:
            raise self._not_running()
        return self._witness

    def served_serial(self) -> int | None:
        """The serial of the certificate that a new TLS connection is shown."""
        return self._connected.served_serial()

    def observer(self) -> Observer:
        """A connection of its own to watch the server with, while another thread has it told something."""
        return Observer(self.endpoint, Credentials(_ADMIN, self._password))

    @property
    def connections_made(self) -> int:
        """How many connections the harness has made since the server's start, but for observers'."""
        return self._connected.made

    def reads_log(self) -> tuple[str, ...]:
        """The last lines of the server's log."""
        return self._process.log.tail(limits.LOG_TAIL_LINES)

    @property
    def _connected(self) -> Admin:
        if self._admin is None:
            raise self._not_running()
        return self._admin

    def _not_running(self) -> EngineError:
        return EngineError("the server is not running", remedy="see what stopped it", detail=self.reads_log())

    def _reload_brings(self, tls: ServerTls) -> bool:
        return (
            self._live is not None
            and self.facts.reload_statement is not None
            and self._configured(self._live).reload_brings(self._configured(tls))
        )

    def _configured(self, tls: ServerTls) -> ServerConfiguration:
        return configured(tls, self._product)

    def _put(self, configuration: ServerConfiguration) -> list[str]:
        """Write all that it is configured with; its option lines with their paths. Raises EngineError."""
        options, files = written(configuration, self._process.layout)
        self._process.put([*self._settings(options), *files])
        return options

    def _settings(self, options: Sequence[str]) -> list[PlacedFile]:
        """The configuration of a server that is told ``options``, and what makes the harness's own account."""
        layout = self._process.layout
        configuration = self._dialect.configuration(options, layout)
        administrator = self._dialect.administrator(_ADMIN, self._password)
        return [
            PlacedFile(layout.configuration, configuration.encode()),
            PlacedFile(layout.init_file, administrator.encode(), Access.SERVER_ALONE),
        ]

    def _start(self, verb: Verb, tls: ServerTls) -> None:
        self._drop_admin()
        self._live = None
        if verb is Verb.FRESH:
            self._accounts.clear()
        self._put(self._configured(tls))
        mark = self._process.command(verb)
        self._admin = self._wait_until_ready(mark, tls)
        self._live = tls
        self._check_served(tls)
        self._witness = Witness(self.build.name, self._admin, self._process.log, self._dialect, tls=tls.enabled)

    def _wait_until_ready(self, mark: int, tls: ServerTls) -> Admin:
        log = self._process.log
        problem = ""

        def ready() -> Admin | None:
            nonlocal problem
            exited = next((line for line in self._since_start(mark) if line.startswith(PREFIX + "exited")), None)
            if exited is not None:
                raise self._did_not_start(mark, f"ended while starting ({exited.removeprefix(PREFIX)})")
            if log.ended:
                raise EngineError("a server's process is gone", remedy="see the engine's log", detail=self.reads_log())
            try:
                return Admin(self.endpoint, Credentials(_ADMIN, self._password), tls=tls.require_secure_transport)
            except (pymysql.MySQLError, OSError) as error:
                problem = str(error)
                return None

        admin = wait_for(ready, deadline_s=limits.SERVER_READY)
        if admin is None:
            raise self._did_not_start(mark, f"answered no query for {limits.SERVER_READY} s: {problem}")
        return admin

    def _started(self, mark: int) -> int:
        """The mark of the server that was started since ``mark``; before it may stand the end of the one before."""
        return mark + self._process.log.since(mark).index(PREFIX + STARTING) + 1

    def _since_start(self, mark: int) -> tuple[str, ...]:
        """The lines of the server that was started since ``mark``."""
        return self._process.log.since(self._started(mark))

    def _did_not_start(self, mark: int, how: str) -> ServerStartError:
        lines = [line for line in self._since_start(mark) if not line.startswith(PREFIX)]
        errors = [line for line in lines if "[ERROR]" in line]
        return ServerStartError(
            f"server `{self.build.name}` {how}",
            remedy="see the last lines of its log",
            detail=(errors or lines)[-limits.LOG_TAIL_LINES :],
        )

    def _check_served(self, tls: ServerTls) -> None:
        served = self._connected.served_serial()
        if served != tls.serial:
            has = "no TLS" if served is None else f"certificate serial {served:x}"
            wanted = "TLS off" if tls.serial is None else f"serial {tls.serial:x}"
            self._live = None
            raise ServerStartError(
                f"server `{self.build.name}` was told {wanted} and serves {has}",
                remedy="see the last lines of its log",
                detail=self.reads_log(),
            )

    @cached_property
    def facts(self) -> ServerFacts:
        """What the server says of itself, asked once."""
        admin = self._connected
        ((version, comment),) = admin.rows("SELECT VERSION(), @@version_comment")
        reload_statement: str | None = self._dialect.reload_statement
        try:
            admin.rows(self._dialect.reload_statement)
        except pymysql.MySQLError as error:
            if error.args[0] == _PARSE_ERROR:
                reload_statement = None
        return ServerFacts(
            vendor=self._dialect.vendor,
            version=str(version),
            comment=str(comment),
            tls_library=" ".join(str(row[-1]) for row in admin.rows(self._dialect.tls_library))
            or self._process.facts["library"].replace("_", " "),
            versions=tuple(version for version in TlsVersion if admin.offers(version)),
            reload_statement=reload_statement,
        )

    def _drop_admin(self) -> None:
        if self._admin is not None:
            self._admin.close()
        self._admin = self._witness = None
