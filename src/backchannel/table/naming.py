"""How people name things at the table: issues by their key, everything by the beginning of its id (spec 10.7).

What a person types is read kindly: letters of either case, digits of any script, an option by its number or its
beginning, as long as only one thing can be meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from backchannel.errors import (
    BackchannelError,
    InputRefused,
    IssueUnknown,
    IssueValueRefused,
    TableUnknown,
)
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Draft, Proposal, Standing, Table, Version

Named = TypeVar("Named")

LONGEST_NUMBER: Final = 3
"""Digits of a version's number; more digits are the beginning of an id."""


def find_issue(table: Table, word: str) -> Version:
    """Return the version on the agenda that a key, or the beginning of an id, names.

    Raises:
        IssueUnknown: there is none.
        InputRefused: there is more than one.
    """
    versions = table.on_agenda()
    for version in versions:
        if version.definition.key.casefold() == word.casefold():
            return version
    return _only(((version.issue, version) for version in versions), word, IssueUnknown)


def find_proposal(table: Table, word: str) -> Proposal:
    """Return the proposal for the agenda that the beginning of an id names.

    Raises:
        TableUnknown: there is none.
        InputRefused: there is more than one.
    """
    return _only(table.proposals.items(), word, TableUnknown)


def find_offer(table: Table, word: str) -> Standing:
    """Return the offer that the beginning of an id names.

    Raises:
        TableUnknown: there is none.
        InputRefused: there is more than one.
    """
    return _only(table.offers.items(), word, TableUnknown)


def find_draft(table: Table, word: str) -> Draft:
    """Return the version of the text that its number, or the beginning of its id, names.

    Raises:
        TableUnknown: there is none.
        InputRefused: there is more than one.
    """
    if word.isdecimal() and len(word) <= LONGEST_NUMBER:
        for draft in table.drafts.values():
            if draft.number == int(word):
                return draft
        raise TableUnknown(word)
    return _only(table.drafts.items(), word, TableUnknown)


def _only(things: Iterable[tuple[bytes, Named]], word: str, unknown: type[BackchannelError]) -> Named:
    start = word.casefold()
    found = [thing for identity, thing in things if start and identity.hex().startswith(start)]
    if not found:
        raise unknown(word)
    if len(found) > 1:
        raise InputRefused(word)
    return found[0]


def value_of(issue: Issue, typed: str | list[str]) -> Value:
    """Return the value that a person typed for an issue.

    Args:
        issue: what it is for.
        typed: a text, or of names a list of them; a text of names has one after each comma.

    Raises:
        IssueValueRefused: the issue does not allow it; the hint says what it allows.
    """
    value: Value | None = None
    if issue.type is IssueType.NAMES:
        names = typed if isinstance(typed, list) else typed.split(",")
        value = tuple(name.strip() for name in names)
        if not all(value):
            raise IssueValueRefused(f"{issue.key}: a name is missing")
        if len(set(value)) != len(value):
            raise IssueValueRefused(f"{issue.key}: a name stands there twice")
    elif isinstance(typed, list):
        raise IssueValueRefused(f"{issue.key}: one value, not a list", hint=allowed(issue))
    elif issue.type is IssueType.RANGE:
        value = _whole(issue, typed)
    else:
        value = typed if issue.type is IssueType.CLAUSE else _option(issue, typed)
    if not issue.allows(value) or (not value and value != 0):
        raise IssueValueRefused(f"{issue.key}: {typed}", hint=allowed(issue))
    return value


def _whole(issue: Issue, typed: str) -> int:
    try:
        return int(typed)
    except ValueError:
        raise IssueValueRefused(f"{issue.key}: {typed}", hint=allowed(issue)) from None


def _option(issue: Issue, typed: str) -> str:
    if typed in issue.options:
        return typed
    start = typed.strip().casefold()
    whole = [option for option in issue.options if option.casefold() == start]
    if len(whole) == 1:
        return whole[0]
    if start.isdecimal() and 1 <= int(start) <= len(issue.options):
        return issue.options[int(start) - 1]
    found = [option for option in issue.options if start and option.casefold().startswith(start)]
    if len(found) != 1:
        raise IssueValueRefused(f"{issue.key}: {typed}", hint=allowed(issue))
    return found[0]


def allowed(issue: Issue) -> str:
    """Return what an issue allows, for people."""
    match issue.type:
        case IssueType.CHOICE:
            return " | ".join(issue.options)
        case IssueType.RANGE:
            step = "" if issue.step == 1 else f", in steps of {issue.step}"
            return f"{issue.least} to {issue.most}{' ' if issue.unit else ''}{issue.unit}{step}"
        case IssueType.NAMES:
            return f"up to {issue.most} names"
        case IssueType.CLAUSE:
            return "a text"


def version_named(table: Table, words: Iterable[str]) -> tuple[bytes, ...]:
    """Return the ids of the versions on the agenda that words name.

    Raises:
        IssueUnknown: one names none.
        InputRefused: one issue is named twice.
    """
    found = tuple(find_issue(table, word).id for word in words)
    if len(set(found)) != len(found):
        raise InputRefused("an issue is named twice")
    return found
