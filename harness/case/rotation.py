"""A rotation under load as a scenario or a command asks for it, and the times that follow from it."""

from dataclasses import dataclass, field

from harness.case.kind import AnyCase
from harness.errors import UsageError
from harness.model.material import StoreKind
from harness.model.rotation import Control, How, Mix, Pools, Terms, What

_AT_LEAST = 10
"""Successes that each generation needs before it counts as proved."""
_DRAIN_S = 5.0
"""From a reload until no idle connection of the old generation is left: they are closed at once, on a busy machine."""
_CLEANER_S = 0.25
_LONGEST_HOLD_S = 2.0
_HIKARICP_LIFE_S = 30.0
"""The shortest maxLifetime that HikariCP takes (HikariConfig.validateNumerics)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation(AnyCase):
    """What is exchanged, how, in what stores, under what load. ``rate`` is new connections a second of all ``workers``.

    ``protocols`` are those that the client must be told to speak (enabledTLSProtocols); none: as it is shipped.
    ``reads_stores``: the client's driver reads them itself, whenever it connects. ``same_stat``: a key
    store that is put in place of another has its size and modification time, by stat(2). So `rsync -t`, `cp -p` and
    tools that fix times leave one whose certificate and key alone are new: the file is sound, and whoever takes size
    and time for the content does not see that it is another.

    The steps of all ``rotations`` are spread evenly over ``duration_s``, less a tail in which the last one drains.
    Raises UsageError for numbers that nothing can be proved with.
    """

    what: What
    how: How
    stores: StoreKind = StoreKind.PEM
    rotations: int = 1
    rate: float = 25.0
    mix: Mix = field(default_factory=Mix)
    duration_s: float = 5.0
    workers: int = 1
    protocols: tuple[str, ...] = ()
    reads_stores: bool = False
    same_stat: bool = False
    control: Control | None = None
    pools: Pools = Pools.REFERENCE

    def __post_init__(self) -> None:
        if self.rotations < 1 or self.rate <= 0 or self.workers < 1:
            raise UsageError(
                "--rotations, --rate and --processes must be greater than 0", remedy="give greater numbers"
            )
        if self.same_stat and (self.how is not How.IN_PLACE or not self.what.moves_leaf):
            raise UsageError(
                "a key store of the same size and time is for a leaf that is exchanged in place",
                remedy=f"give --how {How.IN_PLACE.value}, and --what {What.LEAF.value} or {What.BOTH.value}",
            )
        shortest = self.tail_s + _AT_LEAST / self.rate * (self.steps + 1)
        if self.duration_s < shortest:
            many = self.rotations > 1
            count = f"{self.rotations} rotations" if many else "1 rotation"
            raise UsageError(
                f"{count} at {self.rate:g} connections/s cannot be proved in {self.duration_s:g} s",
                remedy=f"give --duration {shortest + 1:.0f} or more,{' fewer --rotations,' if many else ''} "
                "or a higher --rate",
            )

    @property
    def proved_by_account(self) -> bool:
        """Whether the server has an account for each leaf, as which its holder logs in: so both ends tell which it was.

        A driver that reads stores itself may find others there than when the account was chosen. It logs in as the
        guide has it, as one account that demands a certificate, and what its TLS says it presented is the proof. What
        has no client certificate any more (a control) logs in as whoever is configured.
        """
        read_late = self.reads_stores and self.how is not How.NEW_URL
        return not read_late and self.control is not Control.PLAINTEXT_DOWNGRADE

    @property
    def steps(self) -> int:
        """How many steps its rotations have at most."""
        return self.rotations * (3 if self.what.moves_authority else 1 + (not self.how.reloads))

    @property
    def hold_s(self) -> float:
        """How long a session is held: shorter where the whole run is short."""
        return min(_LONGEST_HOLD_S, self.mix.hold_s, self.duration_s / 8)

    @property
    def max_life_time_s(self) -> float:
        """The pools' maxLifeTime: the guide's, unless it alone replaces connections."""
        if self.how.reloads:
            return 600.0
        return _HIKARICP_LIFE_S if self.pools is Pools.HIKARICP else min(2.0, max(0.5, self.duration_s / 8))

    @property
    def cleaner_s(self) -> float:
        """The pools' cleanerInterval."""
        return 10.0 if self.how.reloads else _CLEANER_S

    @property
    def drain_s(self) -> float:
        """How long the last connection of an old generation may live after the step that retires it."""
        return _DRAIN_S + (0.0 if self.how.reloads else self.max_life_time_s + _CLEANER_S)

    @property
    def tail_s(self) -> float:
        """From the last step to the end of the load."""
        return self.hold_s + (0.5 if self.how.reloads else self.max_life_time_s + _CLEANER_S + 0.5)

    @property
    def pause_s(self) -> float:
        """Between two steps, and before the first."""
        return (self.duration_s - self.tail_s) / (self.steps + 1)

    @property
    def proving_s(self) -> float:
        """How long a step is left alone at least, also where the one before it came late: its generation needs uses."""
        return min(self.pause_s, 2 * _AT_LEAST / self.rate)

    @property
    def at_least(self) -> int:
        """How many new connections have to be served with each generation."""
        return _AT_LEAST

    def terms(self, *, server_moves: bool) -> Terms:
        """What its judge needs."""
        return Terms(
            what=self.what,
            how=self.how,
            stores=self.stores.value,
            rotations=self.rotations,
            rate=self.rate,
            mix=Mix(check_outs=self.mix.check_outs, held=self.mix.held, hold_s=self.hold_s),
            duration_s=self.duration_s,
            max_life_time_s=self.max_life_time_s,
            drain_s=self.drain_s,
            at_least=self.at_least,
            server_moves=server_moves,
            control=self.control,
        )
