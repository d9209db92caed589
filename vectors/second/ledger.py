"""Deals and promises, folded from events (spec 12.5, 12.6)."""

from typing import Any

from vectors.second import cbor, deal
from vectors.second.event import Event, read
from vectors.second.refusal import Refused, malformed

ENDS = {"confirmed", "waived", "replaced"}
ACTS = ("claim", "confirm", "dispute", "waive", "violate")
STEPS = {
    "claim": {"in effect": "claimed", "disputed": "claimed", "violated": "claimed"},
    "confirm": dict.fromkeys(("in effect", "claimed", "disputed", "violated"), "confirmed"),
    "waive": dict.fromkeys(("conditional", "in effect", "claimed", "disputed", "violated"), "waived"),
    "violate": {"in effect": "violated", "disputed": "violated"},
}
DISPUTES = {("claimed", False): "disputed", ("violated", True): "disputed"}
CROSSED = {("claim", "violated"), ("violate", "claimed")}


def saw(later: Event, earlier: Event) -> bool:
    """Whether the author had seen it, or wrote it (spec 12.5).

    Args:
        later: an event.
        earlier: another.

    Returns:
        Whether the author of `later` saw `earlier`.
    """
    return earlier.number <= (later.number if later.author == earlier.author else later.seen)


def due(terms: list[Any], event: Event) -> None:
    """Checks that nothing is due before an event (spec 12.5, 1).

    Args:
        terms: of the deal.
        event: whose clock counts.

    Raises:
        Refused: `terms-refused`.
    """
    for owed in terms[5]:
        ends = [owed[4], owed[9][1] if owed[9] else None]
        if any(one is not None and one[0] <= event.clock // 1000 for one in ends):
            raise Refused("terms-refused", "due before the deal")


def pairs(body: dict[str, Any]) -> list[list[Any]]:
    """The signatures of both sides in a body (spec 12.5).

    Args:
        body: with `signatures`.

    Returns:
        Role, public key and signature of each.

    Raises:
        Refused: `malformed`.
    """
    listed = body["signatures"]
    if len(listed) != 2 or any(type(one) is not list or len(one) != 2 for one in listed):
        raise malformed("signatures")
    for public, signature in listed:
        cbor.octets(public, deal.PUBLIC)
        cbor.octets(signature, deal.SIGNATURE)
    return [[role, *one] for role, one in enumerate(listed)]


class Promise:
    """A promise and what became of it (spec 12.6)."""

    def __init__(self, owed: list[Any], start: Event) -> None:
        self.owed, self.events = owed, [start]
        self.life = "conditional" if owed[6] else "in effect"
        self.since: int | None = None if owed[6] else start.clock

    @property
    def due(self) -> int | None:
        """When it is due, in milliseconds."""
        due, within, truce = self.owed[4], self.owed[5], self.owed[9]
        ends = [one[0] * 1000 for one in (due, truce[1] if truce else None) if one is not None]
        if self.since is None:
            return None
        return min([*ends, *([self.since + within * 1000] if within is not None else [])], default=None)

    def say(self, event: Event, act: str) -> None:
        """Takes what was said of it.

        Args:
            event: the event.
            act: what it says.
        """
        owes = event.author == self.owed[1]
        after = STEPS[act].get(self.life) if act != "dispute" else DISPUTES.get((self.life, owes))
        if not saw(event, self.events[-1]) and (act, self.life) in CROSSED and owes == (act == "claim"):
            after = "disputed"
        if act == "dispute" and after is None and (self.life, not owes) in DISPUTES:
            raise Refused("not-yours", "for the other side")
        if act != "dispute" and owes != (act == "claim"):
            raise Refused("not-yours", "for the other side")
        if after is None:
            raise Refused("move-refused", f"{act} on {self.life}")
        if after == "violated":
            truce = self.owed[9]
            early = event.clock < truce[0][0] * 1000 if truce else self.due is not None and event.clock <= self.due
            if early:
                raise Refused("move-refused", "not yet")
        self.life = after
        self.events.append(event)


class Ledger:
    """Everything agreed on a line (spec 12.5)."""

    def __init__(self, line: bytes) -> None:
        self.line = line
        self.deals: dict[bytes, dict[str, Any]] = {}
        self.promises: dict[tuple[bytes, str], Promise] = {}
        self.ignored: list[list[Any]] = []

    def take(self, event: Event) -> None:
        """Takes an event; what does not follow is ignored.

        Args:
            event: in the order of 4.3.
        """
        kind, _, what = event.kind.partition(".")
        try:
            if kind == "deal" and what in ("propose", "sign", "withdraw", "uphold", "witness", "release"):
                getattr(self, f"_{what}")(event, self._body(event))
            elif kind == "promise" and what in ACTS:
                self._said(event, self._body(event), what)
        except Refused as error:
            self.ignored.append([event.id, error.code])

    def _body(self, event: Event) -> dict[str, Any]:
        body = cbor.decode(event.body)
        if type(body) is not dict:
            raise malformed("no map")
        wanted: dict[str, type] = {"deal": bytes}
        match event.kind:
            case "deal.propose":
                wanted = {"terms": bytes, "languages": list}
            case "deal.sign":
                wanted |= {"public": bytes, "signature": bytes}
            case "deal.witness":
                wanted |= {"name": str, "capacity": str, "public": bytes, "signature": bytes}
            case "deal.release":
                wanted |= {"signatures": list, "name": str, "public": bytes, "signature": bytes}
            case kind if kind.startswith("promise"):
                wanted |= {"promise": str, "statement": str, "evidence": list}
        if any(type(body.get(key)) is not kind for key, kind in wanted.items()):
            raise malformed("a body of another form")
        return body

    def _deal(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["deal"] not in self.deals:
            raise Refused("deal-refused", "nobody proposed it")
        return self.deals[body["deal"]]

    def _propose(self, event: Event, body: dict[str, Any]) -> None:
        terms = deal.read_terms(body["terms"])
        languages = [one for one in deal.LANGUAGES if one in body["languages"]]
        if not languages or len(languages) != len(body["languages"]):
            raise Refused("terms-refused", "languages")
        signed = deal.deal_hash(body["terms"], languages)
        if signed in self.deals or terms[2] != self.line:
            raise Refused("deal-refused", "proposed before, or on another line")
        due(terms, event)
        self._amended(terms)
        self.deals[signed] = {
            "terms": terms, "status": "proposed", "proposed": event, "signed": {}, "withdrawn": None, "witnessed": [],
            "released": [],
        }  # fmt: skip

    def _amended(self, terms: list[Any]) -> None:
        if terms[6] is not None and self._deal({"deal": terms[6]})["status"] != "in force":
            raise Refused("deal-refused", "what it amends is not in force")

    def _sign(self, event: Event, body: dict[str, Any]) -> None:
        found = self._deal(body)
        crossed = found["withdrawn"] is not None and not saw(event, found["withdrawn"])
        if event.author in found["signed"] or (found["status"] not in ("proposed", "half signed") and not crossed):
            raise Refused("deal-refused", found["status"])
        due(found["terms"], event)
        if len(body["public"]) != deal.PUBLIC or len(body["signature"]) != deal.SIGNATURE:
            raise malformed("size")
        deal.check_side(body["deal"], event.author, body["public"], body["signature"])
        if any(other[1] == body["public"] for other in found["signed"].values()):
            raise Refused("signature-refused", "one key")
        whole = len(found["signed"]) == 1
        if whole and not crossed:
            self._amended(found["terms"])
        found["signed"][event.author] = event, body["public"], body["signature"]
        if whole:
            if crossed:
                found["status"] = "contested"
            else:
                self._force(event, body["deal"])
        elif not crossed:
            found["status"] = "half signed"

    def _force(self, event: Event, signed: bytes) -> None:
        terms = self.deals[signed]["terms"]
        if terms[6] is not None:
            self.deals[terms[6]]["status"] = "amended"
            for (owner, _), promise in self.promises.items():
                if owner == terms[6] and promise.life not in ENDS:
                    promise.life = "replaced"
        self.deals[signed]["status"] = "in force"
        for owed in terms[5]:
            self.promises[signed, owed[0]] = Promise(owed, event)

    def _withdraw(self, event: Event, body: dict[str, Any]) -> None:
        found = self._deal(body)
        status, before = found["status"], found["withdrawn"]
        mine = {key: one for key, one in self.promises.items() if key[0] == body["deal"]}
        if status == "contested" and before.author != event.author:
            found["status"] = "withdrawn"
        elif status in ("proposed", "half signed"):
            found |= {"status": "withdrawn", "withdrawn": event}
        elif (
            status == "in force"
            and not any(saw(event, one) for one in found["released"] or [self._last(found)])
            and all(len(one.events) == 1 for one in mine.values())
        ):
            found |= {"status": "contested", "withdrawn": event}
            for key in mine:
                del self.promises[key]
        else:
            raise Refused("deal-refused", status)

    def _last(self, found: dict[str, Any]) -> Event:
        signed: list[Event] = [one[0] for one in found["signed"].values()]
        return max(signed, key=lambda one: one.place)

    def _uphold(self, event: Event, body: dict[str, Any]) -> None:
        found = self._deal(body)
        if found["status"] != "contested" or found["withdrawn"].author != event.author:
            raise Refused("deal-refused", found["status"])
        self._amended(found["terms"])
        found["withdrawn"] = None
        self._force(event, body["deal"])

    def _witness(self, event: Event, body: dict[str, Any]) -> None:
        found = self._deal(body)
        if found["status"] != "in force":
            raise Refused("deal-refused", found["status"])
        sides = [[role, *found["signed"][role][1:]] for role in (0, 1)]
        used = [side[1] for side in sides] + [public for _, public in found["witnessed"]]
        if body["public"] in used or len(found["witnessed"]) >= 16:
            raise Refused("signature-refused", "one key twice")
        deal.check_witness(body["deal"], sides, body)
        found["witnessed"].append((event, body["public"]))

    def _release(self, event: Event, body: dict[str, Any]) -> None:
        both, found = pairs(body), self._deal(body)
        mine = body["name"], body["public"], body["signature"]
        if len(mine[1]) != deal.PUBLIC or len(mine[2]) != deal.SIGNATURE:
            raise malformed("size")
        deal.check_release(body, both)
        if found["released"]:
            if found["brought"] != (both, mine):
                raise Refused("deal-refused", "others were released")
            found["released"].append(event)
            return
        let_go = found["status"] == "withdrawn" and len(found["signed"]) == 2
        if let_go or found["status"] not in ("proposed", "half signed", "withdrawn"):
            raise Refused("deal-refused", found["status"])
        due(found["terms"], event)
        if found["status"] != "withdrawn":
            self._amended(found["terms"])
        found["signed"] = {role: (event, public, signature) for role, public, signature in both}
        found |= {"released": [event], "brought": (both, mine), "witnessed": [(event, body["public"])]}
        if found["status"] == "withdrawn":
            found["status"] = "contested"
        else:
            self._force(event, body["deal"])

    def _said(self, event: Event, body: dict[str, Any], act: str) -> None:
        found = self._deal(body)
        key = body["deal"], body["promise"]
        if found["status"] not in ("in force", "amended") or key not in self.promises:
            raise Refused("deal-refused", "no such promise")
        promise = self.promises[key]
        promise.say(event, act)
        if promise.life in ("confirmed", "waived"):
            for (owner, _), other in self.promises.items():
                if owner == body["deal"] and other.owed[6] == body["promise"] and other.life == "conditional":
                    other.life, other.since = "in effect", event.clock

    def shown(self) -> dict[str, Any]:
        """What vectors show of it.

        Returns:
            Deals, promises, and what was ignored.
        """
        return {
            "deals": [
                {
                    "deal": signed,
                    "status": one["status"],
                    "proposed": one["proposed"].id,
                    "signed": [one["signed"][role][0].id for role in (0, 1) if role in one["signed"]],
                    "withdrawn": one["withdrawn"].id if one["withdrawn"] else None,
                    "witnessed": [event.id for event, _ in one["witnessed"]],
                }
                for signed, one in self.deals.items()
            ],
            "promises": [
                {
                    "promise": name,
                    "life": one.life,
                    "since": one.since,
                    "due": one.due,
                    "events": [event.id for event in one.events],
                }
                for (_, name), one in self.promises.items()
            ],
            "ignored": self.ignored,
        }


def folded(line: bytes, raws: list[bytes]) -> dict[str, Any]:
    """What events of a line come to (spec 12.5).

    Args:
        line: the line of the terms.
        raws: the events, in any order.

    Returns:
        As vectors show it.
    """
    ledger = Ledger(line)
    for event in sorted((read(raw) for raw in raws), key=lambda one: one.place):
        ledger.take(event)
    return ledger.shown()
