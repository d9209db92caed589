"""Which way each character goes: the Unicode Bidirectional Algorithm (UAX 9, revision 44 and later).

`levels` is P2 to I2 for one paragraph: even levels go from left to right, odd ones from right to left. `visual_order`
is L1 and L2 for one row of it, so it is asked after the paragraph was cut into rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

DEEPEST: Final = 125
_EMBEDDINGS: Final = frozenset({"LRE", "RLE", "LRO", "RLO"})
_REMOVED: Final = _EMBEDDINGS | {"PDF", "BN"}
_ISOLATES: Final = frozenset({"LRI", "RLI", "FSI"})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"})
_MOST_BRACKETS: Final = 63

Brackets = Mapping[str, tuple[str, bool]]
"""A bracket -> what both of its pair have, and whether it opens."""
BRACKETS: Final[Brackets] = {one: (pair, one == pair[0]) for pair in ("()", "[]", "{}") for one in pair}


def levels(text: str, classes: Sequence[str], base: int, brackets: Brackets = BRACKETS) -> list[int]:
    """Return the level of each character of a paragraph.

    Args:
        text: the paragraph, without its end.
        classes: the bidirectional class of each of its characters.
        base: level of the paragraph, 0 or 1.
        brackets: the characters that are paired.
    """
    ends = _matched(classes)
    kinds = list(classes)
    explicit = _explicit(classes, kinds, ends, base)
    found = list(explicit)
    kept = [at for at, kind in enumerate(classes) if kind not in _REMOVED]
    for sequence in _sequences(kept, classes, explicit, ends):
        _resolve(text, classes, kinds, found, sequence, _outside(sequence, classes, explicit, ends, base), brackets)
    before = base
    for at, kind in enumerate(classes):
        if kind in _REMOVED:
            found[at] = before
        before = found[at]
    return found


def base_level(classes: Sequence[str], usual: int = 0) -> int:
    """Return the level of a paragraph by its first strong character (P2, P3).

    Args:
        classes: the bidirectional class of each character.
        usual: what it is where there is no such character.
    """
    return _first_strong(classes, 0, len(classes), _matched(classes), usual)


def visual_order(row: Sequence[int], classes: Sequence[str], base: int) -> Iterator[tuple[int, int, int]]:
    """Yield the runs of a row from left to right: first place, place behind the last, level (L1, L2).

    Args:
        row: the level of each character of the row.
        classes: the bidirectional class of each.
        base: level of the paragraph.
    """
    set_back = list(row)
    trailing = True
    for at in range(len(row) - 1, -1, -1):
        if classes[at] in ("B", "S"):
            trailing = True
        elif classes[at] not in ("WS", "BN", *_ISOLATES, "PDI", *_REMOVED):
            trailing = False
        if trailing:
            set_back[at] = base
    runs: list[tuple[int, int, int]] = []
    for at, level in enumerate(set_back):
        if runs and runs[-1][2] == level:
            runs[-1] = runs[-1][0], at + 1, level
        else:
            runs.append((at, at + 1, level))
    deepest = max((level for _, _, level in runs), default=0)
    for level in range(deepest, 0, -1):
        at = 0
        while at < len(runs):
            end = at
            while end < len(runs) and runs[end][2] >= level:
                end += 1
            runs[at:end] = runs[at:end][::-1]
            at = max(end, at + 1)
    yield from runs


def _matched(classes: Sequence[str]) -> dict[int, int]:
    """Return the place of the end of each isolate that has one, and back (BD9)."""
    open_at: list[int] = []
    found: dict[int, int] = {}
    for at, kind in enumerate(classes):
        if kind in _ISOLATES:
            open_at.append(at)
        elif kind == "PDI" and open_at:
            found[open_at[-1]] = at
            found[at] = open_at.pop()
        elif kind == "B":
            open_at.clear()
    return found


def _first_strong(classes: Sequence[str], start: int, end: int, ends: Mapping[int, int], usual: int) -> int:
    at = start
    while at < end:
        kind = classes[at]
        if kind == "L":
            return 0
        if kind in ("R", "AL"):
            return 1
        if kind in _ISOLATES:
            at = ends.get(at, end)
        at += 1
    return usual


def _explicit(classes: Sequence[str], kinds: list[str], ends: Mapping[int, int], base: int) -> list[int]:
    """Return the levels of X1 to X8; what is overridden gets another kind."""
    status = _Status([_Entry(base)])
    found = [base] * len(classes)
    for at, kind in enumerate(classes):
        now = status.stack[-1]
        found[at] = now.level
        if kind in _ISOLATES:
            kinds[at] = now.override or kind
            right = kind == "RLI"
            if kind == "FSI":
                right = _first_strong(classes, at + 1, ends.get(at, len(classes)), ends, 0) == 1
            status.isolate(rightwards=not right)
        elif kind in _EMBEDDINGS:
            status.embed(kind)
        elif kind == "PDI":
            status.end_isolate()
            found[at] = status.stack[-1].level
            kinds[at] = status.stack[-1].override or kind
        elif kind == "PDF":
            status.end_embedding()
        elif kind != "BN":
            found[at] = base if kind == "B" else now.level
            kinds[at] = kind if kind == "B" else now.override or kind
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    """What holds where we are: its level, the class that all there have, and whether an isolate began it."""

    level: int
    override: str = ""
    isolate: bool = False


@dataclass(slots=True)
class _Status:
    """The directional status stack, and what had no room on it (X1)."""

    stack: list[_Entry]
    lost_isolates: int = 0
    lost_embeddings: int = 0
    isolates: int = 0

    def isolate(self, *, rightwards: bool) -> None:
        inner = self._deeper(rightwards=rightwards)
        if inner is None:
            self.lost_isolates += 1
        else:
            self.isolates += 1
            self.stack.append(_Entry(inner, isolate=True))

    def embed(self, kind: str) -> None:
        inner = self._deeper(rightwards=kind[0] == "L")
        if inner is not None:
            self.stack.append(_Entry(inner, kind[0] if kind.endswith("O") else ""))
        elif not self.lost_isolates:
            self.lost_embeddings += 1

    def end_isolate(self) -> None:
        if self.lost_isolates:
            self.lost_isolates -= 1
        elif self.isolates:
            self.lost_embeddings = 0
            while not self.stack.pop().isolate:
                pass
            self.isolates -= 1

    def end_embedding(self) -> None:
        if self.lost_isolates:
            return
        if self.lost_embeddings:
            self.lost_embeddings -= 1
        elif not self.stack[-1].isolate and len(self.stack) > 1:
            self.stack.pop()

    def _deeper(self, *, rightwards: bool) -> int | None:
        level = self.stack[-1].level
        inner = (level + 2) & ~1 if rightwards else (level + 1) | 1
        return inner if inner <= DEEPEST and not self.lost_isolates and not self.lost_embeddings else None


def _sequences(
    kept: Sequence[int], classes: Sequence[str], found: Sequence[int], ends: Mapping[int, int]
) -> Iterator[list[int]]:
    """Yield the isolating run sequences (BD13), as places."""
    runs: list[list[int]] = []
    for at in kept:
        if runs and found[runs[-1][-1]] == found[at]:
            runs[-1].append(at)
        else:
            runs.append([at])
    starting = {run[0]: run for run in runs}
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in ends:
            continue
        whole = list(run)
        while classes[whole[-1]] in _ISOLATES and whole[-1] in ends:
            whole += starting[ends[whole[-1]]]
        yield whole


def _outside(
    sequence: Sequence[int],
    classes: Sequence[str],
    found: Sequence[int],
    ends: Mapping[int, int],
    base: int,
) -> tuple[str, str]:
    """Return what stands before and behind a sequence, as its direction (X10)."""
    first, last = sequence[0], sequence[-1]
    before = next((found[at] for at in range(first - 1, -1, -1) if classes[at] not in _REMOVED), base)
    behind = base
    if not (classes[last] in _ISOLATES and last not in ends):
        behind = next((found[at] for at in range(last + 1, len(classes)) if classes[at] not in _REMOVED), base)
    level = found[first]
    return "LR"[max(level, before) & 1], "LR"[max(level, behind) & 1]


def _resolve(
    text: str,
    classes: Sequence[str],
    kinds: list[str],
    found: list[int],
    sequence: Sequence[int],
    outside: tuple[str, str],
    brackets: Brackets,
) -> None:
    """Resolve one sequence (W1 to W7, N0 to N2, I1, I2)."""
    level = found[sequence[0]]
    direction = "LR"[level & 1]
    own = [kinds[at] for at in sequence]
    _weak(own, outside[0])
    marks = [classes[at] == "NSM" for at in sequence]
    _paired([text[at] for at in sequence], own, marks, direction, outside[0], brackets)
    _neutral(own, direction, outside)
    for at, kind in zip(sequence, own, strict=True):
        if level & 1:
            found[at] = level + (kind != "R")
        else:
            found[at] = level + {"L": 0, "R": 1}.get(kind, 2)


def _weak(own: list[str], before: str) -> None:
    last = strong = before
    for at, kind in enumerate(own):  # W1, W2, W3
        if kind == "NSM":
            kind = "ON" if last in _ISOLATES or last == "PDI" else last
        last = kind
        if kind in ("L", "R", "AL"):
            strong = kind
        own[at] = "AN" if kind == "EN" and strong == "AL" else kind
        last = own[at] if own[at] == "AN" else last
    own[:] = ["R" if kind == "AL" else kind for kind in own]
    _separators(own)
    strong = before
    for at, kind in enumerate(own):  # W6, W7
        if kind in ("L", "R"):
            strong = kind
        elif kind in ("ES", "ET", "CS"):
            own[at] = "ON"
        elif kind == "EN" and strong == "L":
            own[at] = "L"


def _separators(own: list[str]) -> None:
    for at in range(1, len(own) - 1):  # W4
        sides = own[at - 1], own[at + 1]
        if (own[at] == "ES" and sides == ("EN", "EN")) or (own[at] == "CS" and sides in (("EN", "EN"), ("AN", "AN"))):
            own[at] = sides[0]
    at = 0
    while at < len(own):  # W5
        end = at
        while end < len(own) and own[end] == "ET":
            end += 1
        if end > at and ((at and own[at - 1] == "EN") or (end < len(own) and own[end] == "EN")):
            own[at:end] = ["EN"] * (end - at)
        at = max(end, at + 1)


def _paired(
    text: Sequence[str], own: list[str], marks: Sequence[bool], direction: str, before: str, brackets: Brackets
) -> None:
    for first, last in _pairs(text, own, brackets):  # N0
        inside = {_strong(own[at]) for at in range(first + 1, last)} - {""}
        if direction in inside:
            chosen = direction
        elif inside:
            context = next((strong for at in range(first - 1, -1, -1) if (strong := _strong(own[at]))), before)
            chosen = context if context != direction else direction
        else:
            continue
        for at in (first, last):
            own[at] = chosen
            for behind in range(at + 1, len(own)):
                if not marks[behind]:
                    break
                own[behind] = chosen


def _pairs(text: Sequence[str], own: Sequence[str], brackets: Brackets) -> list[tuple[int, int]]:
    """Return the pairs of brackets, by their first (BD16)."""
    open_at: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        if own[at] != "ON" or character not in brackets:
            continue
        pair, opens = brackets[character]
        if opens:
            if len(open_at) == _MOST_BRACKETS:
                return []
            open_at.append((pair, at))
            continue
        for depth in range(len(open_at) - 1, -1, -1):
            if open_at[depth][0] == pair:
                found.append((open_at[depth][1], at))
                del open_at[depth:]
                break
    return sorted(found)


def _strong(kind: str) -> str:
    return "R" if kind in ("R", "EN", "AN") else "L" if kind == "L" else ""


def _neutral(own: list[str], direction: str, outside: tuple[str, str]) -> None:
    at = 0
    while at < len(own):  # N1, N2
        end = at
        while end < len(own) and own[end] in _NEUTRAL:
            end += 1
        if end > at:
            left = _strong(own[at - 1]) if at else outside[0]
            right = _strong(own[end]) if end < len(own) else outside[1]
            own[at:end] = [left if left == right else direction] * (end - at)
        at = max(end, at + 1)
