"""4.2 and 4.3: the places of events in a feed, and the order of all of them."""

from backchannel.app.line import Line, Phase
from backchannel.crypto.suite import Role
from backchannel.log.order import height, in_order
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.wire.coverage import NOTHING, Coverage
from vectors.first.log import Log
from vectors.first.seeds import text_event
from vectors.first.shown import Json, Recorded


def order(_: Recorded) -> Json:
    """4.2, 4.3: one side, the inviter, that has written three events; what comes to it and where all of them stand."""
    own = [text_event(0, 1, b"", "a")]
    own.append(text_event(0, 2, own[0].id, "b", seen=2))
    own.append(text_event(0, 3, own[1].id, "c", seen=2))
    theirs = [text_event(1, 1, b"", "A")]
    for number, seen in ((2, 1), (3, 1), (4, 3)):
        theirs.append(text_event(1, number, theirs[-1].id, "B", seen=seen))
    branch, mine, far = (
        text_event(1, 3, theirs[1].id, "C", seen=2),
        text_event(0, 3, own[1].id, "d"),
        text_event(1, 9, b"", "Z", seen=3),
    )
    log = Log(own)
    covered, placings = NOTHING, []
    for each in [theirs[1], theirs[3], theirs[1], theirs[0], far, own[1], mine, theirs[2], branch, mine]:
        before = Coverage(len(own)) if each.author == 0 else covered
        missing: list[list[int]] = []
        match place(before, each, log.ids_at(b"", each.author, each.number)):
            case Appended(after):
                result = "appended"
            case Gap(after, runs):
                result, missing = "beyond a gap", [list(run) for run in runs]
            case Duplicate():
                result, after = "duplicate", before
            case Forked():
                result, after = "forked", before
        if result != "duplicate":
            log.append(Line(b"", "", Role.INVITER, Phase.OPEN, 0), each, 0)
        covered = covered if each.author == 0 else after
        placings.append({"event": each.raw.hex(), "placed": result, "missing": missing, "held": after.to_value()})
    return {
        "role": 0,
        "own": [each.raw.hex() for each in own],
        "placing": placings,
        "unordered": [each.raw.hex() for each in log.events],
        "ordered": [each.id.hex() for each in in_order(log.events)],
        "heights": [height(each) for each in in_order(log.events)],
    }
