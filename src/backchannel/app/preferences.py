"""The owner's preferences for a line: kept in its vault beside it, and nowhere else.

They are kept as the JSON of the form that a person writes (`insight.preferences_file`). Insight has no encoding: this
is the only place that makes bytes of them, and no event is ever made of them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from backchannel.app.agenda_domain import domain_of, written_range
from backchannel.app.desk import Desk
from backchannel.app.domain_import import preferences_in_profile
from backchannel.app.line import Line
from backchannel.app.package_file import read_map
from backchannel.app.ports import Transaction
from backchannel.app.table import Tables
from backchannel.errors import InputRefused, PreferencesRefused
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.links import Choice
from backchannel.insight.preferences import Preferences
from backchannel.insight.preferences_file import preferences_document, read_preferences
from backchannel.table.issue import IssueType
from backchannel.table.model import Table

NAME: Final = "preferences"
"""Of the private value beside a line."""
ANCHORS: Final = 5
"""Values of a range that are asked about; the others lie on straight lines between them."""

_AGAIN: Final = "the agenda may have changed since they were given: backchannel prefs ask, or prefs set"


def stored_document(transaction: Transaction, line: Line) -> dict[str, Any] | None:
    """Return the owner's preferences for a line as they are kept; None where there are none."""
    kept = transaction.private(line.id, NAME)
    if kept is None:
        return None
    document: dict[str, Any] = json.loads(kept)
    return document


def preferences_on(table: Table, document: dict[str, Any]) -> Preferences:
    """Return kept preferences over the agenda as it is now.

    Raises:
        PreferencesRefused: they do not fit it.
    """
    try:
        return read_preferences(document, domain_of(table, document))
    except PreferencesRefused as error:
        raise PreferencesRefused(error.detail, hint=_AGAIN) from error


def own_preferences(tables: Tables, name: str) -> tuple[Line, Table, Preferences]:
    """Return a line, its table, and the owner's preferences over it.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: there are no preferences.
        PreferencesRefused: they do not fit the agenda any more.
    """
    line, table, document = looked(tables, name)
    if document is None:
        raise InputRefused(f"there are no preferences for {name}", hint=f"backchannel prefs ask {name}")
    return line, table, preferences_on(table, document)


def looked(tables: Tables, name: str) -> tuple[Line, Table, dict[str, Any] | None]:
    """Return a line, its table, and the owner's preferences as they are kept."""
    with tables.desk.look() as transaction:
        line = transaction.line_named(name)
        return line, tables.of(transaction, line), stored_document(transaction, line)


def store_preferences(desk: Desk, name: str, preferences: Preferences) -> None:
    """Keep preferences beside a line, in the place of those before."""
    content = json.dumps(preferences_document(preferences), ensure_ascii=False, separators=(",", ":")).encode()
    with desk.work() as work:
        work.transaction.save_private(work.transaction.line_named(name).id, NAME, content)


def forget_preferences(desk: Desk, name: str) -> None:
    """Forget the preferences for a line."""
    with desk.work() as work:
        work.transaction.save_private(work.transaction.line_named(name).id, NAME, None)


def preferences_in_file(table: Table, content: bytes, *, profile: bool = False) -> Preferences:
    """Return the preferences that a file states over the agenda.

    Args:
        table: the table.
        content: YAML or JSON; with `profile` the XML of a utility profile of Genius or NegMAS.
        profile: which of them.

    Raises:
        InputRefused: it cannot be read.
        PreferencesRefused: it does not fit the agenda, or is no such form; the detail names the place.
        PreferencesContradict: they cannot all hold.
        Malformed: it is no such XML.
    """
    document = preferences_in_profile(content) if profile else written_range(table, _with_numbers(read_map(content)))
    return read_preferences(document, domain_of(table, document))


def _with_numbers(value: dict[str, Any]) -> dict[str, Any]:
    """Return the form with numbers where it has numbers; the reader of files makes a text of every one."""
    made = {key: _number(each) if key in ("preferences", "reservation") else each for key, each in value.items()}
    if isinstance(made.get("mandate"), dict):
        made["mandate"] = {key: _number(each) for key, each in made["mandate"].items()}
    if isinstance(made.get("issues"), dict):
        made["issues"] = {key: _entry(each) for key, each in made["issues"].items()}
    if isinstance(made.get("links"), list):
        made["links"] = [_entry(each) for each in made["links"]]
    return made


def _entry(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = dict(value)
    for key in ("weight", "points"):
        if key in made:
            points = made[key]
            is_map = isinstance(points, dict)
            made[key] = {option: _number(each) for option, each in points.items()} if is_map else _number(points)
    return made


def _number(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal():
        return int(value)
    return value


# --- asked ------------------------------------------------------------------------------------------------------------


def asked_domain(table: Table) -> Domain:
    """Return what preferences are asked about: the agenda, with a few values of each range."""
    ranges = {one.definition.key for one in table.on_agenda() if one.definition.type is IssueType.RANGE}
    return Domain(
        tuple(
            Issue(issue.name, _few(issue.options)) if issue.name in ranges else issue
            for issue in domain_of(table).issues
        )
    )


def _few(options: tuple[str, ...]) -> tuple[str, ...]:
    last = len(options) - 1
    if last < ANCHORS:
        return options
    return tuple(options[round(step * last / (ANCHORS - 1))] for step in range(ANCHORS))


def spread(table: Table, answered: Preferences) -> Preferences:
    """Return preferences over the whole agenda from those over `asked_domain`.

    Between two values that were asked about, points lie on a straight line. Between two red lines that are neighbours
    all is a red line; between a red line and what is none, nothing more than was said.

    Args:
        table: the table.
        answered: what the answers say.
    """
    domain = domain_of(table)
    document = written_range(table, preferences_document(replace(answered, red_lines=frozenset())))
    red_lines: set[Choice] = set()
    for issue, (few, every) in enumerate(zip(answered.domain.issues, domain.issues, strict=True)):
        places = [every.options.index(option) for option in few.options]
        red = [Choice(issue, at) in answered.red_lines for at in range(len(few.options))]
        red_lines |= {Choice(issue, place) for place, crossed in zip(places, red, strict=True) if crossed}
        for at in range(len(places) - 1):
            if red[at] and red[at + 1]:
                red_lines |= {Choice(issue, place) for place in range(places[at], places[at + 1])}
    return replace(read_preferences(document, domain), red_lines=frozenset(red_lines))
