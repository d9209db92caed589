"""`invite` and `join`: every way in which an invitation passes from one to the other."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from backchannel.errors import ArmorDamaged, ConfigRefused, InvitationExpired, InvitationUsed, LineExists, Malformed
from backchannel.line.invitation import decode_invitation
from backchannel.wire.armor import armor, dearmor
from backchannel.wire.parts import Kind
from tests.cli.people import Person, open_line


def talks(ann: Person, bob: Person) -> None:
    """The line is open on both sides, and carries words both ways."""
    ann.runs("sync")
    bob.runs("sync")
    ann.says("bob", "שלום")
    bob.says("ann", "مرحبا")
    ann.runs("sync")
    bob.runs("sync")
    assert ann.texts("bob") == bob.texts("ann")
    assert set(ann.texts("bob")) == {"שלום", "مرحبا"}


def test_by_a_file(ann: Person, bob: Person, relay: str) -> None:
    path = ann.home / "invitation.txt"
    done = ann.runs("invite", "bob", "--relay", relay, "--file", str(path))
    assert not done.out
    assert str(path) in done.err
    assert "backchannel sync bob" in done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done = bob.runs("join", "ann", "--file", str(path), "--wait", "0")
    assert not done.out
    assert relay in done.err, "the joiner is told which relay it will talk to"
    talks(ann, bob)


@pytest.mark.parametrize("flag", [["--text"], []])
def test_by_pasted_text(ann: Person, bob: Person, relay: str, flag: list[str]) -> None:
    done = ann.runs("invite", "bob", "--relay", relay, *flag)
    assert [block.kind for block in dearmor(done.out)] == [Kind.INVITATION]
    pasted = "Hi! Here it is:\n> " + done.out.replace("\n", "\r\n> ") + "\nRegards"
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=pasted)
    talks(ann, bob)


def test_by_a_picture(ann: Person, bob: Person, relay: str) -> None:
    path = ann.home / "invitation.png"
    done = ann.runs("invite", "bob", "--relay", relay, "--qr", str(path))
    assert not done.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bob.runs("join", "ann", "--qr", str(path), "--wait", "0")
    talks(ann, bob)


def test_a_code_on_the_terminal_is_data(ann: Person) -> None:
    done = ann.runs("invite", "bob", "--qr", "-")
    rows = done.out.rstrip("\n").splitlines()
    assert len(rows) > 30
    assert "█" in done.out
    assert "█" not in done.err


def test_without_a_relay_it_says_how_to_go_on(ann: Person, bob: Person) -> None:
    done = ann.runs("invite", "bob")
    assert "carry in" in done.err
    joined = bob.runs("join", "ann", "--text", "-", stdin=done.out)
    assert "carry out ann" in joined.err


def test_several_relays_are_tried_in_turn_and_named_once(ann: Person, bob: Person, relay: str) -> None:
    dead = "http://127.0.0.1:9"
    path = ann.home / "i"
    ann.runs(
        "invite", "bob", *(part for url in (dead, relay, dead + "/") for part in ("--relay", url)), "--file", str(path)
    )
    assert ann.status("bob")["relays"] == [dead, relay]
    done = bob.runs("join", "ann", "--file", str(path), "--wait", "0")
    assert "warning" in done.err
    done = ann.runs("sync")
    assert "open" in done.err
    bob.runs("sync")
    talks(ann, bob)


def test_too_many_relays(ann: Person) -> None:
    relays = [part for port in range(1, 40) for part in ("--relay", f"http://127.0.0.1:{port}")]
    assert ann.tries("invite", "bob", *relays).code == ConfigRefused.exit_code
    assert ann.tries("status", "bob").code == 5


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "relay.example", "http://", "http://h:0", "http://u:p@h", "http://h/?q", "http://h:99999", "x\x1b[31m"],
)
def test_a_relay_whose_address_is_none_makes_no_line(ann: Person, url: str) -> None:
    done = ann.tries("invite", "bob", "--relay", url)
    assert done.code == ConfigRefused.exit_code
    assert "\x1b" not in done.err
    assert ann.tries("status", "bob").code == 5


def test_an_open_road_is_warned_of(ann: Person) -> None:
    assert "warning" in ann.runs("invite", "one", "--relay", "http://relay.example").err
    for url in ("https://relay.example", "http://127.0.0.1:1", "http://abc.onion", "http://[::1]:5"):
        assert "warning" not in ann.runs("invite", url[-7:], "--relay", url).err


@pytest.mark.parametrize("name", ["", " ", "-x", "a\nb", "a\x1b[31mb", "x" * 65, " bob", "a\u202eb"])
def test_a_name_that_could_not_be_typed_again(ann: Person, name: str) -> None:
    done = ann.tries("invite", "--", name)
    assert done.code == ConfigRefused.exit_code
    assert "\x1b" not in done.err


@pytest.mark.parametrize("name", ["אמל", "أمل", "the man with the hat", "x" * 64])
def test_a_name_in_any_language(ann: Person, name: str) -> None:
    ann.runs("invite", name)
    assert ann.status(name)["line"] == name
    assert name in ann.runs("lines").out


def test_a_second_line_of_that_name(ann: Person) -> None:
    ann.runs("invite", "bob")
    path = ann.home / "new"
    done = ann.tries("invite", "bob", "--file", str(path))
    assert done.code == LineExists.exit_code == 5
    assert not path.exists(), "no empty invitation is left behind"


@pytest.mark.parametrize("option", ["--file", "--qr"])
@pytest.mark.parametrize("place", ["there already", "no/such/folder/i"])
def test_an_invitation_that_cannot_be_written_makes_no_line(ann: Person, option: str, place: str) -> None:
    """Its name would be taken for good, by a line that nobody can ever join."""
    path = ann.home / place
    if place == "there already":
        path.write_text("precious")
    done = ann.tries("invite", "bob", option, str(path))
    assert done.code == ConfigRefused.exit_code
    assert ann.tries("status", "bob").code == 5
    if place == "there already":
        assert path.read_text() == "precious"


# --- invitations that do not work -------------------------------------------------------------------------------------


def test_one_invitation_for_two(ann: Person, bob: Person, home: Path, relay: str) -> None:
    eve = Person(home, "eve")
    eve.runs("init")
    text = ann.runs("invite", "bob", "--relay", relay).out
    eve.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    ann.runs("sync")
    eve.runs("sync")
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    ann.runs("sync")
    assert [notice["what"] for notice in ann.status("bob")["notices"]] == ["second-request"]
    assert "someone else" in ann.runs("doctor").out
    done = bob.tries("sync", "ann")
    assert done.code == InvitationUsed.exit_code == 7
    assert bob.status("ann")["phase"] == "refused"
    assert bob.tries("say", "ann", "anybody?").code == 5
    bob.runs("sync")  # a refused line is left alone from then on
    assert eve.status("ann")["phase"] == "open"


def test_whoever_comes_second_is_told_at_once(ann: Person, bob: Person, home: Path, relay: str) -> None:
    eve = Person(home, "eve")
    eve.runs("init")
    text = ann.runs("invite", "bob", "--relay", relay).out
    eve.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    with ann.keeps_running("sync", "--watch") as watching:
        watching.talk("bob: ")
        done = bob.tries("join", "ann", "--text", "-", "--wait", "30", stdin=text)
        assert done.code == InvitationUsed.exit_code
        watching.stops()


def test_an_invitation_joined_twice_by_one_vault(ann: Person, bob: Person, relay: str) -> None:
    text = ann.runs("invite", "bob", "--relay", relay).out
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    done = bob.tries("join", "again", "--text", "-", "--wait", "0", stdin=text)
    assert done.code == InvitationUsed.exit_code
    assert "ann" in done.err
    assert [line["line"] for line in bob.runs("lines", "--json").values] == ["ann"]


def test_one_cannot_join_oneself(ann: Person) -> None:
    text = ann.runs("invite", "bob").out
    assert ann.tries("join", "myself", "--text", "-", stdin=text).code == InvitationUsed.exit_code


@pytest.mark.parametrize("years", [10, 0.1])
def test_an_expired_invitation_says_to_look_at_the_clock(ann: Person, bob: Person, years: float) -> None:
    text = ann.runs("invite", "bob", "--days", "7").out
    bob.years = years
    done = bob.tries("join", "ann", "--text", "-", stdin=text)
    assert done.code == InvitationExpired.exit_code == 7
    assert "clock" in done.err
    assert bob.runs("lines", "--json").out == ""


def test_days_are_days(ann: Person, bob: Person) -> None:
    text = ann.runs("invite", "bob", "--days", "60").out
    bob.years = 50 / 365
    bob.runs("join", "ann", "--text", "-", stdin=text)


@pytest.mark.parametrize(("one", "other"), [(10, 0), (0, -10), (10, 10), (-10, -10), (-10, 10)])
@pytest.mark.parametrize("when", ["before", "after"])
def test_clocks_ten_years_off_do_not_matter_to_the_line(
    ann: Person, bob: Person, relay: str, one: int, other: int, when: str
) -> None:
    if when == "after":
        open_line(ann, bob, relay)
    ann.years, bob.years = one, other
    if when == "before" and one < other:
        with pytest.raises(AssertionError, match=r"expired.*clock"):  # by the joiner's clock it has, and that is said
            open_line(ann, bob, relay)
        return
    if when == "before":
        open_line(ann, bob, relay)
    talks(ann, bob)
    for person, line in ((ann, "bob"), (bob, "ann")):
        assert person.status(line)["missing"] == []
        assert len(person.runs("read", line).out.splitlines()) == 2


@pytest.mark.parametrize("years", [10, -10])
def test_the_doctor_sees_a_clock_that_is_off(pair: tuple[Person, Person], years: int) -> None:
    ann, _ = pair
    ann.years = years
    done = ann.runs("doctor")
    assert ("ahead" if years > 0 else "behind") in done.out
    ann.years = 0
    assert "clocks agree" in ann.runs("doctor").out


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", ArmorDamaged),
        ("Hello, this is not one.", ArmorDamaged),
        ("cut", ArmorDamaged),
        ("changed", ArmorDamaged),
        ("two", Malformed),
        ("an envelope", Malformed),
        ("nonsense inside", Malformed),
    ],
)
def test_text_that_is_no_invitation(ann: Person, bob: Person, text: str, error: type[Exception]) -> None:
    good = ann.runs("invite", "bob").out
    match text:
        case "cut":
            text = good[: len(good) // 2]
        case "changed":
            middle = len(good) // 2
            text = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
        case "two":
            text = good + ann.runs("invite", "carl").out
        case "an envelope":
            text = armor(Kind.ENVELOPE, bytes(1024))
        case "nonsense inside":
            text = armor(Kind.INVITATION, b"\x83\x01\x02\x03")
    done = bob.tries("join", "ann", "--text", "-", stdin=text)
    assert done.code == 9
    assert done.err.startswith(f"error: {error.__doc__}")
    assert bob.runs("lines", "--json").out == ""


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://h\x1b[31m",
        "http://relay.example\u202e",
        "HTTP://relay.example",
        "http://h:80",
        " http://h",
    ],
)
def test_an_invitation_with_a_relay_that_nobody_would_name(ann: Person, bob: Person, url: str) -> None:
    (block,) = dearmor(ann.runs("invite", "bob", "--relay", "http://127.0.0.1:9").out)
    invitation = decode_invitation(block.data)
    bad = type(invitation)(
        invitation.curve, invitation.one_time, invitation.hybrid, invitation.secret, (url,), invitation.expires
    )
    done = bob.tries("join", "ann", "--text", "-", stdin=armor(Kind.INVITATION, bad.encode()))
    assert done.code == Malformed.exit_code
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert bob.runs("lines", "--json").out == ""


@pytest.mark.parametrize("option", ["--file", "--qr"])
def test_a_file_that_is_not_there(bob: Person, option: str) -> None:
    done = bob.tries("join", "ann", option, str(bob.home / "nothing"))
    assert done.code in (6, 9)
    assert "nothing" in done.err


def test_a_picture_without_a_code(bob: Person) -> None:
    from PIL import Image

    path = bob.home / "cat.png"
    Image.new("RGB", (64, 64), "white").save(path)
    assert bob.tries("join", "ann", "--qr", str(path)).code == ArmorDamaged.exit_code


def test_joining_waits_for_the_other_side(ann: Person, bob: Person, relay: str) -> None:
    text = ann.runs("invite", "bob", "--relay", relay).out
    with ann.keeps_running("sync", "bob", "--watch") as watching:
        watching.talk("bob: ")
        done = bob.runs("join", "ann", "--text", "-", "--wait", "30", stdin=text)
        assert "The line is open" in done.err
        assert "verify ann" in done.err
        watching.stops()


def test_joining_needs_nobody_at_the_relay(ann: Person, bob: Person) -> None:
    text = ann.runs("invite", "bob", "--relay", "http://127.0.0.1:9").out
    done = bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    assert "warning" in done.err
    assert bob.status("ann")["phase"] == "joining"
