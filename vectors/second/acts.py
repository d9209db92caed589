"""The bodies of the table's events (spec 10.1, 10.2, 10.6.1)."""

from collections.abc import Callable
from typing import Any

from vectors.second import cbor
from vectors.second.refusal import malformed

MOST = 2**53 - 1
Body = dict[Any, Any]


def text(value: Any, most: int) -> str:
    """A text of limited length, perhaps empty.

    Args:
        value: what stands there.
        most: how many code points it may have.

    Returns:
        The text.

    Raises:
        Refused: `malformed`.
    """
    if not isinstance(value, str) or len(value) > most:
        raise malformed("no text of that length")
    return value


def words(value: Any, most: int) -> str:
    """A text that says something (spec 10.1.1).

    Args:
        value: what stands there.
        most: how many code points it may have.

    Returns:
        The text.

    Raises:
        Refused: `malformed`.
    """
    if text(value, most).isspace() or not value:
        raise malformed("a text that says nothing")
    return str(value)


def whole(value: Any) -> int:
    """A number that may be negative (spec 10.1.1).

    Args:
        value: what stands there.

    Returns:
        The number.

    Raises:
        Refused: `malformed`.
    """
    if not cbor.is_integer(value) or abs(value) > MOST:
        raise malformed("no number")
    return int(value)


def mapping(value: Any) -> Body:
    """A map (spec 1.1).

    Args:
        value: what stands there.

    Returns:
        The map.

    Raises:
        Refused: `malformed`.
    """
    if not isinstance(value, dict):
        raise malformed("no map")
    return value


def ascending(value: Any, size: int, most: int, least: int = 0) -> list[bytes]:
    """Ids, ascending, none twice (spec 10.2).

    Args:
        value: what stands there.
        size: of each id.
        most: how many there may be.
        least: how many there must be.

    Returns:
        The ids.

    Raises:
        Refused: `malformed`.
    """
    found = [cbor.octets(one, size) for one in cbor.items(value, most)]
    if found != sorted(set(found)) or len(found) < least:
        raise malformed("ids that do not ascend, or too few")
    return found


def issue(value: Any) -> Body:
    """An issue (spec 10.1.1).

    Args:
        value: what stands there.

    Returns:
        The same map, checked.

    Raises:
        Refused: `malformed`.
    """
    one = mapping(value)
    key = words(one.get("key"), 40)
    if any(sign.isspace() or sign in "=:,[]{}#" for sign in key):
        raise malformed("a sign in a key")
    title = mapping(one.get("title"))
    if not 1 <= len(title) <= 16:
        raise malformed("a title in no language, or in too many")
    for language, said in title.items():
        text(language, 35)
        words(said, 200)
    match one.get("type"):
        case "choice":
            options = [words(option, 200) for option in cbor.items(one.get("options"), 100)]
            if len(options) < 2 or len(set(options)) < len(options):
                raise malformed("options")
        case "range":
            least, most, step = (whole(one.get(name)) for name in ("least", "most", "step"))
            if not (least < most and 1 <= step <= most - least):
                raise malformed("a range")
            text(one.get("unit", ""), 40)
        case "names":
            if not 1 <= whole(one.get("most")) <= 1000:
                raise malformed("names")
        case "clause":
            pass
        case _:
            raise malformed("a type")
    return one


def value(held: Any) -> Any:
    """A value of a package (spec 10.2.1).

    Args:
        held: what stands there.

    Returns:
        The same.

    Raises:
        Refused: `malformed`.
    """
    if isinstance(held, list):
        names = [words(name, 200) for name in cbor.items(held, 1000)]
        if len(set(names)) < len(names):
            raise malformed("a name twice")
        return names
    return words(held, 8000) if isinstance(held, str) else whole(held)


def _propose(body: Body) -> Body:
    changes = cbor.items(body.get("changes"), 64)
    if not changes:
        raise malformed("no changes")
    for change in changes:
        do = mapping(change).get("do")
        if do not in ("add", "replace", "close"):
            raise malformed("a change")
        if do != "add":
            cbor.octets(change.get("version"), 8)
        if do != "close":
            issue(change.get("issue"))
    return {"changes": changes}


def _make(body: Body) -> Body:
    kind = cbor.natural(body.get("kind"), 3)
    handling = cbor.natural(body.get("handling", (0, 1, 3)[kind]), 4)
    if kind == 0 and handling:
        raise malformed("a feeler that may be carried")
    pairs = [cbor.items(pair, 2, 2) for pair in cbor.items(body.get("package"), 256)]
    ascending([pair[0] for pair in pairs], 8, 256, 1)
    until, replies_to = body.get("until"), body.get("replies_to")
    if until is not None:
        moment, zone = cbor.items(until, 2, 2)
        cbor.natural(moment, 2**53)
        if not cbor.is_integer(zone) or not -1440 < zone < 1440:
            raise malformed("a zone")
    return {
        "kind": kind,
        "package": {version: value(held) for version, held in pairs},
        "conditions": [words(one, 2000) for one in cbor.items(body.get("conditions", []), 32)],
        "until": until and until[0],
        "replies_to": replies_to if replies_to is None else cbor.octets(replies_to, 32),
    }


def _accept(body: Body) -> Body:
    some = body.get("versions")
    return {**_named("offer")(body), "versions": None if some is None else ascending(some, 8, 256, 1)}


def _settle(body: Body) -> Body:
    outcome = body.get("outcome")
    return {"outcome": outcome if outcome is None else cbor.octets(outcome, 32)}


def _clause(held: Any) -> tuple[int, bool]:
    number, spans = cbor.items(held, 2, 2)
    marks, said = [], ""
    for span in cbor.items(spans, 200):
        mark, piece = cbor.items(span, 2, 2)
        marks.append(cbor.natural(mark, 4))
        said += words(piece, 8000) if mark else text(piece, 8000)
        if not piece or marks[-2:] == [0, 0]:
            raise malformed("a span")
    words(said, 8000)
    return cbor.natural(number, 2**32), any(marks)


def _text(body: Body) -> Body:
    clauses = [_clause(one) for one in cbor.items(body.get("clauses"), 500)]
    if not clauses or len({number for number, _ in clauses}) < len(clauses):
        raise malformed("clauses")
    return {"clauses": clauses, "bases": ascending(body.get("bases", []), 32, 16)}


def _comment(body: Body) -> Body:
    clause = cbor.natural(body.get("clause"), 2**32)
    return {**_named("version")(body), "clause": clause, "text": words(body.get("text"), 4000)}


def _decide(body: Body) -> Body:
    if not isinstance(body.get("yes"), bool):
        raise malformed("neither yes nor no")
    return {**_named("version")(body), "yes": body["yes"]}


def _reject(body: Body) -> Body:
    text(body.get("reason", ""), 2000)
    return _named("offer")(body)


def _named(name: str) -> Callable[[Body], Body]:
    return lambda body: {name: cbor.octets(body.get(name), 32)}


READS: dict[str, Callable[[Body], Body]] = {
    "table.issue.propose": _propose,
    "table.issue.agree": _named("proposal"),
    "table.issue.decline": _named("proposal"),
    "table.offer.make": _make,
    "table.offer.accept": _accept,
    "table.offer.reject": _reject,
    "table.offer.withdraw": _named("offer"),
    "table.offer.settle": _settle,
    "table.text.propose": _text,
    "table.text.comment": _comment,
    "table.text.decide": _decide,
}


def read(kind: str, body: bytes) -> Body | None:
    """What the body of a table event says (spec 10.2).

    Args:
        kind: the event's.
        body: the event's.

    Returns:
        What counts of it, or None for an unknown kind.

    Raises:
        Refused: `malformed`.
    """
    if kind not in READS:
        return None
    held = mapping(cbor.decode(body))
    cbor.natural(held.get("v"), 2, 1)
    return READS[kind](held)
