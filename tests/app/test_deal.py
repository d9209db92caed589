"""Deals over real vaults: lists that were frozen, a restored line, no key left behind, and the printed form."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.deal import export, propose_deal, sign
from backchannel.app.deal_pdf import COLUMNS, deal_in_pdf, pdf_of
from backchannel.app.ledger import Ledgers, listings_of
from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.app.table import Tables
from backchannel.app.terms_file import WrittenTerms
from backchannel.crypto import sign as signing
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, LineNotOpen, ListFrozen, Malformed, SignatureRefused, TermsRefused
from backchannel.ledger.deal import draft
from backchannel.ledger.deal import sign as sign_hash
from backchannel.ledger.deal_file import deal_file, verify_deal
from backchannel.ledger.list_kinds import ListBody, ListFreeze, Opened, RowsMoved, RowsProposed
from backchannel.ledger.listing import decide_list
from backchannel.ledger.name_list import Row
from backchannel.ledger.row_life import Stage
from backchannel.ledger.state import Status
from backchannel.ledger.terms import Clause, Names, Obligation
from backchannel.table.acts import AcceptOffer, Add, AgreeIssues, MakeOffer, OfferKind, ProposeIssues
from tests.ledger.world import KEYS, terms
from tests.support.world import Side, World
from tests.table.world import ORDER, PEOPLE

OWED = (Obligation("first", Role.INVITER, Role.JOINER, "hands them over", within=86_400),)


def says(side: Side, body: ListBody) -> None:
    def say(transaction: Transaction, line: Line, *_: Any) -> tuple[str, bytes]:
        return decide_list(listings_of(transaction, line), line.role, side.now(), body)

    Ledgers(side.desk).act(side.peer, say)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Both verified, and agreed on a package: two people, in some order; a list of two, frozen."""
    world = World(root=tmp_path).opened()
    ann, bob = world.sides
    for side in world.sides:
        line = replace(side.line, verified=world.now)
        with side.desk.work() as work:
            work.transaction.save_line(line)
    event, _ = Tables(ann.desk).act("bob", lambda *_: ProposeIssues((Add(PEOPLE), Add(ORDER))))
    world.settle()
    Tables(bob.desk).act("ann", lambda *_: AgreeIssues(event.id))
    world.settle()
    event, _ = Tables(ann.desk).act("bob", lambda _, table: MakeOffer(OfferKind.BINDING, dict(
        zip(table.agenda.values(), (2, ORDER.options[0]), strict=True)
    )))  # fmt: skip
    world.settle()
    Tables(bob.desk).act("ann", lambda *_: AcceptOffer(event.id))
    world.settle()
    rows = Row("1", "سليم"), Row("2", "נדיר")
    says(ann, Opened("released", Role.INVITER, ()))
    says(ann, RowsProposed("released", rows))
    world.settle()
    says(bob, RowsMoved("released", ("1", "2"), Stage.AGREED))
    world.settle()
    yield world
    world.close()


def listed(side: Side) -> bytes:
    with side.desk.look() as transaction:
        return listings_of(transaction, transaction.line_named(side.peer)).of("released").names.hash


def freezes(world: World) -> None:
    for side in world.sides:
        says(side, ListFreeze("released", listed(side)))
        world.settle()


def written(**changes: Any) -> WrittenTerms:
    return replace(WrittenTerms(obligations=OWED, lists={PEOPLE.key: "released"}), **changes)


def proposes(side: Side, what: WrittenTerms) -> bytes:
    return propose_deal(Ledgers(side.desk), Tables(side.desk), side.peer, what)[1].hash


def signs(side: Side, deal: bytes) -> None:
    sign(Ledgers(side.desk), side.peer, deal.hex(), deal)


def test_a_list_is_named_in_a_deal_only_as_both_froze_it(world: World) -> None:
    ann, bob = world.sides
    before = ann.vault.rows()
    with pytest.raises(TermsRefused, match="no closed list"):
        proposes(ann, written())
    with pytest.raises(TermsRefused, match="no issue"):
        proposes(ann, written(lists={"nothing": "released"}))
    assert ann.vault.rows() == before
    freezes(world)
    with pytest.raises(ListFrozen):
        says(ann, RowsProposed("released", (Row("3", "Talal"),)))
    deal = proposes(ann, written())
    world.settle()
    _, ledger = Ledgers(bob.desk).look("ann")
    names = next(one for one in ledger.deals[deal].draft.terms.items if isinstance(one, Names))
    assert (names.count, names.hash) == (2, listed(bob))
    signs(ann, deal)
    world.settle()
    signs(bob, deal)
    world.settle()
    assert Ledgers(ann.desk).look("bob")[1].deal(deal).status is Status.IN_FORCE


def test_no_signing_key_outlives_its_signature(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    generate = signing.SigningKey.generate

    def kept() -> signing.SigningKey:
        made.append(generate())
        return made[-1]

    monkeypatch.setattr(signing.SigningKey, "generate", kept)
    deal = proposes(world.ann, written(lists={}))
    signs(world.ann, deal)
    (key,) = made
    line = world.ann.line.id
    with world.ann.vault.read() as transaction:
        values = [value for _, value in transaction.privates(line)]
    said = b"".join([*values, *world.ann.raws()])
    assert key.public() in said
    for secret in (key.to_bytes(), key.to_bytes()[:32], key.to_bytes()[32:]):
        assert secret not in said


def test_a_deal_names_its_line_by_its_origin_not_by_its_channel(world: World) -> None:
    ann, bob = world.sides
    assert ann.line.origin == bob.line.origin
    deal = proposes(ann, written(lists={}))
    signs(ann, deal)
    world.settle()
    signs(bob, deal)
    ledger = Ledgers(bob.desk)
    before = ledger.look("ann")[1]
    line = bob.line.id
    with bob.desk.work() as work:
        work.transaction.drop_channel(line)
    assert Ledgers(bob.desk).look("ann")[1] == before
    assert verify_deal(export(before.deal(deal))).draft.hash == deal


def test_what_is_half_signed_or_withdrawn_or_of_a_line_that_is_not_open_is_refused(tmp_path: Path) -> None:
    world = World(root=tmp_path)
    with pytest.raises(LineNotOpen):
        proposes(world.ann, WrittenTerms())
    world.opened()
    with pytest.raises(TermsRefused, match="nothing is agreed"):
        proposes(world.ann, WrittenTerms())
    with pytest.raises(DealRefused):
        signs(world.ann, bytes(32))
    world.close()


# --- the printed form -------------------------------------------------------------------------------------------------


def printed(text: str, *languages: str) -> bytes:
    made = draft(terms(items=(Clause("visits", text),), title=text.strip()[:20] or "x"), languages or ("en",))
    return pdf_of(deal_file(made, [sign_hash(made.hash, role, KEYS[role]) for role in Role]))


def test_a_pdf_says_what_it_does_not_show() -> None:
    paper = printed("once a month (or more) \\ שלום", "he", "ar")
    assert b"NOT among them" in paper
    assert rb"\(or more\) \\ <U+05E9>" in paper
    assert b"NOT among them" not in printed("x", "en", "he")


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300).filter(str.strip), st.randoms())
def test_a_pdf_gives_its_deal_back_and_stands_no_change(text: str, draw: random.Random) -> None:
    paper = printed(text)
    inside = deal_in_pdf(paper)
    assert pdf_of(inside) == paper
    assert all(len(row) <= 2 * COLUMNS + 4 for row in paper[paper.rindex(b"BT /F") :].split(b"\n"))
    changed = bytearray(paper)
    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    with pytest.raises((Malformed, SignatureRefused)):
        deal_in_pdf(bytes(changed))


def test_the_places_in_a_pdf_are_where_its_objects_are() -> None:
    paper = printed("long " * 1_500)
    table = int(paper.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [line.split()[0] for line in paper[table:].splitlines() if line.endswith(b" n ")]
    assert len(places) > 9, "more than one page"
    for number, place in enumerate(places, start=1):
        assert paper[int(place) :].startswith(b"%d 0 obj\n" % number)
