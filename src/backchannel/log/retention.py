"""How long talk is kept, agreed by both (spec 16.3).

    retention   body = {"keep": "always"} | {"keep": "until-closed"} | {"days": N}

Each is its author's latest word on it. A rule is in force from the moment at which both have said the same one, until
both have said another; nobody can shorten or lengthen it alone. Before any was agreed, all is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.log.kinds import Unknown, body_map
from backchannel.log.order import OrderKey, order_key
from backchannel.wire.codec import encode
from backchannel.wire.shape import fields, whole

RETENTION: Final = "retention"
MOST_DAYS: Final = 36_500
MOST_RULES: Final = 64
"""Proposals that are kept one by one; older ones are folded together."""

DAY: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """How long the words of a line stay.

    Attributes:
        days: after so many days they go; 0 is never.
        on_closing: they go when the line is closed.
    """

    days: int = 0
    on_closing: bool = False

    def cutoff(self, now: int) -> int | None:
        """Return up to which time of arrival words are past it, milliseconds since 1970; None where none ever is."""
        return now - self.days * DAY if self.days else None

    def to_value(self) -> dict[str, Any]:
        """Return the rule as it stands in a body."""
        if self.days:
            return {"days": self.days}
        return {"keep": "until-closed" if self.on_closing else "always"}

    @classmethod
    def from_value(cls, value: dict[Any, Any]) -> Rule:
        """Read what `to_value` wrote; other keys are ignored.

        Raises:
            Malformed: no rule, or two.
        """
        if ("days" in value) == ("keep" in value):
            raise Malformed("retention")
        if "days" in value:
            days = whole(value["days"], "days", below=MOST_DAYS + 1)
            if days == 0:
                raise Malformed("retention")
            return cls(days)
        if value["keep"] not in ("always", "until-closed"):
            raise Malformed("retention")
        return cls(on_closing=value["keep"] == "until-closed")


KEEP: Final = Rule()
"""Everything stays: what holds where nothing was agreed."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One side's word on how long talk is kept.

    Attributes:
        rule: what it wants.
        key: its event's place in the one order of both sides.
    """

    rule: Rule
    key: OrderKey

    @property
    def author(self) -> int:
        """Return whose word it is."""
        return self.key[1]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed on a line, and what each side last proposed.

    Attributes:
        rule: in force.
        proposals: the latest of role 0 and of role 1; None where it never proposed.
    """

    rule: Rule = KEEP
    proposals: tuple[Rule | None, Rule | None] = (None, None)

    def proposed(self, author: int, rule: Rule) -> Agreement:
        """Return the agreement after a side said what it wants."""
        first, second = self.proposals
        proposals = (first, rule) if author else (rule, second)
        return Agreement(rule if proposals[0] == proposals[1] else self.rule, proposals)


@dataclass(frozen=True, slots=True)
class Retention:
    """Every word on it that is held, folded as far as it must be.

    Attributes:
        folded: what the oldest led to.
        proposals: the others, in the one order.
    """

    folded: Agreement = Agreement()
    proposals: tuple[Proposed, ...] = ()

    @property
    def agreement(self) -> Agreement:
        """Return what is agreed now."""
        return fold_proposals(self.proposals, self.folded)

    def heard(self, event: Event, rule: Rule) -> Retention:
        """Return the state with one more `retention` event, whichever order they came in."""
        proposed = Proposed(rule, order_key(event))
        if any(known.key == proposed.key for known in self.proposals):
            return self
        proposals = tuple(sorted((*self.proposals, proposed), key=lambda each: each.key))
        over = len(proposals) - MOST_RULES
        if over <= 0:
            return replace(self, proposals=proposals)
        return Retention(fold_proposals(proposals[:over], self.folded), proposals[over:])

    def to_value(self) -> list[Any]:
        """Return the state for the vault."""
        folded = [self.folded.rule.to_value(), *(rule and rule.to_value() for rule in self.folded.proposals)]
        return [1, folded, [[each.rule.to_value(), list(each.key)] for each in self.proposals]]

    @classmethod
    def from_value(cls, value: Any) -> Retention:
        """Read what `to_value` wrote."""
        (rule, first, second), proposals = fields(value, 1, 2, "retention")
        agreement = Agreement(
            Rule.from_value(rule), (first and Rule.from_value(first), second and Rule.from_value(second))
        )
        return cls(agreement, tuple(Proposed(Rule.from_value(each), tuple(key)) for each, key in proposals))


def fold_proposals(proposals: Iterable[Proposed], start: Agreement) -> Agreement:
    """Return what proposals, in the one order, lead to."""
    agreement = start
    for each in proposals:
        agreement = agreement.proposed(each.author, each.rule)
    return agreement


def retention_body(rule: Rule) -> bytes:
    """Return the body of a `retention` event."""
    return encode(rule.to_value())


def read_retention(event: Event) -> Rule | Unknown:
    """Return the rule that a `retention` event proposes, or that this version does not know it."""
    value = body_map(event)
    try:
        return Unknown(event.kind) if value is None else Rule.from_value(value)
    except Malformed:
        return Unknown(event.kind)
