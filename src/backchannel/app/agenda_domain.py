"""The agenda as insight sees it: issues with options, and packages as option indices.

A choice has its options, a range its values in digits. Names and clauses can be anything, as can a range of more values
than `MOST_VALUES`: they are left out, unless the preferences give points to some values of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from backchannel.errors import InputRefused, PreferencesRefused
from backchannel.insight.domain import Domain
from backchannel.insight.domain import Issue as Counted
from backchannel.insight.links import Choice, Excludes, Together
from backchannel.insight.preferences import Mandate, Preferences
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Table

MOST_VALUES: Final = 10_001
"""Of a range, above which it is left out like a text."""
GRID: Final = 21
"""Values of a long range that estimates look at, beside those that were offered."""


def domain_of(table: Table, document: Mapping[str, Any] | None = None) -> Domain:
    """Return what is on the agenda, as far as it can be counted.

    Args:
        table: the table.
        document: preferences as they are written, if there are any; they name values of names, clauses and long ranges.

    Raises:
        InputRefused: nothing on the agenda has options.
    """
    issues = []
    for version in table.on_agenda():
        options = _options(version.definition, document)
        if options:
            issues.append(Counted(version.definition.key, options))
    if not issues:
        raise InputRefused("nothing on the agenda can be given points", hint="backchannel issue add proposes issues")
    return Domain(tuple(issues))


def _options(issue: Issue, document: Mapping[str, Any] | None) -> tuple[str, ...]:
    match issue.type:
        case IssueType.CHOICE:
            return issue.options
        case IssueType.RANGE if (issue.most - issue.least) // issue.step < MOST_VALUES:
            return tuple(map(str, range(issue.least, issue.most + 1, issue.step)))
        case _:
            return tuple(str(option) for option in _written(issue.key, document))


def _written(key: str, document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    issues = (document or {}).get("issues")
    entry = issues.get(key) if isinstance(issues, Mapping) else None
    points = entry.get("points") if isinstance(entry, Mapping) else None
    return points if isinstance(points, Mapping) else {}


def option_of(value: Value) -> str:
    """Return the option that a value on the table is: of names, with a comma between two."""
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def chosen_of(domain: Domain, table: Table, package: Mapping[bytes, Value]) -> tuple[int | None, ...]:
    """Return the option indices of a package, None where it leaves an issue open or has a value without points.

    Args:
        domain: of the agenda as it is now.
        table: the table.
        package: version id -> value; versions that have been replaced count as the issue that they are of.
    """
    places = {issue.name: at for at, issue in enumerate(domain.issues)}
    found: list[int | None] = [None] * len(domain.issues)
    for identity, value in package.items():
        now = table.agenda.get(table.versions[identity].issue)
        at = None if now is None else places.get(table.versions[now].definition.key)
        if at is not None and option_of(value) in domain.issues[at].options:
            found[at] = domain.issues[at].options.index(option_of(value))
    return tuple(found)


def written_range(table: Table, document: dict[str, Any]) -> dict[str, Any]:
    """Return preferences in which what is short for a range is written out.

    Points may be given at some of its values, both ends among them: those between lie on straight lines, rounded. Red
    lines and `may_agree` may have runs of values, such as `..40`, `60..` and `41..59`.

    Args:
        table: the table.
        document: preferences as they are written.

    Raises:
        PreferencesRefused: a run that is none.
    """
    issues = document.get("issues")
    if not isinstance(issues, dict):
        return document
    made = dict(issues)
    for version in table.on_agenda():
        issue, entry = version.definition, issues.get(version.definition.key)
        options = _options(issue, None)
        if issue.type is not IssueType.RANGE or not options or not isinstance(entry, dict):
            continue
        entry = dict(entry)
        if isinstance(entry.get("points"), dict):
            entry["points"] = _on_lines(issue, entry["points"])
        for name in ("red_lines", "may_agree"):
            if isinstance(entry.get(name), list):
                place = f"issues, {issue.key}, {name}"
                entry[name] = [each for run in entry[name] for each in _run(issue, run, place)]
        made[issue.key] = entry
    return {**document, "issues": made}


def _on_lines(issue: Issue, points: dict[Any, Any]) -> dict[str, Any]:
    """Return points at every value, if they are given at both ends and at nothing that is no value."""
    given = {int(key): value for key, value in points.items() if _whole(key)}
    wrong = len(given) < len(points) or not all(issue.allows(value) for value in given)
    if wrong or not {issue.least, issue.least + (issue.most - issue.least) // issue.step * issue.step} <= set(given):
        return points
    if not all(type(value) is int for value in given.values()):
        return points
    found: dict[str, Any] = {}
    ends = sorted(given)
    for low, high in pairwise(ends):
        rise, width = given[high] - given[low], high - low
        for value in range(low, high, issue.step):
            found[str(value)] = given[low] + (2 * rise * (value - low) + width) // (2 * width)
    found[str(ends[-1])] = given[ends[-1]]
    return found


def _run(issue: Issue, written: Any, place: str) -> list[Any]:
    low, dots, high = str(written).partition("..")
    if not dots:
        return [written]
    if not all(_whole(end) or not end for end in (low, high)):
        raise PreferencesRefused(f"{place}: {written!r} is no run of values; write 10..20, ..20 or 10..")
    first, last = int(low or issue.least), int(high or issue.most)
    return [str(value) for value in range(issue.least, issue.most + 1, issue.step) if first <= value <= last]


def _whole(word: Any) -> bool:
    return str(word).removeprefix("-").isdecimal()


# --- fewer values -----------------------------------------------------------------------------------------------------


def kept_values(
    domain: Domain, offers: Sequence[tuple[int | None, ...]], preferences: Preferences | None = None
) -> list[list[int]]:
    """Return which options of each issue an estimate looks at: all, or of a long range some and all that matter.

    Args:
        domain: of the agenda.
        offers: packages, whose values are kept.
        preferences: mine, if there are any; the ends and the best of what they allow, and links, are kept.
    """
    found = []
    for issue, size in enumerate(domain.sizes):
        if size <= 5 * GRID:
            found.append(list(range(size)))
            continue
        kept = {round(step * (size - 1) / (GRID - 1)) for step in range(GRID)}
        kept |= {offer[issue] for offer in offers if offer[issue] is not None}  # type: ignore[misc]
        if preferences is not None:
            allowed = preferences.allowed(issue)
            kept |= {allowed[0], allowed[-1], max(allowed, key=preferences.points[issue].__getitem__)}
            ends = (end for link in preferences.links for end in (link.one, link.other))
            kept |= {end.option for end in ends if end.issue == issue}
        found.append(sorted(kept))
    return found


def narrowed_domain(domain: Domain, kept: Sequence[Sequence[int]]) -> Domain:
    """Return a domain with some options of each issue."""
    rows = zip(domain.issues, kept, strict=True)
    return Domain(tuple(Counted(issue.name, tuple(issue.options[at] for at in row)) for issue, row in rows))


def narrowed_package(package: tuple[int | None, ...], kept: Sequence[Sequence[int]]) -> tuple[int | None, ...]:
    """Return a package by the indices of a narrowed domain."""
    return tuple(None if option is None else list(row).index(option) for option, row in zip(package, kept, strict=True))


def narrowed(preferences: Preferences, kept: Sequence[Sequence[int]]) -> Preferences:
    """Return preferences over a narrowed domain.

    Args:
        preferences: over the whole one.
        kept: option indices of each issue; the ends of every link among them.
    """

    def moved(choice: Choice) -> Choice:
        return Choice(choice.issue, list(kept[choice.issue]).index(choice.option))

    def within(choices: frozenset[Choice]) -> frozenset[Choice]:
        return frozenset(moved(choice) for choice in choices if choice.option in kept[choice.issue])

    links = [
        Excludes(moved(link.one), moved(link.other))
        if isinstance(link, Excludes)
        else Together(moved(link.one), moved(link.other), link.mine, link.theirs)
        for link in preferences.links
    ]
    return Preferences(
        narrowed_domain(preferences.domain, kept),
        tuple(tuple(points[at] for at in row) for points, row in zip(preferences.points, kept, strict=True)),
        preferences.weights,
        preferences.reservation,
        within(preferences.red_lines),
        Mandate(within(preferences.mandate.outside), preferences.mandate.at_least),
        tuple(links),
    )
