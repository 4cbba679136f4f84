"""What every kind of case has in common: that a scenario may make it."""


class AnyCase:
    """A case of some kind; ``harness.kinds`` has, for each kind, how it is carried out, judged and told."""

    __slots__ = ()
