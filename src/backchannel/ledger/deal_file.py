"""The deal file: everything that is needed to check a deal, in one document that needs no vault (spec 12.4).

It is JSON for people and programs to read, and has exactly one form: a file is read, written again, and refused if that
gives other bytes. So no byte of it can be changed without the file failing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from backchannel.crypto import sign
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed, SignatureRefused
from backchannel.ledger import wording
from backchannel.ledger.deal import (
    MOST_WITNESSES,
    Capacity,
    Countersignature,
    Draft,
    Signature,
    check_both,
    check_countersignature,
    draft_from,
)
from backchannel.ledger.terms import LARGEST_TERMS, LONGEST_NAME
from backchannel.wire.shape import text

VERSION: Final = 1
LARGEST_FILE: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class VerifiedDeal:
    """A deal whose file was checked from the first byte to the last.

    Attributes:
        draft: terms, text and hash.
        signatures: of both sides, by role.
        witnesses: who countersigned.
    """

    draft: Draft
    signatures: tuple[Signature, ...]
    witnesses: tuple[Countersignature, ...]


def deal_file(draft: Draft, signatures: Sequence[Signature], witnesses: Sequence[Countersignature] = ()) -> bytes:
    """Return the file of a deal.

    Args:
        draft: what was signed.
        signatures: of both sides.
        witnesses: who countersigned, in any order.

    Raises:
        DealVoid: a side did not sign.
        SignatureRefused: a signature does not hold, or somebody witnesses twice.
    """
    deal = VerifiedDeal(
        draft,
        tuple(sorted(signatures, key=lambda one: one.role)),
        tuple(sorted(witnesses, key=lambda one: one.public)),
    )
    _check(deal)
    return _written(deal)


def verify_deal(data: bytes) -> VerifiedDeal:
    """Return the deal of a file, if every byte of it is as it was signed.

    Args:
        data: the file.

    Raises:
        Malformed: it is not the one form of a deal file, or its text is not the text of its terms.
        TermsRefused: its terms make no sense.
        DealVoid: a side did not sign.
        SignatureRefused: a signature does not hold.
    """
    if len(data) > LARGEST_FILE:
        raise Malformed("a deal file of more than 2 MiB")
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    deal = _read(value)
    if _written(deal) != data:
        raise Malformed("not the one form of a deal file")
    _check(deal)
    return deal


def _check(deal: VerifiedDeal) -> None:
    check_both(deal.draft.hash, deal.signatures)
    keys = [*(one.public for one in deal.signatures), *(one.public for one in deal.witnesses)]
    if len(set(keys)) < len(keys):
        raise SignatureRefused("one key twice")
    for one in deal.witnesses:
        check_countersignature(deal.draft.hash, deal.signatures, one)


def _written(deal: VerifiedDeal) -> bytes:
    draft = deal.draft
    value = {
        "what": "Backchannel deal",
        "version": VERSION,
        "wording": wording.VERSION,
        "hash": draft.hash.hex(),
        "text": {language: said.split("\n") for language, said in zip(draft.languages, draft.texts, strict=True)},
        "terms": draft.raw.hex(),
        "signatures": [
            {"role": int(one.role), "public": one.public.hex(), "signature": one.signature.hex()}
            for one in deal.signatures
        ],
        "witnesses": [
            {
                "name": one.name,
                "capacity": one.capacity.value,
                "public": one.public.hex(),
                "signature": one.signature.hex(),
            }
            for one in deal.witnesses
        ],
    }
    try:
        return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("a text that is not Unicode") from error


def _read(value: Any) -> VerifiedDeal:
    keys = ("what", "version", "wording", "hash", "text", "terms", "signatures", "witnesses")
    _, version, worded, _, texts, raw, signatures, witnesses = _members(value, keys, "deal file")
    if type(version) is not int or version != VERSION or type(worded) is not int or worded != wording.VERSION:
        raise Malformed("a deal file of another version")
    if type(texts) is not dict or len(texts) > len(wording.LANGUAGES):
        raise Malformed("text")
    return VerifiedDeal(
        # What the file says of hash and text is not looked at: it is made again, and the bytes compared.
        draft_from(_bytes(raw, "terms", most=LARGEST_TERMS), _languages(texts)),
        tuple(_signature(one) for one in _listed(signatures, "signatures", most=len(Role))),
        tuple(_witness(one) for one in _listed(witnesses, "witnesses", most=MOST_WITNESSES)),
    )


def _languages(texts: dict[str, Any]) -> list[str]:
    found = list(texts)
    if not found or any(language not in wording.LANGUAGES for language in found):
        raise Malformed("text in another language")
    return found


def _signature(value: Any) -> Signature:
    role, public, signature = _members(value, ("role", "public", "signature"), "signature")
    if type(role) is not int or role not in tuple(Role):
        raise Malformed("role")
    return Signature(Role(role), *_signed(public, signature))


def _witness(value: Any) -> Countersignature:
    name, capacity, public, signature = _members(value, ("name", "capacity", "public", "signature"), "witness")
    if type(capacity) is not str or capacity not in {one.value for one in Capacity}:
        raise Malformed("capacity")
    return Countersignature(
        text(name, "witness", longest=LONGEST_NAME), Capacity(capacity), *_signed(public, signature)
    )


def _signed(public: Any, signature: Any) -> tuple[bytes, bytes]:
    return (
        _bytes(public, "public key", most=sign.PUBLIC_SIZE),
        _bytes(signature, "signature", most=sign.SIGNATURE_SIZE),
    )


def _members(value: Any, keys: tuple[str, ...], what: str) -> list[Any]:
    if type(value) is not dict or tuple(value) != keys:
        raise Malformed(what)
    return list(value.values())


def _listed(value: Any, what: str, *, most: int) -> list[Any]:
    if type(value) is not list or len(value) > most:
        raise Malformed(what)
    return value


def _bytes(value: Any, what: str, *, most: int) -> bytes:
    if type(value) is not str or len(value) > 2 * most:
        raise Malformed(what)
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise Malformed(what) from error
