"""A terms file begun from the package on the table, with the obligations that the template of the agenda needs.

An outline is a file of `app/outlines` with the name of a template of issues. What stands in braces becomes the agreed
value of that issue; `when` says for which values an obligation is needed (some, one or several: of a number, or of
names); `by: each` makes one for each side; of several in `after` the first that is needed stands. What nobody has said
yet stands behind `???`, which `terms_file` refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from backchannel.app.package_file import read_map
from backchannel.app.templates import read_template, template_names, template_source
from backchannel.app.terms_file import MARK, USUAL_SIDES
from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, TermsRefused
from backchannel.ledger.listing import Listings
from backchannel.table.issue import IssueType, Value
from backchannel.table.model import Table

EACH: Final = "each"
COUNTED: Final[Mapping[str, Callable[[int], bool]]] = {
    "some": lambda count: count != 0,
    "one": lambda count: count == 1,
    "several": lambda count: count > 1,
}
LEFT_OPEN: Final = ("due", "within", "after", "evidence", "size")
_PLACE: Final = re.compile(r"\{([^{}]+)\}")
_MOST_NAMES: Final = 5
_SIDES: Final = {Role.INVITER: "inviter", Role.JOINER: "joiner"}


@dataclass(frozen=True, slots=True)
class Outline:
    """The obligations that a kind of agreement needs.

    Attributes:
        name: of the template of issues.
        title: what people call such a deal.
        roles: the two parts that sides have in it, none where both have the same.
        about: which part is whose, in a sentence; may be empty.
        lists: keys of issues that may mean a list of names.
        obligations: as they stand in the file.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    about: str
    lists: tuple[str, ...]
    obligations: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed, by the keys of its issues, and the units of those that are numbers."""

    values: Mapping[str, Value]
    units: Mapping[str, str]


def agreed_on(table: Table) -> Agreed:
    """Return what was agreed at a table.

    Raises:
        TermsRefused: nothing is, or something that crossed is not settled.
    """
    if table.contest is not None:
        raise TermsRefused("acts that crossed must be settled at the table first")
    if table.agreement is None:
        raise TermsRefused("nothing is agreed at the table yet", hint="accept a package over the whole agenda first")
    package = table.offers[table.agreement.offer].offer.package
    issues = [(table.versions[version].definition, value) for version, value in package.items()]
    return Agreed(
        {issue.key: value for issue, value in issues},
        {issue.key: issue.unit for issue, _ in issues if issue.type is IssueType.RANGE},
    )


def read_outline(name: str) -> Outline:
    """Return the outline of a template.

    Raises:
        InputRefused: there is none of that name.
    """
    if name not in template_names():
        raise InputRefused(f"there is no template {name!r}; there are {', '.join(template_names())}")
    value = read_map(files("backchannel.app").joinpath("outlines", f"{name}.yaml").read_bytes())
    title = read_template(name, template_source(name)).title["en"]
    return Outline(
        name,
        title,
        tuple(value.get("roles", ())),
        value.get("about", ""),
        tuple(value.get("lists", ())),
        tuple(value["obligations"]),
    )


def outline_of(agreed: Agreed) -> Outline | None:
    """Return the outline whose template has most of its issues in what was agreed; at least half, or there is none."""
    found = []
    for name in template_names():
        keys = {issue.key for issue in read_template(name, template_source(name)).issues}
        found.append((len(keys & set(agreed.values)) / len(keys), name))
    share, name = max(found)
    return read_outline(name) if share * 2 >= 1 else None


def part_of(outline: Outline | None, part: str | None, role: Role) -> dict[str, Role]:
    """Return which side has which part.

    Args:
        outline: whose parts they are.
        part: the part of the side that asks; None where it is not said.
        role: of the side that asks.

    Raises:
        InputRefused: there is no such part.
    """
    if part is None:
        return {}
    roles = () if outline is None else outline.roles
    if part not in roles:
        raise InputRefused(f"there is no part {part!r} in it", hint=f"there are: {', '.join(roles) or 'none'}")
    (other,) = (one for one in roles if one != part)
    return {part: role, other: role.other}


def draft_terms(
    agreed: Agreed, outline: Outline | None, parts: Mapping[str, Role], listings: Listings, languages: Sequence[str]
) -> str:
    """Return a terms file in YAML, ready to be edited.

    Args:
        agreed: what was agreed at the table.
        outline: the obligations that it needs; None where no template fits.
        parts: of the sides.
        listings: the lists of the line.
        languages: that the deal is to have.
    """
    return "\n".join([*_head(agreed, outline, listings, languages), *_owed(agreed, outline, parts)]) + "\n"


def left_to_say(text: str) -> int:
    """Return how many lines of a draft wait for a word."""
    return sum(MARK in line for line in text.splitlines() if not line.startswith("#"))


def _head(agreed: Agreed, outline: Outline | None, listings: Listings, languages: Sequence[str]) -> Iterator[str]:
    yield "# A deal, begun from what was agreed at the table. These stand in it by themselves:"
    for key, value in agreed.values.items():
        yield _seen(f"#   {key}: {_shown(key, value)} {agreed.units.get(key, '')}".rstrip())
    yield f"# Say what stands behind each {MARK}, and change what you like; `by` is inviter, joiner, or a side's name."
    yield "# A time has its zone, such as 2031-05-06T18:00+02:00; a span is one such as 24h or 3d."
    yield f"title: {_quoted('Agreement' if outline is None else outline.title)}"
    yield f"languages: [{', '.join(languages)}]"
    yield f"sides: {{inviter: {_quoted(USUAL_SIDES[0])}, joiner: {_quoted(USUAL_SIDES[1])}}}"
    yield "# zone: Somewhere/North        the name of the zone of every time, for people"
    found = dict(_lists(agreed, outline, listings))
    if found:
        yield f"lists: {{{', '.join(f'{key}: {_quoted(name)}' for key, name in found.items())}}}"
    else:
        yield "# lists: {people: released}     an issue, and the list of names that both have frozen"


def _lists(agreed: Agreed, outline: Outline | None, listings: Listings) -> Iterator[tuple[str, str]]:
    frozen = {name: len(one.names.going) for name, one in listings.lists.items() if one.names.frozen}
    for key in () if outline is None else outline.lists:
        value = agreed.values.get(key)
        fitting = [name for name, count in frozen.items() if type(value) is int and count == value]
        if len(fitting) == 1:
            yield key, fitting[0]
        elif fitting:
            yield key, f"{MARK} one of {', '.join(fitting)}"


def _owed(agreed: Agreed, outline: Outline | None, parts: Mapping[str, Role]) -> Iterator[str]:
    needed = [] if outline is None else [one for one in outline.obligations if _wanted(one, agreed)]
    if outline is not None and outline.about and not parts:
        yield f"# {outline.about}"
    yield "obligations:"
    if not needed:
        needed = [{"id": "first", "by": "", "what": f"{MARK} what is owed", "due": f"{MARK} a time, or leave it out"}]
    known = {one["id"] for one in needed}
    for one in needed:
        for name, by in _sides(one, outline, parts):
            yield f"  - id: {_quoted(name)}"
            yield f"    by: {_quoted(by)}"
            yield f"    what: {_quoted(_filled(one['what'], agreed))}"
            for key in LEFT_OPEN:
                said = _first(one[key], known) if key == "after" and key in one else one.get(key)
                if said is not None:
                    yield f"    {key}: {_quoted(_filled(said, agreed))}"
            if "ceasefire" in one:
                yield "    ceasefire:"
                yield from (f"      {key}: {_quoted(_filled(said, agreed))}" for key, said in one["ceasefire"].items())


def _sides(one: Mapping[str, Any], outline: Outline | None, parts: Mapping[str, Role]) -> Iterator[tuple[str, str]]:
    by = one["by"]
    if by == EACH:
        yield from ((f"{one['id']}-{side}", side) for side in _SIDES.values())
    elif by in parts:
        yield one["id"], _SIDES[parts[by]]
    else:
        yield one["id"], f"{MARK} inviter or joiner" + (f": the {by}" if outline is not None and by else "")


def _first(after: str | list[str], known: set[str]) -> str | None:
    return next((one for one in ([after] if isinstance(after, str) else after) if one in known), None)


def _wanted(one: Mapping[str, Any], agreed: Agreed) -> bool:
    """Say whether an obligation is needed; what was not agreed does not rule it out."""
    return all(
        _meant(agreed.values[key], wanted) for key, wanted in one.get("when", {}).items() if key in agreed.values
    )


def _meant(value: Value, wanted: str | list[str]) -> bool:
    if isinstance(wanted, list):
        return value in wanted
    return COUNTED[wanted](value if isinstance(value, int) else len(value))


def _filled(words: str, agreed: Agreed) -> str:
    def value(found: re.Match[str]) -> str:
        key = found[1]
        return _shown(key, agreed.values[key]) if key in agreed.values else f"{MARK} {key}"

    return _PLACE.sub(value, words)


def _shown(key: str, value: Value) -> str:
    if isinstance(value, tuple) and len(value) > _MOST_NAMES:
        return f"the {len(value)} people named under {key}"
    return " ".join((", ".join(value) if isinstance(value, tuple) else str(value)).split())


def _quoted(text: str) -> str:
    """Return a text as YAML has it in double quotes: as JSON has it, and what cannot be seen as its number."""
    return _seen(json.dumps(text, ensure_ascii=False))


def _seen(text: str) -> str:
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in text)
