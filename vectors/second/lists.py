"""Lists of names: folded, and folded from events (spec 12.7, 12.8)."""

import unicodedata
from typing import Any

from vectors.second import cbor, event, sealing
from vectors.second.event import Event
from vectors.second.ledger import saw
from vectors.second.refusal import Refused, malformed

GONE = set("ـء'’‘`´ʼʾʿ׳״\"“”„ʻˈ.·")
# each letter, and what it becomes
PAIRS = "ٱا أا إا آا ىي یي ؤو ئي ةه ۀه ہه کك ڪك ګك ڤف پب چج گج ךכ םמ ןנ ףפ ץצ øo đd łl ıi"
LETTERS = {pair[0]: pair[1:] for pair in (*PAIRS.split(), "װוו", "ױוי", "ײיי", "æae", "œoe", "þth", "ðd")}
NEXT = {
    "proposed": "agreed|vetoed|substituted",
    "vetoed": "proposed|substituted",
    "agreed": "proposed|substituted|identity checked",
    "identity checked": "proof of life|medical check|in custody of the carrier",
    "proof of life": "medical check|in custody of the carrier",
    "medical check": "in custody of the carrier",
    "in custody of the carrier": "handed over|medical check",
    "handed over": "confirmed",
    "confirmed": "family told",
}
CHOOSING = {"proposed", "vetoed", "agreed", "substituted"}
STAGES = {*NEXT, "substituted", "family told"}
RECEIVING = {"confirmed", "family told"}


def fold(text: str) -> str:
    """The folded form of a name (spec 12.7).

    Args:
        text: as it was written.

    Returns:
        The form by which names are the same.
    """
    out = ""
    for letter in unicodedata.normalize("NFKD", text).casefold():
        kind = unicodedata.category(letter)
        if letter in GONE or (kind in ("Mn", "Me", "Cf", "Cc") and not letter.isspace()):
            continue
        if kind == "Nd":
            out += str(unicodedata.digit(letter))
        else:
            out += LETTERS.get(letter, letter) if kind.startswith("L") else " "
    return " ".join(unicodedata.normalize("NFKC", out).split())


def made_key(name: str, born: str) -> str:
    """The key of a row that brings none (spec 12.7).

    Args:
        name: as it was written.
        born: as it was written.

    Returns:
        16 hexadecimal digits.
    """
    return sealing.digest("name list row", fold(name), fold(born))[:8].hex()


def _text(value: Any, most: int) -> str:
    if type(value) is not str or len(value) > most:
        raise malformed("no text")
    return value


def _items(value: Any, most: int) -> list[Any]:
    if type(value) is not list or len(value) > most:
        raise malformed("no list")
    return value


def _row(value: Any) -> list[str]:
    if len(_items(value, 5)) != 5:
        raise malformed("a row")
    return [_text(cell, 500) for cell in value]


def _limit(value: Any) -> list[Any]:
    if len(_items(value, 3)) != 3:
        raise malformed("a limit")
    category, least, most = value
    return [
        _text(category, 500),
        cbor.natural(least, 2**32),
        None if most is None else cbor.natural(most, 2**32),
    ]


def read(kind: str, raw: bytes) -> dict[str, Any]:
    """The body of an event of lists (spec 12.8).

    Args:
        kind: of the event.
        raw: its body.

    Returns:
        The keys that are known.

    Raises:
        Refused: `malformed`.
    """
    said = cbor.decode(raw)
    if type(said) is not dict:
        raise malformed("no map")
    body: dict[str, Any] = {"list": _text(said.get("list"), 200)}
    match kind:
        case "list.open":
            limits = [_limit(one) for one in _items(said.get("limits"), 100)]
            return body | {"giver": cbor.natural(said.get("giver"), 2), "limits": limits}
        case "list.propose":
            return body | {"rows": [_row(one) for one in _items(said.get("rows"), 5_000)]}
        case "list.substitute":
            return body | {"key": _text(said.get("key"), 500), "row": _row(said.get("row"))}
        case "list.move":
            keys = [_text(one, 500) for one in _items(said.get("keys"), 5_000)]
            if type(said.get("stage")) is not str or said["stage"] not in STAGES:
                raise malformed("a stage")
            return body | {"keys": keys, "stage": said["stage"]}
    return body | {"hash": cbor.octets(said.get("hash"), 32)}


class Row:
    """A row, where it stands, and who said so."""

    def __init__(self, cells: list[str], by: Event) -> None:
        self.cells, self.proposed_by, self.last = cells, by.author, by
        self.stage, self.replaced_by = "proposed", ""

    @property
    def goes(self) -> bool:
        """Whether it counts as one that goes."""
        return self.stage not in ("proposed", "vetoed", "substituted")


class List:
    """A list (spec 12.8)."""

    def __init__(self, giver: int, limits: list[list[Any]]) -> None:
        self.giver, self.limits = giver, limits
        self.rows: dict[str, Row] = {}
        self.closed: list[bytes | None] = [None, None]
        self.frozen = False

    @property
    def hash(self) -> bytes:
        """Who goes (spec 12.7)."""
        return sealing.digest("name list", [row.cells[:4] for row in self.rows.values() if row.goes])

    def _open(self) -> None:
        if self.frozen:
            raise Refused("list-frozen", "it is closed")

    def _row(self, key: str) -> Row:
        if key not in self.rows:
            raise Refused("list-refused", "no such row")
        return self.rows[key]

    def _changed(self) -> None:
        if not self.frozen:
            self.closed = [None, None]

    def propose(self, by: Event, rows: list[list[str]], besides: str | None = None) -> None:
        """Takes rows, all or none; `besides` is the row that goes for them."""
        self._open()
        if any(not key or not fold(name) for key, name, *_ in rows):
            raise Refused("list-refused", "nobody is unnamed")
        there = [row for key, row in self.rows.items() if row.stage != "substituted" and key != besides]
        people = [(fold(cells[1]), fold(cells[3])) for cells in (*(row.cells for row in there), *rows)]
        keys = [*self.rows, *(cells[0] for cells in rows)]
        if len(set(people)) < len(people) or len(set(keys)) < len(keys):
            raise Refused("list-refused", "nobody is on it twice")
        self.rows |= {cells[0]: Row(cells, by) for cells in rows}
        self._changed()

    def substitute(self, by: Event, key: str, other: list[str]) -> None:
        """Puts another row in the place of one."""
        self._open()
        row = self._row(key)
        if "substituted" not in NEXT.get(row.stage, "").split("|"):
            raise Refused("move-refused", "it was substituted before")
        self.propose(by, [other], besides=key)
        row.stage, row.replaced_by, row.last = "substituted", other[0], by

    def move(self, by: Event, keys: list[str], stage: str) -> None:
        """Moves rows, all or none (spec 12.8, 2 to 5)."""
        if not keys or len(set(keys)) < len(keys):
            raise Refused("list-refused", "each row once")
        before = {key: self.rows[key].stage for key in keys if key in self.rows}
        for key, was in before.items():
            if (was, stage) == ("agreed", "vetoed") and not saw(by, self.rows[key].last):
                before[key] = "proposed"
            else:
                self._may(by, self.rows[key], stage)
        if stage not in CHOOSING and len(before) < len(keys):
            self._teller(by, stage)
        if "proposed" in before.values() and any(self.rows[key].stage == "agreed" for key in before):
            self._open()
        for key in keys:
            self._row(key)
            if stage == "substituted" or stage not in NEXT.get(before[key], "").split("|"):
                raise Refused("move-refused", f"{stage} on {before[key]}")
        if stage in CHOOSING:
            self._open()
        elif not self.frozen:
            raise Refused("move-refused", "it is not closed yet")
        if stage == "agreed":
            self._within([self.rows[key] for key in keys], leasts=False)
        for key in keys:
            self.rows[key].stage, self.rows[key].last = stage, by
        self._changed()

    def _may(self, by: Event, row: Row, stage: str) -> None:
        agrees_to_own = stage == "agreed" and row.proposed_by == by.author
        lifts_anothers = (row.stage, stage) == ("vetoed", "proposed") and row.last.author != by.author
        if agrees_to_own or lifts_anothers:
            raise Refused("not-yours", "for the other side")
        if stage not in CHOOSING:
            self._teller(by, stage)

    def _teller(self, by: Event, stage: str) -> None:
        if by.author != (1 - self.giver if stage in RECEIVING else self.giver):
            raise Refused("not-yours", "for the other side")

    def _within(self, more: list[Row], *, leasts: bool) -> None:
        going = [row for row in self.rows.values() if row.goes or row in more]
        for category, least, most in self.limits:
            count = sum(not category or row.cells[2] == category for row in going)
            if (most is not None and count > most) or (leasts and count < least):
                raise Refused("limit-broken", category)

    def freeze(self, by: Event, listed: bytes) -> None:
        """A side closes it (spec 12.8, 5)."""
        self._open()
        if any(row.stage == "proposed" for row in self.rows.values()):
            raise Refused("move-refused", "rows are only proposed")
        self._within([], leasts=True)
        if listed != self.hash:
            raise Refused("move-refused", "another hash")
        self.closed[by.author] = listed
        self.frozen = self.closed == [listed, listed]

    def shown(self) -> dict[str, Any]:
        """As it stands in the files."""
        rows = self.rows.values()
        return {
            "giver": self.giver,
            "limits": self.limits,
            "rows": [[*row.cells, row.stage, row.replaced_by] for row in rows],
            "proposed_by": [row.proposed_by for row in rows],
            "last": [row.last.id[:8] for row in rows],
            "closed": self.closed,
            "frozen": self.frozen,
            "hash": self.hash,
        }


def _take(lists: dict[str, List], one: Event) -> None:
    body = read(one.kind, one.body)
    name = body["list"]
    if one.kind == "list.open":
        if (
            name in lists
            or not name.strip()
            or any(limit[2] is not None and limit[2] < limit[1] for limit in body["limits"])
        ):
            raise Refused("list-refused", "a name of its own, limits that can hold")
        lists[name] = List(body["giver"], body["limits"])
        return
    if name not in lists:
        raise Refused("list-refused", "no such list")
    found = lists[name]
    match one.kind:
        case "list.propose":
            found.propose(one, body["rows"])
        case "list.substitute":
            found.substitute(one, body["key"], body["row"])
        case "list.move":
            found.move(one, body["keys"], body["stage"])
        case _:
            found.freeze(one, body["hash"])


def folded(raws: list[bytes]) -> tuple[list[bytes], dict[str, Any]]:
    """What events of a line come to.

    Args:
        raws: the events, in any order.

    Returns:
        The beginnings of their ids in the order of 4.3, and the lists.
    """
    events = sorted((event.read(raw) for raw in raws), key=lambda one: one.place)
    lists: dict[str, List] = {}
    ignored: list[list[Any]] = []
    for one in events:
        if one.kind in ("list.open", "list.propose", "list.substitute", "list.move", "list.freeze"):
            try:
                _take(lists, one)
            except Refused as error:
                ignored.append([one.id[:8], error.code])
    shown = [{"list": name, **one.shown()} for name, one in lists.items()]
    return [one.id[:8] for one in events], {"lists": shown, "ignored": ignored}
