"""Public scenarios in the XML of Genius and NegMAS: a domain becomes issues for the agenda, a profile preferences.

An issue's key is its name with signs and spaces turned to hyphens; the name stays as the title. Issues with one option
leave nothing to agree on: they are not put on the agenda, and what they are worth is taken off the reservation value.
"""

from __future__ import annotations

import re
from typing import Any, Final

from backchannel.errors import InputRefused, Malformed
from backchannel.insight.domain import Issue as Counted
from backchannel.insight.domain_xml import read_domain, read_profile
from backchannel.insight.preferences_file import preferences_document
from backchannel.table.issue import LONGEST_KEY, Issue, read_issue

_SIGNS: Final = re.compile(r"[\s=:,\[\]{}#]+")


def issues_in_domain(content: bytes) -> tuple[Issue, ...]:
    """Return the issues of a domain, for the agenda.

    Args:
        content: the XML of a domain; a profile will do as well.

    Raises:
        Malformed: it is no such XML; the detail names the place.
        InputRefused: an issue does not fit the agenda: too many options, or two of one name.
        Oversize: it is too large.
    """
    issues = [_issue(one) for one in read_domain(content).issues if len(one.options) > 1]
    keys = [one.key.casefold() for one in issues]
    for issue in issues:
        if keys.count(issue.key.casefold()) > 1:
            raise InputRefused(f"two issues would be called {issue.key!r}")
    if not issues:
        raise InputRefused("every issue of this domain has one option only; there is nothing to agree on")
    return tuple(issues)


def preferences_in_profile(content: bytes) -> dict[str, Any]:
    """Return preferences as they are written, of a utility profile; a utility of 1 is 1,000,000 points.

    Args:
        content: the XML of the profile.

    Raises:
        Malformed: it is no such XML; the detail names the place.
        Oversize: it is too large.
    """
    profile = read_profile(content, read_domain(content))
    document = preferences_document(profile.preferences)
    issues: dict[str, Any] = {}
    for issue in profile.preferences.domain.issues:
        entry = document["issues"][issue.name]
        if len(issue.options) > 1:
            issues[key_of(issue.name)] = entry
        else:
            document["reservation"] -= entry["weight"] * entry["points"][issue.options[0]]
    return {**document, "issues": issues}


def key_of(name: str) -> str:
    """Return what people type for an issue of that name.

    Raises:
        InputRefused: the name has nothing but signs in it.
    """
    key = _SIGNS.sub("-", name).strip("-")[:LONGEST_KEY]
    if not key:
        raise InputRefused(f"issue {name!r} has no letter in its name")
    return key


def _issue(counted: Counted) -> Issue:
    value: dict[str, Any] = {"key": key_of(counted.name), "title": {"en": counted.name}}
    if _consecutive(counted.options):
        value |= {"type": "range", "least": int(counted.options[0]), "most": int(counted.options[-1]), "step": 1}
    else:
        value |= {"type": "choice", "options": list(counted.options)}
    try:
        return read_issue(value)
    except Malformed as error:
        raise InputRefused(f"issue {counted.name!r}: {error.detail}") from None


def _consecutive(options: tuple[str, ...]) -> bool:
    """Say whether options are whole numbers, one after the other, as an integer issue has them."""
    if not all(option.removeprefix("-").isdecimal() and str(int(option)) == option for option in options):
        return False
    return [int(option) for option in options] == list(range(int(options[0]), int(options[0]) + len(options)))
