from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import InputRefused, PreferencesContradict, PreferencesRefused
from backchannel.insight import preferences_file
from backchannel.insight.links import Choice, Excludes, Together
from backchannel.insight.preferences import Mandate, Preferences
from backchannel.insight.preferences_file import preferences_document, read_preferences
from tests.insight.prefs import DOMAIN, document, domains, preferences


def test_every_part_is_read() -> None:
    mine = preferences()
    assert mine.points == ((0, 3, 8), (9, 5, 0), (0, 4, 10))
    assert mine.weights == (2, 1, 3)
    assert mine.reservation == 20
    assert mine.red_lines == {Choice(1, 2)}
    assert mine.mandate == Mandate(frozenset({Choice(1, 1)}), 35)
    assert mine.links == (
        Excludes(Choice(0, 2), Choice(1, 0)),
        Together(Choice(0, 1), Choice(2, 2), -6, 0),
    )


def test_what_is_written_is_read_again_from_yaml_and_from_json() -> None:
    mine = preferences()
    written = preferences_document(mine)
    assert read_preferences(written, DOMAIN) == mine
    assert read_preferences(json.loads(json.dumps(written)), DOMAIN) == mine
    assert read_preferences(yaml.safe_load(yaml.safe_dump(written)), DOMAIN) == mine


@given(domains(), st.data())
def test_any_preferences_survive_being_written(domain: Any, data: Any) -> None:
    points = tuple(tuple(data.draw(st.integers(-9, 9)) for _ in issue.options) for issue in domain.issues)
    weights = tuple(data.draw(st.integers(0, 5)) for _ in domain.issues)
    everything = [Choice(at, option) for at, size in enumerate(domain.sizes) for option in range(size)]
    red_lines = frozenset(choice for choice in everything if choice.option and data.draw(st.booleans()))
    outside = frozenset(choice for choice in everything if data.draw(st.booleans())) - red_lines
    mine = Preferences(domain, points, weights, -(10**6), red_lines, Mandate(outside))
    assert read_preferences(preferences_document(mine), domain) == mine


def test_bare_numbers_of_yaml_are_names() -> None:
    text = yaml.safe_dump(document()).replace("'1':", "1:").replace("'3':", "3:").replace("'7':", "7:")
    assert read_preferences(yaml.safe_load(text), DOMAIN) == preferences()


def test_the_form_in_the_docstring_is_read() -> None:
    text = (preferences_file.__doc__ or "").split("\n\n")[1]
    from backchannel.insight.domain import Domain, Issue

    domain = Domain((Issue("deliveries a week", ("two", "four", "six")), Issue("inspection", ("none", "joint"))))
    value = yaml.safe_load(text)
    value["issues"]["inspection"] = {"points": {"none": 40, "joint": 25}}
    assert read_preferences(value, domain).reservation == 40


def changed(path: Any, value: Any) -> Any:
    """The document with one value replaced, or removed when it is ..."""
    whole = copy.deepcopy(document())
    here = whole
    for key in path[:-1]:
        here = here[key]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("preferences",), 2, "preferences"),
        (("preferences",), True, "preferences"),
        (("preferences",), ..., "preferences"),
        (("reservation",), ..., "reservation"),
        (("reservation",), "20", "reservation"),
        (("reservation",), 20.0, "reservation"),
        (("reservation",), True, "reservation"),
        (("colour",), 1, "colour"),
        (("mandate",), [], "mandate"),
        (("mandate",), {"at_most": 3}, "at_most"),
        (("issues",), [], "issues"),
        (("issues", "days"), ..., "days"),
        (("issues", "hours"), {"points": {}}, "hours"),
        (("issues", "days", "points"), ..., "days"),
        (("issues", "days", "points", "3"), ..., "'3'"),
        (("issues", "days", "points", "4"), 1, "'4'"),
        (("issues", "days", "points", "3"), 1.5, "days, points, 3"),
        (("issues", "days", "points", 3), 1, "days, points"),
        (("issues", "days", "weight"), None, "days, weight"),
        (("issues", "days", "weight"), -1, "days"),
        (("issues", "days", "colour"), 1, "colour"),
        (("issues", "inspection", "red_lines"), "south", "red_lines"),
        (("issues", "inspection", "red_lines"), ["west"], "west"),
        (("issues", "inspection", "red_lines"), ["south", "south"], "red_lines"),
        (("issues", "inspection", "red_lines"), [True], "red_lines"),
        (("issues", "inspection", "may_agree"), ["west"], "may_agree"),
        (("links",), {}, "links"),
        (("links", 0), {}, "number 1"),
        (("links", 0), {"both": {"crossing": "both", "days": "1"}}, "number 1"),
        (("links", 1, "points"), "6", "number 2, points"),
        (("links", 0, "not_both"), {"crossing": "both"}, "number 1, not_both"),
        (("links", 0, "not_both"), {"crossing": "both", "hours": "1"}, "hours"),
        (("links", 0, "not_both"), {"crossing": "both", "days": "2"}, "'2'"),
        (("links",), [{"not_both": {"crossing": "both", "days": "1"}}] * 1001, "1000"),
    ],
)
def test_errors_name_the_place(path: Any, value: Any, place: Any) -> None:
    with pytest.raises(PreferencesRefused) as caught:
        read_preferences(changed(path, value), DOMAIN)
    assert place in caught.value.detail


def test_a_mandate_across_a_red_line_is_a_contradiction() -> None:
    with pytest.raises(PreferencesContradict) as caught:
        read_preferences(changed(("issues", "inspection", "may_agree"), ["north", "south"]), DOMAIN)
    assert "'south'" in caught.value.detail


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40)
@given(TREES, st.sampled_from(["", "issues", "mandate", "links", "reservation"]))
def test_any_tree_is_read_or_refused(tree: Any, where: Any) -> None:
    value = {**document(), where: tree} if where else tree
    try:
        read_preferences(value, DOMAIN)
    except InputRefused as error:
        named = error.detail
    else:
        named = "read"
    assert named
