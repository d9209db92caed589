"""The vectors of archives and of endings: one function for each file."""

import hashlib
from typing import Any

from vectors.second import archive, event, kept
from vectors.second.backup import costs
from vectors.second.ending import Ending, Words, remove
from vectors.second.log import Log
from vectors.second.matching import Mismatch, blob, match, same

SHOWN = 16_384


def archives(vectors: Any) -> int:
    """Archives, both ways (spec 9.1, 9.2)."""
    for case in vectors:
        key, check = archive.keys(case["passphrase"], blob(case["salt"]), *costs(*case["cost"]))
        plain = archive.compose(case["head"], [_given(one) for one in case["events"]])
        front = archive.head(case["cost"], blob(case["salt"]), blob(case["prefix"]), check)
        file = archive.write(key, front, plain)
        made = {
            "key": key,
            "check": check,
            "plaintext": plain,
            "hash": hashlib.sha256(file).digest(),
            "file": file if len(file) <= SHOWN else None,
            "holds": archive.read(file, case["passphrase"]),
        }
        match(case["what"], case, "what passphrase cost salt prefix head events", made)
    return len(vectors)


def _given(one: Any) -> dict[str, Any]:
    content = one["content"]
    pieces = None if content is None else ([blob(piece) for piece in content["pieces"]], content["ends"])
    return {**one, "raw": blob(one["raw"]), "content": pieces}


def endings(vectors: Any) -> int:
    """Bodies, tombstones, what is known of an end (spec 16, 16.1, 16.4)."""
    for case in vectors["bodies"]:
        raw = event.write(0, case["number"], 0, b"", 0, case["kind"], blob(case["body"]))
        match(case["what"], case, "what kind number body", {"says": _says(event.read(raw))})
    for case in vectors["tombstones"]:
        _stone(case)
    _placing(vectors["placing"])
    for case in vectors["states"]:
        state = Ending()
        for place, step in enumerate(case["steps"]):
            inputs, made = state.step(step)
            match(f"{case['what']}[{place}]", step, f"do {inputs}", made)
        match(case["what"], case, "what steps", {})
    match("", vectors, "bodies tombstones placing states", {})
    return sum(map(len, vectors.values()))


def rules(vectors: Any) -> int:
    """How long words are kept (spec 16.3)."""
    for case in vectors:
        raws = [blob(raw) for raw in case["events"]]
        words = Words()
        after = [words.hear(kept.read(raw)) for raw in raws][-max(1, len(case["after"])) :]
        order = [one.id[:8] for one in sorted(map(kept.read, raws), key=lambda one: one.place)]
        match(case["what"], case, "what events", {"order": order, "after": after})
    return len(vectors)


def removals(vectors: Any) -> int:
    """What is removed after an exchange (spec 16.2, 16.3, 16.5)."""
    for case in vectors:
        given = {**case, "events": [(blob(raw), received) for raw, received in case["events"]]}
        given["moving"] = [blob(one) for one in case["moving"]]
        match(case["what"], case, "what role events delivered forks destroyed moving now", remove(given))
    return len(vectors)


def _says(one: event.Event) -> Any:
    match one.kind:
        case "close":
            word = kept.last_word(one)
            return None if word is None else {"word": word}
        case "retract":
            found = kept.taken_back(one)
            return None if found is None else {"number": found[0], "id": found[1]}
        case "retention":
            return kept.rule(one)
    return None


def _stone(case: Any) -> None:
    one = kept.read(blob(case["event"]))
    stone = kept.read(kept.bury(one, case["why"], case["when"]))
    if not isinstance(stone, kept.Stone) or stone.place != one.place:
        raise Mismatch("a tombstone at another place than its event")
    fields = [stone.author, stone.number, stone.seen, stone.before, stone.clock, stone.kind]
    made = {"tombstone": stone.raw, "id": stone.id, "fields": fields}
    match(f"tombstone of {stone.kind}", case, "event why when", made)
    back = kept.read(blob(case["tombstone"]))
    same("read", [case["why"], case["when"]], [getattr(back, name) for name in ("why", "when")])


def _placing(steps: Any) -> None:
    """An event and its tombstone are one (spec 16.4): the inviter has said nothing, the joiner's come."""
    log = Log(0)
    for place, step in enumerate(steps):
        one = kept.read(blob(step["event"]))
        placed, missing = log.place(one)
        made = {"placed": placed, "missing": missing, "held": log.coverage(one.author), "forks": sorted(log.forks)}
        match(f"placing[{place}]", step, "event", made)
