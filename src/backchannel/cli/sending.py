"""Sending what a command has just put into the vault, and saying what became of it."""

from __future__ import annotations

from backchannel.app.exchange import Exchanged, exchange, send
from backchannel.app.line import Phase
from backchannel.app.steady import steady_of
from backchannel.cli.context import Session, talk
from backchannel.cli.exchanging import warn
from backchannel.cli.steady_sentences import steady_kept
from backchannel.log.event import Event


def send_out(session: Session, name: str, event: Event) -> bool:
    """Send an event of the owner's, with all that waits before it; return whether it is on its way."""
    line = session.line(name)
    transports = session.transports_of(line)
    try:
        done = Exchanged()
        send(session.desk(), line.id, transports, done, most_parts=0)
        if not done.problems and line.phase is not Phase.OPEN:
            done = exchange(session.desk(), line, transports)
        warn(done)
        return went_out(session, name, event, done)
    finally:
        for transport in transports:
            transport.close()


def went_out(session: Session, name: str, event: Event, done: Exchanged) -> bool:
    """Say whether an event is on its way: sent by us, or by another process of ours that was faster."""
    line = session.line(name)
    failed = bool(done.problems) and not done.sent
    return not failed and line.phase is Phase.OPEN and line.delivery.framed >= event.number


def tell_kept(session: Session, name: str) -> None:
    """Say how what was kept goes out."""
    steady = steady_of(session.desk(), name)
    if steady is not None:
        talk(steady_kept(steady, name))
        return
    by_hand = not (session.line(name).relays or session.line(name).folders)
    talk(f"Kept; carry it: backchannel carry out {name} DIR" if by_hand else "Kept; it goes out with the next sync.")
