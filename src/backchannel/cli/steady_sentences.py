"""What is told of steady lines."""

from __future__ import annotations

from typing import Final

from backchannel.app.steady import Steady
from backchannel.cli.render import local, moment, plural
from backchannel.line.slots import DAY, MINUTE

HOUR: Final = 60 * MINUTE
KEEPERS: Final = "`backchannel sync --watch` or `read --follow`"


def span_told(milliseconds: int) -> str:
    """Return a span of whole minutes for people."""
    for unit, one in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if milliseconds % unit == 0:
            return plural(milliseconds // unit, one)
    return f"{milliseconds / 1000:g} seconds"


def steady_told(steady: Steady) -> str:
    """Return how a steady line stands, in a few words."""
    rhythm = steady.rhythm
    parts = [f"one envelope of {rhythm.size // 1024} KiB every {span_told(rhythm.every)}, next at {local(steady.next)}"]
    if steady.out is not None:
        parts.append(f"{plural(steady.waiting, 'envelope')} to say, out by {local(steady.out)}")
    if steady.files:
        parts.append(f"{plural(steady.files, 'envelope')} of files")
    if not steady.kept:
        parts.append("nothing keeps it in its slots now")
    return "; ".join(parts)


def steady_kept(steady: Steady, name: str) -> str:
    """Return when what was just kept goes out."""
    when = local(steady.next if steady.out is None else steady.out)
    many = f" (in {steady.waiting:,} envelopes)" if steady.waiting > 1 else ""
    condition = "" if steady.kept else f", if {KEEPERS} runs then"
    return f"Kept; {name} is steady: it goes out at {when}{many}{condition}."


def steady_left_alone(name: str) -> str:
    """Return why a line was not asked."""
    return f"{name} is steady, and nothing keeps it in its slots now: run {KEEPERS}."


def steady_file(steady: Steady) -> str:
    """Return how a file of a steady line goes out."""
    least = span_told(-(-steady.files * steady.rhythm.every // HOUR) * HOUR)
    return f"It goes in slots in which nothing is said: {plural(steady.files, 'envelope')}, {least} or more."


def steady_value(steady: Steady | None) -> dict[str, object] | None:
    """Return how a steady line stands as a JSON object."""
    if steady is None:
        return None
    return {
        "every_seconds": steady.rhythm.every // 1000,
        "size": steady.rhythm.size,
        "next": moment(steady.next),
        "waiting": steady.waiting,
        "out": moment(steady.out),
        "files": steady.files,
        "kept": steady.kept,
    }
