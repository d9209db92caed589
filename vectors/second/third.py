"""A line with a third party: deals shown, witnessed, deposited, released (spec 12.10 to 12.12)."""

from typing import Any

from vectors.second import cbor, deal
from vectors.second.event import Event, read
from vectors.second.ledger import due, pairs, saw
from vectors.second.refusal import Refused, malformed

WANTED: dict[str, dict[str, type]] = {
    "third.show": {"terms": bytes, "languages": list, "signatures": list},
    "third.witness": {"deal": bytes, "name": str, "capacity": str, "public": bytes, "signature": bytes},
    "third.deposit": {"terms": bytes, "languages": list, "role": int, "public": bytes, "signature": bytes},
    "third.take-back": {"deal": bytes},
    "third.release": {"deal": bytes, "signatures": list, "name": str, "public": bytes, "signature": bytes},
}
"""Which keys a body has, and of what type (spec 12.10)."""


def body_of(event: Event) -> dict[str, Any]:
    """The body of an event, as far as its form goes (spec 12.10).

    Args:
        event: of one of the kinds.

    Returns:
        The map.

    Raises:
        Refused: `malformed`.
    """
    body = cbor.decode(event.body)
    if type(body) is not dict:
        raise malformed("no map")
    if any(type(body.get(key)) is not kind for key, kind in WANTED[event.kind].items()):
        raise malformed("a body of another form")
    return body


def hash_of(body: dict[str, Any]) -> tuple[list[Any], bytes]:
    """The terms of a body, and the hash that they have in its languages (spec 12.2).

    Args:
        body: with `terms` and `languages`.

    Returns:
        Terms and hash.

    Raises:
        Refused: `malformed` or `terms-refused`.
    """
    terms = deal.read_terms(body["terms"])
    languages = [one for one in deal.LANGUAGES if one in body["languages"]]
    if not languages or len(languages) != len(body["languages"]):
        raise Refused("terms-refused", "languages")
    return terms, deal.deal_hash(body["terms"], languages)


class Line:
    """What a line with a third party has."""

    def __init__(self) -> None:
        self.copies: dict[tuple[int, bytes], dict[str, Any]] = {}
        self.deposits: list[dict[str, Any]] = []
        self.ignored: list[list[Any]] = []

    def take(self, event: Event) -> None:
        """Takes an event; what does not follow is ignored.

        Args:
            event: in the order of 4.3.
        """
        if event.kind not in WANTED:
            return
        try:
            getattr(self, "_" + event.kind[6:].replace("-", "_"))(event, body_of(event))
        except Refused as error:
            self.ignored.append([event.id, error.code])

    def _show(self, event: Event, body: dict[str, Any]) -> None:
        both = pairs(body) if body["signatures"] else []
        _, signed = hash_of(body)
        deal.check_both(signed, both)
        before = self.copies.get((event.author, signed))
        if before is not None and (before["both"] or not both):
            raise Refused("deal-refused", "shown before")
        self.copies[event.author, signed] = {"event": event, "both": both, "witnessed": []}

    def _witness(self, event: Event, body: dict[str, Any]) -> None:
        found = self.copies.get((1 - event.author, body["deal"]))
        if found is None:
            raise Refused("deal-refused", "not shown")
        if not found["both"]:
            raise Refused("deal-void", "shown without both signatures")
        used = [side[1] for side in found["both"]] + [public for _, public in found["witnessed"]]
        if body["public"] in used or len(found["witnessed"]) >= 16:
            raise Refused("signature-refused", "one key twice")
        deal.check_witness(body["deal"], found["both"], body)
        found["witnessed"].append((event, body["public"]))

    def _of(self, signed: bytes) -> list[dict[str, Any]]:
        return [one for one in self.deposits if one["deal"] == signed]

    def _deposit(self, event: Event, body: dict[str, Any]) -> None:
        if body["role"] not in (0, 1):
            raise malformed("role")
        terms, signed = hash_of(body)
        for one in self._of(signed):
            if one["holding"] != "taken back" or (one["event"].author, one["role"]) != (event.author, body["role"]):
                raise Refused("deal-refused", one["holding"])
        if any(one["public"] == body["public"] for one in self._of(signed)):
            raise Refused("signature-refused", "a key that was taken back")
        due(terms, event)
        deal.check_side(signed, body["role"], body["public"], body["signature"])
        self.deposits.append(
            {
                "deal": signed, "role": body["role"], "public": body["public"], "signature": body["signature"],
                "event": event, "holding": "held", "taken_back": None, "released": None,
            }
        )  # fmt: skip

    def _take_back(self, event: Event, body: dict[str, Any]) -> None:
        if not self._of(body["deal"]) or self._of(body["deal"])[-1]["event"].author != event.author:
            raise Refused("deal-refused", "not deposited by this end")
        one = self._of(body["deal"])[-1]
        if one["holding"] == "held":
            one |= {"holding": "taken back", "taken_back": event}
        elif one["holding"] == "released" and not saw(event, one["released"]):
            one |= {"holding": "crossed", "taken_back": event}
        else:
            raise Refused("deal-refused", one["holding"])

    def _release(self, event: Event, body: dict[str, Any]) -> None:
        both = pairs(body)
        found = [one for one in self._of(body["deal"]) if [one["role"], one["public"], one["signature"]] in both]
        if not found or found[0]["event"].author == event.author or found[0]["released"] is not None:
            raise Refused("deal-refused", "not deposited here by the other end, or released before")
        deal.check_release(body, both)
        back = found[0]["taken_back"]
        holding = "released" if back is None else "broken" if saw(event, back) else "crossed"
        found[0] |= {"holding": holding, "released": event}

    def shown(self) -> dict[str, Any]:
        """What vectors show of it.

        Returns:
            Copies, deposits, and what was ignored.
        """

        def at(event: Event | None) -> bytes | None:
            return None if event is None else event.id

        return {
            "copies": [
                {
                    "by": author,
                    "deal": signed,
                    "shown": one["event"].id,
                    "signed": bool(one["both"]),
                    "witnessed": [event.id for event, _ in one["witnessed"]],
                }
                for (author, signed), one in self.copies.items()
            ],
            "deposits": [
                {
                    "deal": one["deal"],
                    "role": one["role"],
                    "deposited": one["event"].id,
                    "holding": one["holding"],
                    "taken_back": at(one["taken_back"]),
                    "released": at(one["released"]),
                }
                for one in self.deposits
            ],
            "ignored": self.ignored,
        }


def folded(raws: list[bytes]) -> dict[str, Any]:
    """What events of a line with a third party come to (spec 12.10).

    Args:
        raws: the events, in any order.

    Returns:
        As vectors show it.
    """
    line = Line()
    for event in sorted((read(raw) for raw in raws), key=lambda one: one.place):
        line.take(event)
    return line.shown()
