"""Preferences as a person writes them: a YAML or JSON file, already parsed into mappings and lists.

    preferences: 1                 # the version of this form
    reservation: 40
    mandate: {at_least: 55}        # may be left out
    issues:
      deliveries a week:
        weight: 3                  # 1 when left out
        points: {two: 0, four: 6, six: 10}
        red_lines: [two]           # may be left out
        may_agree: [six]           # without asking; when left out, all that is no red line
    links:                         # may be left out
      - not_both: {deliveries a week: six, inspection: none}
      - both: {deliveries a week: four, inspection: joint}
        points: 5

Every issue and every option of the domain has its points; nothing else is accepted. Errors name the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backchannel.errors import PreferencesContradict, PreferencesRefused
from backchannel.insight.domain import Domain
from backchannel.insight.links import Choice, Excludes, Link, Together
from backchannel.insight.preferences import Mandate, Preferences

VERSION: Final = 1
_MOST_LINKS: Final = 1000


def read_preferences(value: Any, domain: Domain) -> Preferences:
    """Return the preferences that a parsed file states.

    Args:
        value: what the YAML or JSON parser returned.
        domain: what is negotiated.

    Raises:
        PreferencesRefused: a key or a name is missing, unknown or of the wrong kind; the detail names the place.
        PreferencesContradict: they cannot all hold.
    """
    top = _mapping(value, "preferences", {"preferences", "reservation", "issues"}, {"mandate", "links"})
    if top["preferences"] != VERSION or isinstance(top["preferences"], bool):
        raise PreferencesRefused(f"preferences: the version is {VERSION}, this says {top['preferences']!r}")
    issues = _named(top["issues"], "issues")
    for name in issues:
        domain.issue(name, "issues")
    points: list[tuple[int, ...]] = []
    weights: list[int] = []
    red_lines: set[Choice] = set()
    outside: set[Choice] = set()
    for index, issue in enumerate(domain.issues):
        place = f"issues, {issue.name}"
        if issue.name not in issues:
            raise PreferencesRefused(f"{place}: missing")
        entry = _mapping(issues[issue.name], place, {"points"}, {"weight", "red_lines", "may_agree"})
        points.append(_points(entry["points"], f"{place}, points", domain, index))
        weights.append(_whole(entry.get("weight", 1), f"{place}, weight"))
        crossed = _options(entry.get("red_lines", []), f"{place}, red_lines", domain, index)
        red_lines |= crossed
        if "may_agree" in entry:
            agreed = _options(entry["may_agree"], f"{place}, may_agree", domain, index)
            for choice in sorted(agreed & crossed):
                option = issue.options[choice.option]
                raise PreferencesContradict(f"{place}: {option!r} is in may_agree and in red_lines")
            outside |= {Choice(index, option) for option in range(len(issue.options))} - agreed - crossed
    mandate = _mapping(top.get("mandate", {}), "mandate", set(), {"at_least"})
    at_least = _whole(mandate["at_least"], "mandate, at_least") if "at_least" in mandate else None
    return Preferences(
        domain,
        tuple(points),
        tuple(weights),
        _whole(top["reservation"], "reservation"),
        frozenset(red_lines),
        Mandate(frozenset(outside), at_least),
        _links(top.get("links", []), domain),
    )


def preferences_document(preferences: Preferences) -> dict[str, Any]:
    """Return the mappings and lists that `read_preferences` reads: what a person can keep in a file of their own.

    Args:
        preferences: mine.
    """
    issues: dict[str, Any] = {}
    for index, issue in enumerate(preferences.domain.issues):
        entry: dict[str, Any] = {
            "weight": preferences.weights[index],
            "points": dict(zip(issue.options, preferences.points[index], strict=True)),
        }
        choices = [(Choice(index, at), option) for at, option in enumerate(issue.options)]
        crossed = [option for choice, option in choices if choice in preferences.red_lines]
        outside = preferences.mandate.outside
        if crossed:
            entry["red_lines"] = crossed
        if any(choice in outside for choice, _ in choices):
            entry["may_agree"] = [option for choice, option in choices if choice not in outside | preferences.red_lines]
        issues[issue.name] = entry
    document: dict[str, Any] = {"preferences": VERSION, "reservation": preferences.reservation, "issues": issues}
    if preferences.mandate.at_least is not None:
        document["mandate"] = {"at_least": preferences.mandate.at_least}
    if preferences.links:
        document["links"] = [_link_document(preferences.domain, link) for link in preferences.links]
    return document


def _link_document(domain: Domain, link: Link) -> dict[str, Any]:
    ends = {
        domain.issues[choice.issue].name: domain.issues[choice.issue].options[choice.option]
        for choice in (link.one, link.other)
    }
    return {"not_both": ends} if isinstance(link, Excludes) else {"both": ends, "points": link.mine}


def _links(value: Any, domain: Domain) -> tuple[Link, ...]:
    found: list[Link] = []
    for number, each in enumerate(_list(value, "links"), start=1):
        place = f"links, number {number}"
        if number > _MOST_LINKS:
            raise PreferencesRefused(f"links: more than {_MOST_LINKS}")
        entry = _mapping(each, place, set(), {"not_both", "both", "points"})
        if set(entry) == {"not_both"}:
            found.append(Excludes(*_ends(entry["not_both"], f"{place}, not_both", domain)))
        elif set(entry) == {"both", "points"}:
            ends = _ends(entry["both"], f"{place}, both", domain)
            found.append(Together(*ends, _whole(entry["points"], f"{place}, points"), 0))
        else:
            raise PreferencesRefused(f"{place}: either not_both, or both with points")
    return tuple(found)


def _ends(value: Any, place: str, domain: Domain) -> tuple[Choice, Choice]:
    named = _named(value, place)
    if len(named) != 2:
        raise PreferencesRefused(f"{place}: two issues, one option each")
    one, other = (domain.choice(issue, _name(option, place), place) for issue, option in named.items())
    return one, other


def _points(value: Any, place: str, domain: Domain, issue: int) -> tuple[int, ...]:
    named = _named(value, place)
    options = domain.issues[issue].options
    for name in sorted(set(named) - set(options)):
        domain.choice(domain.issues[issue].name, name, place)  # raises
    for option in options:
        if option not in named:
            raise PreferencesRefused(f"{place}: option {option!r} is missing")
    return tuple(_whole(named[option], f"{place}, {option}") for option in options)


def _options(value: Any, place: str, domain: Domain, issue: int) -> set[Choice]:
    places = {option: at for at, option in enumerate(domain.issues[issue].options)}
    names = [_name(each, place) for each in _list(value, place)]
    for name in names:
        if name not in places:
            domain.choice(domain.issues[issue].name, name, place)  # raises
    found = [Choice(issue, places[name]) for name in names]
    if len(set(found)) < len(found):
        raise PreferencesRefused(f"{place}: an option stands there twice")
    return set(found)


def _mapping(value: Any, place: str, needed: set[str], possible: set[str]) -> dict[str, Any]:
    named = _named(value, place)
    for key in sorted(needed - set(named)):
        raise PreferencesRefused(f"{place}: {key} is missing")
    for key in sorted(set(named) - needed - possible):
        raise PreferencesRefused(f"{place}: {key!r} is not known here")
    return named


def _named(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise PreferencesRefused(f"{place}: names with values are needed")
    named = {_name(key, place): each for key, each in value.items()}
    if len(named) < len(value):
        raise PreferencesRefused(f"{place}: a name stands there twice")
    return named


def _name(value: Any, place: str) -> str:
    """Return a name; a whole number, which YAML makes of a bare 10, is its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PreferencesRefused(f"{place}: {value!r} is no name; put it in quotation marks")
    return str(value)


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise PreferencesRefused(f"{place}: a list is needed")
    return value


def _whole(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PreferencesRefused(f"{place}: {value!r} is no whole number")
    return value
