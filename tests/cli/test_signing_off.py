"""A principal reads a deal, signs it off on a line of their own, and only then may the go-between sign it."""

from __future__ import annotations

import pytest

from backchannel.errors import BeyondMandate, DealRefused, InputRefused, MandateUnknown, NotVerified
from tests.cli.parties import agree, bind, compare, deal_on, file_of, joined, meet, propose, refused, somebody
from tests.cli.people import Person

MANDATE = "limits: {people: {most: 30}, order: any}\nbinding: yes\n"
Three = tuple[Person, Person, Person]


@pytest.fixture
def three(home: object, ann: Person, bob: Person, relay: str) -> Three:
    """Ann, for whom Mia talks with Bob: two lines of Mia's, and Ann's mandate is used for the one to Bob."""
    mia = somebody(ann, "mia")
    joined(mia, bob, relay)
    joined(mia, ann, relay, verified=False)
    agree(mia, bob)
    ann.runs("mandate", "set", "mia", "--file", file_of(ann, "mandate.yaml", MANDATE))
    meet(ann, mia)
    mia.runs("mandate", "use", "ann", "--for", "bob")
    return ann, mia, bob


def test_nobody_signs_what_a_principal_has_not_signed_off(three: Three) -> None:
    ann, mia, bob = three
    deal = propose(mia, bob)
    digits = deal_on(mia, "bob", deal)["digits"]
    sign = ("deal", "sign", "bob", deal, "--hash", digits, "--json")
    before = mia.rows()
    why = refused(mia.tries(*sign), BeyondMandate)
    assert f"ann has not signed off deal {deal}" in why
    assert f"backchannel deal show bob {deal[:8]} --to ann" in why, "it says what to do"
    assert deal_on(mia, "bob", deal)["not_signed_off"] == ["ann"]
    refused(mia.tries("deal", "show", "bob", deal, "--to", "ann", "--json"), NotVerified)
    assert mia.rows() == before
    compare(mia, ann)
    mia.runs("deal", "show", "bob", deal[:8], "--to", "ann")
    refused(mia.tries("deal", "show", "bob", deal, "--to", "ann", "--json"), DealRefused)
    refused(mia.tries("deal", "show", "bob", deal, "--to", "bob", "--json"), InputRefused)
    refused(mia.tries("deal", "show", "bob", "--to", "ann", "--json"), InputRefused)
    ann.runs("sync")
    read = ann.runs("deal", "show", "mia", deal[:8])
    for part in ("hands over ten", "Side A", "הסכם", "اتفاق", deal, digits):
        assert part in read.out, "the principal reads all of it, in every language"
    assert "They showed it, not signed by both." in read.err
    assert "shown by them" in ann.runs("deal", "show", "mia").out
    assert any("showed deal" in (event["act"] or "") for event in ann.log("mia"))
    refused(ann.tries("deal", "signoff", "mia", deal, "--json"), InputRefused)
    refused(ann.tries("deal", "signoff", "mia", deal, "--hash", "1" * 60, "--json"), DealRefused)
    refused(ann.tries("deal", "signoff", "mia", "0" * 64, "--hash", digits, "--json"), DealRefused)
    ann.runs("deal", "signoff", "mia", deal[:8], "--hash", digits, "--words", "كما هو")
    assert deal_on(ann, "mia", deal)["signed_off"] is True
    mia.runs("sync")
    shown = deal_on(mia, "bob", deal)
    assert [(one["line"], one["words"]) for one in shown["signoffs"]] == [("ann", "كما هو")]
    assert shown["not_signed_off"] == []
    assert "ann signed it off" in mia.runs("deal", "show", "bob", deal).err
    mia.runs(*sign)
    meet(mia, bob)
    assert deal_on(bob, "mia", deal)["signoffs"] == []
    kept = b"".join(value for row in bob.rows() for value in row if isinstance(value, bytes))
    assert "كما هو".encode() not in kept, "nothing of it reaches the other side"


def test_a_signoff_that_was_taken_back_is_none(three: Three) -> None:
    ann, mia, bob = three
    compare(mia, ann)
    deal = propose(mia, bob)
    refused(ann.tries("mandate", "signoff", "mia", deal, "--withdraw", "--json"), MandateUnknown)
    ann.runs("mandate", "signoff", "mia", deal)
    ann.runs("mandate", "signoff", "mia", deal, "--withdraw")
    meet(ann, mia)
    digits = deal_on(mia, "bob", deal)["digits"]
    refused(mia.tries("deal", "sign", "bob", deal, "--hash", digits, "--json"), BeyondMandate)
    assert "no longer signs off" in mia.runs("read", "ann", "--offline").out
    ann.runs("mandate", "signoff", "mia", deal)
    meet(ann, mia)
    mia.runs("deal", "sign", "bob", deal, "--hash", digits)
    ann.runs("mandate", "signoff", "mia", deal, "--withdraw")
    meet(ann, mia)
    mia.runs("deal", "withdraw", "bob", deal, "--offline")
    bob.runs("deal", "sign", "mia", deal, "--hash", digits, "--offline")
    meet(mia, bob)
    refused(mia.tries("deal", "uphold", "bob", deal, "--json"), BeyondMandate)


def test_a_signoff_of_ones_own_or_of_a_line_that_is_not_verified_is_none(three: Three) -> None:
    ann, mia, bob = three
    deal = propose(mia, bob)
    digits = deal_on(mia, "bob", deal)["digits"]
    sign = ("deal", "sign", "bob", deal, "--hash", digits, "--json")
    mia.runs("mandate", "signoff", "ann", deal)
    assert "ann has not" in refused(mia.tries(*sign), BeyondMandate)
    ann.runs("mandate", "signoff", "mia", deal)
    meet(ann, mia)
    assert "not verified" in refused(mia.tries(*sign), BeyondMandate)
    refused(ann.tries("deal", "signoff", "mia", deal, "--hash", digits, "--json"), DealRefused)
    compare(mia, ann)
    mia.runs(*sign)


def test_where_no_mandate_is_used_nobody_is_asked(three: Three) -> None:
    _, mia, bob = three
    deal = propose(mia, bob)
    bind(bob, "mia", deal, "sign")
    mia.runs("mandate", "use", "ann", "--for", "bob", "--stop")
    bind(mia, "bob", deal, "sign")
    meet(mia, bob)
    assert deal_on(bob, "mia", deal)["in_force"] is True


def test_a_final_yes_to_the_text_is_signed_off_too(three: Three) -> None:
    ann, mia, bob = three
    compare(mia, ann)
    text = file_of(mia, "text.txt", "The road is open.\n\nNobody is moved at night.\n")
    for line in ("bob", "ann"):
        mia.runs("text", "propose", line, "--file", text)
    meet(ann, mia, bob)
    (one,) = {person.runs("text", "show", "mia", "--json").value["hash"] for person in (ann, bob)}
    assert one in mia.runs("text", "show", "bob").err
    before = mia.log("bob")
    why = refused(mia.tries("text", "decide", "bob", "yes", "--json"), BeyondMandate)
    assert f"ann has not signed off text {one}" in why
    assert mia.log("bob") == before
    ann.runs("mandate", "signoff", "mia", one)
    meet(ann, mia)
    mia.runs("text", "decide", "bob", "yes")
    bob.runs("text", "propose", "mia", "--file", file_of(bob, "other.txt", "[The road is open.]\n"))
    meet(mia, bob)
    assert mia.runs("text", "show", "bob", "--json").value["hash"] is None, "brackets are nothing to sign off"
    mia.runs("text", "decide", "bob", "no")
