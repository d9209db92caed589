"""Whatever is put together: both programs come to the same archives, ends, rules and removals."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backchannel.app.archive import verify_archive
from backchannel.app.archive_lines import line_of
from backchannel.app.line import Phase
from backchannel.app.terms import MOST_RETRACTING
from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.retention import Rule, retention_body
from backchannel.log.retraction import RETRACT, retract_body
from backchannel.log.tombstone import Why, bury
from backchannel.wire.coverage import NOTHING
from vectors.first.archives import BEGUN, PASSPHRASE, a_line, few, file_of, lines, sealed, small
from vectors.first.ending import stepped
from vectors.first.removal import removed
from vectors.first.retention import CLOSED, WEEK, agreed, word
from vectors.first.seeds import text_event
from vectors.second import archive, kept
from vectors.second.ending import Ending, Words, remove
from vectors.second.matching import same
from vectors.second.refusal import Refused

DAY = 24 * 3600 * 1000
LINES = [*lines(a_line(Role.INVITER, Phase.OPEN), few()), *lines(a_line(Role.JOINER, Phase.CLOSED), small())]
VALUES = [json.loads(line) for line in LINES]
KEYS = sorted({key for value in VALUES for key in value})
ODD: list[Any] = [None, True, False, 0, 1, 1.0, -1, 2**63, "", "0", "\x7f\u2028", [], {}]
SAID: list[Any] = [*{repr(one): one for value in VALUES for one in value.values()}.values()]
LEAVES = st.sampled_from(SAID) | st.sampled_from(ODD)

# --- archives ---------------------------------------------------------------------------------------------------------


def by_first(data: bytes) -> list[int] | str:
    try:
        done = verify_archive(PASSPHRASE, BytesIO(data).read)
    except BackchannelError as error:
        return error.code
    return [done.events, done.removed, done.files]


def by_second(data: bytes) -> list[int] | str:
    try:
        return archive.read(data, PASSPHRASE)
    except Refused as error:
        return error.code


@st.composite
def changed_lines(draw: st.DrawFn) -> bytes:
    """Lines of an archive of which some were moved, dropped, doubled, or given other values."""
    found = list(LINES[: len(few()) + 5]) if draw(st.booleans()) else list(LINES[len(few()) + 5 :])
    for _ in range(draw(st.integers(0, 2))):
        at, to = (draw(st.integers(0, len(found) - 1)) for _ in range(2))
        match draw(st.integers(0, 3)):
            case 0:
                value = json.loads(found[at])
                found[at] = line_of({**value, draw(st.sampled_from([*value, *KEYS])): draw(LEAVES)})
            case 1:
                value = json.loads(found[at])
                del value[draw(st.sampled_from(sorted(value)))]
                found[at] = line_of(value or {"end": 1})
            case 2:
                found[at], found[to] = found[to], found[at]
            case _:
                found.insert(to, found[at])
    return b"".join(found)


@given(changed_lines())
def test_archives(plain: bytes) -> None:
    data = sealed(plain, "any")
    assert by_first(data) == by_second(data)


@given(st.data())
def test_files_of_archives(data: st.DataObject) -> None:
    whole = sealed(b"".join(LINES[: len(few()) + 5]), "any")
    assert by_first(whole) == by_second(whole) == [4, 1, 1]
    at = data.draw(st.integers(0, len(whole)))
    cut = whole[: data.draw(st.sampled_from([at, len(whole)]))]
    found = cut[:at] + data.draw(st.binary(max_size=3)) + cut[at + data.draw(st.integers(0, 3)) :]
    assert by_first(found) == by_second(found)


# --- the end ----------------------------------------------------------------------------------------------------------


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps of one side in which what is held, heard and sealed only grows."""
    out: list[dict[str, Any]] = []
    small_number, sequence = st.integers(0, 4), 0
    acknowledged = held = heard = 0
    closes = 0
    for _ in range(draw(st.integers(1, 14))):
        now = BEGUN + draw(st.sampled_from([0, 1, DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1]))
        match draw(st.sampled_from(["close", "hear", "seal", "open", "open", "look"])):
            case "close" if not closes:
                closes = 1
                out.append({"do": "close", "number": 1 + draw(small_number)})
            case "hear":
                out.append({"do": "hear", "number": 1 + draw(small_number)})
            case "seal":
                sequence += 1
                held = max(held, draw(small_number))
                out.append({"do": "seal", "sequence": sequence, "held": held})
            case "open":
                acknowledged, held = max(acknowledged, 1 + draw(small_number)), max(held, 1 + draw(small_number))
                heard = max(heard, draw(st.integers(0, sequence)))
                out.append(
                    {"do": "open", "acknowledged": acknowledged, "held": held, "heard": heard}
                    | {"asks": draw(st.booleans()), "now": now}
                )
            case _:
                out.append({"do": "look", "now": now})
    return out


@given(steps())
def test_ends(taken: list[dict[str, Any]]) -> None:
    state = Ending()
    for step, first in zip(taken, stepped(taken), strict=True):
        _, made = state.step(step)
        same("", {name: first[name] for name in made}, made)


# --- words ------------------------------------------------------------------------------------------------------------

RULES = st.sampled_from([WEEK, CLOSED, Rule(), Rule(1)])
WORDS = st.builds(word, st.integers(0, 1), st.integers(1, 90), st.integers(0, 90), RULES)


@given(st.lists(WORDS, max_size=90, unique_by=lambda event: event.id))
def test_rules(events: list[Event]) -> None:
    words = Words()
    assert [words.hear(kept.read(event.raw)) for event in events] == agreed(events)


# --- removals ---------------------------------------------------------------------------------------------------------


@st.composite
def held(draw: st.DrawFn) -> dict[str, Any]:
    """What a side holds: few numbers, so that words, rules, retractions and tombstones meet."""
    events: list[Event] = []
    for _ in range(draw(st.integers(0, 12))):
        author, number = draw(st.integers(0, 1)), draw(st.integers(1, 6))
        kind, body = draw(
            st.sampled_from(
                [(TEXT, text_body("a")), (TEXT, text_body("b")), (FILE, file_of("c", b"c")), ("other", b"")]
                + [("retention", retention_body(rule)) for rule in (WEEK, WEEK, CLOSED)]
            )
        )
        if events and draw(st.integers(0, 2)) == 0:
            kind, body = RETRACT, retract_body(draw(st.sampled_from(events)))
        event = write_event(author=author, number=number, seen=draw(st.integers(0, 3)), clock=0, kind=kind, body=body)
        if draw(st.integers(0, 5)) == 0:
            event = bury(event, draw(st.sampled_from(Why)), 7)
        if event.id not in {each.id for each in events}:
            events.append(event)
    events = draw(st.permutations(events))
    now = BEGUN + 100 * DAY
    ages = st.sampled_from([0, 7 * DAY - 1, 7 * DAY, 50 * DAY])
    role = draw(st.integers(0, 1))
    delivered = NOTHING
    for number in draw(st.sets(st.integers(1, 6))):
        delivered = delivered.with_number(number)
    return {
        "role": role,
        "events": [[event.raw.hex(), now - draw(ages)] for event in events],
        "delivered": delivered.to_value(),
        "forks": [
            [*place, draw(st.booleans())] for place in draw(st.sets(st.tuples(st.integers(0, 1), st.integers(1, 6))))
        ],
        "destroyed": draw(st.booleans()),
        "moving": [event.id.hex() for event in events if event.kind == FILE and draw(st.booleans())],
        "now": now,
    }


def as_second(case: dict[str, Any]) -> dict[str, Any]:
    given_to_it = {**case, "events": [(bytes.fromhex(raw), at) for raw, at in case["events"]]}
    return remove({**given_to_it, "moving": [bytes.fromhex(one) for one in case["moving"]]})


@given(held())
def test_removals(case: dict[str, Any]) -> None:
    same("", removed(case), as_second(case))


def test_no_more_retractions_wait_than_may() -> None:
    there = text_event(1, 1, b"", "words")
    back = [
        write_event(
            author=1, number=2000 + at, seen=0, clock=at, kind=RETRACT,
            body=retract_body(text_event(1, 1 + at, b"", "never")),
        )
        for at in range(1, MOST_RETRACTING + 1)
    ]  # fmt: skip
    last = write_event(author=1, number=9000, seen=0, clock=0, kind=RETRACT, body=retract_body(there))
    case = {
        "role": 0,
        "events": [[event.raw.hex(), BEGUN] for event in (there, *back, last)],
        "delivered": [0],
        "forks": [],
        "destroyed": False,
        "moving": [],
        "now": BEGUN,
    }
    made = removed(case)
    same("", made, as_second(case))
    assert (len(made["waiting"]), made["after"][0]) == (MOST_RETRACTING, there.raw.hex())
