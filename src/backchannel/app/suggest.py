"""Counter-offers worth a look; nothing is ever sent."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.agenda_domain import narrowed
from backchannel.app.counterpart import modelled
from backchannel.app.preferences import own_preferences
from backchannel.app.table import Tables
from backchannel.insight.suggestion import Suggestion, suggest
from backchannel.insight.wording import because, crossing


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion by the names of the agenda.

    Attributes:
        package: option names by the key of the issue.
        suggestion: the figures.
        reason: in one sentence.
        ask: sentences: what of it I may not agree to without asking.
    """

    package: dict[str, str]
    suggestion: Suggestion
    reason: str
    ask: tuple[str, ...]


def suggestions(tables: Tables, name: str, *, keep: int | None = None, most: int = 3) -> tuple[bool, list[Suggested]]:
    """Return whether anything is known of the other side, and suggestions, the likeliest first.

    Args:
        tables: of the vault.
        name: the line.
        keep: the least utility that one may have for me; the reservation value when None.
        most: how many.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: there are no preferences.
        PreferencesRefused: they do not fit the agenda any more.
        NoneAcceptable: no package gives me that much.
    """
    line, table, mine = own_preferences(tables, name)
    kept, model = modelled(line, table, mine.domain, mine)
    small = narrowed(mine, kept)
    return model.known, [
        Suggested(
            small.domain.named(one.package),
            one,
            because(small.domain, one),
            tuple(crossing(small.domain, each) for each in one.mine.crossings),
        )
        for one in suggest(small, model, keep=keep, most=most)
    ]
