"""15.2 to 15.5: what talk says, what may be carried, questions across lines, mandates; and bodies that are refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError
from backchannel.ledger.carrying import carry, source
from backchannel.ledger.mandate import (
    Limit,
    Mandate,
    Signoff,
    Withdrawn,
    exceeds,
    given,
    package_hash,
    read_body,
    signoffs,
    write_body,
)
from backchannel.ledger.questions import Place, Told, questions
from backchannel.log import kinds
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body
from backchannel.log.event import Event, write_event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, Text, text_body
from backchannel.log.order import in_order
from backchannel.table.acts import Until
from backchannel.table.issue import Value
from backchannel.wire.codec import encode
from vectors.first.deal import NORTH, SOUTH
from vectors.first.defect import Defect
from vectors.first.feeds import NOW, Feeds
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded

ASKED = seeded("asked", 32)
ALONE, CONVEYED, QUOTED, OFFICIAL = Handling
VERBATIM, PARAPHRASE = Manner


def carrying(_: Recorded) -> Json:
    """15.2, 15.3, 15.4, 15.5."""
    return {
        "talk": [
            {"what": what, "kind": kind, "body": body.hex(), "says": said_shown(kind, body)}
            for what, kind, body in _talk()
        ],
        "carried": [
            {"kind": kind, "body": body.hex(), "wish": wish, **carried_shown(kind, body, wish)}
            for kind, body, wish in _wishes()
        ],
        "questions": [_questions()],
        "limits": [
            {"limit": limit, "value": value, "allows": allowed(limit, value)} for limit, value in _limits()
        ],
        "packages": [
            {"package": package, "hash": package_hash({key: as_value(value) for key, value in package}).hex()}
            for package in _packages()
        ],
        "mandates": [
            {
                "what": what,
                "events": [event.raw.hex() for event in feeds.events],
                **mandates_shown(feeds.events, NOW + 50),
            }
            for what, feeds in _mandates()
        ],
    }  # fmt: skip


def said_shown(kind: str, body: bytes) -> Json:
    """Return what an event says, as it stands in the files; None is nothing that is known."""
    found = kinds.read_body(_event(kind, body))
    if not isinstance(found, Text | Carried):
        return None
    carried = found if isinstance(found, Carried) else None
    return {
        "as": None if carried is None else int(carried.manner),
        "text": found.text,
        "handling": int(found.handling),
        "from": None if carried is None else carried.named,
        "question": found.question,
        "answers": None if found.answers is None else found.answers.hex(),
    }


def carried_shown(kind: str, body: bytes, wish: Mapping[str, Any]) -> dict[str, Json]:
    """Return the event that carries something as it is wished, or the code that it is refused with."""
    answers = wish["answers"]
    try:
        made = carry(
            source(_event(kind, body), {}),
            None if wish["as"] is None else Manner(wish["as"]),
            words=wish["words"],
            named=wish["from"],
            handling=Handling(wish["handling"]),
            answers=None if answers is None else bytes.fromhex(answers),
        )
    except BackchannelError as error:
        return {"error": error.code}
    if isinstance(made, Carried):
        return {"makes": [CARRIED, carried_body(made).hex()]}
    return {"makes": [TEXT, text_body(made.text, made.handling, question=made.question, answers=made.answers).hex()]}


def questions_shown(lines: Mapping[str, tuple[Role, list[Event]]], origins: Json) -> Json:
    """Return the questions of a vault."""
    told = [
        Told(bytes.fromhex(line), event, event.author == int(role))
        for line, (role, events) in lines.items()
        for event in in_order(events)
    ]
    links = {_place(place): _place(origin) for place, origin in origins}
    return [
        {
            "asked": _shown(one.asked),
            "text": one.text,
            "mine": one.mine,
            "carried": [_shown(place) for place in one.carried],
            "answered_there": [_shown(place) for place in one.answered_there],
            "answers": [_shown(place) for place in one.answers],
            "standing": one.standing.value,
        }
        for one in questions(told, links)
    ]


def allowed(limit: Mapping[str, Any], value: Any) -> bool:
    """Say whether a limit of a mandate allows a value, both as they stand in the files."""
    options = limit.get("options")
    made = Limit(limit.get("least"), limit.get("most"), None if options is None else tuple(options))
    return made.allows(as_value(value))


def as_value(value: Any) -> Value:
    """Return a value as the table has it."""
    return tuple(value) if isinstance(value, list) else value


def mandates_shown(events: list[Event], now: int) -> dict[str, Json]:
    """Return what each role gave, what holds at a time and what it lets be bound, and what was signed off."""
    packages: list[dict[str, Value]] = [
        {"days": 30},
        {"days": 31},
        {"days": 30, "order": "at once"},
        {"order": "in two"},
    ]
    found = [given(in_order(events), role) for role in (0, 1)]
    holding = [next((one for one in some if one.holds(now)), None) for some in found]
    return {
        "now": now,
        "order": [event.id.hex()[:16] for event in in_order(events)],
        "given": [[one.event.id.hex()[:16] for one in some] for some in found],
        "in_force": [None if one is None else one.event.id.hex()[:16] for one in holding],
        "packages": [list(map(list, package.items())) for package in packages],
        "within": [
            [not exceeds(None if one is None else one.mandate, package) for package in packages] for one in holding
        ],
        "signed_off": [[event.id.hex()[:16], body.of.hex()] for event, body in signoffs(in_order(events))],
    }


def _event(kind: str, body: bytes) -> Event:
    return write_event(author=1, number=1, seen=0, clock=NOW, kind=kind, body=body)


def _place(place: list[str]) -> Place:
    return Place(bytes.fromhex(place[0]), bytes.fromhex(place[1]))


def _shown(place: Place) -> list[str]:
    return [place.line.hex(), place.event.hex()]


def _talk() -> Iterator[tuple[str, str, bytes]]:
    text = {"text": "Who goes first?"}
    yield "a word without a mark", TEXT, encode(text)
    yield "a question under a mark", TEXT, encode({**text, "handling": 2, "question": True})
    yield "an answer", TEXT, encode({**text, "answers": ASKED})
    yield "a mark that nobody knows is the strictest", TEXT, encode({**text, "handling": 4})
    yield "true is no mark, and 1 no question", TEXT, encode({**text, "handling": True, "question": 1})
    yield "an id of 31 bytes answers nothing", TEXT, encode({**text, "answers": ASKED[1:]})
    carried = {"v": 1, "as": 1, "text": "They would wait.", "handling": 1}
    yield "a paraphrase", CARRIED, encode(carried)
    yield (
        "an official question, verbatim, that answers",
        CARRIED,
        encode({**carried, "as": 0, "handling": 3, "from": "משרד", "question": True, "answers": ASKED}),
    )
    yield "a key that nobody knows", CARRIED, encode({**carried, "more": 1})
    others: dict[str, dict[str, Any]] = {
        "another version": {"v": 2},
        "a third manner": {"as": 2},
        "a mark that is none": {"handling": 4},
        "words that say nothing": {"text": "\u2003"},
        "a name that says nothing": {"from": " "},
        "a name of 201 characters": {"from": "x" * 201},
        "1 for a question": {"question": 1},
        "an id of 31 bytes": {"answers": ASKED[1:]},
    }
    for what, more in others.items():
        yield f"carried: {what}", CARRIED, encode({**carried, **more})


def _wishes() -> Iterator[tuple[str, bytes, dict[str, Json]]]:
    def wish(
        manner: Manner | None, words: str | None = None, handling: Handling = ALONE, **more: Json
    ) -> dict[str, Json]:
        how = None if manner is None else int(manner)
        return {"as": how, "words": words, "handling": int(handling), "from": None, "answers": None, **more}

    for mark in Handling:
        for question in (False, True):
            said = TEXT, text_body("We could wait.", mark, question=question)
            yield *said, wish(None, "My own.", OFFICIAL, answers=ASKED.hex())
            yield *said, wish(PARAPHRASE, "They might wait.", CONVEYED)
            yield *said, wish(VERBATIM)
            yield *said, wish(VERBATIM, None, OFFICIAL, **{"from": "the office", "answers": ASKED.hex()})
    for manner in Manner:
        came = CARRIED, carried_body(Carried(manner, "Wait.", OFFICIAL, "the office"))
        yield *came, wish(VERBATIM, None, QUOTED)
        yield *came, wish(PARAPHRASE, "They wait.", OFFICIAL, **{"from": "the other office"})
    official = TEXT, text_body("Now.", OFFICIAL)
    yield *official, wish(None, "Own.", ALONE, **{"from": "the office"})
    yield *official, wish(VERBATIM, None, ALONE, **{"from": " "})
    yield *official, wish(VERBATIM, None, ALONE, **{"from": "x" * 201})
    yield *official, wish(VERBATIM, "words")
    yield *official, wish(PARAPHRASE)
    yield *official, wish(PARAPHRASE, "\t")
    yield TEXT, text_body(" ", QUOTED), wish(VERBATIM)
    yield "file", b"", wish(None, "Own.")


def _questions() -> Json:
    """A question that was carried, answered there and brought back; one that was carried alone; two that stay."""
    north, south = seeded("a line", 16).hex(), seeded("another line", 16).hex()
    here, there = Feeds(), Feeds()
    for words in ("Who goes first?", "How many?", "And if not?", "Only here?"):
        here.say(SOUTH, (TEXT, text_body(words, QUOTED, question=True)), NOW + len(here.events))
    asked = [event.id for event in here.events]
    for words in ("Who goes first?", "How many?", "And if not?"):
        there.say(NORTH, (CARRIED, carried_body(Carried(VERBATIM, words, ALONE, question=True))), NOW + 10)
    copies = [event.id for event in there.events]
    for copy in copies[:2]:
        there.say(SOUTH, (TEXT, text_body("We.", QUOTED, answers=copy)), NOW + 11)
    there.say(NORTH, (TEXT, text_body("I answer myself", answers=copies[2])), NOW + 12)
    there.say(NORTH, (TEXT, text_body("Mine?", question=True)), NOW + 13)
    here.say(NORTH, (CARRIED, carried_body(Carried(VERBATIM, "We.", ALONE, answers=asked[0]))), NOW + 14)
    origins = [[[south, copy.hex()], [north, origin.hex()]] for copy, origin in zip(copies, asked, strict=False)]
    lines = {north: (NORTH, here.events), south: (NORTH, there.events)}
    return {
        "lines": [
            {"line": line, "role": int(role), "events": [event.raw.hex() for event in events]}
            for line, (role, events) in lines.items()
        ],
        "origins": origins,
        "found": questions_shown(lines, origins),
    }


def _packages() -> list[list[list[Any]]]:
    return [[["days", 30], ["\uffee", "a"], ["\U0001f600", ["سليم", "b"]]], [["b", -1], ["a", ""]], []]


def _limits() -> Iterator[tuple[dict[str, Json], Json]]:
    values: list[Json] = [0, 5, "a", "b", [], ["a"], ["a", "b"], ["a", "a2", "b"]]
    for limit in ({}, {"least": 1}, {"most": 2}, {"least": 1, "most": 2, "options": ["a", "b"]}, {"options": ["a"]}):
        for value in values:
            yield limit, value


def _mandates() -> Iterator[tuple[str, Feeds]]:
    days = {"days": Limit(10, 30)}

    def gives(feeds: Feeds, role: Role, mandate: Mandate) -> bytes:
        feeds.say(role, write_body(mandate), NOW + len(feeds.events))
        return feeds.events[-1].id

    feeds = Feeds()
    gives(feeds, SOUTH, Mandate(days, binding=True, words="by the end of the month"))
    gives(feeds, NORTH, Mandate({**days, "order": Limit(options=("in two",))}, binding=True))
    feeds.say(SOUTH, write_body(Signoff(seeded("deal", 32), "agreed")), NOW + 3)
    feeds.say(SOUTH, write_body(Signoff(seeded("package", 32))), NOW + 4)
    yield "one from each side, and what was signed off", feeds

    feeds = Feeds()
    first = gives(feeds, SOUTH, Mandate(days, binding=True))
    second = gives(feeds, SOUTH, Mandate({"days": Limit(0, 40)}, binding=True))
    feeds.say(SOUTH, write_body(Withdrawn(second)), NOW + 5)
    feeds.say(NORTH, write_body(Withdrawn(first)), NOW + 6)
    yield "the one before is not in force again when the last is withdrawn", feeds

    feeds = Feeds()
    first = gives(feeds, SOUTH, Mandate(days, binding=True))
    feeds.say(NORTH, write_body(Withdrawn(first)), NOW + 6)
    feeds.say(SOUTH, ("mandate", encode({"v": 1, "limits": {}, "until": None, "binding": True})), NOW + 7)
    gives(feeds, NORTH, Mandate({"days": Limit()}, Until(NOW + 50, 120), binding=True))
    yield "who did not give it does not withdraw it; a body of another form; one that is over now", feeds

    feeds = Feeds()
    gives(feeds, SOUTH, Mandate({"days": Limit()}, Until(NOW + 51, -1439), binding=False))
    gives(feeds, NORTH, Mandate({"days": Limit(), "order": Limit()}, Until(NOW + 51, 1439), binding=True))
    yield "one that does not let bind, and one that lets everything", feeds


def mandate_defects() -> list[Defect]:
    """15.5.1."""
    mandate: dict[str, Any] = {"v": 1, "limits": {"days": {"least": 1}}, "until": None, "binding": True}

    def limits(**more: Any) -> dict[str, Any]:
        return {**mandate, "limits": {"days": more}}

    found: dict[str, tuple[str, str, Any]] = {
        "array": ("a list for a body", "mandate", [1]),
        "version": ("another version", "mandate", {**mandate, "v": 2}),
        "limits-none": ("no limits", "mandate", {**mandate, "limits": {}}),
        "limits-many": ("257 limits", "mandate", {**mandate, "limits": {str(one): {} for one in range(257)}}),
        "key-long": ("a key of 41 characters", "mandate", {**mandate, "limits": {"k" * 41: {}}}),
        "key-blank": ("a key that says nothing", "mandate", {**mandate, "limits": {" ": {}}}),
        "binding": ("1 for binding", "mandate", {**mandate, "binding": 1}),
        "until": ("an end without a zone", "mandate", {**mandate, "until": NOW}),
        "zone": ("a zone of a whole day", "mandate", {**mandate, "until": [NOW, 1440]}),
        "words": ("words of 4,001 characters", "mandate", {**mandate, "words": "x" * 4_001}),
        "upside-down": ("a limit that is upside down", "mandate", limits(least=2, most=1)),
        "large": ("a number of 2^53", "mandate", limits(most=2**53)),
        "null": ("null for a number", "mandate", limits(least=None)),
        "options-none": ("no options", "mandate", limits(options=[])),
        "options-same": ("an option twice", "mandate", limits(options=["a", "a"])),
        "option-blank": ("an option that says nothing", "mandate", limits(options=[""])),
        "withdraw": ("an id of 31 bytes", "mandate.withdraw", {"v": 1, "mandate": bytes(31)}),
        "signoff": ("nothing is signed off", "signoff", {"v": 1, "words": "yes"}),
    }
    for name, (_, kind, body) in found.items():
        try:
            read_body(kind, encode(body))
        except BackchannelError:
            continue
        raise ValueError(f"{name} is not refused")
    return [
        (f"mandate-{name}", "15.5.1", what, "malformed", {"kind": kind, "bytes": encode(body).hex()})
        for name, (what, kind, body) in found.items()
    ]
