"""Words of a name in Arabic, Hebrew or Latin letters, brought to one common skeleton.

The skeleton is the consonants, in classes of what is heard or written for one another: a name goes from one script to
another by ear, and each has letters that the other lacks. Between two consonants stands a *gap*, the vowels if any are
written: `a` open, `i` front, `u` back, in capitals if written long, `e` for what can be a or i, nothing where nothing
is written. Arabic and Hebrew write long vowels mostly, Latin all, so gaps help to tell names apart and never decide.

    class  letters
    b      ب ב b v          f   ف פ f p ph         t   ت ط ث ת ט t th       d   د ذ ض ד d dh
    g      ج غ ג g j gh dj  h   ح خ ه ח ה h kh     k   ق ك ק כ k q c        z   ز ظ ז z
    s      س ش ص ס ש צ s sh ts tz                  l m n r  each their own
    y w    at the beginning only; elsewhere they are vowels
    a      any vowel, ا, ع, א or ע at the beginning

Articles, patronymic words and titles are left out; Abu, Abd and Din belong to the word beside them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from backchannel.ledger.name_folding import Script, fold, script_of

_ARABIC: Final = {
    "ب": "b", "ف": "f", "ت": "t", "ط": "t", "ث": "t", "د": "d", "ذ": "d", "ض": "d", "ج": "g", "غ": "g", "ح": "h",
    "خ": "h", "ه": "h", "ق": "k", "ك": "k", "ز": "z", "ظ": "z", "س": "s", "ش": "s", "ص": "s", "ل": "l", "م": "m",
    "ن": "n", "ر": "r",
}  # fmt: skip
_HEBREW: Final = {
    "ב": "b", "פ": "f", "ת": "t", "ט": "t", "ד": "d", "ג": "g", "ח": "h", "ה": "h", "ק": "k", "כ": "k", "ז": "z",
    "ס": "s", "ש": "s", "צ": "s", "ל": "l", "מ": "m", "נ": "n", "ר": "r",
}  # fmt: skip
_SEMITIC: Final = _ARABIC | _HEBREW
_SEMITIC_VOWELS: Final = {"ا": "A", "ي": "I", "و": "U", "א": "A", "י": "I", "ו": "U", "ع": "", "ע": ""}
_LATIN_GROUPS: Final = {
    "tch": "s", "sch": "s", "sh": "s", "kh": "h", "gh": "g", "th": "t", "dh": "d", "ph": "f", "tz": "s", "ts": "s",
    "dj": "g", "zh": "z", "ck": "k",
}  # fmt: skip
_LATIN: Final = {
    "b": "b", "v": "b", "p": "f", "f": "f", "t": "t", "d": "d", "g": "g", "j": "g", "h": "h", "k": "k", "q": "k",
    "c": "k", "x": "k", "z": "z", "s": "s", "l": "l", "m": "m", "n": "n", "r": "r",
}  # fmt: skip
_VOWELS: Final = {"a": "a", "e": "e", "i": "i", "o": "u", "u": "u", "y": "i", "w": "u"}


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(words).split())


_ARTICLES: Final = _folded("al el ال אל א")
_ASSIMILATED: Final = _folded("ad adh an ar as ash at ath az ed er es esh")
_PATRONYMICS: Final = _folded("bin ben ibn bint bat b بن ابن بنت בן בת אבן")
_TITLES: Final = _folded("dr mr mrs ms ד דר دكتور")
_FATHERS: Final = _folded("abu abou abo ابو אבו")
_SERVANTS: Final = _folded("abd abdul abdel abdal abdu عبد عبدال עבד עבדאל עבדול")
_FAITHS: Final = _folded("din deen eddin eddine uddin aldin دين الدين דין אלדין")
_ALLAH: Final = _folded("الله אללה")
_SERVANT: Final = re.compile(r"(?:abd(?:[aeou]l|[aeou](?=(.)\1)|[aeou])?|عبد(?:ال)?|עבד(?:אל|ול)?)-?(?P<rest>.{3,})")
_FATHER: Final = re.compile(r"(?:abou|abu|abo|ابو|אבו)(?P<rest>.{3,})")
_ARTICLE_OF_FAITH: Final = re.compile("^(?:al|ed|ud|ال|אל)(?=d|د|ד)")
_SILENT: Final = re.compile("[aeiou]h$")
_ARTICLE: Final = re.compile(r"(?:[ae]l(?P<latin>.{4,})|(?:ال|אל)(?P<rest>.{3,}))")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name.

    Attributes:
        folded: as it stands in the folded name.
        script: its script.
        skeleton: its consonants' classes; never empty.
        gaps: what stands behind each class of the skeleton.
        others: further skeletons that it may be, where a spelling is read in two ways.
    """

    folded: str
    script: Script
    skeleton: str
    gaps: tuple[str, ...]
    others: tuple[str, ...] = ()


def words_of(name: str) -> tuple[Word, ...]:
    """Return the words of a name that tell people apart, in their order.

    Args:
        name: as it was written.
    """
    tokens = _without_articles(fold(name).split())
    out: list[Word] = []
    waiting = ""
    for token in tokens:
        if token in _FATHERS or token in _SERVANTS:
            waiting = "ab" if token in _FATHERS else "abd"
        elif token in _FAITHS and out:
            out[-1] = _joined(out[-1], _word(_ARTICLE_OF_FAITH.sub("", token)))
        else:
            word = _compound(token)
            out.append(word if not waiting else _behind(waiting, word))
            waiting = ""
    if waiting:
        out.append(Word(waiting, Script.LATIN, waiting, ("",) * len(waiting)))
    return tuple(out)


def _without_articles(tokens: list[str]) -> list[str]:
    kept: list[str] = []
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else ""
        assimilated = token in _ASSIMILATED and following[:1] == token[1:2]
        alone = len(tokens) == 1
        if (token in _ARTICLES or token in _PATRONYMICS or token in _TITLES or assimilated) and not alone:
            continue
        kept.append(token)
    return kept or tokens


def _compound(token: str) -> Word:
    """Return a word that may be a compound written as one."""
    for pattern, prefix in ((_SERVANT, "abd"), (_FATHER, "ab")):
        found = pattern.fullmatch(token)
        if found and not _ARTICLE.fullmatch(token):
            return _behind(prefix, _word(found["rest"], token))
    article = _ARTICLE.fullmatch(token)
    if article:
        rest = article["latin"] or article["rest"]
        return _word(rest, token)
    return _word(token)


def _behind(prefix: str, word: Word) -> Word:
    rest = word.skeleton.removeprefix("a") or word.skeleton
    gaps = word.gaps[len(word.skeleton) - len(rest) :]
    return Word(prefix + word.folded, word.script, prefix + rest, ("",) * len(prefix) + gaps)


def _joined(first: Word, second: Word) -> Word:
    others = tuple(other + second.skeleton for other in first.others)
    return Word(
        first.folded + second.folded, first.script, first.skeleton + second.skeleton, first.gaps + second.gaps, others
    )


def _word(token: str, whole: str = "") -> Word:
    script = script_of(token)
    if script is Script.LATIN:
        spellings = [token]
        if "ch" in token:
            spellings = [token.replace("ch", "sh"), token.replace("ch", "kh")]
        if "v" in token[1:]:
            spellings += [one[0] + one[1:].replace("v", "w") for one in spellings]
        if "dh" in token:
            spellings.append(token.replace("dh", "d-h"))
        readings = [_latin(one) for one in spellings]
        if _SILENT.search(token):
            readings = [*(reading[:-1] for reading in readings), *readings]
    else:
        readings = [_semitic(token)]
    pairs = [_skeleton(reading) for reading in readings]
    skeleton, gaps = pairs[0]
    others = tuple(dict.fromkeys(other for other, _ in pairs[1:] if other != skeleton))
    return Word(whole or token, script, skeleton or token, gaps if skeleton else ("",) * len(token), others)


def _latin(token: str) -> list[str]:
    """Return classes and vowels, one after the other; vowels in lower case, long ones (two letters) in capitals."""
    out: list[str] = []
    at = 0
    while at < len(token):
        for size in (3, 2):
            group = token[at : at + size]
            if group in _LATIN_GROUPS:
                _consonant(out, _LATIN_GROUPS[group])
                at += size
                break
        else:
            letter = token[at]
            if at == 0 and letter in "yw":
                out.append("=" + letter)
            elif at == 0 and token[:2] == "ou" and token[2:3] in _VOWELS:
                out.append("=w")
                at += 1
            elif letter in _VOWELS:
                out.append(_VOWELS[letter])
            elif letter == "c" and token[at + 1 : at + 2] in ("e", "i"):
                _consonant(out, "s")
            elif letter in _LATIN:
                _consonant(out, _LATIN[letter])
            elif letter.isdigit():
                out.append("=" + letter)
            at += 1
    return out


def _consonant(out: list[str], letter: str) -> None:
    """Add a class; Latin writes twice what the others write once with a sign that is mostly left out."""
    if out[-1:] != ["=" + letter]:
        out.append("=" + letter)


def _semitic(token: str) -> list[str]:
    if token in _ALLAH:  # the only word that writes l twice where the others write it once
        return ["a", "=l", "a"]
    out: list[str] = []
    for at, letter in enumerate(token):
        last = at == len(token) - 1
        if at == 0 and letter in "ييי":
            out.append("=y")
        elif at == 0 and letter in "وו":
            out.append("=w")
        elif (at == 0 and letter in "اعאע") or (last and at > 1 and letter in "הه"):
            out.append("a")
        elif letter in _SEMITIC_VOWELS:
            out.append(_SEMITIC_VOWELS[letter])
        else:
            out.append("=" + _SEMITIC.get(letter, letter))
    return out


def _skeleton(reading: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return the classes, and the gap behind each."""
    classes: list[str] = []
    gaps: list[str] = []
    for number, part in enumerate(reading):
        if part[:1] == "=":
            classes.append(part[1:])
            gaps.append("")
        elif number == 0:
            classes.append("a")
            gaps.append("")
        elif gaps and not (number == 1 and classes == ["a"]):
            gaps[-1] += part
    return "".join(classes), tuple(_gap(gap) for gap in gaps)


def _gap(vowels: str) -> str:
    """Return one sign for the vowels between two consonants."""
    if not vowels:
        return ""
    if any(vowel in vowels for vowel in "IU") or len(vowels) > 1:
        if "U" in vowels or vowels.count("u") > 1 or ("u" in vowels and "i" not in vowels and "e" not in vowels):
            return "U"
        if "I" in vowels or "i" in vowels or vowels == "ee":
            return "I"
        return "A"
    return vowels
