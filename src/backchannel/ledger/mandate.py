"""Mandates: what a principal lets a go-between agree without asking, and what a principal signed off (spec 15.5).

    mandate             {"v": 1, "limits": {KEY: {"least": n, "most": n, "options": [T, ...]}, ...},
                         "until": [moment, zone] | null, "binding": B, "words": T}
    mandate.withdraw    {"v": 1, "mandate": E}
    signoff             {"v": 1, "of": H, "words": T}
    signoff.withdraw    {"v": 1, "of": H}

Every key of a limit may be absent; a limit without any allows every value. An issue without a limit is not for the
go-between to settle. The last mandate on a line that was not withdrawn holds, and none before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from backchannel.crypto.suite import digest
from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.table.acts import Until
from backchannel.table.issue import LARGEST, LONGEST_KEY, LONGEST_OPTION, MOST_NAMES, Value, number, said
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import items, sized, text, whole

GIVE: Final = "mandate"
WITHDRAW: Final = "mandate.withdraw"
SIGNOFF: Final = "signoff"
SIGNOFF_WITHDRAW: Final = "signoff.withdraw"
KINDS: Final = frozenset({GIVE, WITHDRAW, SIGNOFF, SIGNOFF_WITHDRAW})
VERSION: Final = 1
MOST_LIMITS: Final = 256
LONGEST_WORDS: Final = 4000
HASH: Final = 32


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be agreed for one issue.

    Attributes:
        least: the smallest number, or number of names; None is no bound.
        most: the largest.
        options: the options, names or texts that are allowed; None is all.
    """

    least: int | None = None
    most: int | None = None
    options: tuple[str, ...] | None = None

    def allows(self, value: Value) -> bool:
        """Say whether a value is within it."""
        size = len(value) if isinstance(value, tuple) else value
        if isinstance(size, int):
            least, most = -LARGEST if self.least is None else self.least, LARGEST if self.most is None else self.most
            if not least <= size <= most:
                return False
        elif self.least is not None or self.most is not None:
            return False  # a text has no size that was meant
        named = value if isinstance(value, tuple) else () if isinstance(value, int) else (value,)
        if isinstance(value, int):
            return self.options is None
        return self.options is None or all(name in self.options for name in named)


@dataclass(frozen=True, slots=True)
class Mandate:
    """What a principal lets a go-between agree.

    Attributes:
        limits: by the key of an issue.
        until: its end; None is until it is withdrawn.
        binding: whether the go-between may bind the principal.
        words: what else the principal says of it.
    """

    limits: Mapping[str, Limit]
    until: Until | None = None
    binding: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A mandate is taken back; `mandate` is the event that gave it."""

    mandate: bytes


@dataclass(frozen=True, slots=True)
class Signoff:
    """A principal agrees to a deal, a package or a text; `of` is its hash."""

    of: bytes
    words: str = ""


@dataclass(frozen=True, slots=True)
class SignoffWithdrawn:
    """A principal no longer agrees to what they signed off; what was bound before stays bound."""

    of: bytes


Body: TypeAlias = Mandate | Withdrawn | Signoff | SignoffWithdrawn


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate that was given on a line.

    Attributes:
        event: that gave it.
        mandate: what it allows.
        withdrawn: whether it was taken back.
        replaced: whether a later one took its place.
    """

    event: Event
    mandate: Mandate
    withdrawn: bool = False
    replaced: bool = False

    def holds(self, now: int) -> bool:
        """Say whether it is in force at a time, in milliseconds since 1970."""
        over = self.mandate.until is not None and self.mandate.until.moment <= now
        return not (self.withdrawn or self.replaced or over)


def write_body(body: Body) -> tuple[str, bytes]:
    """Return the kind and the body of an event."""
    match body:
        case Mandate():
            until = None if body.until is None else [body.until.moment, body.until.zone]
            limits = {key: _limit_value(limit) for key, limit in body.limits.items()}
            made = {"limits": limits, "until": until, "binding": body.binding, "words": body.words}
            return GIVE, encode({"v": VERSION, **made})
        case Withdrawn(mandate):
            return WITHDRAW, encode({"v": VERSION, "mandate": mandate})
        case Signoff(of, words):
            return SIGNOFF, encode({"v": VERSION, "of": of, "words": words})
        case SignoffWithdrawn(of):
            return SIGNOFF_WITHDRAW, encode({"v": VERSION, "of": of})


def read_body(kind: str, raw: bytes) -> Body:
    """Return what an event of one of `KINDS` says.

    Raises:
        Malformed: the body has another form.
    """
    value = decode(raw)
    if type(value) is not dict or type(value.get("v")) is not int or value["v"] != VERSION:
        raise Malformed("mandate")
    if kind == WITHDRAW:
        return Withdrawn(sized(value.get("mandate"), HASH, "mandate"))
    if kind == SIGNOFF_WITHDRAW:
        return SignoffWithdrawn(sized(value.get("of"), HASH, "hash"))
    words = text(value.get("words", ""), "words", longest=LONGEST_WORDS)
    if kind == SIGNOFF:
        return Signoff(sized(value.get("of"), HASH, "hash"), words)
    limits, until, binding = value.get("limits"), value.get("until"), value.get("binding")
    if type(limits) is not dict or not 1 <= len(limits) <= MOST_LIMITS or type(binding) is not bool:
        raise Malformed("mandate")
    found = {said(key, "an issue", longest=LONGEST_KEY): _limit(limit) for key, limit in limits.items()}
    return Mandate(found, None if until is None else _until(until), binding, words)


def given(events: Iterable[Event], author: int) -> tuple[Given, ...]:
    """Return the mandates that an author gave on a line, in the one order.

    Args:
        events: of the line, in the one order; others than mandates are passed over.
        author: 0 is the inviter, 1 the joiner.
    """
    found: dict[bytes, Given] = {}
    for event in events:
        body = _body_of(event)
        if event.author != author:
            continue
        if isinstance(body, Mandate):
            found = {key: Given(one.event, one.mandate, one.withdrawn, replaced=True) for key, one in found.items()}
            found[event.id] = Given(event, body)
        elif isinstance(body, Withdrawn) and body.mandate in found:
            one = found[body.mandate]
            found[body.mandate] = Given(one.event, one.mandate, withdrawn=True, replaced=one.replaced)
    return tuple(found.values())


def signoffs(events: Iterable[Event], of: bytes | None = None) -> tuple[tuple[Event, Signoff], ...]:
    """Return the sign-offs among events that were not withdrawn, or those of one hash.

    Args:
        events: of the line, in the one order; others than sign-offs are passed over.
        of: the hash; None is every one.
    """
    found: list[tuple[Event, Signoff]] = []
    for event in events:
        body = _body_of(event)
        if isinstance(body, Signoff) and of in (None, body.of):
            found.append((event, body))
        elif isinstance(body, SignoffWithdrawn):
            found = [(said, one) for said, one in found if (said.author, one.of) != (event.author, body.of)]
    return tuple(found)


def exceeds(mandate: Mandate | None, package: Mapping[str, Value]) -> tuple[str, ...]:
    """Return what of a binding package goes beyond a mandate, in words; nothing where it is within.

    Args:
        mandate: the one in force; None where there is none.
        package: by the keys of issues.
    """
    if mandate is None:
        return ("no mandate is in force",)
    beyond = [] if mandate.binding else ["the mandate does not allow to bind"]
    for key, value in package.items():
        if key not in mandate.limits:
            beyond.append(f"{key} is not in the mandate")
        elif not mandate.limits[key].allows(value):
            beyond.append(f"{key}: {limit_words(mandate.limits[key])}")
    return tuple(beyond)


def package_hash(package: Mapping[str, Value]) -> bytes:
    """Return the 32 bytes that stand for a package, on whichever line (spec 15.5.3)."""
    rows = [[key, list(value) if isinstance(value, tuple) else value] for key, value in sorted(package.items())]
    return digest("package", rows)


def text_hash(clauses: Iterable[str]) -> bytes:
    """Return the 32 bytes that stand for a text without brackets, on whichever line (spec 15.5.3).

    Args:
        clauses: the words of each clause, in their order.
    """
    return digest("text", list(clauses))


def limit_words(limit: Limit) -> str:
    """Return a limit for people."""
    parts = [
        *([] if limit.least is None else [f"at least {limit.least}"]),
        *([] if limit.most is None else [f"at most {limit.most}"]),
        *([] if limit.options is None else [f"only {' | '.join(limit.options)}"]),
    ]
    return ", ".join(parts) or "anything"


def _body_of(event: Event) -> Body | None:
    if event.kind not in KINDS:
        return None
    try:
        return read_body(event.kind, event.body)
    except Malformed:
        return None


def _limit_value(limit: Limit) -> dict[str, Any]:
    options = None if limit.options is None else list(limit.options)
    made = {"least": limit.least, "most": limit.most, "options": options}
    return {key: value for key, value in made.items() if value is not None}


def _limit(value: Any) -> Limit:
    if type(value) is not dict:
        raise Malformed("a limit")
    least, most = (None if name not in value else number(value[name], name) for name in ("least", "most"))
    if least is not None and most is not None and least > most:
        raise Malformed("a limit that allows nothing: least is above most")
    if "options" not in value:
        return Limit(least, most)
    options = items(value["options"], "options", most=MOST_NAMES)
    allowed = tuple(said(one, "an option", longest=LONGEST_OPTION) for one in options)
    if not allowed or len(set(allowed)) != len(allowed):
        raise Malformed("options that are none, or stand twice")
    return Limit(least, most, allowed)


def _until(value: Any) -> Until:
    if type(value) is not list or len(value) != 2 or type(value[1]) is not int or not -1440 < value[1] < 1440:
        raise Malformed("until")
    return Until(whole(value[0], "until", below=2**53), value[1])
