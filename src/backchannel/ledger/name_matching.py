"""Which rows of a list may be the same person, written in another way: told with reasons, never merged.

1. Every name is brought to words with skeletons (`name_skeleton`), so that it does not matter in which script it is.
2. Two rows are compared if two of their words agree, one in its skeleton, the other but for one class at most
   (deletion neighbourhoods): no pair of rows is looked at for nothing, and none that could match is missed but for
   names with a defect in every word.
3. Words are paired as they agree best; rare words weigh more than common ones. A part that is missing in one name costs
   little, another given name much.

Source: deletion neighbourhoods as in SymSpell (Garbe 2012); optimal string alignment distance by `rapidfuzz`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, product
from math import log
from typing import Final

from backchannel.ledger.name_folding import Script
from backchannel.ledger.name_skeleton import Word, words_of

ALIKE: Final = 0.8
"""Score from which two rows are flagged: chosen on the tuning half of bench/name_variants.py alone."""

_WORD: Final = 0.72
_MOST_WORDS: Final = 7
_LARGEST_BLOCK: Final = 150
_SLIP: Final = 0.95
_GIVEN_MISSING: Final = 0.85
_BORN_SAME: Final = 0.05
_BORN_DIFFERS: Final = 0.8


class Reason(Enum):
    """Why two rows are flagged, or what speaks against it."""

    SAME = "the same letters"
    SCRIPTS = "written in two scripts"
    SPELLING = "spelled in another way"
    ORDER = "the words stand in another order"
    MISSING = "a part of the name is missing in one"
    BORN_SAME = "born in the same year"
    BORN_DIFFERS = "born in other years"


@dataclass(frozen=True, slots=True)
class Named:
    """What matching looks at of a row.

    Attributes:
        name: as it was written.
        born: year or date, in any form; empty is unknown.
    """

    name: str
    born: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """Two rows that may be one person.

    Attributes:
        first: index of a row.
        second: index of a later row.
        score: from 0 to 1.
        reasons: in the order of `Reason`.
    """

    first: int
    second: int
    score: float
    reasons: tuple[Reason, ...]


def near_duplicates(rows: Sequence[Named], *, least: float = ALIKE) -> list[Alike]:
    """Return the pairs of rows that may be the same person, the most alike first.

    Args:
        rows: the list.
        least: score from which a pair is told; below 0.75 nothing more is found.
    """
    names = [words_of(row.name)[:_MOST_WORDS] for row in rows]
    around: dict[Word, frozenset[str]] = {word: _neighbours(word) for name in names for word in name}
    near = [[around[word] for word in name] for name in names]
    likeness = _Likeness(names)
    years = [_year(row.born) for row in rows]
    found = []
    for first, second in _candidates(names, near):
        if not _plausible(near[first], near[second]):
            continue
        score, taken = likeness.of(first, second)
        born = None
        if years[first] and years[second]:
            born = Reason.BORN_SAME if years[first] == years[second] else Reason.BORN_DIFFERS
            score = min(1.0, score + _BORN_SAME) if born is Reason.BORN_SAME else score * _BORN_DIFFERS
        if score >= least:
            reasons = _reasons(names[first], names[second], taken)
            found.append(Alike(first, second, round(score, 4), (*reasons, *([born] if born else []))))
    return sorted(found, key=lambda pair: (-pair.score, pair.first, pair.second))


def _neighbours(word: Word) -> frozenset[str]:
    """Return the skeletons of a word and what is left of them without one class."""
    skeletons = (word.skeleton, *word.others)
    return frozenset(skeletons) | {
        one[:at] + one[at + 1 :] for one in skeletons if len(one) > 3 for at in range(len(one))
    }


def _candidates(names: Sequence[tuple[Word, ...]], near: Sequence[list[frozenset[str]]]) -> set[tuple[int, int]]:
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, (name, around) in enumerate(zip(names, near, strict=True)):
        keys: set[tuple[str, str]] = set()
        if len(name) == 1:
            keys.update(("", skeleton) for skeleton in around[0])
        for at, word in enumerate(name):
            for other, skeletons in enumerate(around):
                if at != other:
                    keys.update(product((word.skeleton, *word.others), skeletons))
        for key in keys:
            blocks[key].append(row)
    pairs: set[tuple[int, int]] = set()
    for block in blocks.values():
        # Names of which a hundred share two words are told apart by a third, and meet again in its block.
        if 1 < len(block) <= _LARGEST_BLOCK:
            pairs.update(combinations(block, 2))
    return pairs


def _plausible(one: list[frozenset[str]], two: list[frozenset[str]]) -> bool:
    """Say whether nearly every word of the shorter name has a neighbour in the longer: what else scores too low."""
    short, long = (one, two) if len(one) <= len(two) else (two, one)
    spare = len(short) // 4
    for word in short:
        for other in long:
            if not word.isdisjoint(other):
                break
        else:
            spare -= 1
            if spare < 0:
                return False
    return True


class _Likeness:
    """How much rows are alike by their words, with what was worked out before."""

    __slots__ = ("_known", "_names", "_numbers", "_spelled", "_weights", "_words")

    def __init__(self, names: Sequence[tuple[Word, ...]]) -> None:
        from rapidfuzz.distance import OSA

        self._spelled: Callable[[str, str], float] = OSA.normalized_similarity
        numbers: dict[Word, int] = {}
        self._names = [[numbers.setdefault(word, len(numbers)) for word in name] for name in names]
        self._words = list(numbers)
        counted: dict[str, int] = defaultdict(int)
        for name in names:
            for skeleton in {word.skeleton for word in name}:
                counted[skeleton] += 1
        # A word weighs a half if everybody has it, and one if nobody else has.
        rows, scale = len(names) + 1, log(len(names) + 1) or 1.0
        self._weights = [0.5 + 0.5 * log(rows / counted[word.skeleton]) / scale for word in self._words]
        self._known: dict[tuple[int, int], float] = {}

    def of(self, first: int, second: int) -> tuple[float, dict[int, int]]:
        """Return the score of two rows, and which word of the first was paired with which of the second."""
        one, two = self._names[first], self._names[second]
        pairs = [(-self._alike(a, b), abs(i - j), i, j) for i, a in enumerate(one) for j, b in enumerate(two)]
        pairs.sort()
        taken: dict[int, int] = {}
        used: set[int] = set()
        matched = 0.0
        for lost, _, i, j in pairs:
            if -lost < _WORD:
                break
            if i not in taken and j not in used:
                taken[i] = j
                used.add(j)
                matched -= lost * (self._weights[one[i]] + self._weights[two[j]]) / 2
        small, large = sorted(sum(self._weights[word] for word in name) for name in (one, two))
        if not taken or (len(taken) < 2 and max(len(one), len(two)) > 1):
            return 0.0, {}
        score = min(1.0, matched / small) * (0.75 + 0.25 * min(1.0, matched / large))
        if 0 not in taken or 0 not in used:
            score *= _GIVEN_MISSING
        elif taken[0] == 0:
            score *= 0.5 + 0.5 * self._alike(one[0], two[0])
        return score, taken

    def _alike(self, one: int, two: int) -> float:
        if one == two:
            return 1.0
        known = self._known.get((one, two))
        if known is None:
            known = self._known[one, two] = self._known[two, one] = self._compared(self._words[one], self._words[two])
        return known

    def _compared(self, one: Word, two: Word) -> float:
        best = self._spelled(one.folded, two.folded) if one.script is two.script else 0.0
        if one.skeleton == two.skeleton:
            return max(best, 1.0 - 0.5 * _vowels_differ(one, two))
        for a in (one.skeleton, *one.others):
            for b in (two.skeleton, *two.others):
                best = max(best, _SLIP * self._spelled(a, b))
        return best


def _reasons(one: tuple[Word, ...], two: tuple[Word, ...], taken: dict[int, int]) -> list[Reason]:
    reasons = []
    paired = [(one[i], two[j]) for i, j in taken.items()]
    if all(a.folded == b.folded for a, b in paired):
        reasons.append(Reason.SAME)
    if any(a.script is not b.script for a, b in paired):
        reasons.append(Reason.SCRIPTS)
    if any(a.script is b.script and a.folded != b.folded for a, b in paired):
        reasons.append(Reason.SPELLING)
    order = [taken[i] for i in sorted(taken)]
    if order != sorted(order):
        reasons.append(Reason.ORDER)
    if len(taken) < max(len(one), len(two)):
        reasons.append(Reason.MISSING)
    return reasons


def _year(born: str) -> str:
    """Return the four digits of a date that are a year, if there are just four in a row somewhere."""
    runs = "".join(letter if letter.isdigit() else " " for letter in born).split()
    years = [run for run in runs if len(run) == 4]
    return str(int(years[0])) if len(years) == 1 else ""


def _vowels_differ(one: Word, two: Word) -> float:
    """Return how much the vowels between equal consonants speak against two words being one, from 0 to 1."""
    if not one.gaps:
        return 0.0
    total = 0.0
    for at, (a, b) in enumerate(zip(one.gaps, two.gaps, strict=True)):
        part = _gap_differs(a, b, one.script, two.script)
        total += part * (0.5 if at == len(one.gaps) - 1 else 1.0)
    return min(1.0, total / max(1.0, len(one.gaps) - 0.5))


_QUALITY: Final = {
    frozenset("ae"): 0.1, frozenset("ai"): 0.6, frozenset("au"): 0.7, frozenset("ei"): 0.1, frozenset("eu"): 0.6,
    frozenset("iu"): 0.8,
}  # fmt: skip


def _gap_differs(a: str, b: str, one: Script, two: Script) -> float:
    if a == b:
        return 0.0
    if a and b:
        quality = _QUALITY.get(frozenset((a.lower(), b.lower())), 0.0)
        return min(1.0, quality * 1.3) if a.isupper() or b.isupper() else quality
    written = a or b
    if one is two:
        return 0.3 if one is Script.LATIN else 1.5 if one is Script.ARABIC else 0.5
    if Script.LATIN in (one, two):
        bare = one if not a else two
        # Arabic leaves out what is short, Hebrew writes most that is not a.
        loud = {Script.ARABIC: "IU", Script.HEBREW: "IUiu"}.get(bare, "IU")
        return 0.4 if written in loud else 0.2 if written == "A" and bare is Script.ARABIC else 0.0
    return 0.15
