from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.ledger.growing import MOST_BESIDE, Growing, grown

KEYS = st.integers(0, 150)
CHANGES = st.lists(st.dictionaries(KEYS, st.integers(), max_size=MOST_BESIDE + 9), max_size=30)


@settings(deadline=None)
@given(CHANGES)
def test_it_is_a_dict_that_was_copied_each_time(changes: list[dict[int, int]]) -> None:
    found: Growing[int, int] = Growing()
    wanted: dict[int, int] = {}
    before: list[tuple[Growing[int, int], dict[int, int]]] = []
    for more in changes:
        before.append((found, wanted))
        found, wanted = grown(found, more), {**wanted, **more}
        assert all((key in found) == (key in wanted) for key in range(152))
    before.append((found, wanted))
    for one, other in before:
        assert list(one.items()) == list(other.items())
        assert list(one) == list(one.keys()) == list(other)
        assert list(one.values()) == list(other.values())
        assert one == other
        assert len(one) == len(other)
        assert all(one[key] == value for key, value in other.items())
        assert one.get(-1) is None


def test_what_it_was_made_of_may_change_and_it_does_not() -> None:
    source = {1: 2}
    made = grown(source, {})
    source[1] = 3
    assert dict(made) == {1: 2}
    assert repr(made) == "Growing({1: 2})"
