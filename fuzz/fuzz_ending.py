"""Endings: any body of an event about the line, and any tombstone; what is read is written the same."""

from __future__ import annotations

from backchannel.app.line import Line, Phase
from backchannel.app.terms import heed
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed, Oversize
from backchannel.log.closing import CLOSE, Closed, close_body, read_close
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.order import order_key
from backchannel.log.retention import RETENTION, Retention, Rule, read_retention, retention_body
from backchannel.log.retraction import RETRACT, Retracted, read_retract, retract_body
from backchannel.log.tombstone import Tombstone, Why, bury, read_kept
from backchannel.wire.codec import encode

KINDS = (CLOSE, RETRACT, RETENTION)
LINE = Line(bytes(16), "", Role.INVITER, Phase.OPEN, 0)
NUMBER = 300


def examples() -> list[bytes]:
    """Valid inputs to start from: a byte for the kind and a body, or behind the last byte an event or a tombstone."""
    text = write_event(author=1, number=7, seen=3, clock=5, kind=TEXT, body=text_body("hello"), before=bytes(8))
    bodies = [
        (CLOSE, close_body()),
        (CLOSE, close_body("farewell")),
        (RETRACT, retract_body(text)),
        (RETENTION, retention_body(Rule())),
        (RETENTION, retention_body(Rule(on_closing=True))),
        (RETENTION, retention_body(Rule(36_500))),
    ]
    stones = [text, bury(text, Why.RETRACTED, 7), bury(text, Why.RETENTION, 2**53 - 1)]
    return [
        *(bytes([KINDS.index(kind)]) + body for kind, body in bodies),
        *(bytes([len(KINDS)]) + each.raw for each in stones),
    ]


def one_input(data: bytes) -> None:
    """Read once."""
    if not data or len(data) > 50_000:
        return
    which = data[0] % (len(KINDS) + 1)
    if which == len(KINDS):
        _kept(data[1:])
    else:
        _about_the_line(write_event(author=1, number=NUMBER, seen=0, clock=9, kind=KINDS[which], body=data[1:]))


def _about_the_line(event: Event) -> None:
    line = heed(LINE, event, 1)
    match event.kind:
        case "close":
            said = read_close(event)
            assert line.ending.theirs == (NUMBER if isinstance(said, Closed) else None)
            if isinstance(said, Closed):
                again = write_event(author=1, number=1, seen=0, clock=0, kind=CLOSE, body=close_body(said.word))
                assert read_close(again) == said
        case "retract":
            back = read_retract(event)
            assert len(line.retracting) == isinstance(back, Retracted)
            if isinstance(back, Retracted):
                assert 0 < back.number < NUMBER
                assert len(back.id) == 32
        case _:
            rule = read_retention(event)
            assert line.retention.agreement.proposals == (None, rule if isinstance(rule, Rule) else None)
            assert Retention.from_value(line.retention.to_value()) == line.retention
            if isinstance(rule, Rule):
                assert (rule.days == 0) == (rule.cutoff(10**13) is None)
    assert line == heed(line, event, 1) or event.kind == CLOSE, "once is enough"


def _kept(raw: bytes) -> None:
    try:
        found = read_kept(raw)
    except (Malformed, Oversize):
        return
    stone = bury(found, Why.RETENTION, 3)
    assert read_kept(stone.raw) == stone
    assert (order_key(stone), stone.before, stone.clock, stone.kind) == (
        order_key(found), found.before, found.clock, found.kind,
    )  # fmt: skip
    if isinstance(found, Tombstone):
        assert stone is found
        fields = [found.author, found.number, found.seen, found.before, found.clock, found.kind]
        assert encode([2, *fields, found.id, int(found.why), found.when]) == raw
