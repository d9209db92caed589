"""What was said in overlap rounds, each event in one sentence, for `read`; nobody's marks are in any of them."""

from __future__ import annotations

from typing import assert_never

from backchannel.cli.at_table import short
from backchannel.cli.render import isolated, plural, safe
from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.table.overlap import Answer, BottomLine, Commit, End, Open, Points, read_said


def overlap_sentence(event: Event) -> str:
    """Return what an event of an overlap round did."""
    try:
        said = read_said(event.kind, event.body)
    except Malformed:
        return "a step of an overlap round that cannot be read"
    match said:
        case Open(topic, number, _, subject):
            about = f"overlap round {number} on {isolated(safe(topic))}"
            if isinstance(subject, BottomLine):
                return f"proposed {about}: bottom lines from {subject.low:,} to {subject.high:,}"
            strict = ", strict" if subject.strict else ""
            marks = f"at most {plural(subject.most, 'mark')} a side{strict}"
            return f"proposed {about}: {plural(len(subject.packages), 'package')}, {marks}"
        case Commit(session):
            return f"entered overlap round {short(session)}, and cannot change the marks any more"
        case Points(session):
            return f"put in the set for overlap round {short(session)}, blinded"
        case Answer(session):
            return f"answered in overlap round {short(session)}"
        case End(session):
            return f"ended overlap round {short(session)}"
        case _:
            assert_never(said)
