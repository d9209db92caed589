from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.insight.talk import Example, Remark, TalkModel, traces, train
from bench import casino

NAMES = (frozenset({"bread"}), frozenset({"salt"}), frozenset({"rope", "ropes"}))


def test_traces_are_the_words_around_a_mention() -> None:
    found = traces([Remark(theirs=True, text="Hello. We really need bread, no salt! Ropes?")], NAMES)
    assert {trace for trace in found[0] if "before" in trace} == {
        f"they say {word} before" for word in ("we", "really", "need")
    }
    assert {trace for trace in found[0] if "after" in trace} == {"they say no after", "they say salt after"}
    assert "they say it as number 1" in found[0]
    assert "they say it as number 2" in found[1]
    assert set(found[2]) == {"they say it", "they say it as number 3"}  # the sentence before is another one


def test_who_speaks_counts_and_offers_count_by_their_share() -> None:
    found = traces([Remark(theirs=False, text="salt"), Remark(theirs=True, text="", share=(1.0, 0.0, 0.5))], NAMES)
    assert found[1] == {"we say it": pytest.approx(np.log(2)), "they offer": 0}
    assert found[0] == {"they offer": pytest.approx(np.log(2))}


def test_it_learns_which_words_mean_wanting() -> None:
    stream = np.random.default_rng(1)
    names = [sorted(each)[0] for each in NAMES]
    examples = []
    for _ in range(60):
        order = tuple(int(each) for each in stream.permutation(3))
        said = [
            Remark(theirs=True, text=f"we badly need {names[order[0]]}."),
            Remark(theirs=True, text=f"there is plenty of {names[order[2]]}."),
            Remark(theirs=False, text=f"what about {names[order[1]]}?"),
        ]
        examples.append(Example(tuple(said[at] for at in stream.permutation(3)), order))
    model = train(examples, NAMES, seldom=5)
    fresh = model.scores([Remark(theirs=True, text="salt is plenty. The ropes, we badly need ropes.")])
    assert np.argmax(fresh) == 2
    assert model.scores([]).tolist() == [0, 0, 0]


def test_it_does_not_matter_which_issue_is_which() -> None:
    said = [Remark(theirs=True, text="need salt"), Remark(theirs=True, text="plenty of rope")]
    model = TalkModel(NAMES, ("they say need before", "they say plenty before"), np.array([2.0, -1.0]))
    turned = TalkModel(NAMES[::-1], model.traces, model.weights)
    assert model.scores(said).tolist() == turned.scores(said).tolist()[::-1]


@given(st.lists(st.builds(Remark, st.booleans(), st.text(max_size=60)), max_size=5))
def test_any_text_is_read(remarks: Any) -> None:
    found = traces(remarks, NAMES)
    assert len(found) == 3
    assert all(np.isfinite(list(each.values())).all() for each in found)


@pytest.mark.skipif(not casino.CORPUS.is_file(), reason=f"the corpus is not here: {casino.CORPUS}")
def test_on_real_talk_it_beats_chance_and_simple_baselines() -> None:
    dialogues = casino.examples(240)
    tested = casino.cross_validated(dialogues, 2)
    assert len(tested) == 480

    def accuracy(way: Any) -> Any:
        return np.mean([casino.top_accuracy(each.order, (way or scorer)(each.remarks)) for each, scorer in tested])

    model = accuracy(None)
    assert model > 0.6
    assert model > accuracy(casino.mentions)
    assert model > accuracy(casino.offers_only)
