"""Issues: what is negotiated, and which values each can take (spec 10.1).

choice    one of some named options
range     a whole number from `least` to `most`, in steps, of a unit
names     a list of names, none empty and none twice
clause    a text
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from backchannel.errors import Malformed
from backchannel.wire.shape import items, text

LONGEST_KEY: Final = 40
LONGEST_TITLE: Final = 200
LONGEST_OPTION: Final = 200
LONGEST_CLAUSE: Final = 8000
MOST_OPTIONS: Final = 100
MOST_NAMES: Final = 1000
LARGEST: Final = 2**53 - 1
"""Of a range, either way: what every JSON reader holds exactly."""

Value: TypeAlias = "str | int | tuple[str, ...]"
"""Of a choice the option, of a range the number, of names the list, of a clause the text."""


class IssueType(StrEnum):
    """What kind of value an issue takes."""

    CHOICE = "choice"
    RANGE = "range"
    NAMES = "names"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue, as it was proposed.

    Attributes:
        key: what people type for it: a short word, unique on the agenda.
        title: by language tag, such as `en`; at least one.
        type: what kind of value it takes.
        options: of a choice, in their order; else empty.
        least: of a range, the smallest number.
        most: of a range the largest number, of names how many there may be.
        step: of a range, the distance between two numbers, at least 1.
        unit: of a range, such as `days`; may be empty.
    """

    key: str
    title: Mapping[str, str]
    type: IssueType
    options: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    step: int = 1
    unit: str = ""

    def title_in(self, language: str = "en") -> str:
        """Return the title in a language, else in English, else the first there is."""
        return self.title.get(language) or self.title.get("en") or next(iter(self.title.values()))

    def allows(self, value: object) -> bool:
        """Say whether a value is one that this issue takes."""
        match self.type:
            case IssueType.CHOICE:
                return value in self.options
            case IssueType.RANGE:
                return type(value) is int and self.least <= value <= self.most and (value - self.least) % self.step == 0
            case IssueType.NAMES:
                return type(value) is tuple and len(value) <= self.most
            case IssueType.CLAUSE:
                return type(value) is str

    def to_value(self) -> dict[str, Any]:
        """Return what travels (spec 10.1.1)."""
        made: dict[str, Any] = {"key": self.key, "title": dict(self.title), "type": str(self.type)}
        match self.type:
            case IssueType.CHOICE:
                made["options"] = list(self.options)
            case IssueType.RANGE:
                made |= {"least": self.least, "most": self.most, "step": self.step, "unit": self.unit}
            case IssueType.NAMES:
                made["most"] = self.most
            case IssueType.CLAUSE:
                pass
        return made


def read_issue(value: Any) -> Issue:
    """Return the issue that a decoded map describes (spec 10.1.1); unknown keys are ignored.

    Raises:
        Malformed: it is no issue; the detail names what is wrong.
    """
    if type(value) is not dict:
        raise Malformed("an issue that is no map")
    key = said(value.get("key"), "the key of an issue", longest=LONGEST_KEY)
    if any(character.isspace() or character in "=:,[]{}#" for character in key):
        raise Malformed("the key of an issue has a space or a sign in it")
    title = value.get("title")
    if type(title) is not dict or not 1 <= len(title) <= 16:
        raise Malformed("the title of an issue")
    titles = {
        text(language, "the language of a title", longest=35): said(words, "the title of an issue", longest=200)
        for language, words in title.items()
    }
    match value.get("type"):
        case "choice":
            options = items(value.get("options"), "the options of an issue", most=MOST_OPTIONS)
            chosen = tuple(said(option, "an option", longest=LONGEST_OPTION) for option in options)
            if len(chosen) < 2 or len(set(chosen)) != len(chosen):
                raise Malformed("a choice needs two options or more, none of them twice")
            return Issue(key, titles, IssueType.CHOICE, options=chosen)
        case "range":
            least, most, step = (number(value.get(name), f"the {name} of a range") for name in _RANGE)
            if least >= most or not 1 <= step <= most - least:
                raise Malformed("a range runs from less to more, in steps of at least 1")
            unit = text(value.get("unit", ""), "the unit of a range", longest=LONGEST_KEY)
            return Issue(key, titles, IssueType.RANGE, least=least, most=most, step=step, unit=unit)
        case "names":
            most = number(value.get("most"), "how many names there may be")
            if not 1 <= most <= MOST_NAMES:
                raise Malformed("how many names there may be")
            return Issue(key, titles, IssueType.NAMES, most=most)
        case "clause":
            return Issue(key, titles, IssueType.CLAUSE)
        case _:
            raise Malformed("the type of an issue")


_RANGE: Final = ("least", "most", "step")


def read_value(value: Any) -> Value:
    """Return a value as it travels (spec 10.2.1), whatever issue it is for.

    Raises:
        Malformed: it is the value of no issue.
    """
    kind = type(value)
    if kind is int:
        return number(value, "a value")
    if kind is str:
        return said(value, "a value", longest=LONGEST_CLAUSE)
    if kind is not list:
        raise Malformed("a value that is neither text, number nor names")
    names = tuple(said(name, "a name", longest=LONGEST_TITLE) for name in items(value, "names", most=MOST_NAMES))
    if len(set(names)) != len(names):
        raise Malformed("a name stands twice in a list")
    return names


def said(value: Any, what: str, *, longest: int) -> str:
    """Return `value` if it is a text with something in it.

    Raises:
        Malformed: it is not.
    """
    if not text(value, what, longest=longest).strip():
        raise Malformed(f"{what} is empty")
    return str(value)


def number(value: Any, what: str) -> int:
    """Return `value` if it is a whole number that every reader holds exactly.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not int or not -LARGEST <= value <= LARGEST:
        raise Malformed(what)
    return value
