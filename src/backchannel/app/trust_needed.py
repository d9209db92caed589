"""The trust that a plan kept beside a line needs, to be shown beside the trust that was earned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from backchannel.app.desk import Desk
from backchannel.errors import InputRefused

PRIVATE: Final = "plan.exchange."
"""How the names of kept plans begin, among what the owner keeps beside a line."""


@dataclass(frozen=True, slots=True)
class Need:
    """What each side would gain by walking away at a moment, in the points of the plan.

    Attributes:
        when: the moment, in words.
        me: what the other side has to trust me with.
        them: what I have to trust them with.
    """

    when: str
    me: int
    them: int


def trust_needed(desk: Desk, name: str, label: str) -> tuple[Need, ...]:
    """Return the moments of a plan that was kept.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: no plan of that label was kept, or it says nothing of trust.
    """
    with desk.look() as transaction:
        kept = transaction.private(transaction.line_named(name).id, PRIVATE + label)
    if kept is None:
        raise InputRefused(f"no plan was kept as {label!r}")
    try:
        moments = json.loads(kept)["trust"]["moments"]
        return tuple(Need(str(one["when"]), int(one["me"]), int(one["them"])) for one in moments)
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"the plan kept as {label!r} says nothing of trust") from error
