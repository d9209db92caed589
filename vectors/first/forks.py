"""4.2 and 3.4.2: frames that bring branches, notices and acknowledgements."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from backchannel.app.line import Line, Phase
from backchannel.app.receive import _Reader
from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError
from backchannel.line.epochs import Epochs
from backchannel.line.frame import ForkNotice, Frame
from backchannel.log.event import Event
from backchannel.wire.coverage import NOTHING, Coverage
from vectors.first.log import Log
from vectors.first.seeds import NOW, seeded, text_event
from vectors.first.shown import Json, Recorded


def _chain(author: int, *said: str) -> list[Event]:
    events: list[Event] = []
    for at, text in enumerate(said):
        events.append(text_event(author, at + 1, events[-1].id if events else b"", text))
    return events


def forks(_: Recorded) -> Json:
    """4.2, 3.4.2: frames that come to the inviter, and what it knows after each."""
    own, theirs = _chain(0, "a", "b", "c"), _chain(1, "A", "B", "C", "D", "E")
    other = text_event(1, 2, theirs[0].id, "B, another")
    third = text_event(1, 3, other.id, "C, after the other B")
    silent = text_event(1, 3, b"", "C, which does not say what it follows")
    mine = text_event(0, 2, own[0].id, "b, another")
    ids = {name: each.id for name, each in (("B", theirs[1]), ("other", other), ("b", own[1]), ("c", own[2]))}

    def came(*events: Event, own: int = 5) -> Frame:
        return Frame(own=own, held=NOTHING, events=tuple(each.raw for each in events))

    def notice(author: int, number: int, *known: bytes, answer: bool = False) -> Frame:
        control = ForkNotice(author, number, tuple(sorted(known)), answer=answer)
        return Frame(own=5, held=NOTHING, controls=(control,))

    def heard(held: Coverage, head: bytes) -> Frame:
        return Frame(own=5, held=held, head=head[:8])

    cases: list[tuple[str, list[Frame]]] = [
        ("a chain that holds, in any order", [came(theirs[3], theirs[0]), came(theirs[2], theirs[1], theirs[2])]),
        ("an event that does not say what it follows", [came(theirs[0], other), came(silent)]),
        ("an event that follows another than the one that is held", [came(theirs[0], theirs[1]), came(third),
         notice(1, 2, ids["B"], ids["other"]), came(other), notice(1, 2, ids["B"], ids["other"], answer=True)]),
        ("the event behind a gap follows another than the one that fills it", [came(theirs[0], third),
         came(theirs[1])]),
        ("the branch and what follows it in one frame", [came(theirs[0], theirs[1], other, third)]),
        ("a branch", [came(theirs[0], theirs[1]), came(other), notice(1, 2, ids["B"]),
         notice(1, 2, ids["B"], ids["other"], answer=True), came(text_event(1, 2, theirs[0].id, "B, a third"))]),
        ("a branch of our own feed", [came(mine), notice(0, 2, mine.id, ids["b"])]),
        ("a number of ours that we have not reached", [came(theirs[0]), came(text_event(0, 4, own[2].id, "d"))]),
        ("sixteen branches, and a seventeenth",
         [came(*(text_event(1, 1, b"", f"{at}") for at in range(16))), came(text_event(1, 1, b"", "16"))]),
        ("notices of numbers that are not held", [notice(1, 9, bytes(32)), notice(0, 4, answer=True)]),
        ("notices of numbers that are no fork", [came(theirs[0]), notice(1, 1, theirs[0].id, answer=True),
         notice(0, 1, own[0].id), notice(0, 2, bytes(32)), notice(0, 2, ids["b"], answer=True)]),
        ("acknowledgements", [heard(Coverage(1), own[0].id), heard(Coverage(2, ((4, 4),)), ids["b"]),
         heard(Coverage(1), bytes(8)), heard(Coverage(3), ids["c"])]),
        ("an acknowledgement that does not say its head", [heard(Coverage(2), b"")]),
        ("an acknowledgement without head of more than we have written", [heard(Coverage(9, ((11, 12),)), b"")]),
        ("an acknowledgement of another copy's words", [heard(Coverage(1), own[0].id), heard(Coverage(3), bytes(8)),
         notice(0, 3, ids["c"], answer=True)]),
        ("an acknowledgement of more than we have written", [heard(Coverage(5), seeded("head", 8))]),
        ("an acknowledgement of a branch in our name", [came(mine), heard(Coverage(2), mine.id)]),
    ]  # fmt: skip
    return [{"what": what, "role": 0, "own": [each.raw.hex() for each in own], "frames": _taken(own, frames)}
            for what, frames in cases]  # fmt: skip


def _taken(own: list[Event], frames: list[Frame]) -> Json:
    """Return what one side knows after each of these frames has been opened."""
    log = Log(own)
    line = Line(b"", "", Role.INVITER, Phase.OPEN, 0, own=len(own), positions=len(own), last=own[-1].id)
    channel: Any = SimpleNamespace(
        epochs=Epochs(((1, bytes(32)),)),
        context=None,
        heard_by_peer=0,
        forget_epochs=lambda: None,
    )
    out = []
    for frame in frames:
        work: Any = SimpleNamespace(transaction=log, append=log.append)
        reader, events, error = _Reader(work, line, NOW * 1000), list(log.events), None
        try:
            reader._keep_events(frame)
            reader._match_forks(frame)
            reader._note_delivery(channel, frame)
        except BackchannelError as refused:
            reader.line, log.events, error = line, events, refused.code
        noticed = reader.line.notices[len(line.notices) :] if reader.line.notices != line.notices else ()
        line = replace(reader.line, notices=())
        out.append(
            {
                "frame": frame.encode().hex(),
                "error": error,
                "events": reader.events if error is None else 0,
                "held": line.theirs.to_value(),
                "delivered": line.delivery.theirs.to_value(),
                "forks": [[fork.author, fork.number, fork.settled, fork.asked] for fork in line.forks],
                "notices": [str(notice) for _, notice in noticed],
            }
        )
    return out
