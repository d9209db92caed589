"""CaSiNo (K. Chawla and others, NAACL 2021): whose three issues are ranked from real talk, in folds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backchannel.insight.talk import Example, Remark, traces, train

CORPUS: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "casino" / "dialogues.json"
ISSUES: Final = ("Food", "Water", "Firewood")
NAMES: Final = (
    frozenset({"food", "foods", "meal", "meals"}),
    frozenset({"water", "waters"}),
    frozenset({"firewood", "firewoods", "wood", "woods"}),
)
PACKAGES: Final = 3
"""Of each issue there are so many packages to share out."""
ACTS: Final = frozenset({"Submit-Deal", "Accept-Deal", "Reject-Deal", "Walk-Away"})

Scorer = Callable[[Sequence[Remark]], NDArray[np.float64]]


def examples(limit: int | None = None) -> list[list[Example]]:
    """Return for each dialogue both participants, each as the one whose wishes are to be found out."""
    dialogues = json.loads(CORPUS.read_text("utf-8"))[:limit]
    return [[_example(dialogue, who) for who in sorted(dialogue["participant_info"])] for dialogue in dialogues]


def _example(dialogue: dict[str, Any], who: str) -> Example:
    remarks = []
    for turn in dialogue["chat_logs"]:
        theirs = turn["id"] == who
        if turn["text"] not in ACTS:
            remarks.append(Remark(theirs, turn["text"]))
        elif turn["text"] == "Submit-Deal":
            share = turn["task_data"]["issue2youget" if theirs else "issue2theyget"]
            remarks.append(Remark(theirs, "", tuple(int(share[issue]) / PACKAGES for issue in ISSUES)))
    wishes = dialogue["participant_info"][who]["value2issue"]
    return Example(tuple(remarks), tuple(ISSUES.index(wishes[rank]) for rank in ("High", "Medium", "Low")))


def first_messages(example: Example, most: int | None) -> tuple[Remark, ...]:
    """Return what was said in the first so many messages of both; an offer is a message."""
    return example.remarks[:most]


def folds(count: int, parts: int) -> list[NDArray[np.int64]]:
    """Return which dialogues are tested in which fold: every dialogue once, both its participants together."""
    order = np.random.default_rng(0).permutation(count)
    return [order[part::parts] for part in range(parts)]


def cross_validated(dialogues: list[list[Example]], parts: int = 5) -> list[tuple[Example, Scorer]]:
    """Return each participant with a model that was trained without their dialogue."""
    found: list[tuple[Example, Scorer]] = []
    for tested in folds(len(dialogues), parts):
        out = set(tested.tolist())
        known = [example for at, pair in enumerate(dialogues) if at not in out for example in pair]
        model = train(known, NAMES)
        found += [(example, model.scores) for at in sorted(out) for example in dialogues[at]]
    return found


def mentions(remarks: Sequence[Remark]) -> NDArray[np.float64]:
    """Score an issue by how often they name it: a baseline."""
    return np.array([each.get("they say it", 0.0) for each in traces(remarks, NAMES)])


def named_first(remarks: Sequence[Remark]) -> NDArray[np.float64]:
    """Score an issue by how early they name it: a baseline."""
    return np.array([_earliness(each) for each in traces(remarks, NAMES)])


def _earliness(found: dict[str, float]) -> float:
    return max((4.0 - place for place in (1, 2, 3) if f"they say it as number {place}" in found), default=0.0)


def offers_only(remarks: Sequence[Remark]) -> NDArray[np.float64]:
    """Score an issue by the share of it in the last deal put forward: a baseline."""
    shares = [remark.share for remark in remarks if remark.share is not None]
    return np.array(shares[-1] if shares else (0.0, 0.0, 0.0))


def top_accuracy(order: Sequence[int], scores: NDArray[np.float64]) -> float:
    """Return how surely the most wanted issue comes first; a tie is worth its share."""
    best = np.flatnonzero(scores == scores.max())
    return float(order[0] in best) / len(best)


def pair_accuracy(order: Sequence[int], scores: NDArray[np.float64]) -> float:
    """Return the share of pairs in the right order; a tie is worth a half."""
    a, b, c = (float(scores[issue]) for issue in order)
    return float(np.mean([0.5 * (np.sign(x - y) + 1) for x, y in ((a, b), (a, c), (b, c))]))
