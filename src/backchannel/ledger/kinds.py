"""The kinds of event that make deals and tell how promises are kept, and their bodies (spec 12.5).

    deal.propose     {"terms": B, "languages": [T, ...]}
    deal.sign        {"deal": H, "public": B, "signature": B}
    deal.withdraw    {"deal": H}            deal.uphold     {"deal": H}
    deal.witness     {"deal": H, "name": T, "capacity": T, "public": B, "signature": B}
    deal.release     {"deal": H, "signatures": [[B, B], [B, B]], "name": T, "public": B, "signature": B}
    promise.claim    {"deal": H, "promise": T, "statement": T, "evidence": [H, ...]}
    promise.confirm, promise.dispute, promise.waive, promise.violate    the same; evidence may be empty

A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from backchannel.crypto import sign
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.ledger.deal import Capacity, Countersignature, Signature
from backchannel.ledger.terms import LARGEST_TERMS, LONGEST_NAME, LONGEST_TEXT
from backchannel.ledger.wording import LANGUAGES
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, items, sized, text

PROPOSE: Final = "deal.propose"
SIGN: Final = "deal.sign"
WITHDRAW: Final = "deal.withdraw"
UPHOLD: Final = "deal.uphold"
WITNESS: Final = "deal.witness"
RELEASE: Final = "deal.release"
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
class Released:
    """Both signatures, which a guarantor held and gave out together with one of their own.

    Attributes:
        deal: hash of the deal.
        both: the signatures of both sides, by role.
        guarantor: the countersignature under them.
    """

    deal: bytes
    both: tuple[Signature, ...]
    guarantor: Countersignature


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


Body: TypeAlias = Proposed | Signed | Withdrawn | Upheld | Witnessed | Released | Said

KINDS: Final = frozenset({PROPOSE, SIGN, WITHDRAW, UPHOLD, WITNESS, RELEASE, *(act.value for act in Act)})
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
        case Witnessed():
            return WITNESS, encode(witnessed_value(body))
        case Released():
            return RELEASE, encode(released_value(body))
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
        return read_proposed(value)
    if kind == WITNESS:
        return read_witnessed(value)
    if kind == RELEASE:
        return read_released(value)
    deal = _deal(value)
    if kind == WITHDRAW:
        return Withdrawn(deal)
    if kind == UPHOLD:
        return Upheld(deal)
    if kind == SIGN:
        return Signed(deal, *read_signature(value))
    return _said(Act(kind), deal, value)


def read_proposed(value: dict[Any, Any]) -> Proposed:
    """Return the terms and languages that a body names.

    Raises:
        Malformed: it names none.
    """
    terms = blob(value.get("terms"), "terms")
    languages = items(value.get("languages"), "languages", most=len(LANGUAGES))
    if len(terms) > LARGEST_TERMS or any(type(one) is not str for one in languages):
        raise Malformed("proposal")
    return Proposed(terms, tuple(languages))


def read_signature(value: dict[Any, Any]) -> tuple[bytes, bytes]:
    """Return the public key and the signature of a body.

    Raises:
        Malformed: it has none of these sizes.
    """
    return _signed([value.get("public"), value.get("signature")])


def read_both(value: dict[Any, Any]) -> tuple[Signature, ...]:
    """Return the signatures of both sides, which a body has by role.

    Raises:
        Malformed: it has another number of them, or they have other sizes.
    """
    listed = items(value.get("signatures"), "signatures", most=len(Role))
    if len(listed) != len(Role):
        raise Malformed("signatures")
    return tuple(Signature(role, *_signed(one)) for role, one in zip(Role, listed, strict=True))


def write_both(both: tuple[Signature, ...]) -> list[Any]:
    """Return what `read_both` reads."""
    return [[one.public, one.signature] for one in both]


def read_witnessed(value: dict[Any, Any]) -> Witnessed:
    """Return the countersignature of a body.

    Raises:
        Malformed: it has none.
    """
    capacity = value.get("capacity")
    if type(capacity) is not str or capacity not in {one.value for one in Capacity}:
        raise Malformed("capacity")
    return Witnessed(_deal(value), _witness_name(value), Capacity(capacity), *read_signature(value))


def witnessed_value(body: Witnessed) -> dict[str, Any]:
    """Return what `read_witnessed` reads."""
    signed = {"public": body.public, "signature": body.signature}
    return {"deal": body.deal, "name": body.name, "capacity": body.capacity.value, **signed}


def read_released(value: dict[Any, Any]) -> Released:
    """Return both signatures and the guarantor's of a body.

    Raises:
        Malformed: it has another form.
    """
    guarantor = Countersignature(_witness_name(value), Capacity.GUARANTOR, *read_signature(value))
    return Released(_deal(value), read_both(value), guarantor)


def released_value(body: Released) -> dict[str, Any]:
    """Return what `read_released` reads."""
    one = body.guarantor
    signed = {"name": one.name, "public": one.public, "signature": one.signature}
    return {"deal": body.deal, "signatures": write_both(body.both), **signed}


def _deal(value: dict[Any, Any]) -> bytes:
    return sized(value.get("deal"), _HASH, "deal")


def _witness_name(value: dict[Any, Any]) -> str:
    return text(value.get("name"), "witness", longest=LONGEST_NAME)


def _signed(value: Any) -> tuple[bytes, bytes]:
    if type(value) is not list or len(value) != 2:
        raise Malformed("signature")
    public, signature = value
    return sized(public, sign.PUBLIC_SIZE, "public key"), sized(signature, sign.SIGNATURE_SIZE, "signature")


def _said(act: Act, deal: bytes, value: dict[Any, Any]) -> Said:
    return Said(
        act,
        deal,
        text(value.get("promise"), "promise", longest=LONGEST_NAME),
        text(value.get("statement"), "statement", longest=LONGEST_TEXT),
        tuple(sized(one, _HASH, "evidence") for one in items(value.get("evidence"), "evidence", most=MOST_EVIDENCE)),
    )
