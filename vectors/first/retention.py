"""16.3: how long words are kept, by what both sides have said."""

from backchannel.app.line import Line, Phase
from backchannel.app.terms import heed
from backchannel.crypto.suite import Role
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.order import in_order
from backchannel.log.retention import KEEP, MOST_RULES, RETENTION, Rule, retention_body
from backchannel.log.tombstone import Why, bury
from backchannel.wire.codec import encode
from vectors.first.shown import Json, Recorded

CLOSED, WEEK, MONTH = Rule(on_closing=True), Rule(7), Rule(30)

LAST = 7
"""After how many events, the last ones, it is said what is agreed."""


def word(author: int, number: int, seen: int, rule: Rule, clock: int = 0) -> Event:
    """Return an event that proposes a rule."""
    return write_event(author=author, number=number, seen=seen, clock=clock, kind=RETENTION, body=retention_body(rule))


def retention(_: Recorded) -> Json:
    """16.3: events in the order in which they come, and what is agreed after each."""
    both = write_event(author=1, number=2, seen=2, clock=0, kind=RETENTION, body=encode({"keep": "always", "days": 7}))
    talk = write_event(author=0, number=2, seen=1, clock=0, kind=TEXT, body=text_body("hello"))
    gone = bury(word(1, 2, 1, MONTH), Why.RETENTION, 0)
    cases = {
        "one side alone": [word(0, 1, 0, WEEK), word(0, 2, 0, MONTH), word(0, 3, 0, KEEP)],
        "one side proposes, the other agrees": [word(0, 1, 0, WEEK), word(1, 1, 1, WEEK)],
        "both say the same at once": [word(1, 1, 0, CLOSED), word(0, 1, 0, CLOSED)],
        "an agreement stays until the next": [
            word(0, 1, 0, WEEK), word(1, 1, 1, WEEK), word(1, 2, 1, CLOSED), word(0, 2, 2, MONTH),
            word(0, 3, 2, CLOSED), word(1, 3, 3, KEEP), word(0, 4, 3, KEEP),
        ],
        "a word crosses an agreement": [word(0, 1, 0, WEEK), word(1, 1, 1, WEEK), word(0, 2, 0, MONTH)],
        "the same, as the other side hears it": [word(0, 1, 0, WEEK), word(0, 2, 0, MONTH), word(1, 1, 1, WEEK)],
        "words cross, and in the order they agree": [word(1, 1, 0, WEEK), word(0, 1, 0, MONTH), word(0, 2, 0, WEEK)],
        "both change to what the other said": [
            word(0, 1, 0, WEEK), word(1, 1, 0, MONTH), word(1, 2, 1, WEEK), word(0, 2, 1, MONTH),
        ],
        "a late word falls between": [word(0, 1, 0, WEEK), word(1, 2, 1, WEEK), word(1, 1, 0, MONTH)],
        "branches of a fork": [
            word(0, 1, 0, WEEK), word(1, 1, 1, WEEK, clock=1), word(1, 1, 1, MONTH, clock=2), word(0, 2, 1, MONTH),
        ],
        "what is no word on it": [word(0, 1, 0, WEEK), talk, both, gone, word(1, 3, 2, WEEK)],
        "more than are kept apart": [
            word(at % 2, at // 2 + 1, (at + 1) // 2, Rule(1 + at // 3)) for at in range(MOST_RULES + 4)
        ],
        "one that comes when those behind it are folded": [
            *(word(0, at, 0, Rule(at)) for at in range(2, MOST_RULES + 4)), word(1, 1, 0, Rule(3)),
            word(0, 1, 0, Rule(3)), word(1, 2, 80, Rule(MOST_RULES + 3)),
        ],
    }  # fmt: skip
    return [
        {
            "what": what,
            "events": [event.raw.hex() for event in events],
            "order": [event.id.hex()[:16] for event in in_order(events)],
            "after": agreed(events)[-LAST:],
        }
        for what, events in cases.items()
    ]


def agreed(events: list[Event]) -> Json:
    """Return the rule and both sides' latest words after each event."""
    line = Line(bytes(16), "", Role.INVITER, Phase.OPEN, 0)
    out = []
    for event in events:
        line = heed(line, event, 0)
        found = line.retention.agreement
        out.append({"rule": found.rule.to_value(), "said": [rule and rule.to_value() for rule in found.proposals]})
    return out
