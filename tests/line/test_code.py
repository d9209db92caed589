"""A spoken code: one guess, and only who knows it gets the invitation (spec 3.7)."""

from __future__ import annotations

import os

import pytest

from backchannel.crypto.suite import Role
from backchannel.errors import CodeRefused
from backchannel.line.code import InviterCode, JoinerCode, code_mailbox, new_code, read_code
from backchannel.wire.envelope import BUCKETS

DIGITS = "482155091377"
INVITATION = os.urandom(1400)


def test_a_code_is_twelve_digits_in_groups_and_reads_back_however_it_was_typed() -> None:
    code = new_code(os.urandom)
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    digits = read_code(code)
    assert digits == code.replace("-", "")
    indic = code.translate({ord(str(value)): indic for value, indic in enumerate("٠١٢٣٤٥٦٧٨٩")})
    assert read_code(indic) == read_code(f" {code.replace('-', ' ')}\u200f") == digits


@pytest.mark.parametrize("typed", ["", "4821", "4821-5509-137", "4821-5509-13770", "code"])
def test_what_has_not_twelve_digits_is_no_code(typed: str) -> None:
    with pytest.raises(CodeRefused):
        read_code(typed)


def test_who_knows_the_code_gets_the_invitation_in_envelopes_like_any_other() -> None:
    ann, bob = InviterCode(DIGITS), JoinerCode(DIGITS)
    offer = ann.offer(os.urandom)
    answer = bob.answer(offer, os.urandom)
    handed = ann.invitation(answer, INVITATION, os.urandom)
    assert bob.invitation(handed) == INVITATION
    assert {len(offer), len(answer), len(handed)} <= set(BUCKETS)
    for envelope in (offer, answer, handed):
        assert INVITATION[:16] not in envelope


def test_a_wrong_guess_on_the_right_mailbox_gets_nothing_and_is_noticed() -> None:
    ann, eve = InviterCode(DIGITS), JoinerCode(DIGITS[:-1] + "8")
    answer = eve.answer(ann.offer(os.urandom), os.urandom)
    with pytest.raises(CodeRefused):
        ann.invitation(answer, INVITATION, os.urandom)


def test_an_invitation_from_one_who_does_not_know_the_code_is_refused() -> None:
    eve, bob = InviterCode(DIGITS[:-1] + "8"), JoinerCode(DIGITS)
    bob.answer(eve.offer(os.urandom), os.urandom)
    other, ann = JoinerCode(DIGITS), InviterCode(DIGITS)
    handed = ann.invitation(other.answer(ann.offer(os.urandom), os.urandom), INVITATION, os.urandom)
    with pytest.raises(CodeRefused):
        bob.invitation(handed)
    with pytest.raises(CodeRefused):
        bob.invitation(bytes(1024))


def test_every_step_takes_its_own_kind_of_envelope_alone() -> None:
    ann, bob = InviterCode(DIGITS), JoinerCode(DIGITS)
    offer = ann.offer(os.urandom)
    with pytest.raises(CodeRefused):
        JoinerCode("1111" + DIGITS[4:]).answer(offer, os.urandom)
    with pytest.raises(CodeRefused):
        bob.answer(os.urandom(1024), os.urandom)
    with pytest.raises(CodeRefused):
        ann.invitation(offer, INVITATION, os.urandom)
    with pytest.raises(CodeRefused):
        ann.invitation(os.urandom(4096), INVITATION, os.urandom)
    answer = bob.answer(offer, os.urandom)
    with pytest.raises(CodeRefused):
        bob.answer(answer, os.urandom)


def test_the_first_four_digits_name_the_mailboxes_and_each_direction_has_its_own() -> None:
    assert code_mailbox(DIGITS, Role.INVITER) == code_mailbox(DIGITS[:4] + "00000000", Role.INVITER)
    assert code_mailbox(DIGITS, Role.INVITER) != code_mailbox(DIGITS, Role.JOINER)
    assert code_mailbox(DIGITS, Role.INVITER) != code_mailbox("0000" + DIGITS[4:], Role.INVITER)
