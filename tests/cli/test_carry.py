"""`carry` and `folder`: sticks, pasted text, pictures, and folders that something else carries."""

from __future__ import annotations

from pathlib import Path

import pytest

from backchannel.errors import ArmorDamaged, ConfigRefused, Malformed
from backchannel.wire.armor import dearmor
from backchannel.wire.parts import Kind
from tests.cli.people import Person, open_line

FATES = {"schema", "events", "lines", "opened", "stale", "foreign", "refused", "waiting"}


@pytest.fixture
def stick(home: Path) -> Path:
    folder = home / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def apart(ann: Person, bob: Person) -> tuple[Person, Person]:
    """Two with a line and no relay; the whole handshake is pasted text."""
    text = ann.runs("invite", "bob").out
    bob.runs("join", "ann", "--text", "-", stdin=text)
    for giver, line, taker in ((bob, "ann", ann), (ann, "bob", bob), (bob, "ann", ann)):
        taker.runs("carry", "in", "--text", stdin=giver.runs("carry", "out", line, "--text").out)
    return ann, bob


def same(ann: Person, bob: Person, *texts: str) -> None:
    assert ann.texts("bob") == bob.texts("ann") == list(texts)


def test_a_line_lives_on_pasted_text_alone(apart: tuple[Person, Person]) -> None:
    ann, bob = apart
    assert ann.status("bob")["phase"] == bob.status("ann")["phase"] == "open"
    ann.says("bob", "שלום")
    done = ann.runs("carry", "out", "bob", "--text")
    assert "carry in" in done.err
    assert {block.kind for block in dearmor(done.out)} == {Kind.ENVELOPE}
    taken = bob.runs("carry", "in", "--text", stdin="> " + done.out.replace("\n", "\n> "))
    assert not taken.out
    assert "ann" in taken.err
    same(ann, bob, "שלום")


def test_a_stick(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "by hand", "--offline")
    assert set(ann.runs("carry", "out", "bob", str(stick), "--json").value) == {
        "schema", "line", "envelopes", "unacknowledged",
    }  # fmt: skip
    assert len(list(stick.iterdir())) == 1
    value = bob.runs("carry", "in", str(stick), "--json").value
    assert set(value) == FATES
    assert (value["events"], value["lines"], value["opened"]) == (1, ["ann"], 1)
    assert not list(stick.iterdir()), "what is safe in the vault is deleted"
    same(ann, bob, "by hand")
    bob.runs("carry", "out", "ann", str(stick))
    ann.runs("carry", "in", str(stick))
    assert ann.status("bob")["unacknowledged"] == 0


def test_keep_leaves_everything(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "by hand", "--offline")
    ann.runs("carry", "out", "bob", str(stick))
    for expected in ({"opened": 1, "stale": 0, "events": 1}, {"opened": 0, "stale": 1, "events": 0}):
        value = bob.runs("carry", "in", str(stick), "--keep", "--json").value
        assert expected.items() <= value.items()
    assert len(list(stick.iterdir())) == 1
    same(ann, bob, "by hand")


def test_pictures_in_a_folder(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "on paper", "--offline")
    done = ann.runs("carry", "out", "bob", str(stick), "--qr")
    assert "in any order" in done.err
    assert all(path.suffix == ".png" for path in stick.iterdir())
    assert bob.runs("carry", "in", str(stick), "--qr", "--json").value["events"] == 1
    assert list(stick.iterdir()), "pictures are left alone"
    same(ann, bob, "on paper")


def test_one_picture(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "on paper", "--offline")
    ann.runs("carry", "out", "bob", str(stick), "--qr")
    (picture,) = stick.iterdir()
    bob.runs("carry", "in", str(picture), "--qr")
    same(ann, bob, "on paper")


def test_codes_on_the_terminal_are_data(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    ann.runs("say", "bob", "on paper", "--offline")
    done = ann.runs("carry", "out", "bob", "--qr")
    assert "█" in done.out
    assert "QR code 1 of 1" in done.err


def test_text_in_a_folder(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "as a file", "--offline")
    ann.runs("carry", "out", "bob", str(stick), "--text")
    (path,) = stick.iterdir()
    assert path.suffix == ".txt"
    bob.runs("carry", "in", str(stick), "--text")
    assert path.exists()
    assert bob.runs("carry", "in", str(path), "--text", "--json").value["stale"] == 1
    same(ann, bob, "as a file")


def test_each_handover_is_sealed_afresh(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    ann.runs("say", "bob", "again", "--offline")
    first, second = (ann.runs("carry", "out", "bob", "--text").out for _ in range(2))
    assert not {block.data for block in dearmor(first)} & {block.data for block in dearmor(second)}


def test_nothing_to_carry(apart: tuple[Person, Person], stick: Path) -> None:
    ann, bob = apart
    ann.says("bob", "x")
    for giver, line, taker in ((ann, "bob", bob), (bob, "ann", ann), (ann, "bob", bob)):
        giver.runs("carry", "out", line, str(stick))
        taker.runs("carry", "in", str(stick))
    assert ann.status("bob")["unacknowledged"] == 0


def test_somebody_elses_envelope_is_left_alone(pair: tuple[Person, Person], home: Path, stick: Path) -> None:
    ann, bob = pair
    carl, dora = (Person(home, name) for name in ("carl", "dora"))
    carl.runs("init")
    dora.runs("init")
    ann.runs("say", "bob", "not for you", "--offline")
    ann.runs("carry", "out", "bob", str(stick))
    text = ann.runs("carry", "out", "bob", "--text").out
    before = carl.rows()
    value = carl.runs("carry", "in", str(stick), "--json").value
    assert (value["foreign"], value["events"], value["lines"]) == (1, 0, [])
    done = carl.runs("carry", "in", "--text", stdin=text)
    assert "for nobody here" in done.err
    assert carl.rows() == before
    assert len(list(stick.iterdir())) == 1
    before = ann.rows()
    assert ann.runs("carry", "in", str(stick), "--json").value["foreign"] == 1, "nor is one's own for oneself"
    assert ann.rows() == before
    bob.runs("carry", "in", str(stick))
    same(ann, bob, "not for you")


def test_a_replay_changes_nothing(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "once", "--offline")
    text = ann.runs("carry", "out", "bob", "--text").out
    bob.runs("carry", "in", "--text", stdin=text)
    before = [row for row in bob.rows() if row[0] == "event"]
    status = bob.status("ann")
    for _ in range(3):
        done = bob.runs("carry", "in", "--text", stdin=text)
        assert "before" in done.err
    assert [row for row in bob.rows() if row[0] == "event"] == before
    assert bob.status("ann") == status


@pytest.mark.parametrize("noise", [b"", b"x", bytes(1023), bytes(1025), b"\xff" * 70_000])
def test_other_files_on_a_stick_are_left_alone(pair: tuple[Person, Person], stick: Path, noise: bytes) -> None:
    ann, bob = pair
    for name in ("holiday.jpg", "odd.bcenv", ".hidden", "notes.txt"):
        (stick / name).write_bytes(noise)
    (stick / "folder.bcenv").mkdir()
    ann.runs("say", "bob", "between the photos", "--offline")
    ann.runs("carry", "out", "bob", str(stick))
    assert bob.runs("carry", "in", str(stick), "--json").value["events"] == 1
    assert {path.name for path in stick.iterdir()} == {
        "holiday.jpg", "odd.bcenv", ".hidden", "notes.txt", "folder.bcenv",
    }  # fmt: skip


def test_an_envelope_of_noise_is_nobodys(pair: tuple[Person, Person], stick: Path) -> None:
    _, bob = pair
    (stick / "noise.bcenv").write_bytes(bytes(1024))
    before = bob.rows()
    assert bob.runs("carry", "in", str(stick), "--json").value["foreign"] == 1
    assert bob.rows() == before
    assert len(list(stick.iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (["--text"], "", ArmorDamaged.exit_code),
        (["--text"], "nothing of the kind", ArmorDamaged.exit_code),
        (["--text", "{stick}"], "", ConfigRefused.exit_code),
        (["--qr", "{stick}"], "", ConfigRefused.exit_code),
        (["{stick}/no"], "", ConfigRefused.exit_code),
        (["--text", "{stick}/no"], "", ConfigRefused.exit_code),
    ],
)
def test_nothing_to_take_in(ann: Person, stick: Path, arguments: list[str], stdin: str, code: int) -> None:
    done = ann.tries("carry", "in", *(part.format(stick=stick) for part in arguments), stdin=stdin)
    assert done.code == code == 9
    assert not done.out


def test_damaged_text_changes_nothing(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "once", "--offline")
    text = ann.runs("carry", "out", "bob", "--text").out
    before = bob.rows()
    for bad in (text[:-200], text[:300] + text[310:], text.replace("\n", "", 3)[: len(text) // 2]):
        done = bob.tries("carry", "in", "--text", "--json", stdin=bad)
        assert done.code == 9
        assert done.error["error"] == "armor-damaged"
    assert bob.rows() == before


def test_an_invitation_among_envelopes_says_where_it_belongs(ann: Person, bob: Person) -> None:
    text = ann.runs("invite", "bob").out
    done = bob.tries("carry", "in", "--text", stdin=text)
    assert done.code == Malformed.exit_code
    assert "backchannel join" in done.err


def test_a_place_that_is_none(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    ann.runs("say", "bob", "x", "--offline")
    before = ann.rows()
    for flag in ([], ["--text"], ["--qr"]):
        assert ann.tries("carry", "out", "bob", str(home / "no"), *flag).code == ConfigRefused.exit_code
    assert ann.rows() == before


def test_a_long_message_on_paper(pair: tuple[Person, Person], stick: Path) -> None:
    ann, bob = pair
    words = "מילה " * 300
    ann.runs("say", "bob", words, "--offline")
    ann.runs("carry", "out", "bob", str(stick), "--qr")
    pictures = sorted(stick.iterdir())
    assert len(pictures) > 1
    pictures[0].rename(stick / "zzz.png")
    held = pictures[1].read_bytes()
    pictures[1].unlink()
    done = bob.tries("carry", "in", str(stick), "--qr", "--json")
    assert done.error["error"] == "parts-missing"
    pictures[1].write_bytes(held)
    bob.runs("carry", "in", str(stick), "--qr")
    same(ann, bob, words)


# --- a folder that something else carries -----------------------------------------------------------------------------


def test_a_synced_folder_carries_a_line(apart: tuple[Person, Person], stick: Path) -> None:
    ann, bob = apart
    for person, line in ((ann, "bob"), (bob, "ann")):
        assert "no relay, no folder and no mail" in person.runs("doctor").out
        person.runs("folder", line, str(stick))
        person.runs("folder", line, str(stick))
        assert person.status(line)["folders"] == [str(stick)]
    ann.says("bob", "through the folder")
    bob.runs("sync")
    same(ann, bob, "through the folder")
    bob.says("ann", "and back")
    ann.runs("read", "bob")
    same(ann, bob, "through the folder", "and back")
    ann.runs("folder", "bob", str(stick), "--remove")
    assert ann.status("bob")["folders"] == []


def test_a_folder_helps_when_the_relay_is_away(ann: Person, bob: Person, relay: str, stick: Path) -> None:
    open_line(ann, bob, relay)
    for person, line in ((ann, "bob"), (bob, "ann")):
        person.runs("folder", line, str(stick))
        person.runs("proxy", "socks5://127.0.0.1:9")
    assert ann.runs("say", "bob", "one", "--json").value["sent"] is True
    done = bob.runs("sync", "--json")
    assert done.value["problems"] == ["relay-unreachable"]
    assert done.code == 0, "one of two ways worked"
    same(ann, bob, "one")


def test_a_folder_that_is_gone_is_warned_of(apart: tuple[Person, Person], stick: Path) -> None:
    ann, _ = apart
    ann.runs("folder", "bob", str(stick))
    stick.rmdir()
    done = ann.runs("say", "bob", "one")
    assert "warning" in done.err
    assert ann.tries("sync").code == 6
    ann.runs("folder", "bob", str(stick), "--remove")
    ann.runs("sync")


def test_a_folder_that_is_none(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    assert ann.tries("folder", "bob", str(home / "no")).code == ConfigRefused.exit_code
    assert ann.status("bob")["folders"] == []
