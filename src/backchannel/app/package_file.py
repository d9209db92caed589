"""Packages and offers as people write them: `key=value` on the command line, or a file of YAML or JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from backchannel.errors import InputRefused, Oversize
from backchannel.log.handling import Handling
from backchannel.table.acts import OfferKind, Until
from backchannel.table.issue import Value
from backchannel.table.model import Table
from backchannel.table.naming import find_issue, value_of

LARGEST_FILE: Final = 256 * 1024
KINDS: Final = {"feeler": OfferKind.FEELER, "proposal": OfferKind.PROPOSAL, "binding": OfferKind.BINDING}
HANDLINGS: Final = {
    "for-you-alone": Handling.FOR_YOU_ALONE,
    "may-be-conveyed": Handling.MAY_BE_CONVEYED,
    "may-be-quoted": Handling.MAY_BE_QUOTED,
    "official": Handling.OFFICIAL,
}
_FIELDS: Final = frozenset({"package", "kind", "until", "conditions", "handling"})
_PAUSE: Final = re.compile(r"\+?(\d{1,6})\s*([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

Typed = str | list[str]


@dataclass(frozen=True, slots=True)
class WrittenOffer:
    """An offer as it was written, before its issues were looked up.

    Attributes:
        package: what stands for an issue -> what stands for its value.
        kind: as in `KINDS`; None where nothing was said.
        until: a time; None where nothing was said.
        conditions: texts.
        handling: as in `HANDLINGS`; None where nothing was said.
    """

    package: Mapping[str, Typed]
    kind: str | None = None
    until: str | None = None
    conditions: tuple[str, ...] = ()
    handling: str | None = None


def read_offer_file(content: bytes) -> WrittenOffer:
    """Return the offer that a file of YAML or JSON holds: a map of issues, or a map with `package` in it.

    Raises:
        InputRefused: it is not such a file; the detail says where.
        Oversize: it is too large for an offer.
    """
    value = read_map(content)
    if "package" not in value:
        return WrittenOffer(_package(value))
    unknown = set(value) - _FIELDS
    if unknown:
        raise InputRefused(f"an offer has no {min(unknown)!r}; it has {', '.join(sorted(_FIELDS))}")
    conditions = value.get("conditions", [])
    if not isinstance(conditions, list) or not all(isinstance(one, str) and one.strip() for one in conditions):
        raise InputRefused("conditions are a list of texts")
    package = value["package"]
    if not isinstance(package, dict):
        raise InputRefused("a package is a map of issues and values")
    return WrittenOffer(
        package=_package(package),
        kind=_one_of(value, "kind", KINDS),
        until=_text(value, "until"),
        conditions=tuple(conditions),
        handling=_one_of(value, "handling", HANDLINGS),
    )


def read_map(content: bytes, largest: int = LARGEST_FILE) -> dict[str, Any]:
    """Return the map in a file of YAML or JSON; every scalar is the text that stands there.

    Args:
        content: of the file.
        largest: bytes that it may have.

    Raises:
        InputRefused: it holds something else, or a key twice.
        Oversize: it is too large.
    """
    import yaml

    if len(content) > largest:
        raise Oversize(f"{len(content)} bytes; at most {largest}")

    class Plain(yaml.BaseLoader):
        """Texts, lists and maps: `no` is a word, not false. A key that stands twice is an error, as is an alias."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
            keys = [key.value for key, _ in node.value if isinstance(key.value, str)]
            if len(set(keys)) != len(node.value):
                raise yaml.YAMLError("a key that stands twice, or is no word")
            return super().construct_mapping(node, deep)

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias")
            return super().compose_node(parent, index)

    try:
        value = yaml.load(content.decode("utf-8"), Plain)  # noqa: S506  (a BaseLoader makes texts, lists and maps)
    except UnicodeDecodeError as error:
        raise InputRefused("it is not text in UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise InputRefused(f"it is neither YAML nor JSON: {where}{problem}") from error
    if not isinstance(value, dict) or not value or not all(isinstance(key, str) for key in value):
        raise InputRefused("it is not a map of names and values")
    return value


def read_words(words: Sequence[str]) -> dict[str, Typed]:
    """Return the package of words such as `key=value`.

    Raises:
        InputRefused: a word is none, or an issue stands there twice.
    """
    package: dict[str, Typed] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise InputRefused(f"write an issue and its value as key=value, not {word!r}")
        if key in package:
            raise InputRefused(f"{key} stands there twice")
        package[key] = value
    return package


def package_on(table: Table, written: Mapping[str, Typed]) -> dict[bytes, Value]:
    """Return a package by the ids of versions.

    Args:
        table: whose agenda is meant.
        written: what stands for an issue -> what stands for its value.

    Raises:
        IssueUnknown: an issue is not on the agenda.
        IssueValueRefused: an issue does not allow its value.
        InputRefused: an issue stands there twice, or nothing does.
    """
    package: dict[bytes, Value] = {}
    for word, typed in written.items():
        version = find_issue(table, word)
        if version.id in package:
            raise InputRefused(f"{version.definition.key} stands there twice")
        package[version.id] = value_of(version.definition, typed)
    if not package:
        raise InputRefused("a package needs an issue and its value: key=value")
    return package


def read_until(typed: str, now: int, zone: int) -> Until:
    """Return the end of an offer.

    Args:
        typed: a time with its zone, such as `2030-01-31T18:00+02:00`, or a span from now: `30m`, `12h`, `3d`, `2w`.
        now: milliseconds since 1970.
        zone: minutes east of UTC in which a span from now is thought of.

    Raises:
        InputRefused: it is neither; a time without a zone is not guessed at.
    """
    pause = _PAUSE.fullmatch(typed.strip())
    if pause is not None:
        span = timedelta(**{_UNITS[pause[2]]: int(pause[1])})
        return Until(now + span // timedelta(milliseconds=1), zone)
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise InputRefused(f"{typed!r} is no time", hint="2030-01-31T18:00+02:00, or from now: 12h, 3d") from None
    offset = moment.utcoffset()
    if offset is None:
        raise InputRefused(f"{typed!r} names no time zone", hint=f"write {typed.strip()}+02:00, or from now: 12h, 3d")
    return Until(round(moment.timestamp() * 1000), offset // timedelta(minutes=1))


def _package(value: Mapping[str, Any]) -> dict[str, Typed]:
    for key, typed in value.items():
        if not isinstance(typed, str) and not (isinstance(typed, list) and all(isinstance(one, str) for one in typed)):
            raise InputRefused(f"the value of {key!r} is neither a text, a number nor a list of names")
    return dict(value)


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise InputRefused(f"{name} is one text")
    return found


def _one_of(value: Mapping[str, Any], name: str, choices: Mapping[str, Any]) -> str | None:
    found = _text(value, name)
    if found is not None and found not in choices:
        raise InputRefused(f"{name} is one of {', '.join(choices)}, not {found!r}")
    return found
