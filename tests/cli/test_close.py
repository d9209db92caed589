"""`close`: both people end the line, and each is told what it can know."""

from __future__ import annotations

from backchannel.errors import ConfigRefused, LineClosed, LineNotOpen, LineUnknown
from tests.cli.people import Person


def test_two_people_end_their_line(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "one")
    done = ann.runs("close", "bob", "--word", "שלום ולהתראות")
    assert "goes out until they have" in done.err
    told = bob.runs("sync").err
    assert "They have closed the line" in told
    assert "closing" not in bob.runs("lines").out
    bob.says("ann", "a last thing")
    bob.runs("close", "ann", "--word", "-", stdin="وداعا\n")
    for _ in range(2):
        ann.runs("sync")
        bob.runs("sync")
    for person, line in ((ann, "bob"), (bob, "ann")):
        status = person.status(line)
        assert status["phase"] == "closed"
        assert status["closing"]["both_know"] is True
        assert status["closing"]["alone"] is False
        assert status["relays"] == []
        assert "Closed by both of you" in person.runs("status", line).out
        log = person.log(line)
        assert [event["kind"] for event in log] == ["text", "close", "text", "close"]
        assert [event["text"] for event in log] == ["one", "שלום ולהתראות", "a last thing", "وداعا"]
        assert person.tries("say", line, "more").code == LineClosed.exit_code
        assert person.tries("say", line, "more", "--json").error["error"] == "line-closed"
        assert person.tries("close", line).code == LineClosed.exit_code
        assert person.tries("verify", line, "--json").error["error"] == "line-closed"
        assert "[closes the line]" in person.runs("read", line).out
        person.runs("sync")
        person.runs("lines")
        assert person.tries("carry", "out", line, "--text").code == LineClosed.exit_code


def test_close_now_is_for_the_owner_alone(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    refused = ann.tries("close", "bob", "--now")
    assert refused.code == ConfigRefused.exit_code
    assert "may never learn" in refused.err
    assert ann.status("bob")["phase"] == "open"
    done = ann.runs("close", "bob", "--now", "--yes", "--json").value
    assert (done["phase"], done["closing"]["alone"]) == ("closed", True)
    bob.runs("sync")
    assert [event["kind"] for event in bob.log("ann")] == ["close"]
    bob.runs("close", "ann", "--now", "--yes")
    assert "by you alone" in bob.runs("status", "ann").out


def test_what_cannot_be_closed(ann: Person) -> None:
    assert ann.tries("close", "nobody").code == LineUnknown.exit_code
    ann.runs("invite", "bob")
    refused = ann.tries("close", "bob")
    assert refused.code == LineNotOpen.exit_code
    assert "--now" in refused.err
    ann.runs("close", "bob", "--now", "--yes")
    assert ann.status("bob")["phase"] == "closed"
