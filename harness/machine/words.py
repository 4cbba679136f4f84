"""Numbers of a machine in words."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Bytes as people read them: ``512 B``, ``1.4 MB``, ``73 GB``; in powers of a thousand, as docker says them."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.1f} {_UNITS[unit]}" if unit > 0 and count < 9.95 else f"{count:.0f} {_UNITS[unit]}"
