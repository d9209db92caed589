"""What someone wants most, read from what both sides said: an order of the issues, with nothing but words and counts.

Each mention of an issue leaves a trace: the words a few places before and after it, and who spoke. A pair of issues is
compared by the difference of their traces (Bradley and Terry, as in `ranker`), with a weight for each word that is
learnt from talks whose speakers' wishes are known. A small model on purpose: it can be looked into, it learns in a
second, and what it cannot know it shows as a small difference. It reads only what it is given and changes no text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEFORE: Final = 5
AFTER: Final = 4
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[.!?;]")
_ENDS: Final = frozenset(".!?;")
_STEPS: Final = 30
_CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing said, or one offer made.

    Attributes:
        theirs: whether the one we want to read spoke; else it was said to them.
        text: the words; empty for an offer without any.
        share: what part of each issue they would get, 0 to 1, one number an issue; None where it is no offer.
    """

    theirs: bool
    text: str
    share: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A talk whose speaker's wishes are known.

    Attributes:
        remarks: in order.
        order: the issues' indices, the most wanted first.
    """

    remarks: tuple[Remark, ...]
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TalkModel:
    """Weights of traces.

    Attributes:
        names: for each issue the words that mean it, in small letters.
        traces: the traces that have a weight, in order.
        weights: shape (traces,).
    """

    names: tuple[frozenset[str], ...]
    traces: tuple[str, ...]
    weights: Floats

    def scores(self, remarks: Sequence[Remark]) -> Floats:
        """Return how much each issue seems to be wanted, shape (issues,): higher is more, equal where nothing was said.

        The difference of two is the log odds that the one is wanted more than the other.

        Args:
            remarks: what was said so far, in order.
        """
        index = {trace: at for at, trace in enumerate(self.traces)}
        return np.asarray(_rows(traces(remarks, self.names), index) @ self.weights)


def train(
    examples: Sequence[Example], names: Sequence[frozenset[str]], *, seldom: int = 30, ridge: float = 15.0
) -> TalkModel:
    """Return the model that orders the examples' issues best.

    Args:
        examples: talks with known wishes.
        names: for each issue the words that mean it, in small letters.
        seldom: traces that fewer examples have are left out.
        ridge: how strongly weights are held near zero.
    """
    found = [traces(example.remarks, names) for example in examples]
    counts = Counter(trace for each in found for trace in set().union(*each))
    kept = tuple(sorted(trace for trace, count in counts.items() if count >= seldom))
    index = {trace: at for at, trace in enumerate(kept)}
    differences = []
    for example, each in zip(examples, found, strict=True):
        rows = _rows(each, index)
        for place, better in enumerate(example.order):
            differences += [rows[better] - rows[worse] for worse in example.order[place + 1 :]]
    return TalkModel(tuple(names), kept, _weights(np.array(differences).reshape(-1, len(kept)), ridge))


def traces(remarks: Sequence[Remark], names: Sequence[frozenset[str]]) -> list[dict[str, float]]:
    """Return for each issue how often each trace occurs.

    Args:
        remarks: in order.
        names: for each issue the words that mean it.
    """
    found: list[dict[str, float]] = [defaultdict(float) for _ in names]
    seen: set[int] = set()
    for remark in remarks:
        who = "they" if remark.theirs else "we"
        words = _WORDS.findall(remark.text.lower())
        which = [next((at for at, each in enumerate(names) if word in each), None) for word in words]
        for place, issue in enumerate(which):
            if issue is None:
                continue
            trace = found[issue]
            trace[f"{who} say it"] += 1
            if remark.theirs and issue not in seen:
                trace[f"they say it as number {len(seen) + 1}"] = 1
                seen.add(issue)
            for side, near in (
                ("before", reversed(words[max(0, place - BEFORE) : place])),
                ("after", iter(words[place + 1 : place + 1 + AFTER])),
            ):
                for word in near:
                    if word in _ENDS:
                        break
                    trace[f"{who} say {word} {side}"] += 1
        if remark.share is not None:
            for issue, share in enumerate(remark.share):
                found[issue][f"{who} offer"] += share
    return [{trace: float(np.log1p(count)) for trace, count in each.items()} for each in found]


def _rows(found: Sequence[Mapping[str, float]], index: Mapping[str, int]) -> Floats:
    rows = np.zeros((len(found), len(index)))
    for row, each in zip(rows, found, strict=True):
        for trace, count in each.items():
            if trace in index:
                row[index[trace]] = count
    return rows


def _weights(differences: Floats, ridge: float) -> Floats:
    """Maximise the penalised likelihood that every difference is in favour, by Newton's method."""
    columns = differences.shape[1]
    found = np.zeros(columns)
    for _ in range(_STEPS):
        wins = 1.0 / (1.0 + np.exp(-np.clip(differences @ found, -40.0, 40.0)))
        slope = differences.T @ (1.0 - wins) - ridge * found
        curvature = (differences * (wins * (1.0 - wins))[:, None]).T @ differences + ridge * np.eye(columns)
        step = np.linalg.solve(curvature, slope)
        found = found + step
        if not columns or np.abs(step).max() < _CLOSE:
            break
    return found
