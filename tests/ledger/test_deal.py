"""Deals: terms, text, signatures and the file, every byte of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError, DealVoid, Malformed, SignatureRefused, TermsRefused
from backchannel.ledger.deal import (
    Capacity,
    check_both,
    check_signature,
    countersign,
    draft,
    draft_from,
    fingerprint,
    sign,
)  # fmt: skip
from backchannel.ledger.deal_file import LARGEST_FILE, deal_file, verify_deal
from backchannel.ledger.full_text import full_text, shown_moment
from backchannel.ledger.terms import (
    Ceasefire,
    Choice,
    Clause,
    Item,
    Moment,
    Number,
    Obligation,
    Terms,
    decode_terms,
    encode_terms,
)
from backchannel.ledger.wording import LANGUAGES, WORDING
from tests.ledger.world import DAY, ITEMS, KEYS, LINE, NORTH, OWED, SOUTH, TRUCE, on_day, terms

DRAFT = draft(terms(), ("en", "he", "ar"))
SIGNED = (sign(DRAFT.hash, NORTH, KEYS[0]), sign(DRAFT.hash, SOUTH, KEYS[1]))
WITNESS = countersign(DRAFT.hash, SIGNED, "Somebody else", Capacity.GUARANTOR, KEYS[2])
FILE = deal_file(DRAFT, SIGNED, [WITNESS])

NAMES = st.text(min_size=1, max_size=8).filter(str.strip)
WORDS = st.text(max_size=12)
MOMENTS = st.builds(Moment, st.integers(0, 4_000_000_000), st.integers(-840, 840), NAMES)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    owed: list[Obligation] = []
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        debtor = draw(st.sampled_from(Role))
        begins = draw(MOMENTS)
        truce = Ceasefire(begins, replace(begins, instant=begins.instant + 1), *draw(st.tuples(*[WORDS] * 5)))
        owed.append(
            Obligation(
                name,
                debtor,
                debtor.other,
                draw(WORDS),
                draw(st.none() | MOMENTS),
                draw(st.none() | st.integers(0, 10**6)),
                draw(st.sampled_from(["", *[one.id for one in owed]])),
                draw(WORDS),
                draw(st.integers(0, 10**6)),
                draw(st.sampled_from([None, truce])),
            )
        )
    issues = draw(st.lists(NAMES, unique=True, max_size=3))
    kinds: list[Callable[[str], Item]] = [
        lambda one: Choice(one, "a"), lambda one: Number(one, -3, "km"), lambda one: Clause(one, "b"),
    ]  # fmt: skip
    made = [draw(st.sampled_from(kinds))(one) for one in issues]
    sides = draw(st.lists(NAMES, min_size=2, max_size=2, unique=True))
    amends = draw(st.none() | st.just(bytes(32)))
    return Terms(draw(NAMES), LINE, (sides[0], sides[1]), tuple(made), tuple(owed), amends)


@settings(deadline=None)
@given(any_terms(), any_terms())
def test_terms_have_one_encoding_and_one_text(one: Terms, other: Terms) -> None:
    raw = encode_terms(one)
    assert decode_terms(raw) == one
    assert draft_from(raw, ["he", "en"]) == draft(one, ["en", "he"])
    if one != other:
        assert raw != encode_terms(other)
        assert draft(one, ["en"]).hash != draft(other, ["en"]).hash


@given(st.binary(max_size=60))
def test_bytes_that_are_no_terms_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode_terms(raw)


def changed(name: str, **changes: Any) -> Terms:
    return terms(obligations=tuple(replace(one, **changes) if one.id == name else one for one in OWED))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (terms(obligations=(*OWED, OWED[0])), "one id"),
        (terms(items=(*ITEMS, ITEMS[0])), "issue twice"),
        (terms(sides=("A", "A")), "same name"),
        (terms(sides=("A", " ")), "no name"),
        (terms(title=""), "no name"),
        (terms(title="x" * 201), "title"),
        (terms(line=bytes(31)), "line"),
        (terms(amends=bytes(31)), "amends"),
        (terms(items=(Number("n", 2**53, "km"),)), "item"),
        (terms(items=(Clause("n", "x" * 8_001),)), "clause"),
        (terms(items=tuple(Clause(str(n), "x" * 8_000) for n in range(7))), "48 KiB"),
        (changed("first", creditor=NORTH), "owe itself"),
        (changed("one", after="nobody"), "no obligation nobody"),
        (changed("first", after="second"), "waits for itself"),
        (changed("first", after="first"), "waits for itself"),
        (changed("first", within=-1), "within"),
        (changed("first", size=2**32), "size"),
        (changed("first", due=Moment(-1)), "instant"),
        (changed("first", due=Moment(1, 841)), "offset"),
        (changed("quiet", ceasefire=replace(TRUCE, ends=TRUCE.begins)), "before it begins"),
    ],
)
def test_terms_that_make_no_sense_are_refused(bad: Terms, said: str) -> None:
    with pytest.raises(TermsRefused, match=said):
        draft(bad, ["en"])


@pytest.mark.parametrize("languages", [[], ["fr"], ["en", "en"], ["en", "fr"]])
def test_languages_are_those_that_there_are(languages: list[str]) -> None:
    with pytest.raises(TermsRefused):
        draft(terms(), languages)
    if languages == ["fr"]:
        with pytest.raises(TermsRefused):
            full_text(terms(), "fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_stands_in_every_text(language: str) -> None:
    text = full_text(terms(amends=b"\x07" * 32), language)
    for value in (
        "One for a thousand", "Side A", "Side B", "the northern gate", "12", "1000", bytes(32).hex(), "once a month",
        "hands over 550", "the carrier's list", "first", str(DAY), "the strip", "any shot across it", "by both",
        "by telephone, at once", shown_moment(TRUCE.begins), shown_moment(TRUCE.ends), shown_moment(on_day(2)),
        LINE.hex(), "07" * 32, WORDING[language]["void"],
    ):  # fmt: skip
        assert value in text


def test_languages_have_the_same_sentences() -> None:
    for words in WORDING.values():
        assert set(words) == set(WORDING["en"])


def test_nobody_can_write_a_line_or_turn_the_text_around() -> None:
    text = full_text(terms(title="x\n1. something else\u202e\u2069 y"), "en")
    assert text.splitlines()[0] == "Agreement: \u2068x 1. something else y\u2069"
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (Moment(0), "1970-01-01 00:00:00 (\u2068UTC\u2069, UTC+00:00)"),
        (Moment(951_782_400, 120, "N"), "2000-02-29 02:00:00 (\u2068N\u2069, UTC+02:00)"),
        (Moment(0, -90, "W"), "1969-12-31 22:30:00 (\u2068W\u2069, UTC-01:30)"),
        (Moment(253_402_300_799), "9999-12-31 23:59:59 (\u2068UTC\u2069, UTC+00:00)"),
    ],
)
def test_moments_are_shown_by_their_own_clock(moment: Moment, shown: str) -> None:
    assert shown_moment(moment) == shown


def test_a_signature_is_for_one_hash_and_one_side() -> None:
    check_both(DRAFT.hash, SIGNED)
    for bad in (replace(SIGNED[0], role=SOUTH), replace(SIGNED[0], public=KEYS[1].public())):
        with pytest.raises(SignatureRefused):
            check_signature(DRAFT.hash, bad)
    with pytest.raises(SignatureRefused):
        check_signature(draft(terms(title="Another"), ["en"]).hash, SIGNED[0])


@pytest.mark.parametrize("some", [(), SIGNED[:1], SIGNED[1:], SIGNED[::-1], (*SIGNED, SIGNED[0])])
def test_a_lone_signature_is_void(some: tuple[Any, ...]) -> None:
    with pytest.raises(DealVoid):
        check_both(DRAFT.hash, some)
    with pytest.raises(DealVoid):
        countersign(DRAFT.hash, some, "W", Capacity.WITNESS, KEYS[2])


def test_one_key_cannot_be_both_sides() -> None:
    with pytest.raises(SignatureRefused):
        deal_file(DRAFT, (SIGNED[0], sign(DRAFT.hash, SOUTH, KEYS[0])))


def test_a_witness_stands_by_what_both_signed() -> None:
    found = verify_deal(FILE)
    assert (found.draft, found.signatures, found.witnesses) == (DRAFT, SIGNED, (WITNESS,))
    for bad in (replace(WITNESS, name="Another"), replace(WITNESS, capacity=Capacity.WITNESS)):
        with pytest.raises(SignatureRefused):
            deal_file(DRAFT, SIGNED, [bad])
    with pytest.raises(SignatureRefused):
        deal_file(DRAFT, SIGNED, [WITNESS, WITNESS])
    with pytest.raises(TermsRefused):
        countersign(DRAFT.hash, SIGNED, " ", Capacity.WITNESS, KEYS[2])


def test_the_file_does_not_depend_on_who_wrote_it() -> None:
    assert deal_file(DRAFT, SIGNED[::-1], [WITNESS]) == FILE
    assert json.loads(FILE)["text"]["en"][0] == "Agreement: \u2068One for a thousand\u2069"


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_any_changed_byte_fails(at: int, by: int) -> None:
    spoilt = bytearray(FILE)
    spoilt[at] ^= by
    with pytest.raises(BackchannelError):
        verify_deal(bytes(spoilt))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(FILE) - 1), st.sampled_from([b"", b" ", b"\n", b"0", b"}"]))
def test_any_byte_more_or_less_fails(at: int, more: bytes) -> None:
    with pytest.raises(BackchannelError):
        verify_deal(FILE[:at] + more + FILE[at + (not more) :])


def rewritten(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(FILE)
    change(value)
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Malformed),
        (b"[]", Malformed),
        (b"[" * 100_000, Malformed),
        (b"\xff", Malformed),
        (bytes(LARGEST_FILE + 1), Malformed),
        (FILE + b"\n", Malformed),
        (rewritten(lambda value: value.update(version=2)), Malformed),
        (rewritten(lambda value: value.update(version=True)), Malformed),
        (rewritten(lambda value: value.update(wording=2)), Malformed),
        (rewritten(lambda value: value.update(more=1)), Malformed),
        (rewritten(lambda value: value.update(hash="00" * 32)), Malformed),
        (rewritten(lambda value: value["text"].pop("he")), SignatureRefused),
        (rewritten(lambda value: value["text"]["en"].insert(0, "x")), Malformed),
        (rewritten(lambda value: value.update(text={})), Malformed),
        (rewritten(lambda value: value.update(text={"fr": []})), Malformed),
        (rewritten(lambda value: value.update(text=[])), Malformed),
        (rewritten(lambda value: value["signatures"].pop()), DealVoid),
        (rewritten(lambda value: value["signatures"].reverse()), DealVoid),
        (rewritten(lambda value: value.update(signatures=[])), DealVoid),
        (rewritten(lambda value: value.update(signatures=None)), Malformed),
        (rewritten(lambda value: value["signatures"][0].update(role=2)), Malformed),
        (rewritten(lambda value: value["signatures"][0].update(role=1)), DealVoid),
        (rewritten(lambda value: value["signatures"][0].update(public="zz")), Malformed),
        (rewritten(lambda value: value["signatures"][0].update(public="00" * 5000)), Malformed),
        (rewritten(lambda value: value["witnesses"][0].update(capacity="owner")), Malformed),
        (rewritten(lambda value: value["witnesses"][0].update(name="Another")), SignatureRefused),
        (rewritten(lambda value: value.update(terms=value["terms"].upper())), Malformed),
        (rewritten(lambda value: value.update(terms="f" * 200_000)), Malformed),
        (rewritten(lambda value: value.pop("witnesses")), Malformed),
    ],
)
def test_a_file_that_was_rewritten_is_refused(data: bytes, error: type[BackchannelError]) -> None:
    """Also by somebody who takes care to write the one form."""
    if error is SignatureRefused and b'"he"' not in data:
        value = json.loads(data)
        value["hash"] = draft(terms(), ["en", "ar"]).hash.hex()
        data = (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
    with pytest.raises(error):
        verify_deal(data)


def test_a_fingerprint_is_read_out_in_groups() -> None:
    digits = fingerprint(KEYS[0].public())
    assert [len(group) for group in digits.split()] == [5] * 12
    assert digits != fingerprint(KEYS[1].public())
