"""A witness and a guarantor over lines of their own, by commands alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from backchannel.app.say import append_own
from backchannel.app.third import look_at, say_there
from backchannel.crypto import sign as signing
from backchannel.crypto.suite import Role
from backchannel.errors import (
    BeyondMandate,
    DealRefused,
    DealVoid,
    InputRefused,
    LineUnknown,
    NotVerified,
    SignatureRefused,
    TermsRefused,
)
from backchannel.ledger.deal import sign
from backchannel.ledger.third_decide import deposit
from tests.cli.parties import (
    agree,
    bind,
    compare,
    deal_on,
    desk_of,
    file_of,
    joined,
    meet,
    propose,
    refused,
    sign_both,
    somebody,
)
from tests.cli.people import Person
from tests.cli.terminal import Terminal

Four = tuple[Person, Person, Person, str]


@pytest.fixture
def agreed(ann: Person, bob: Person, relay: str) -> tuple[Person, Person, str]:
    """Ann and Bob with a deal that is proposed on their verified line."""
    joined(ann, bob, relay)
    agree(ann, bob)
    return ann, bob, propose(ann, bob)


@pytest.fixture
def four(agreed: tuple[Person, Person, str], relay: str) -> Four:
    """Both sides have a line to Gil, who will hold their signatures."""
    ann, bob, deal = agreed
    gil = somebody(ann, "gil")
    joined(ann, gil, relay)
    joined(gil, bob, relay)
    return ann, bob, gil, deal


def deposited(four: Four) -> None:
    ann, bob, gil, deal = four
    for side, other in ((ann, "bob"), (bob, "ann")):
        bind(side, other, deal, "deposit", "--with", "gil")
    meet(ann, bob, gil)


def released(four: Four) -> None:
    deposited(four)
    ann, bob, gil, deal = four
    bind_release(gil, deal)
    meet(ann, bob)


def bind_release(gil: Person, deal: str, *options: str) -> None:
    digits = deal_on(gil, "ann", deal)["digits"]
    gil.runs("deal", "release", "ann", "bob", deal[:8], "--name", "A third state", "--hash", digits, *options)


def holding(person: Person, line: str, deal: str) -> list[str]:
    return [one["holding"] for one in deal_on(person, line, deal)["deposits"]]


# --- a witness ---


def test_a_witness_reads_signs_and_gives_back_over_a_line(
    agreed: tuple[Person, Person, str], relay: str, tmp_path: Path
) -> None:
    ann, bob, deal = agreed
    wim = somebody(ann, "wim")
    joined(ann, wim, relay, verified=False)
    refused(ann.tries("deal", "show", "bob", deal, "--to", "wim", "--json"), NotVerified)
    compare(ann, wim)
    ann.runs("deal", "show", "bob", deal, "--to", "wim")
    wim.runs("sync")
    digits = deal_on(wim, "ann", deal)["digits"]
    witness = ("deal", "witness", "ann", deal[:8], "--name", "Wim of the third state")
    before = wim.rows()
    assert wim.tries(*witness, "--hash", digits).code == DealVoid.exit_code
    assert wim.rows() == before
    sign_both(ann, bob, deal)
    ann.runs("deal", "show", "bob", deal, "--to", "wim")
    meet(ann, wim)
    read = wim.runs("deal", "show", "ann", deal)
    assert "with the signatures of both sides" in read.err
    assert [one["side"] for one in deal_on(wim, "ann", deal)["signed"]] == ["Side A", "צד ב"]
    before = wim.rows()
    for wrong in (("--hash", "1" * 60), ("--hash", digits, "--to", str(tmp_path / "x")), ()):
        assert wim.tries(*witness, *wrong).code == InputRefused.exit_code
    assert wim.tries("deal", "witness", "nobody", deal, "--name", "W", "--hash", digits).code == LineUnknown.exit_code
    assert wim.tries(*witness[:-1], " ", "--hash", digits).code == TermsRefused.exit_code
    assert wim.rows() == before
    assert ann.tries("deal", "witnessed", "bob", deal, "--from", "wim").code == DealRefused.exit_code
    key = wim.runs(*witness, "--hash", digits).out.strip()
    meet(wim, ann)
    assert "countersigned deal" in ann.runs("read", "wim", "--offline").out
    ann.runs("deal", "witnessed", "bob", deal[:8], "--from", "wim")
    meet(ann, bob)
    expected = [{"name": "Wim of the third state", "capacity": "witness", "key": key}]
    assert deal_on(bob, "ann", deal)["witnesses"] == deal_on(ann, "bob", deal)["witnesses"] == expected
    assert ann.tries("deal", "witnessed", "bob", deal, "--from", "wim").code == DealRefused.exit_code
    file = tmp_path / "deal.json"
    bob.runs("deal", "export", "ann", deal, "--to", str(file))
    assert wim.runs("deal", "verify", str(file), "--json").value["witnesses"] == expected
    assert ann.tries("deal", "witness", str(file), "--name", "W").code == InputRefused.exit_code


def test_a_witness_at_a_terminal_is_shown_the_whole_text(agreed: tuple[Person, Person, str], relay: str) -> None:
    ann, bob, deal = agreed
    wim = somebody(ann, "wim")
    joined(ann, wim, relay)
    sign_both(ann, bob, deal)
    ann.runs("deal", "show", "bob", deal, "--to", "wim")
    wim.runs("sync")
    digits = deal_on(wim, "ann", deal)["digits"]
    for typed in (str((int(digits[0]) + 1) % 10) + digits[1:5], digits[:5]):
        terminal = Terminal(wim, "deal", "witness", "ann", deal[:8], "--name", "W", "--offline")
        terminal.answers("first five digits", typed)
        code, shown = terminal.ends()
        assert code == (0 if typed == digits[:5] else InputRefused.exit_code)
        assert "hands over ten" in shown
    assert len(deal_on(wim, "ann", deal)["witnesses"]) == 1


# --- a guarantor ---


def test_a_guarantor_holds_both_signatures_and_releases_them_together(four: Four, tmp_path: Path) -> None:
    ann, bob, gil, deal = four
    bind(ann, "bob", deal, "deposit", "--with", "gil")
    meet(ann, gil, bob)
    assert holding(ann, "bob", deal) == ["held"]
    (held,) = gil.runs("deal", "held", "--json").values
    assert (held["ready"], [one["side"] for one in held["deposits"]]) == (False, ["Side A"])
    read = gil.runs("deal", "show", "ann", deal[:8])
    for part in ("hands over ten", "הסכם", "اتفاق", deal):
        assert part in read.out, "the guarantor reads the whole text, made from the terms by the own program"
    assert "held, and void alone" in read.err
    assert deal_on(bob, "ann", deal)["signed"] == [], "the line of the deal has no word of it"
    bind(bob, "ann", deal, "deposit", "--with", "gil")
    meet(bob, gil)
    assert gil.runs("deal", "held", "--json").value["ready"] is True
    assert f"backchannel deal release ann bob {deal[:8]}" in gil.runs("deal", "held").err
    bind_release(gil, deal)
    meet(ann, bob)
    assert holding(ann, "bob", deal) == holding(bob, "ann", deal) == ["released"]
    told = ann.runs("deal", "show", "bob", deal).err
    assert f"backchannel deal released bob {deal[:8]} --from gil" in told
    assert ann.tries("deal", "withdraw", "bob", deal, "--json").error["error"] == DealRefused.code
    assert ann.runs("deal", "released", "bob", deal[:8], "--from", "gil", "--json").value["status"] == "in force"
    refused(ann.tries("deal", "released", "bob", deal, "--from", "gil", "--json"), DealRefused)
    meet(ann, bob)
    shown = [deal_on(side, other, deal) for side, other in ((ann, "bob"), (bob, "ann"))]
    assert all(one["in_force"] and one["released"] for one in shown)
    assert [one["capacity"] for one in shown[0]["witnesses"]] == ["guarantor"]
    refused(bob.tries("deal", "released", "ann", deal, "--from", "gil", "--json"), DealRefused)
    files = tmp_path / "ann.json", tmp_path / "bob.json"
    ann.runs("deal", "export", "bob", deal, "--to", str(files[0]))
    bob.runs("deal", "export", "ann", deal, "--to", str(files[1]))
    assert files[0].read_bytes() == files[1].read_bytes()
    assert gil.runs("deal", "verify", str(files[0]), "--json").value["deal"] == deal
    ann.runs("promise", "claim", "bob", "first")
    acts = [event["act"] or "" for event in bob.runs("read", "ann", "--json").values]
    assert any("brought both signatures under deal" in act for act in acts)
    for line, word in (("ann", "deposited a signature for"), ("bob", "released both signatures")):
        assert any(word in (event["act"] or "") for event in gil.log(line))


def test_both_sides_bring_what_was_released_at_once(four: Four) -> None:
    ann, bob, _, deal = four
    released(four)
    for side, other in ((ann, "bob"), (bob, "ann")):
        side.runs("deal", "released", other, deal, "--from", "gil", "--offline")
    meet(ann, bob)
    assert deal_on(ann, "bob", deal)["in_force"] is deal_on(bob, "ann", deal)["in_force"] is True


def test_what_was_taken_back_is_not_released(four: Four) -> None:
    ann, bob, gil, deal = four
    refused(ann.tries("deal", "take-back", "gil", deal, "--json"), DealRefused)
    deposited(four)
    refused(gil.tries("deal", "take-back", "ann", deal, "--json"), DealRefused)
    bob.runs("deal", "take-back", "gil", deal[:8])
    meet(bob, gil)
    before = gil.rows()
    digits = deal_on(gil, "ann", deal)["digits"]
    release = ("deal", "release", "ann", "bob", deal, "--name", "A third state", "--hash", digits, "--json")
    assert "taken back" in refused(gil.tries(*release), DealRefused)
    assert gil.rows() == before, "nor does the other signature leave"
    assert [one["holding"] for one in gil.runs("deal", "held", "--json").value["deposits"]] == ["held", "taken-back"]
    bind(bob, "ann", deal, "deposit", "--with", "gil")
    meet(bob, gil)
    gil.runs(*release)


def test_taking_back_and_releasing_cross(four: Four) -> None:
    ann, bob, gil, deal = four
    deposited(four)
    bob.runs("deal", "take-back", "gil", deal, "--offline")
    bind_release(gil, deal, "--offline")
    meet(ann, bob, gil)
    bob.runs("deal", "withdraw", "ann", deal, "--offline")
    assert holding(bob, "gil", deal) == holding(gil, "bob", deal) == ["crossed"]
    assert "while it was being taken back" in bob.runs("deal", "show", "gil", deal).err
    ann.runs("deal", "released", "bob", deal, "--from", "gil")
    meet(ann, bob)
    assert deal_on(ann, "bob", deal)["status"] == deal_on(bob, "ann", deal)["status"] == "contested"
    assert bob.runs("deal", "uphold", "ann", deal, "--json").value["status"] == "in force"


def test_who_withdraws_is_told_where_the_signature_still_lies(four: Four) -> None:
    ann, bob, gil, deal = four
    deposited(four)
    assert f"backchannel deal take-back gil {deal}" in ann.runs("deal", "withdraw", "bob", deal).err
    bind_release(gil, deal)
    meet(ann, bob)
    assert bob.runs("deal", "released", "ann", deal, "--from", "gil", "--json").value["status"].startswith("contested")
    meet(ann, bob)
    assert deal_on(ann, "bob", deal)["status"] == "contested"


def test_bad_deposits_and_releases_change_nothing(four: Four, relay: str) -> None:
    ann, bob, gil, deal = four
    digits = deal_on(ann, "bob", deal)["digits"]
    give = ("deal", "deposit", "bob", deal, "--with", "gil", "--json")
    before = ann.rows()
    refused(ann.tries(*give), InputRefused)
    refused(ann.tries(*give, "--hash", "2" * 60), DealRefused)
    refused(ann.tries("deal", "deposit", "bob", deal, "--with", "bob", "--hash", digits, "--json"), InputRefused)
    refused(ann.tries("deal", "deposit", "bob", deal, "--with", "no", "--hash", digits, "--json"), LineUnknown)
    refused(ann.tries("deal", "released", "bob", deal, "--from", "gil", "--json"), DealRefused)
    assert ann.rows() == before
    hal = somebody(ann, "hal")
    joined(ann, hal, relay, verified=False)
    unverified = ("deal", "deposit", "bob", deal, "--with", "hal", "--hash", digits, "--json")
    refused(ann.tries(*unverified), NotVerified)
    ann.runs(*give, "--hash", digits)
    compare(ann, hal)
    before = ann.rows()
    assert "gil" in refused(ann.tries(*give, "--hash", digits), DealRefused), "nor twice with one"
    assert "gil" in refused(ann.tries(*unverified), DealRefused), "nor with two"
    assert ann.rows() == before
    meet(ann, gil)
    release = ("deal", "release", "ann", "bob", deal, "--name", "G", "--json", "--hash")
    before = gil.rows()
    assert "void" in refused(gil.tries(*release, digits), DealRefused), "the other side has not deposited"
    assert refused(
        gil.tries("deal", "release", "ann", "ann", deal, "--name", "G", "--json", "--hash", digits), InputRefused
    )
    assert gil.rows() == before
    bind(bob, "ann", deal, "deposit", "--with", "gil")
    meet(bob, gil)
    before = gil.rows()
    refused(gil.tries(*release, "3" * 60), DealRefused)
    refused(gil.tries(*release[:-2], "--json"), InputRefused)
    refused(gil.tries(*release[:6], " ", "--json", "--hash", digits), TermsRefused)
    gil.years = 3 / 365
    refused(gil.tries(*release, digits), TermsRefused)
    assert gil.rows() == before


def test_two_lines_with_the_signature_of_one_side_are_not_released(four: Four, relay: str) -> None:
    """Somebody else on a line of Gil's deposits what Ann might have signed; the two that Gil names must differ."""
    ann, bob, gil, deal = four
    deposited(four)
    eve = somebody(ann, "eve")
    joined(gil, eve, relay)
    forge(eve, gil, deal)
    meet(eve, gil)
    digits = deal_on(gil, "ann", deal)["digits"]
    assert len(gil.runs("deal", "held", "--json").value["deposits"]) == 3
    before = gil.rows()
    wrong = ("deal", "release", "ann", "eve", deal, "--name", "G", "--hash", digits, "--json")
    assert "same side" in refused(gil.tries(*wrong), DealRefused)
    assert gil.rows() == before
    bind_release(gil, deal)
    meet(ann, bob, eve)
    assert holding(gil, "eve", deal) == ["held"], "whoever was not named is given nothing"


def forge(eve: Person, gil: Person, deal: str) -> None:
    """Eve, who knows the terms from Gil's vault, signs them by a key of her own in Side A's name, and deposits that."""
    with desk_of(gil) as desk:
        draft = look_at(desk, "ann")[1].drafts()[bytes.fromhex(deal)]
    with desk_of(eve) as desk, desk.work() as work:
        made = sign(draft.hash, Role.INVITER, signing.SigningKey.generate())
        line = work.transaction.line_named("gil")
        say_there(work, line, desk.clock(), lambda there, me: deposit(there, me, draft, made))


def test_a_principal_is_asked_before_a_deposit(four: Four, relay: str) -> None:
    ann, _, _, deal = four
    pia = somebody(ann, "pia")
    joined(ann, pia, relay)
    mandate = file_of(pia, "mandate.yaml", "limits: {people: any}\nbinding: yes\n")
    pia.runs("mandate", "set", "ann", "--file", mandate)
    meet(pia, ann)
    ann.runs("mandate", "use", "pia", "--for", "bob")
    digits = deal_on(ann, "bob", deal)["digits"]
    give = ("deal", "deposit", "bob", deal, "--with", "gil", "--hash", digits, "--json")
    refused(ann.tries(*give), BeyondMandate)
    ann.runs("deal", "show", "bob", deal, "--to", "pia")
    pia.runs("sync")
    bind(pia, "ann", deal, "signoff")
    meet(pia, ann)
    ann.runs(*give)


def test_no_key_outlives_its_deposit_or_its_release(four: Four, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    generate = signing.SigningKey.generate

    def kept() -> signing.SigningKey:
        made.append(generate())
        return made[-1]

    monkeypatch.setattr(signing.SigningKey, "generate", kept)
    released(four)
    assert len(made) == 3
    for person in four[:3]:
        everything = b"".join(value for row in person.rows() for value in row if isinstance(value, bytes))
        assert all(key.public() in everything for key in made)
        for key in made:
            for secret in (key.to_bytes(), key.to_bytes()[:32], key.to_bytes()[32:]):
                assert secret not in everything


def test_a_changed_release_counts_for_nothing(four: Four) -> None:
    """A guarantor's program that changes a bit of what it gives out: it is shown as counting for nothing."""
    ann, _, gil, _ = four
    released(four)
    with desk_of(gil) as desk, desk.work() as work:
        line = work.transaction.line_named("ann")
        body = bytearray(work.transaction.of_kinds(line.id, "third.release")[0].body)
        body[-1] ^= 1
        line, _ = append_own(work, line, "third.release", bytes(body), desk.clock())
        work.transaction.save_line(line)
    meet(gil, ann)
    acts = [event["act"] for event in ann.log("gil") if event["kind"] == "third.release"]
    assert "counts for nothing" not in acts[0]
    assert "counts for nothing" in acts[1]
    assert SignatureRefused.code in acts[1] or DealRefused.code in acts[1]
