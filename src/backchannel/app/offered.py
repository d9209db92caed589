"""What a frame offers: its events, without those that are not to be taken from anybody (spec 3.4.2, 3.8.6)."""

from __future__ import annotations

from collections.abc import Iterator

from backchannel.app.line import Line
from backchannel.errors import Malformed, Oversize, PeerMisbehaved
from backchannel.line.frame import Frame
from backchannel.log.event import Event
from backchannel.log.tombstone import read_kept


def offered(line: Line, frame: Frame) -> tuple[list[Event], bool]:
    """Return a frame's events, and whether a copy of this vault, which went on, has said others in our name.

    Args:
        line: as it is.
        frame: what came.

    Raises:
        PeerMisbehaved: there is what is no event, or what nobody could have said in our name.
    """
    events = list(_events(frame))
    if line.recovery.returned is not None:
        return events, False
    beyond = [event for event in events if event.author == int(line.role) and event.number > line.own]
    if beyond and line.recovery.restored is None:
        raise PeerMisbehaved("words put into our mouth")
    return ([event for event in events if event not in beyond], True) if beyond else (events, False)


def _events(frame: Frame) -> Iterator[Event]:
    for raw in frame.events:
        try:
            yield read_kept(raw)
        except (Malformed, Oversize) as error:
            raise PeerMisbehaved("an event that is none") from error
