"""The kinds of event on a line with a third party to a deal, and their bodies (spec 12.10).

    third.show       {"terms": B, "languages": [T, ...], "signatures": [] | [[B, B], [B, B]]}
    third.witness    {"deal": H, "name": T, "capacity": T, "public": B, "signature": B}
    third.deposit    {"terms": B, "languages": [T, ...], "role": 0 | 1, "public": B, "signature": B}
    third.take-back  {"deal": H}
    third.release    as deal.release (12.5)

A third party is whoever has no part in the line of a deal: a principal who reads it, a witness, a guarantor. Signatures
of both sides stand by role, each as public key and signature. A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.ledger.deal import Signature
from backchannel.ledger.kinds import (
    Released,
    Witnessed,
    read_both,
    read_proposed,
    read_released,
    read_signature,
    read_witnessed,
    released_value,
    witnessed_value,
    write_both,
)
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import sized, whole

PREFIX: Final = "third."
SHOW: Final = "third.show"
WITNESS: Final = "third.witness"
DEPOSIT: Final = "third.deposit"
TAKE_BACK: Final = "third.take-back"
RELEASE: Final = "third.release"
THIRD_KINDS: Final = frozenset({SHOW, WITNESS, DEPOSIT, TAKE_BACK, RELEASE})
_HASH: Final = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """A deal is shown to a third party, with both signatures or with none."""

    terms: bytes
    languages: tuple[str, ...]
    both: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class Deposited:
    """A side gives its signature into a guarantor's hands; it is void alone."""

    terms: bytes
    languages: tuple[str, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A side takes back the signature that it deposited."""

    deal: bytes


ThirdBody: TypeAlias = Shown | Witnessed | Deposited | TakenBack | Released


def write_third_body(body: ThirdBody) -> tuple[str, bytes]:
    """Return the kind and the body of an event."""
    match body:
        case Shown(terms, languages, both):
            return SHOW, encode({"terms": terms, "languages": list(languages), "signatures": write_both(both)})
        case Witnessed():
            return WITNESS, encode(witnessed_value(body))
        case Deposited(terms, languages, one):
            signed = {"role": int(one.role), "public": one.public, "signature": one.signature}
            return DEPOSIT, encode({"terms": terms, "languages": list(languages), **signed})
        case TakenBack(deal):
            return TAKE_BACK, encode({"deal": deal})
        case Released():
            return RELEASE, encode(released_value(body))


def read_third_body(kind: str, raw: bytes) -> ThirdBody:
    """Return what an event of one of `THIRD_KINDS` says.

    Raises:
        Malformed: the body has another form.
    """
    value = decode(raw)
    if type(value) is not dict:
        raise Malformed("third party's event")
    if kind == SHOW:
        made = read_proposed(value)
        return Shown(made.terms, made.languages, () if value.get("signatures") == [] else read_both(value))
    if kind == WITNESS:
        return read_witnessed(value)
    if kind == DEPOSIT:
        made = read_proposed(value)
        role = Role(whole(value.get("role"), "role", below=len(Role)))
        return Deposited(made.terms, made.languages, Signature(role, *read_signature(value)))
    if kind == TAKE_BACK:
        return TakenBack(sized(value.get("deal"), _HASH, "deal"))
    return read_released(value)
