"""One exchange for a command that has something else to do: warn, and never fail because a relay is away."""

from __future__ import annotations

import time

from backchannel.app.exchange import Exchanged, exchange
from backchannel.app.line import Phase
from backchannel.app.steady import steady_of
from backchannel.cli.context import Session, talk
from backchannel.cli.render import local
from backchannel.cli.steady_sentences import steady_left_alone

PAUSE = 0.5


def exchange_now(session: Session, name: str, *, wait: float = 0.0, until_open: bool = False) -> bool:
    """Exchange what there is on a line.

    Args:
        session: this run.
        name: the line.
        wait: seconds to go on for, at most.
        until_open: stop when the line is open.

    Returns:
        Whether the line is open.
    """
    steady = steady_of(session.desk(), name)
    if steady is not None:
        if not steady.kept:
            talk(steady_left_alone(name))
        return True
    transports = session.transports_of(session.line(name))
    until = time.monotonic() + wait
    warned = False
    try:
        while True:
            done = exchange(session.desk(), session.line(name), transports)
            if not warned:
                warned = warn(done)
            line = session.line(name)
            over = (until_open and line.phase in (Phase.OPEN, Phase.REFUSED)) or time.monotonic() >= until
            if over or not transports:
                return line.phase is Phase.OPEN
            time.sleep(PAUSE)
    finally:
        for transport in transports:
            transport.close()


def warn(done: Exchanged) -> bool:
    """Tell of transports that failed or rest after they did; return whether there were any."""
    for _, error in done.problems:
        talk(f"warning: {error}" + (f"; {error.hint}" if error.hint else ""))
    for name, until in done.resting:
        talk(f"warning: {name} did not answer and is left alone until {local(until)}; `backchannel sync` asks it now")
    return bool(done.problems or done.resting)
