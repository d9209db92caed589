"""What talk says, what of it may be carried, and questions across lines (spec 15.2 to 15.4)."""

from typing import Any

from vectors.second import cbor, event
from vectors.second.event import Event
from vectors.second.refusal import Refused, malformed

Place = tuple[bytes, bytes]
"""A line, and an event on it."""


def _id(value: Any) -> bool:
    return type(value) is bytes and len(value) == 32


def _saying(value: Any, most: int) -> str:
    if type(value) is not str or len(value) > most or not value.strip():
        raise malformed("it says nothing")
    return value


def says(kind: str, body: bytes) -> dict[str, Any] | None:
    """What a word or a carried word says (spec 15.2, 15.3).

    Args:
        kind: of the event.
        body: of the event.

    Returns:
        Its keys, each with a value; None if it is shown as an unknown kind.
    """
    try:
        said = cbor.decode(body)
        if type(said) is dict:
            return {"text": _text, "carried": _carried}[kind](said)
    except (Refused, KeyError):
        pass
    return None


def _text(said: dict[str, Any]) -> dict[str, Any] | None:
    if type(said.get("text")) is not str:
        return None
    mark = said.get("handling")
    return {
        "as": None,
        "text": said["text"],
        "handling": mark if type(mark) is int and mark in (1, 2, 3) else 0,
        "from": None,
        "question": said.get("question") is True,
        "answers": said["answers"] if _id(said.get("answers")) else None,
    }


def _carried(said: dict[str, Any]) -> dict[str, Any]:
    cbor.natural(said.get("v"), 2, 1)
    question, answers, named = said.get("question", False), said.get("answers"), said.get("from")
    if type(question) is not bool or not (answers is None or _id(answers)):
        raise malformed("a question or an answer")
    return {
        "as": cbor.natural(said.get("as"), 2),
        "text": _saying(said.get("text"), 61_440),
        "handling": cbor.natural(said.get("handling"), 4),
        "from": None if named is None else _saying(named, 200),
        "question": question,
        "answers": answers,
    }


def carry(kind: str, body: bytes, wish: dict[str, Any]) -> tuple[str, bytes]:
    """The event that carries a word as somebody wishes (spec 15.3).

    Args:
        kind: of the event that is carried.
        body: of it.
        wish: `as`, `words`, `handling`, `from`, `answers`.

    Returns:
        Kind and body of the new event.

    Raises:
        Refused: `carry-refused`, `input-refused`.
    """
    found = says(kind, body)
    if found is None:
        raise Refused("carry-refused", "no word")
    manner, words, named, mark = wish["as"], wish["words"], wish["from"], wish["handling"]
    if (words is None) != (manner == 0):
        raise Refused("input-refused", "words are missing, or too much")
    text = found["text"] if words is None else words
    if not text.strip():
        raise Refused("input-refused", "it says nothing")
    more = {"question": True} if found["question"] else {}
    if wish["answers"] is not None:
        more["answers"] = wish["answers"]
    if manner is None:
        if named is not None:
            raise Refused("carry-refused", "own words come from nobody")
        return "text", cbor.encode({"text": text, **({"handling": mark} if mark else {}), **more})
    allowed = found["handling"] >= 2 - manner and manner >= (found["as"] or 0) and mark <= found["handling"]
    if not allowed or (named is not None and found["handling"] < 3):
        raise Refused("carry-refused", "more than its mark allows")
    if named is not None:
        if not named.strip() or len(named) > 200:
            raise Refused("input-refused", "a name")
        more["from"] = named
    return "carried", cbor.encode({"v": 1, "as": manner, "text": text, "handling": mark, **more})


def questions(lines: list[tuple[bytes, int, list[bytes]]], origins: dict[Place, Place]) -> list[dict[str, Any]]:
    """The questions of a vault (spec 15.4).

    Args:
        lines: of each its id, the owner's role, and its events in any order.
        origins: where what was carried came from.

    Returns:
        What the files say of each.
    """
    asked: dict[Place, tuple[str, bool]] = {}
    answers: list[tuple[Place, bool, Place]] = []
    for line, role, raws in lines:
        for one in sorted(map(event.read, raws), key=lambda found: found.place):
            _told(line, one, one.author == role, asked, answers)

    def answered(place: Place) -> list[Place]:
        return [answer for answer, mine, to in answers if to == place and mine != asked[place][1]]

    found = []
    for place, (text, mine) in asked.items():
        if origins.get(place) in asked:
            continue
        copies = [copy for copy, origin in origins.items() if origin == place and copy in asked]
        there = [answer for copy in copies for answer in answered(copy)]
        back = answered(place)
        standing = "carried, still open" if copies else "still open"
        standing = "answered there, not brought back" if there else standing
        found.append(
            {
                "asked": place,
                "text": text,
                "mine": mine,
                "carried": copies,
                "answered_there": there,
                "answers": back,
                "standing": "answered" if back else standing,
            }
        )
    return found


def _told(line: bytes, one: Event, mine: bool, asked: dict[Place, Any], answers: list[Any]) -> None:  # noqa: FBT001
    said = says(one.kind, one.body)
    if said is None:
        return
    if said["question"]:
        asked[line, one.id] = said["text"], mine
    if said["answers"] is not None:
        answers.append(((line, one.id), mine, (line, said["answers"])))
