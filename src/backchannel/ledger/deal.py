"""A deal: terms with their full text, one hash over both, and the signatures under it (spec 12.2, 12.3).

    hash      = digest("deal", terms, wording version, [[language, text], ...])
    signed    = [1, hash, role, "void alone" in English]                      label "deal signature"
    witnessed = [1, hash, digest of both signatures, capacity, name]          label "deal witness"

A signature says inside itself that it is void alone. A witness signs what both sides signed, so nobody can be shown as
the witness of half a deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from backchannel.crypto.sign import SigningKey, verify
from backchannel.crypto.suite import Role, digest
from backchannel.errors import DealVoid, SignatureRefused, TermsRefused
from backchannel.ledger import wording
from backchannel.ledger.full_text import full_text
from backchannel.ledger.terms import LONGEST_NAME, Terms, decode_terms, encode_terms
from backchannel.wire.codec import encode

VERSION: Final = 1
SIGNATURE_LABEL: Final = "deal signature"
WITNESS_LABEL: Final = "deal witness"
MOST_WITNESSES: Final = 16


class Capacity(Enum):
    """As what somebody else stands by a deal."""

    WITNESS = "witness"
    GUARANTOR = "guarantor"


@dataclass(frozen=True, slots=True)
class Draft:
    """Terms ready to be read and signed.

    Attributes:
        terms: the values.
        raw: their encoding.
        languages: in which the text is, in the order of `wording.LANGUAGES`.
        texts: the whole text in each.
        hash: 32 bytes that stand for all of it.
    """

    terms: Terms
    raw: bytes
    languages: tuple[str, ...]
    texts: tuple[str, ...]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """One side's signature; it is void without the other's.

    Attributes:
        role: whose.
        public: the key made for this deal.
        signature: over the hash.
    """

    role: Role
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A witness's or guarantor's signature over what both sides signed."""

    name: str
    capacity: Capacity
    public: bytes
    signature: bytes


def deal_line(origin: bytes) -> bytes:
    """Return the 32 bytes that stand for a line in its terms (spec 12.1), whatever incarnation it is in.

    Args:
        origin: 32 bytes that name the line on both sides (spec 3.1.5).
    """
    return digest("deal line", origin)


def draft(terms: Terms, languages: Sequence[str]) -> Draft:
    """Return terms with their text, ready to be shown.

    Args:
        terms: the accepted package.
        languages: at least one of `wording.LANGUAGES`; their order does not matter.

    Raises:
        TermsRefused: they make no sense, or there is no such language.
    """
    return _drafted(terms, encode_terms(terms), languages)


def draft_from(raw: bytes, languages: Sequence[str]) -> Draft:
    """Return what `draft` made, from the terms' bytes.

    Raises:
        Malformed: they are no terms.
        TermsRefused: they make no sense, or there is no such language.
    """
    return _drafted(decode_terms(raw), raw, languages)


def _drafted(terms: Terms, raw: bytes, languages: Sequence[str]) -> Draft:
    chosen = tuple(language for language in wording.LANGUAGES if language in languages)
    if not chosen or len(chosen) != len(languages):
        raise TermsRefused(f"languages are some of {', '.join(wording.LANGUAGES)}, each once")
    texts = tuple(full_text(terms, language) for language in chosen)
    shown = [[language, text] for language, text in zip(chosen, texts, strict=True)]
    return Draft(terms, raw, chosen, texts, digest("deal", raw, wording.VERSION, shown))


def sign(deal_hash: bytes, role: Role, key: SigningKey) -> Signature:
    """Return a side's signature over a hash that was shown with the whole text."""
    return Signature(role, key.public(), key.sign(SIGNATURE_LABEL, _signed(deal_hash, role)))


def check_signature(deal_hash: bytes, signature: Signature) -> None:
    """Return if it holds.

    Raises:
        SignatureRefused: it does not.
    """
    verify(signature.public, signature.signature, SIGNATURE_LABEL, _signed(deal_hash, signature.role))


def check_both(deal_hash: bytes, signatures: Sequence[Signature]) -> None:
    """Return if both sides signed.

    Raises:
        DealVoid: one did not.
        SignatureRefused: a signature does not hold, or both are by one key.
    """
    if [one.role for one in signatures] != list(Role):
        raise DealVoid
    if signatures[0].public == signatures[1].public:
        raise SignatureRefused("both sides with one key")
    for one in signatures:
        check_signature(deal_hash, one)


def countersign(
    deal_hash: bytes, signatures: Sequence[Signature], name: str, capacity: Capacity, key: SigningKey
) -> Countersignature:
    """Return a witness's signature; only over what both sides signed.

    Raises:
        DealVoid: a side did not sign.
        SignatureRefused: a signature does not hold.
        TermsRefused: the witness has no name.
    """
    check_both(deal_hash, signatures)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise TermsRefused("a witness has a name")
    message = _witnessed(deal_hash, signatures, name, capacity)
    return Countersignature(name, capacity, key.public(), key.sign(WITNESS_LABEL, message))


def check_countersignature(deal_hash: bytes, signatures: Sequence[Signature], one: Countersignature) -> None:
    """Return if it holds over what both sides signed.

    Raises:
        SignatureRefused: it does not.
    """
    message = _witnessed(deal_hash, signatures, one.name, one.capacity)
    verify(one.public, one.signature, WITNESS_LABEL, message)


def check_release(deal_hash: bytes, both: Sequence[Signature], guarantor: Countersignature) -> None:
    """Return if both signatures and the guarantor's under them hold, by three keys.

    Raises:
        DealVoid: a side did not sign.
        SignatureRefused: one does not hold, or a key is there twice.
    """
    check_both(deal_hash, both)
    if guarantor.public in {one.public for one in both}:
        raise SignatureRefused("one key twice")
    check_countersignature(deal_hash, both, guarantor)


def hash_digits(deal_hash: bytes) -> str:
    """Return 60 digits in groups of five that stand for a deal, to be read out and typed by whoever signs (12.3)."""
    return _digits(int.from_bytes(deal_hash, "big"))


def fingerprint(public: bytes) -> str:
    """Return 60 digits in groups of five that stand for a key, to be compared by voice with whoever holds it."""
    return _digits(int.from_bytes(digest("deal key", public), "big"))


def _digits(number: int) -> str:
    digits = f"{number % 10**60:060}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def _signed(deal_hash: bytes, role: Role) -> bytes:
    return encode([VERSION, deal_hash, int(role), wording.WORDING["en"]["void"]])


def _witnessed(deal_hash: bytes, signatures: Sequence[Signature], name: str, capacity: Capacity) -> bytes:
    both = digest("deal signatures", *([int(one.role), one.public, one.signature] for one in signatures))
    return encode([VERSION, deal_hash, both, capacity.value, name])
