"""Public negotiation scenarios: the XML of Genius and NegMAS, a domain file and a utility profile for each side.

A domain lists issues with their values; a profile gives each value an evaluation and each issue a weight, and perhaps a
reservation value and a discount factor. The utility of a package is the sum of weight times evaluation, where
evaluations of a discrete issue are taken relative to the largest of the issue, and those of an integer issue are
`offset + slope * (value - lowest)`, held within 0 and 1 (R. Lin and others, "Genius", Computational Intelligence 30,
2014).

What comes out are whole points, `SCALE` for a utility of 1, rounded half to even. Entities, document types and external
references are refused by defusedxml; real-valued issues and non-linear spaces are not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from backchannel.errors import Malformed, Oversize
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.preferences import Preferences

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SCALE: Final = 1_000_000
"""Points that a utility of 1 becomes."""
LARGEST_FILE: Final = 4 << 20
MOST_OPTIONS: Final = 10_000
_LONGEST_NUMBER: Final = 40


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """One side's utilities.

    Attributes:
        preferences: whole points, weights of 1, the reservation value.
        discount: what is left of a utility at the end of the time, 1 where time costs nothing; kept, not applied.
    """

    preferences: Preferences
    discount: Fraction


def read_domain(raw: bytes) -> Domain:
    """Return the issues and options of a domain file.

    Args:
        raw: the whole XML file; a profile will do as well.

    Raises:
        Malformed: no such XML; the detail names the place.
        Oversize: larger than `LARGEST_FILE`.
    """
    issues = [Issue(_name(issue), tuple(_options(issue))) for issue in _issues(_root(raw))]
    names = [issue.name for issue in issues]
    for name in names:
        if names.count(name) > 1:
            raise Malformed(f"issue {name!r}: it stands there twice")
    return Domain(tuple(issues))


def read_profile(raw: bytes, domain: Domain) -> Profile:
    """Return a utility profile over the issues of a domain.

    Args:
        raw: the whole XML file.
        domain: what the profile must fit: the same issues and options, in any order.

    Raises:
        Malformed: no such XML, or it does not fit; the detail names the place.
        Oversize: larger than `LARGEST_FILE`.
    """
    root = _root(raw)
    weights = _weights(root)
    found: dict[str, dict[str, Fraction]] = {}
    for number, issue in enumerate(_issues(root), start=1):
        index = issue.get("index", str(number))
        if index not in weights:
            raise Malformed(f"issue {_name(issue)!r}: there is no weight with index {index!r}")
        if _name(issue) in found:
            raise Malformed(f"issue {_name(issue)!r}: it stands there twice")
        found[_name(issue)] = {option: weights[index] * value for option, value in _evaluated(issue, domain)}
    points = []
    for expected in domain.issues:
        options = found.pop(expected.name, None)
        if options is None or set(options) != set(expected.options):
            raise Malformed(f"issue {expected.name!r}: not the options of the domain")
        points.append(tuple(round(options[option] * SCALE) for option in expected.options))
    if found:
        raise Malformed(f"issue {next(iter(found))!r}: not in the domain")
    reservation = ceil(_lone(root, "reservation", Fraction(0)) * SCALE)
    discount = _lone(root, "discount_factor", Fraction(1))
    if not 0 <= discount <= 1:
        raise Malformed("discount_factor: not within 0 to 1")
    if reservation > sum(map(max, points)):
        raise Malformed("reservation: above the best package")
    return Profile(Preferences(domain, tuple(points), (1,) * len(points), reservation), discount)


def _root(raw: bytes) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(raw) > LARGEST_FILE:
        raise Oversize(f"a domain file of more than {LARGEST_FILE} bytes")
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise Malformed(f"XML, line {line}, column {column + 1}") from error
    except DefusedXmlException as error:
        raise Malformed("XML with a document type or entities") from error
    except (ValueError, LookupError) as error:
        raise Malformed("XML in an unknown encoding") from error
    return root


def _issues(root: Element) -> list[Element]:
    found = list(root.iter("issue"))
    if not found:
        raise Malformed("no issue element")
    return found


def _name(issue: Element) -> str:
    name = issue.get("name", "")
    if not name:
        raise Malformed("an issue without a name")
    return name


def _kind(issue: Element) -> str:
    """Return how the options are given: by items, or by bounds."""
    kind = issue.get("vtype") or issue.get("type") or issue.get("etype") or "discrete"
    if issue.find("item") is not None:
        return "discrete"
    if kind not in {"discrete", "integer"}:
        raise Malformed(f"issue {_name(issue)!r}: kind {kind!r} is not taken, only discrete and integer")
    return kind


def _options(issue: Element) -> Iterator[str]:
    if _kind(issue) == "integer":
        low, high = _bounds(issue)
        yield from map(str, range(low, high + 1))
        return
    seen: set[str] = set()
    for number, item in enumerate(issue.findall("item"), start=1):
        value = item.get("value", "")
        if not value or value in seen:
            raise Malformed(f"issue {_name(issue)!r}, item {number}: no value, or one that stands there twice")
        seen.add(value)
        yield value
    if not 0 < len(seen) <= MOST_OPTIONS:
        raise Malformed(f"issue {_name(issue)!r}: {len(seen)} items")


def _bounds(issue: Element) -> tuple[int, int]:
    stands = issue.find("range")
    holder = issue if issue.get("lowerbound") is not None or stands is None else stands
    ends = [_number(holder.get(key), f"issue {_name(issue)!r}, {key}") for key in ("lowerbound", "upperbound")]
    if any(end.denominator != 1 for end in ends) or not 0 <= ends[1] - ends[0] < MOST_OPTIONS:
        raise Malformed(f"issue {_name(issue)!r}: bounds {ends[0]} and {ends[1]}")
    return int(ends[0]), int(ends[1])


def _evaluated(issue: Element, domain: Domain) -> Iterator[tuple[str, Fraction]]:
    kind = _kind(issue)
    if kind == "integer" and issue.get("lowerbound") is None and issue.find("range") is None:
        options = next((list(each.options) for each in domain.issues if each.name == _name(issue)), [])
    else:
        options = list(_options(issue))
    if kind == "discrete":
        values = [
            _number(item.get("evaluation"), f"issue {_name(issue)!r}, item {number}, evaluation")
            for number, item in enumerate(issue.findall("item"), start=1)
        ]
        if min(values) < 0:
            raise Malformed(f"issue {_name(issue)!r}: an evaluation below zero")
        largest = max(values) or Fraction(1)
        yield from zip(options, (value / largest for value in values), strict=True)
        return
    linear = issue.find("evaluator")
    if linear is None or linear.get("ftype", "linear") != "linear":
        raise Malformed(f"issue {_name(issue)!r}: no linear evaluator")
    offset, slope = (
        _number(linear.get(key), f"issue {_name(issue)!r}, evaluator, {key}") for key in ("offset", "slope")
    )
    for step, option in enumerate(options):
        yield option, min(max(offset + slope * step, Fraction(0)), Fraction(1))


def _weights(root: Element) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for weight in root.iter("weight"):
        index = weight.get("index", "")
        value = _number(weight.get("value"), f"weight {index}, value")
        if index in found or value < 0:
            raise Malformed(f"weight {index}: twice, or below zero")
        found[index] = value
    return found


def _lone(root: Element, name: str, otherwise: Fraction) -> Fraction:
    found = list(root.iter(name))
    if not found:
        return otherwise
    if len(found) > 1:
        raise Malformed(f"{name}: it stands there twice")
    return _number(found[0].get("value"), f"{name}, value")


def _number(text: str | None, place: str) -> Fraction:
    """Return a decimal number exactly; its length and exponent are bounded before it is worked out."""
    cleaned = (text or "").strip()
    exponent = cleaned.lower().partition("e")[2]
    try:
        if not 0 < len(cleaned) <= _LONGEST_NUMBER or "/" in cleaned or abs(int(exponent or 0)) > _LONGEST_NUMBER:
            raise Malformed(f"{place}: {cleaned[:_LONGEST_NUMBER]!r} is no number")
        return Fraction(cleaned)
    except ValueError as error:
        raise Malformed(f"{place}: {cleaned[:_LONGEST_NUMBER]!r} is no number") from error
