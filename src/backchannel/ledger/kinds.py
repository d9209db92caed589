"""The kinds of event that make deals and tell how promises are kept, and their bodies (spec 12.5).

    deal.propose     {"terms": B, "languages": [T, ...]}
    deal.sign        {"deal": H, "public": B, "signature": B}
    deal.withdraw    {"deal": H}            deal.uphold     {"deal": H}
    deal.witness     {"deal": H, "name": T, "capacity": T, "public": B, "signature": B}
    promise.claim    {"deal": H, "promise": T, "statement": T, "evidence": [H, ...]}
    promise.confirm, promise.dispute, promise.waive, promise.violate    the same; evidence may be empty

A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from backchannel.crypto import sign
from backchannel.errors import Malformed
from backchannel.ledger.deal import Capacity
from backchannel.ledger.terms import LARGEST_TERMS, LONGEST_NAME, LONGEST_TEXT
from backchannel.ledger.wording import LANGUAGES
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, items, sized, text

PROPOSE: Final = "deal.propose"
SIGN: Final = "deal.sign"
WITHDRAW: Final = "deal.withdraw"
UPHOLD: Final = "deal.uphold"
WITNESS: Final = "deal.witness"
MOST_EVIDENCE: Final = 64
_HASH: Final = 32


class Act(Enum):
    """What can be said of a promise."""

    CLAIM = "promise.claim"
    CONFIRM = "promise.confirm"
    DISPUTE = "promise.dispute"
    WAIVE = "promise.waive"
    VIOLATE = "promise.violate"


@dataclass(frozen=True, slots=True)
class Proposed:
    """Terms to be read and signed."""

    terms: bytes
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A side's signature; void alone."""

    deal: bytes
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A side no longer wants a deal that is not in force."""

    deal: bytes


@dataclass(frozen=True, slots=True)
class Upheld:
    """A side that withdrew while the other signed stands by the deal."""

    deal: bytes


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A witness's signature, brought to the line."""

    deal: bytes
    name: str
    capacity: Capacity
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """Something said of a promise.

    Attributes:
        act: what.
        deal: hash of the deal.
        promise: id of the obligation in it.
        statement: in words.
        evidence: hashes of files that show it.
    """

    act: Act
    deal: bytes
    promise: str
    statement: str = ""
    evidence: tuple[bytes, ...] = ()


Body: TypeAlias = Proposed | Signed | Withdrawn | Upheld | Witnessed | Said

KINDS: Final = frozenset({PROPOSE, SIGN, WITHDRAW, UPHOLD, WITNESS, *(act.value for act in Act)})
"""Every kind that this room reads."""


def write_body(body: Body) -> tuple[str, bytes]:
    """Return the kind and the body of an event."""
    match body:
        case Proposed(terms, languages):
            return PROPOSE, encode({"terms": terms, "languages": list(languages)})
        case Signed(deal, public, signature):
            return SIGN, encode({"deal": deal, "public": public, "signature": signature})
        case Withdrawn(deal):
            return WITHDRAW, encode({"deal": deal})
        case Upheld(deal):
            return UPHOLD, encode({"deal": deal})
        case Witnessed(deal, name, capacity, public, signature):
            said = {"deal": deal, "name": name, "capacity": capacity.value, "public": public, "signature": signature}
            return WITNESS, encode(said)
        case Said(act, deal, promise, statement, evidence):
            said = {"deal": deal, "promise": promise, "statement": statement, "evidence": list(evidence)}
            return act.value, encode(said)


def read_body(kind: str, raw: bytes) -> Body:
    """Return what an event of one of `KINDS` says.

    Raises:
        Malformed: the body has another form.
    """
    value = decode(raw)
    if type(value) is not dict:
        raise Malformed("deal event")
    if kind == PROPOSE:
        return _proposed(value)
    deal = sized(value.get("deal"), _HASH, "deal")
    if kind == WITHDRAW:
        return Withdrawn(deal)
    if kind == UPHOLD:
        return Upheld(deal)
    if kind == SIGN:
        return Signed(deal, *_signature(value))
    if kind == WITNESS:
        capacity = value.get("capacity")
        if type(capacity) is not str or capacity not in {one.value for one in Capacity}:
            raise Malformed("capacity")
        name = text(value.get("name"), "witness", longest=LONGEST_NAME)
        return Witnessed(deal, name, Capacity(capacity), *_signature(value))
    return _said(Act(kind), deal, value)


def _proposed(value: dict[Any, Any]) -> Proposed:
    terms = blob(value.get("terms"), "terms")
    languages = items(value.get("languages"), "languages", most=len(LANGUAGES))
    if len(terms) > LARGEST_TERMS or any(type(one) is not str for one in languages):
        raise Malformed("proposal")
    return Proposed(terms, tuple(languages))


def _signature(value: dict[Any, Any]) -> tuple[bytes, bytes]:
    return (
        sized(value.get("public"), sign.PUBLIC_SIZE, "public key"),
        sized(value.get("signature"), sign.SIGNATURE_SIZE, "signature"),
    )


def _said(act: Act, deal: bytes, value: dict[Any, Any]) -> Said:
    return Said(
        act,
        deal,
        text(value.get("promise"), "promise", longest=LONGEST_NAME),
        text(value.get("statement"), "statement", longest=LONGEST_TEXT),
        tuple(sized(one, _HASH, "evidence") for one in items(value.get("evidence"), "evidence", most=MOST_EVIDENCE)),
    )
