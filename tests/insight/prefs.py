"""Preferences for tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from backchannel.insight.domain import Domain, Issue
from backchannel.insight.preferences_file import read_preferences

DOMAIN = Domain(
    (
        Issue("crossing", ("bridge", "ferry", "both")),
        Issue("inspection", ("north", "joint", "south")),
        Issue("days", ("1", "3", "7")),
    )
)


def document(**changes: Any) -> dict[str, Any]:
    """A whole file, with changes at the top."""
    return {
        "preferences": 1,
        "reservation": 20,
        "mandate": {"at_least": 35},
        "issues": {
            "crossing": {"weight": 2, "points": {"bridge": 0, "ferry": 3, "both": 8}},
            "inspection": {
                "points": {"north": 9, "joint": 5, "south": 0},
                "red_lines": ["south"],
                "may_agree": ["north"],
            },
            "days": {"weight": 3, "points": {"1": 0, "3": 4, "7": 10}},
        },
        "links": [
            {"not_both": {"crossing": "both", "inspection": "north"}},
            {"both": {"crossing": "ferry", "days": "7"}, "points": -6},
        ],
        **changes,
    }


def preferences(**changes: Any) -> Any:
    return read_preferences(document(**changes), DOMAIN)


@st.composite
def domains(draw: Any, most_issues: int = 4, most_options: int = 4) -> Domain:
    sizes = draw(st.lists(st.integers(1, most_options), min_size=1, max_size=most_issues))
    return Domain(
        tuple(
            Issue(f"issue {at}", tuple(f"option {option}" for option in range(size))) for at, size in enumerate(sizes)
        )
    )
