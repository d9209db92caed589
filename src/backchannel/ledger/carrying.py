"""Carrying: what of a word from one line may be said on another (spec 15.3).

for you alone      own words only, which bear no trace of it
may be conveyed    also a paraphrase
may be quoted      also verbatim
official           also with the name of the side or office
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backchannel.errors import CarryRefused, InputRefused, Malformed
from backchannel.log.carried import CARRIED, LONGEST_NAME, Carried, Manner
from backchannel.log.event import Event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, Text, read_body
from backchannel.table.acts import MakeOffer
from backchannel.table.bodies import read_act
from backchannel.table.model import Version

OFFER: Final = "table.offer.make"
NEEDED: Final[Mapping[Manner, Handling]] = {
    Manner.PARAPHRASE: Handling.MAY_BE_CONVEYED,
    Manner.VERBATIM: Handling.MAY_BE_QUOTED,
}
"""The least mark under which words may be brought so."""


def source(event: Event, versions: Mapping[bytes, Version]) -> Carried:
    """Return what there is to carry of an event: its words, its mark, and how near they are to the author's.

    Args:
        event: said by the other side of a line.
        versions: of the issues on the table of that line.

    Raises:
        CarryRefused: it is of a kind that cannot be carried.
    """
    if event.kind == OFFER:
        try:
            act = read_act(event.kind, event.body)
        except Malformed as error:
            raise CarryRefused(error.detail) from error
        assert isinstance(act, MakeOffer)  # noqa: S101  (the kind says so)
        return Carried(Manner.VERBATIM, offer_words(act, versions), act.handling)
    said = read_body(event)
    if isinstance(said, Text):
        return Carried(Manner.VERBATIM, said.text, said.handling, question=said.question)
    if isinstance(said, Carried):
        return said
    raise CarryRefused(f"only what was said ({TEXT}, {CARRIED}) and offers can be carried, not {event.kind}")


def carry(
    found: Carried,
    manner: Manner | None,
    *,
    words: str | None = None,
    named: str | None = None,
    handling: Handling = Handling.FOR_YOU_ALONE,
    answers: bytes | None = None,
) -> Carried | Text:
    """Return what is said on the other line, and never more than the mark allows.

    Args:
        found: what `source` gave.
        manner: how; None is in one's own words.
        words: what is said; None where it is verbatim.
        named: the side or office whose official word it is.
        handling: what those who hear it may do with it; at most what its author allows.
        answers: the event of the other line that it answers.

    Raises:
        CarryRefused: it is more than the mark allows.
        InputRefused: words are missing, or stand where there must be none.
    """
    if (words is None) != (manner is Manner.VERBATIM):
        raise InputRefused("a paraphrase and own words need TEXT; what is verbatim has none")
    if not (found.text if words is None else words).strip():
        raise InputRefused("there is nothing in it")
    if manner is None:
        if named is not None:
            raise CarryRefused("own words are nobody else's, so nobody can be named")
        assert words is not None  # noqa: S101  (checked above)
        return Text(words, handling, question=found.question, answers=answers)
    if found.handling < NEEDED[manner]:
        needed = f"{manner.name.lower()} needs {shown(NEEDED[manner])}"
        raise CarryRefused(f"its mark is {shown(found.handling)}, and {needed}")
    if manner < found.manner:
        raise CarryRefused("it came here as a paraphrase, so it is not verbatim from its author")
    if handling > found.handling:
        raise CarryRefused(f"its mark is {shown(found.handling)}; it cannot go on as {shown(handling)}")
    if named is not None and found.handling is not Handling.OFFICIAL:
        raise CarryRefused("only an official word may bear the name of its side")
    if named is not None and not (named.strip() and len(named) <= LONGEST_NAME):
        raise InputRefused(f"a name has 1 to {LONGEST_NAME} characters")
    return Carried(manner, found.text if words is None else words, handling, named, found.question, answers)


def shown(handling: Handling) -> str:
    """Return a mark as people read it."""
    return handling.name.replace("_", " ").lower()


def offer_words(offer: MakeOffer, versions: Mapping[bytes, Version]) -> str:
    """Return an offer as a sentence that needs no table."""
    parts = []
    order = {identity: place for place, identity in enumerate(versions)}
    for identity, value in sorted(offer.package.items(), key=lambda item: order.get(item[0], len(order))):
        version = versions.get(identity)
        key = identity.hex()[:8] if version is None else version.definition.key
        unit = "" if version is None or not version.definition.unit else f" {version.definition.unit}"
        parts.append(f"{key}: {', '.join(value) if isinstance(value, tuple) else value}{unit}")
    conditions = "".join(f"; only if {condition}" for condition in offer.conditions)
    return f"{'; '.join(parts)}{conditions} ({offer.kind.name.lower()})"
