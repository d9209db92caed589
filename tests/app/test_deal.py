"""Deals over real vaults: lists that were frozen, a restored line, no key left behind, and the printed form."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.deal import export, propose_deal, sign
from backchannel.app.deal_pdf import deal_in_pdf, pdf_of
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
from backchannel.ledger.terms import Clause, Moment, Names, Obligation
from backchannel.ledger.wording import LANGUAGES
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


LETTER = re.compile(rb"<(\w{4})> <(\w+)>\n")
PAPER_OF_THE_VECTOR = "9f6b85482e4e7acd4392dde3c626c9d790655a72c314d6c8e6bbbca6d3f5913b"


def printed(text: str, *languages: str, owed: tuple[Obligation, ...] = ()) -> bytes:
    what = terms(items=(Clause("visits", text),), title=text.strip()[:20] or "x", obligations=owed)
    made = draft(what, languages or ("en",))
    return pdf_of(deal_file(made, [sign_hash(made.hash, role, KEYS[role]) for role in Role]))


def pages_of(paper: bytes) -> list[str]:
    """What stands on each page, from left to right, by the PDF's own table of characters."""
    table = paper[paper.index(b"begincodespacerange") : paper.index(b"endcmap")]
    texts = {found[1]: bytes.fromhex(found[2].decode()).decode("utf-16-be") for found in LETTER.finditer(table)}
    drawn = (found[1] for found in re.finditer(rb"stream\nBT\n(.*?)ET\n", paper, re.DOTALL))
    return [
        "\n".join(
            "".join(texts[word[at : at + 4]] for word in re.findall(rb"<(\w+)>", row) for at in range(0, len(word), 4))
            for row in page.split(b" Tm\n")
        )
        for page in drawn
    ]


def test_a_paper_holds_the_text_in_each_of_its_languages_and_in_no_other() -> None:
    arabic, english, hebrew = pages_of(printed("once a month", "ar", "en", "he"))
    assert "Agreement: once a month" in english
    assert "once a month :םכסה" in hebrew
    assert "once a month :قافتا" in arabic
    for page in (arabic, english, hebrew):
        assert page.count("once a month") == 2
        assert "Side A" in page
        assert "backchannel deal verify FILE" in page
    (hebrew,) = pages_of(printed("once a month", "he"))
    assert "Agreement" not in hebrew


def test_a_day_keeps_its_order_among_arabic_letters() -> None:
    (page,) = pages_of(printed("x", "ar", owed=(Obligation("a", Role.INVITER, Role.JOINER, "x", Moment(0, 0, "Z")),)))
    assert "1970-01-01 00:00:00 ىتح" in page


def test_a_paper_says_what_its_font_lacks() -> None:
    assert any("<U+65E5>" in page and "lacks" in page for page in pages_of(printed("\u65e5", "en")))
    assert not any("lacks" in page for page in pages_of(printed("x", "en")))


def test_the_paper_of_the_vector_is_what_it_was() -> None:
    """To the byte: papers that people keep are made again and compared, for ever."""
    vectors = Path(__file__).parents[2] / "vectors" / "line" / "deal.json"
    file = json.loads(vectors.read_text("utf-8"))["vectors"]["file"]
    paper = pdf_of(file.encode())
    assert hashlib.sha256(paper).hexdigest() == PAPER_OF_THE_VECTOR
    assert deal_in_pdf(paper) == file.encode()


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300).filter(str.strip), st.randoms())
def test_a_pdf_gives_its_deal_back_and_stands_no_change(text: str, draw: random.Random) -> None:
    paper = printed(text, draw.choice(LANGUAGES))
    inside = deal_in_pdf(paper)
    assert pdf_of(inside) == paper
    changed = bytearray(paper)
    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    with pytest.raises((Malformed, SignatureRefused)):
        deal_in_pdf(bytes(changed))
