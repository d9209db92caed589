"""Text armour: what chat, mail and note apps do to a text must not matter, what changes the data must (spec 5.3)."""

from __future__ import annotations

import base64
import random
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import ArmorDamaged, ConfigRefused, PartsMissing
from backchannel.wire import parts
from backchannel.wire.armor import Armored, DamagedBlock, Kind, armor, blocks, dearmor

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = st.sampled_from(Kind)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
INVISIBLE = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2060\ufeff\u061c\u00ad\ufe0f"
)
SPACES = " \t\u00a0\u202f\u2007\u3000"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u05be\uff0d"
FULL_WIDTH = str.maketrans("0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
ARABIC = str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")
PERSIAN = str.maketrans("0123456789", "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9")
MARKER = re.compile(r"(?m)^-----(BEGIN|END) .*-----$")


def blob(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


DATA = blob(300)
TEXT = armor(Kind.ENVELOPE, DATA, 120)  # three parts
FOUND = [Armored(Kind.ENVELOPE, DATA)]


def in_markers(change: Callable[[str], str]) -> str:
    return MARKER.sub(lambda line: change(line[0]), TEXT)


def wrapped(text: str, width: int, joint: str = "\n") -> str:
    flat = text.replace("\n", " ")
    return joint.join(flat[at : at + width] for at in range(0, len(flat), width))


def test_the_form_is_that_of_the_spec() -> None:
    lines = armor(Kind.INVITATION, blob(100), 60).splitlines()
    one, _ = parts.split(Kind.INVITATION, blob(100), 60)
    name, check = one.set_id.hex().upper(), base64.b32encode(one.check).decode()
    content = base64.b64encode(one.content).decode()
    assert lines[:8] == [
        "-----BEGIN BACKCHANNEL INVITATION part 1 of 2-----",
        f"set {name[:4]} {name[4:8]} {name[8:12]} {name[12:]}",
        "",
        content[:64],
        content[64:],
        "",
        f"check {check[:4]} {check[4:]}",
        "-----END BACKCHANNEL INVITATION part 1 of 2-----",
    ]
    assert lines[9].startswith("-----BEGIN BACKCHANNEL INVITATION part 2 of 2")


@given(KINDS, st.binary(max_size=400), st.none() | st.integers(1, 100))
def test_there_and_back(kind: Kind, data: bytes, size: int | None) -> None:
    text = armor(kind, data, size)
    assert dearmor(text) == [Armored(kind, data)]
    assert not set(text) & set("_*~`:")
    assert max(map(len, text.splitlines())) <= 64


@given(st.integers(5, 90), st.sampled_from(["\n", "\r\n", "\r", "\n> ", "\n> > ", "\n>>", "\n | ", "\u2028", "  \n"]))
def test_wrapped_anew_at_any_width(width: int, joint: str) -> None:
    assert dearmor(wrapped(TEXT, width, joint)) == FOUND


@given(st.integers(0, 2**32), st.sampled_from([INVISIBLE, SPACES, INVISIBLE + SPACES + "\r\n>"]), st.integers(1, 200))
def test_marks_and_white_space_anywhere(seed: int, marks: str, number: int) -> None:
    draw = random.Random(seed)
    text = list(TEXT)
    for _ in range(number):
        text.insert(draw.randrange(len(text) + 1), draw.choice(marks))
    assert dearmor("".join(text)) == FOUND


@given(st.integers(0, 2**32))
def test_dashes_made_smart(seed: int) -> None:
    draw = random.Random(seed)

    def smart(line: str) -> str:
        return re.sub("-{5}", lambda _: "".join(draw.choices(DASHES, k=draw.randint(1, 5))), line)

    assert dearmor(in_markers(smart)) == FOUND


LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Pd"]), max_size=40
)  # no dash: it could not say BEGIN, but a block begins with one


@given(LETTERS, LETTERS, st.lists(LETTERS, min_size=3, max_size=3), st.randoms())
def test_whatever_stands_around(before: str, after: str, between: list[str], order: random.Random) -> None:
    each = [piece for piece in re.split(r"(?m)^(?=-----BEGIN)", TEXT) if piece]
    assert len(each) == 3
    order.shuffle(each)
    text = before + "".join(f"{words}\n{piece}" for words, piece in zip(between, each, strict=True)) + after
    assert dearmor(text) == FOUND


PREFIXES = [
    "> ",
    ">> ",
    "> > \u200f> ",
    "  ",
    "\t",
    "| ",
    "[12/03/2024, 10:15:33] Dana Levi: ",
    "\u200e[12.3.2024, 10:15:33] \u05d3\u05e0\u05d4: ",
    "[\u0661\u0662/\u0663/\u0662\u0660\u0662\u0664\u060c \u0661\u0660:\u0661\u0665 \u0645] \u0623\u062d\u0645\u062f: ",
    "12/03/2024, 10:15 - Dana: ",
    "<dana> ",
    "[10:15] ",
    "- ",
    "\u2022 ",
    "12. ",
    "&gt; ",
    "// ",
]


@pytest.mark.parametrize("prefix", PREFIXES[:-1])
def test_a_prefix_on_every_line(prefix: str) -> None:
    assert dearmor("\n".join(prefix + line for line in TEXT.splitlines())) == FOUND


def test_a_prefix_in_our_own_alphabet_is_not_guessed_at() -> None:
    with pytest.raises(ArmorDamaged, match="part 1 of 3"):
        dearmor("\n".join(PREFIXES[-1] + line for line in TEXT.splitlines()))


def test_a_message_header_in_the_middle_of_a_block() -> None:
    """An app that cuts long messages puts its own line between the pieces."""
    lines = TEXT.splitlines()
    for header in ("Dana, [12.03.24 10:15]", "[12/03/2024, 10:15] Dana:", "\u05d3\u05e0\u05d4", "", "..."):
        assert dearmor("\n".join([*lines[:4], header, *lines[4:]])) == FOUND


@pytest.mark.parametrize("digits", [FULL_WIDTH, ARABIC, PERSIAN])
def test_part_numbers_in_other_digits(digits: dict[int, int]) -> None:
    assert dearmor(in_markers(lambda line: line.translate(digits))) == FOUND
    many = armor(Kind.ENVELOPE, DATA, 20)
    many = MARKER.sub(lambda line: line[0].translate(digits), many)
    assert dearmor(wrapped(many, 31)) == FOUND


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "   \n"),
        TEXT.replace("\n\n", "\n"),
        TEXT.replace("\n", "\n\n\n"),
        TEXT.replace("\n", " "),
        TEXT.replace("\n", ""),
        TEXT.replace(" ", "\u00a0"),
        TEXT.replace(" ", ""),
        TEXT.replace("-----", "\u2014\u2013-"),
        TEXT.replace("-----", "\u2014").replace("\n", ""),
        TEXT.replace("-----", "-----\n"),
        f"\u202b{TEXT}\u202c",
        f"\ufeff{TEXT}",
        f"\u201c{TEXT}\u201d",
        f"```\n{TEXT}```",
        f"<pre>{TEXT}</pre>",
        TEXT + TEXT,
        TEXT.replace("\n", " > "),
    ],
)
def test_each_thing_that_apps_do(text: str) -> None:
    assert dearmor(text) == FOUND


def test_two_blocks_on_one_line() -> None:
    one, two = armor(Kind.ENVELOPE, b"one"), armor(Kind.INVITATION, b"two")
    both = [Armored(Kind.ENVELOPE, b"one"), Armored(Kind.INVITATION, b"two")]
    assert dearmor(f"{one}{two}".replace("\n", "")) == both
    assert dearmor(f"{one} and {two}".replace("\n", " ")) == both


def test_many_blobs_in_one_text() -> None:
    blobs = [Armored(random.choice(list(Kind)), blob(200, seed)) for seed in range(20)]
    text = "\n".join(f"Dana: {armor(one.kind, one.data, 90)}" for one in blobs)
    assert dearmor(text) == blobs
    assert dearmor(text + text) == blobs


def spans() -> list[int]:
    """Where in TEXT the content and the check are."""
    return [
        match.start() + at
        for match in re.finditer(r"(?s)(?<=\n\n)[A-Za-z0-9+/=\n]+?\n\ncheck ....( )....", TEXT)
        for at, char in enumerate(match[0])
        if not char.isspace() and char not in "check"
    ]


CONTENT = spans()
VISIBLE = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs"])


@given(st.sampled_from(CONTENT), st.sampled_from(BASE64 + "=") | VISIBLE)
def test_any_other_character_in_the_content_is_found(at: int, other: str) -> None:
    if other == TEXT[at]:
        return
    with pytest.raises(ArmorDamaged, match=r"part \d of 3"):
        dearmor(TEXT[:at] + other + TEXT[at + 1 :])


@given(st.sampled_from(CONTENT), st.sampled_from(BASE64 + "="))
def test_a_lost_or_added_character_is_found(at: int, other: str) -> None:
    for text in (TEXT[:at] + TEXT[at + 1 :], TEXT[:at] + other + TEXT[at:]):
        with pytest.raises(ArmorDamaged, match=r"part \d of 3"):
            dearmor(text)


def test_every_single_character_matters() -> None:
    text = armor(Kind.ENVELOPE, DATA)
    for at, char in enumerate(text):
        if not char.isspace() and char != "-":
            with pytest.raises(ArmorDamaged):
                dearmor(text[:at] + ("A" if char != "A" else "B") + text[at + 1 :])


def test_the_damaged_part_is_named() -> None:
    lines = TEXT.splitlines()
    second = lines.index("-----BEGIN BACKCHANNEL ENVELOPE part 2 of 3-----") + 3
    lines[second] = lines[second].swapcase()
    with pytest.raises(ArmorDamaged) as caught:
        dearmor("\n".join(lines))
    name = parts.set_id(Kind.ENVELOPE, DATA).hex().upper()
    assert caught.value.detail == f"ENVELOPE part 2 of 3, set {name}: the check does not match"
    assert caught.value.hint.startswith("Copy part 2 again")


def test_a_good_copy_makes_up_for_a_damaged_one() -> None:
    lines = TEXT.splitlines()
    del lines[4]
    assert dearmor("\n".join(lines) + "\n" + TEXT) == FOUND
    assert dearmor(TEXT + "\n".join(lines[:6])) == FOUND
    kinds = [type(block) for block in blocks("\n".join(lines) + "\n" + TEXT)]
    assert kinds == [DamagedBlock, *[parts.Part] * 5]


def test_unused_bits_must_be_zero() -> None:
    """b"a" is YQ==; YR== decodes to the same byte and is refused, even under a right check."""
    text = armor(Kind.ENVELOPE, b"a")
    assert "YQ==" in text
    for other in ("YR==", "YQ=", "YQ", "YQ===", "Y=Q=", "YQ==YQ==", "=YQ="):
        with pytest.raises(ArmorDamaged):
            dearmor(text.replace("YQ==", other))
    with pytest.raises(ArmorDamaged, match="not the one base64"):
        dearmor(text.replace("YQ==", "YR=="))


def test_the_other_base64_alphabet_is_refused() -> None:
    text = armor(Kind.ENVELOPE, b"\xff\xff\xbe" * 3)
    assert "//++" in text or "//" in text
    with pytest.raises(ArmorDamaged):
        dearmor(text.replace("/", "_"))


def test_missing_parts_are_named() -> None:
    pieces = re.split(r"(?m)^(?=-----BEGIN)", armor(Kind.ENVELOPE, DATA, 75))[1:]
    with pytest.raises(PartsMissing) as caught:
        dearmor(pieces[2] + pieces[0])
    assert caught.value.detail == "have 1, 3 of 4; missing 2, 4"
    assert dearmor("".join(pieces[index] for index in (3, 1, 0, 2, 1))) == FOUND


def test_parts_of_two_blobs_are_never_mixed() -> None:
    one = re.split(r"(?m)^(?=-----BEGIN)", armor(Kind.ENVELOPE, blob(200, 1), 100))[1:]
    two = re.split(r"(?m)^(?=-----BEGIN)", armor(Kind.ENVELOPE, blob(200, 2), 100))[1:]
    with pytest.raises(PartsMissing, match=r"set .* set "):
        dearmor(one[0] + two[1])
    assert [found.data for found in dearmor(one[0] + two[1] + two[0] + one[1])] == [blob(200, 1), blob(200, 2)]


def test_conflicting_parts_are_refused() -> None:
    one, _ = parts.split(Kind.ENVELOPE, DATA, 150)
    other = parts.Part(one.kind, 1, 2, one.set_id, b"something else")
    text = armor(Kind.ENVELOPE, DATA, 150)
    forged = armor(Kind.ENVELOPE, b"something else", None).replace("1 of 1", "1 of 2")
    forged = re.sub("set .*", "set " + one.set_id.hex().upper(), forged)
    forged = re.sub("check .*", "check " + base64.b32encode(other.check).decode(), forged)
    with pytest.raises(ArmorDamaged, match="part 1 of 2 came twice"):
        dearmor(text + forged)


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN PGP MESSAGE-----", "BEGIN BACKCHANNEL ENVELOPE part 1 of 1"])
def test_no_block_is_said_with_a_hint(text: str) -> None:
    with pytest.raises(ArmorDamaged, match="no block found") as caught:
        dearmor(text)
    assert "BEGIN BACKCHANNEL" in caught.value.hint


def test_cut_off_blocks_are_named() -> None:
    lines = armor(Kind.ENVELOPE, DATA).splitlines()
    for text, reason in [
        (lines[:-1], "END line is missing"),
        (lines[1:], "BEGIN line is missing"),
        ([*lines[:-1], lines[-1].replace("1 of 1", "1 of 2")], "END line is missing"),
        ([lines[0], lines[-1]], "does not read"),
    ]:
        with pytest.raises(ArmorDamaged, match="part 1 of 1") as caught:
            dearmor("\n".join(text))
        assert reason in caught.value.detail


@pytest.mark.parametrize("numbers", ["0 of 1", "2 of 1", "0 of 0", "01 of 00"])
def test_impossible_part_numbers(numbers: str) -> None:
    with pytest.raises(ArmorDamaged, match="no such part"):
        dearmor(armor(Kind.ENVELOPE, DATA).replace("1 of 1", numbers))


def test_a_part_size_below_one_is_refused() -> None:
    with pytest.raises(ConfigRefused):
        armor(Kind.ENVELOPE, b"x", 0)


BEGIN, END = "-----BEGIN BACKCHANNEL ENVELOPE part 1 of 1-----", "-----END BACKCHANNEL ENVELOPE part 1 of 1-----"


@pytest.mark.parametrize(
    "evil",
    [
        "-" * 500_000,
        "- " * 250_000,
        "-" + " " * 500_000,
        ("-B" + " " * 1000) * 500,
        "-BEGIN BACKCHANNEL ENVELOPE part 1 of " * 12_000,
        "-BEGIN BACKCHANNEL ENVELOPE part " + "1 " * 250_000,
        BEGIN * 10_000,
        f"{BEGIN}{'- ' * 250_000}{END}",
        f"{BEGIN}{': ' * 250_000}{END}",
        BEGIN + ":\n" * 250_000 + END,
        f"{BEGIN}{'=' * 500_000}{END}",
        f"{BEGIN}set{'0' * 16}{'check' * 100_000}{END}",
        f"{BEGIN}{'>|' * 250_000}{END}",
    ],
    ids=range(13),
)
def test_no_text_is_slow(evil: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ArmorDamaged):
        dearmor(evil)
    assert time.perf_counter() - started < 2  # all take well under 0.3 s; anything quadratic takes minutes


def test_forty_large_envelopes_in_one_text() -> None:
    blobs = [blob(65536, seed) for seed in range(40)]
    text = "\n".join(f"> {line}" for data in blobs for line in armor(Kind.ENVELOPE, data).splitlines())
    started = time.perf_counter()
    assert [found.data for found in dearmor("\u200f" + text)] == blobs
    assert time.perf_counter() - started < 3  # 300 of them, 28 MB, take under 2 s


# --- what a chat does, one thing upon the other -----------------------------------------------------------------------


def _quoted(text: str, chance: random.Random) -> str:
    mark = chance.choice(["> ", ">", ">> ", "| ", "\u200f> "])
    return "\n".join(mark + line for line in text.splitlines())


def _stamped(text: str, chance: random.Random) -> str:
    stamp = chance.choice([prefix for prefix in PREFIXES[:-1] if prefix.strip() not in (">", ">>", "|", "")])
    return "\n".join(stamp + line for line in text.splitlines())


def _smart(text: str, chance: random.Random) -> str:
    return MARKER.sub(
        lambda line: line[0].replace("-----", chance.choice(["\u2014\u2014-", "\u2013" * 3, "\u2014"])), text
    )


def _spaced(text: str, chance: random.Random) -> str:
    return text.replace(" ", chance.choice(["\u00a0", "\u202f", "  "]))


def _marked(text: str, chance: random.Random) -> str:
    for _ in range(40):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(INVISIBLE) + text[at:]
    return text


def _broken(text: str, chance: random.Random) -> str:
    width = chance.choice([30, 40, 55, 63])
    return "\n".join(line[at : at + width] for line in text.splitlines() for at in range(0, max(len(line), 1), width))


def _in_quotes(text: str, chance: random.Random) -> str:
    marks = chance.choice(["\u201c\u201d", "\u201e\u201c", "\u00ab\u00bb", "\u2018\u2019", '""'])
    return marks[0] + text + marks[1]


def _ends(text: str, chance: random.Random) -> str:
    return chance.choice(["\r\n", "\u2028", "\n\n"]).join(text.splitlines())


@pytest.mark.parametrize("seed", range(60))
def test_what_a_chat_does_one_thing_upon_the_other(seed: int) -> None:
    """In the order in which it happens; a stamp inside a broken marker is the one thing that hides a block (5.3.2)."""
    chance = random.Random(seed)
    text = TEXT
    by_lines = chance.choice([_broken, _stamped])
    for change in (_smart, _spaced, _in_quotes, _ends, by_lines, _quoted, _marked):
        if chance.random() < 0.6:
            text = change(text, chance)
    assert dearmor(text) == FOUND


@pytest.mark.parametrize(("plain", "pretty"), [("1/2", "\u00bd"), ("ff", "\ufb00"), ("oo", "\u221e"), ("0", "O")])
def test_what_is_prettified_inside_the_content_is_found_and_named(plain: str, pretty: str) -> None:
    """These change what was said: no guess is made, the part is named."""
    data = base64.b64decode("QUJD1/2Zff0Aoo0D" * 4)
    text = armor(Kind.ENVELOPE, data)
    head, content = text.split("\n\n", 1)
    assert plain in content
    with pytest.raises(ArmorDamaged, match="part 1 of 1"):
        dearmor(f"{head}\n\n{content.replace(plain, pretty, 1)}")
