"""Carrying: any body is carried words, a mandate or nothing, and no mark is overstepped."""

from __future__ import annotations

from typing import Final

from backchannel.errors import CarryRefused, InputRefused, Malformed
from backchannel.ledger.carrying import NEEDED, OFFER, carry, source
from backchannel.ledger.mandate import (
    KINDS,
    Limit,
    Mandate,
    Signoff,
    Withdrawn,
    exceeds,
    given,
    read_body,
    signoffs,
    write_body,
)
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body, read_carried
from backchannel.log.event import write_event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, text_body
from backchannel.table.acts import MakeOffer, OfferKind, Until
from backchannel.table.bodies import body_of

ALL: Final = (TEXT, CARRIED, OFFER, *sorted(KINDS))


def examples() -> list[bytes]:
    """Valid inputs to start from: one byte for the kind, then a body."""
    limits = {"people": Limit(1, 9), "order": Limit(options=("a", "b")), "place": Limit()}
    found = [
        (TEXT, text_body("words", Handling.OFFICIAL, question=True)),
        (TEXT, text_body("more", answers=bytes(32))),
        (CARRIED, carried_body(Carried(Manner.VERBATIM, "words", Handling.OFFICIAL, "the north"))),
        (
            CARRIED,
            carried_body(Carried(Manner.PARAPHRASE, "words", Handling.FOR_YOU_ALONE, question=True, answers=bytes(32))),
        ),
        body_of(MakeOffer(OfferKind.BINDING, {bytes(8): 7, bytes([1]) * 8: ("A", "B")}, ("rain",), Until(9, 0))),
        write_body(Mandate(limits, Until(2000, 120), binding=True, words="so")),
        write_body(Withdrawn(bytes(32))),
        write_body(Signoff(bytes(32), "yes")),
    ]
    return [bytes([ALL.index(kind)]) + body for kind, body in found]


def one_input(data: bytes) -> None:
    """Read one body, and carry it in every way."""
    if not data or len(data) > 50_000:
        return
    kind, body = ALL[data[0] % len(ALL)], data[1:]
    event = write_event(author=1, number=1, seen=0, clock=1000, kind=kind, body=body)
    if kind in KINDS:
        try:
            read = read_body(kind, body)
        except Malformed:
            assert not given([event], 1)
            assert not signoffs([event])
            return
        assert read_body(*write_body(read)) == read
        if isinstance(read, Mandate):
            assert exceeds(read, {"people": 3, "other": "x"})
        return
    if kind == CARRIED:
        try:
            carried = read_carried(body)
        except Malformed:
            pass
        else:
            assert read_carried(carried_body(carried)) == carried
    try:
        found = source(event, {})
    except CarryRefused:
        return
    for manner in (None, *Manner):
        for named in (None, "the north"):
            words = None if manner is Manner.VERBATIM else "other words"
            try:
                made = carry(found, manner, words=words, named=named)
            except (CarryRefused, InputRefused):
                continue
            assert not isinstance(made, Carried) or read_carried(carried_body(made)) == made
            assert manner is None or found.handling >= NEEDED[manner]
            assert named is None or found.handling is Handling.OFFICIAL
            assert isinstance(made, Carried) == (manner is not None)
