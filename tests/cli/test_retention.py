"""`retention` and `retract` at the keyboard."""

from __future__ import annotations

from backchannel.errors import ConfigRefused, InputRefused, LineClosed
from tests.cli.people import Person

THIRTY_ONE_DAYS = 31 / 365


def sync(*people: Person, rounds: int = 2) -> None:
    for _ in range(rounds):
        for person in people:
            person.runs("sync")


def test_words_are_taken_back(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "one", "two")
    sync(bob, ann)
    done = ann.runs("retract", "bob", "2")
    assert "may have read them" in done.err
    sync(bob, ann)
    for person, line in ((ann, "bob"), (bob, "ann")):
        log = person.log(line)
        assert [event["text"] for event in log] == ["one", None, None]
        assert [event["kind"] for event in log] == ["text", "text", "retract"]
        assert log[1]["removed"]["why"] == "retracted"
        assert "removed" not in log[0]
        shown = person.runs("read", line, "--offline").out
        assert "number 2: removed on" in shown
        assert "[takes back number 2]" in shown
    assert ann.tries("retract", "bob", "2").code == InputRefused.exit_code
    assert ann.tries("retract", "bob", "99").code == InputRefused.exit_code
    assert ann.tries("retract", "bob", "0").code == 2
    assert bob.tries("retract", "ann", "1").code == InputRefused.exit_code
    waiting = ann.runs("say", "bob", "three", "--offline")
    assert waiting.code == 0
    assert ann.runs("retract", "bob", "4", "--offline", "--json").value["removed"] is False


def test_a_time_is_agreed_and_kept(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "old")
    sync(bob, ann)
    assert "words are kept" in ann.runs("retention", "bob").err
    assert bob.tries("retention", "ann", "--agree").code == ConfigRefused.exit_code
    assert ann.tries("retention", "bob", "--days", "30", "--keep").code == 2
    assert ann.tries("retention", "bob", "--days", "0").code == 2
    assert "holds once they agree" in ann.runs("retention", "bob", "--days", "30").err
    sync(bob)
    told = bob.runs("status", "ann").out
    assert "They propose: words are removed after 30 days" in told
    assert bob.status("ann")["retention"] == {"rule": {"keep": "always"}, "mine": None, "theirs": {"days": 30}}
    bob.runs("retention", "ann", "--agree")
    sync(ann)
    assert ann.status("bob")["retention"]["rule"] == {"days": 30}
    assert "Agreed: words are removed after 30 days." in ann.runs("status", "bob").out
    for person in (ann, bob):
        person.years = THIRTY_ONE_DAYS
    sync(ann, bob)
    for person, line in ((ann, "bob"), (bob, "ann")):
        log = person.log(line)
        assert [event["text"] for event in log] == [None, None, None]
        assert log[0]["removed"]["why"] == "retention"
        assert "past its time" in person.runs("read", line, "--offline").out
        assert "[proposes: words are removed after 30 days]" in person.runs("read", line, "--offline").out
    ann.runs("close", "bob")
    assert ann.tries("retention", "bob", "--keep").code == LineClosed.exit_code
