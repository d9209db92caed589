"""A labelled list of names that nobody bears: who is whom is known, because the names are made here.

A name is made of sounds, and every script writes the sounds with letters of its own choice: so a list has the same
person in other spellings, in another script, with a part missing, in another order, with a slip; and beside them those
who only look alike: brothers, cousins, Salim and Salem. `TUNING` is the seed that the matcher's figures were chosen on,
`HELD_OUT` the one that they are reported on.

    consonants  b t ث=C j ح=H خ=x d ذ=Z r z s ش=X ص=S ض=D ط=T ع=c غ=G f q k l m n h w y     : after one doubles it
    vowels      a i u short, A I U long, E ay, O aw, @ the feminine ending
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

TUNING: Final = 1
HELD_OUT: Final = 2

LATIN, ARABIC, HEBREW = "latin", "arabic", "hebrew"

_SOUNDS: Final[dict[str, tuple[str, str, str]]] = {
    "b": ("b", "ب", "ב"), "t": ("t", "ت", "ת"), "C": ("th|t", "ث", "ת|ת'"), "j": ("j|j|g|dj", "ج", "ג'|ג"),
    "H": ("h", "ح", "ח"), "x": ("kh|kh|ch", "خ", "ח'|ח"), "d": ("d", "د", "ד"), "Z": ("dh|d|z", "ذ", "ד'|ד"),
    "r": ("r", "ر", "ר"), "z": ("z", "ز", "ז"), "s": ("s", "س", "ס"), "X": ("sh|sh|ch", "ش", "ש"),
    "S": ("s", "ص", "צ|ס"), "D": ("d|d|dh", "ض", "ד|צ'"), "T": ("t", "ط", "ט"), "c": ("||'", "ع", "ע"),
    "G": ("gh|g", "غ", "ג'|ע'"), "f": ("f", "ف", "פ"), "q": ("q|k", "ق", "ק"), "k": ("k", "ك", "כ"),
    "l": ("l", "ل", "ל"), "m": ("m", "م", "מ"), "n": ("n", "ن", "נ"), "h": ("h", "ه", "ה"),
    "w": ("w|w|ou", "و", "ו|וו"), "y": ("y", "ي", "י"),
    "a": ("a|a|e", "", ""), "i": ("i|i|e", "", "י|"), "u": ("u|o|ou", "", "ו|ו|"), "A": ("a|a|a|aa", "ا", "א|"),
    "I": ("i|i|ee", "ي", "י"), "U": ("u|ou|oo", "و", "ו"), "E": ("ay|ei|ai", "ي", "יי|י"), "O": ("aw|au", "و", "ו"),
    "@": ("a|ah|eh", "ة", "ה"),
}  # fmt: skip
_FINALS: Final = dict(zip("כמנפצ", "ךםןףץ", strict=True))

GIVEN: Final = tuple(
    """
    salIm sAlim samIr sAmir nAdir nadIm nAdim karIm kamAl kAmil jamAl jamIl Hasan HusEn HAmid Hamad aHmad maHmUd
    muHam:ad yUsuf yAsIn ibrAhIm ismAcIl dAwUd sulEmAn mUsA zakariyA baXIr nasIm munIr munZir mAjid majId raXId rAXid
    xAlid xalIl jAbir jubrAn cAdil cAmir cumar calI cab:As fAris fArUq qAsim rAmI rAmiz riyAD SAliH SalAH SAbir TAriq
    TAhir walId zAhir ziyAd marwAn sufyAn XAkir XukrI tOfIq laTIf Gas:An nizAr hECam hiXAm anwar akram adham asad amIn
    anIs badr burhAn DirAr fahd faw:Az HAtim HAzim hAnI idrIs jalAl kinAn luqmAn mAhir mAlik misbAH nabIl nAjI qadrI
    rabIc sacId sAmI SafwAn TalAl usAm@ wahIb yAsir yazId zuhEr fATim@ maryam lElA samIr@ nAdy@ salmA hudA nUr amIn@
    karIm@ jamIl@ rabAb zEnab suhA rIm hind dalAl widAd
    """.split()  # noqa: SIM905 - a list of words is read as words
)
SERVANT_OF: Final = ("raHmAn", "raHIm", "karIm", "qAdir", "salAm", "nASir", "laTIf", "hAdI", "wahAb")
CONFUSED: Final = (
    "salIm sAlim samIr sAmir", "Hasan HusEn", "HAmid Hamad aHmad maHmUd", "raXId rAXid", "mAjid majId", "xAlid xalIl",
    "nAdir nadIm nAdim", "jamAl jamIl kamAl kAmil", "munIr munZir", "TAriq TAhir zAhir", "rAmI rAmiz sAmI",
)  # fmt: skip
_BEFORE: Final = {
    ("abd", LATIN): ("Abdul", "Abdel ", "Abd al-", "Abdul "), ("abd", ARABIC): ("عبد ال", "عبدال"),
    ("abd", HEBREW): ("עבד אל-", "עבד אל", "עבדאל"), ("abu", LATIN): ("Abu ", "Abou "),
    ("abu", ARABIC): ("أبو ", "ابو "),
    ("abu", HEBREW): ("אבו ",),
}  # fmt: skip
_PATTERNS: Final = (
    "1a2I3@", "1A2i3", "1a2I3", "1u23U4", "1a2a3", "1a23a4", "1i23I4", "1u2E3", "1A2U3", "1a2:A3", "1a2a3A4",
)  # fmt: skip
_ROOTS: Final = tuple("btjHxdrzsXSDTcfqklmnh")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up: parts as sounds, given name first, family name last."""

    parts: tuple[str, ...]
    article: bool
    born: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A list, and which of its rows are the same person.

    Attributes:
        names: as they would stand in a file.
        born: beside each; empty is unknown.
        pairs: (row, later row) that are one person.
    """

    names: tuple[str, ...]
    born: tuple[str, ...]
    pairs: frozenset[tuple[int, int]]


def labelled(count: int, seed: int) -> Labelled:
    """Return a list of so many rows: one in ten stands twice, one in eight has somebody beside him who looks alike."""
    drawn = Random(seed)
    families = tuple(dict.fromkeys(_family(drawn) for _ in range(max(40, count // 8))))
    people: list[Person] = []
    while len(people) < count - count // 10:
        person = _person(drawn, families)
        people.append(person)
        if drawn.random() < 0.125:
            people.append(_relative(drawn, person, families))
    people = people[: count - count // 10]
    rows = [(number, _row(drawn, person, again=False), _born(drawn, person)) for number, person in enumerate(people)]
    rows += [
        (number, _row(drawn, people[number], again=True), _born(drawn, people[number]))
        for number in drawn.sample(range(len(people)), count // 10)
    ]
    drawn.shuffle(rows)
    where: dict[int, list[int]] = {}
    for at, (number, _, _) in enumerate(rows):
        where.setdefault(number, []).append(at)
    return Labelled(
        tuple(name for _, name, _ in rows),
        tuple(born for _, _, born in rows),
        frozenset((places[0], places[1]) for places in where.values() if len(places) == 2),
    )


def _family(drawn: Random) -> str:
    pattern = drawn.choice(_PATTERNS)
    root = drawn.sample(_ROOTS, 4)
    name = "".join(root[int(sign) - 1] if sign.isdigit() else sign for sign in pattern)
    return name + drawn.choice(["", "", "I", "@"])


def _given(drawn: Random) -> str:
    return f"abd+{drawn.choice(SERVANT_OF)}" if drawn.random() < 0.06 else drawn.choice(GIVEN)


def _person(drawn: Random, families: tuple[str, ...]) -> Person:
    parts = [_given(drawn), _given(drawn), *([_given(drawn)] if drawn.random() < 0.5 else [])]
    family = drawn.choice(families)
    return Person(
        (*parts, f"abu+{drawn.choice(GIVEN)}" if drawn.random() < 0.05 else family), drawn.random() < 0.4,
        drawn.randint(1940, 2005),
    )  # fmt: skip


def _relative(drawn: Random, person: Person, families: tuple[str, ...]) -> Person:
    """Somebody else who looks alike."""
    parts = list(person.parts)
    kind = drawn.choice(["brother", "cousin", "alike", "alike"])
    if kind == "brother":
        parts[0] = drawn.choice([one for one in GIVEN if one != parts[0]])
    elif kind == "cousin":
        parts[-1] = drawn.choice([one for one in families if one != parts[-1]])
    else:
        groups = [group.split() for group in CONFUSED if parts[0] in group.split()]
        others = groups[0] if groups else list(GIVEN)
        parts[0] = drawn.choice([one for one in others if one != parts[0]])
    return Person(tuple(parts), person.article, drawn.randint(1940, 2005))


def _born(drawn: Random, person: Person) -> str:
    return str(person.born) if drawn.random() < 0.6 else ""


def _row(drawn: Random, person: Person, *, again: bool) -> str:
    script = drawn.choice([LATIN, LATIN, ARABIC, ARABIC, HEBREW])
    parts = list(person.parts)
    if again and len(parts) > 2 and drawn.random() < 0.35:
        del parts[drawn.randrange(1, len(parts) - 1)]
    words = [written(drawn, part, script) for part in parts]
    if person.article and "+" not in parts[-1] and (not again or drawn.random() < 0.8):
        words[-1] = _with_article(drawn, words[-1], script)
    if again and drawn.random() < 0.2:
        at = drawn.randrange(len(words))
        words[at] = _slip(drawn, words[at])
    if drawn.random() < 0.1:
        words.insert(1, {LATIN: drawn.choice(["bin", "ibn"]), ARABIC: "بن", HEBREW: "בן"}[script])
    if again and drawn.random() < 0.15:
        words = [words[-1], *words[:-1]]
    return " ".join(words)


def written(drawn: Random, part: str, script: str) -> str:
    """Return a part of a name in a script, one of the ways in which it can be written."""
    if part[:4] in ("abd+", "abu+"):
        before = drawn.choice(_BEFORE[part[:3], script])
        rest = written(drawn, part[4:], script)
        return before + (rest.lower() if before[-1].isalpha() else rest)
    return {LATIN: _latin, ARABIC: _arabic, HEBREW: _hebrew}[script](drawn, part)


def _latin(drawn: Random, part: str) -> str:
    out = ""
    for at, sound in enumerate(part):
        if sound == ":":
            out += part[at - 1] if part[at - 1] in "mbslrnd" and drawn.random() < 0.7 else ""
        else:
            letters = drawn.choice(_SOUNDS[sound][0].split("|"))
            out += "a" if at == 0 and sound in "aA" else letters
    return (out or part).capitalize()


def _arabic(drawn: Random, part: str) -> str:
    out = ""
    marks = drawn.random() < 0.1
    for at, sound in enumerate(part):
        if sound == ":":
            out += "\u0651" if marks else ""
        elif at == 0 and sound in "aiuAIUEO":
            out += drawn.choice({"i": ["إ", "ا"], "A": ["آ", "ا"]}.get(sound, ["أ", "ا"]))
            out += {"I": "ي", "U": "و", "E": "ي", "O": "و"}.get(sound, "")
        elif sound == "@":
            out += drawn.choice("ةةه")
        elif at == len(part) - 1 and sound == "A":
            out += drawn.choice("اى")
        else:
            out += _SOUNDS[sound][1] + ({"a": "\u064e", "i": "\u0650", "u": "\u064f"}.get(sound, "") if marks else "")
    return out


def _hebrew(drawn: Random, part: str) -> str:
    out = ""
    for at, sound in enumerate(part):
        if sound == ":":
            continue
        if at == 0 and sound in "aiuAIUEO":
            out += "א" + {"I": "י", "U": "ו", "E": "י", "O": "ו", "u": "ו", "i": drawn.choice(["י", ""])}.get(sound, "")
        elif at == len(part) - 1 and sound == "A":
            out += drawn.choice("אה")
        else:
            out += drawn.choice(_SOUNDS[sound][2].split("|"))
    return out[:-1] + _FINALS.get(out[-1], out[-1])


def _with_article(drawn: Random, word: str, script: str) -> str:
    if script == LATIN:
        return drawn.choice(["al-", "Al ", "el-", "Al-"]) + word
    return ("ال" if script == ARABIC else drawn.choice(["אל-", "אל "])) + word


def _slip(drawn: Random, word: str) -> str:
    """Return the word with two letters changed round, one left out or one doubled; never the first."""
    if len(word) < 4:
        return word
    at = drawn.randrange(1, len(word) - 1)
    kind = drawn.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == 1 else word[:at] + word[at] + word[at:]
