"""The deal file, terms, bodies of events about deals and lists: one value, one encoding, and no error but our own."""

from __future__ import annotations

from functools import cache
from hashlib import shake_256

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import DealVoid, Malformed, SignatureRefused, TermsRefused
from backchannel.ledger.deal import Capacity, Draft, Signature, countersign, draft, sign
from backchannel.ledger.deal_file import deal_file, verify_deal
from backchannel.ledger.kinds import KINDS, Act, Released, Said, read_body, write_body
from backchannel.ledger.list_kinds import LIST_KINDS, RowsProposed, read_list_body, write_list_body
from backchannel.ledger.name_list import Row
from backchannel.ledger.terms import Choice, Moment, Names, Obligation, Terms, decode_terms, encode_terms
from backchannel.ledger.third import ThirdParty, evolve_third
from backchannel.ledger.third_kinds import (
    THIRD_KINDS,
    Deposited,
    Shown,
    TakenBack,
    ThirdBody,
    read_third_body,
    write_third_body,
)
from backchannel.log.event import write_event


def _key(role: Role) -> SigningKey:
    return SigningKey.from_bytes(shake_256(bytes([role])).digest(64))


def _draft() -> Draft:
    owed = (
        Obligation("one", Role.INVITER, Role.JOINER, "goes", Moment(2_000_000_000, 120, "Z")),
        Obligation("two", Role.JOINER, Role.INVITER, "goes", within=60, after="one"),
    )
    items = (Choice("gate", "north"), Names("who", 2, bytes(32)))
    return draft(Terms("A deal", bytes(32), ("Side A", "צד ב"), items, owed), ["en", "he"])


def _third(made: Draft, both: list[Signature]) -> list[ThirdBody]:
    holder = countersign(made.hash, both, "A third", Capacity.GUARANTOR, SigningKey.from_bytes(bytes(range(64))))
    return [
        Shown(made.raw, made.languages), Shown(made.raw, made.languages, tuple(both)), TakenBack(made.hash),
        Deposited(made.raw, made.languages, both[1]), Released(made.hash, tuple(both), holder),
    ]  # fmt: skip


@cache
def examples() -> list[bytes]:
    """Valid inputs to start from."""
    made = _draft()
    both: list[Signature] = [sign(made.hash, role, _key(role)) for role in Role]
    said = [write_body(Said(Act.CLAIM, made.hash, "one", "done", (bytes(32),)))[1], made.raw]
    said += [write_third_body(one)[1] for one in _third(made, both)]
    said.append(write_list_body(RowsProposed("who", (Row("1", "Salim"), Row("2", "נדיר"))))[1])
    return [*said, encode_terms(Terms("t", bytes(32), ("a", "b"), (), ())), deal_file(made, both)]


def one_input(data: bytes) -> None:
    """Read it as each of them."""
    try:
        terms = decode_terms(data)
    except (Malformed, TermsRefused):
        pass
    else:
        assert encode_terms(terms) == data
        assert draft(terms, ["ar", "en", "he"]).texts[1].endswith("beside it.\n")
    for kind in sorted(KINDS):
        try:
            body = read_body(kind, data)
        except Malformed:
            continue
        assert read_body(*write_body(body)) == body
    for kind in sorted(THIRD_KINDS):
        try:
            third = read_third_body(kind, data)
        except Malformed:
            continue
        assert read_third_body(*write_third_body(third)) == third
        # Whatever it says, the fold takes it or ignores it.
        event = write_event(author=0, number=1, seen=0, clock=0, kind=kind, body=data)
        there = evolve_third(ThirdParty(), event)
        assert len(there.ignored) + len(there.copies) + len(there.deposits) == 1
    for kind in sorted(LIST_KINDS):
        try:
            listed = read_list_body(kind, data)
        except Malformed:
            continue
        assert read_list_body(*write_list_body(listed)) == listed
    try:
        deal = verify_deal(data)
    except (Malformed, TermsRefused, DealVoid, SignatureRefused):
        return
    assert deal_file(deal.draft, deal.signatures, deal.witnesses) == data
