"""Our code against archive.json, ending.json, retention.json and removal.json in vectors/line, from their inputs."""

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.archive import MAGIC, verify_archive
from backchannel.app.terms import MOST_RETRACTING
from backchannel.crypto.chunks import ChunkSealer, open_chunks
from backchannel.crypto.passphrase import Cost, stretch
from backchannel.log.order import in_order
from backchannel.log.retention import MOST_RULES
from backchannel.log.tombstone import Tombstone, Why, bury, read_kept
from vectors.first.ending import placed, says, stepped
from vectors.first.removal import removed
from vectors.first.retention import agreed
from vectors.second import ending as second
from vectors.second.matching import blob

LINE = Path(__file__).parents[2] / "vectors" / "line"


def found(name: str) -> Any:
    return json.loads((LINE / f"{name}.json").read_text())["vectors"]


@pytest.mark.parametrize("case", found("archive"), ids=lambda case: case["what"])
def test_archives(case: Any) -> None:
    drawn = iter((case["salt"], case["prefix"]))
    pieces: list[bytes] = []
    sealer = ChunkSealer(
        MAGIC, case["passphrase"], Cost(*case["cost"]), lambda _: bytes.fromhex(next(drawn)), pieces.append
    )
    plaintext = blob(case["plaintext"])
    for at in range(0, len(plaintext), 1000):
        sealer.add(plaintext[at : at + 1000])
    sealer.finish()
    file = b"".join(pieces)
    assert sha256(file).hexdigest() == case["hash"]
    assert case["file"] in (None, file.hex())
    assert stretch(case["passphrase"], blob(case["salt"]), Cost(*case["cost"]), 64).hex() == case["key"] + case["check"]
    assert b"".join(open_chunks(MAGIC, case["passphrase"], BytesIO(file).read)) == plaintext
    done = verify_archive(case["passphrase"], BytesIO(file).read)
    assert [done.events, done.removed, done.files] == case["holds"]
    assert (done.line, done.made) == (case["head"]["line"], case["head"]["made"])
    assert [blob(one["raw"]) for one in case["events"]] == [
        read.raw for read in in_order(read_kept(blob(one["raw"])) for one in case["events"])
    ]


def test_bodies_and_tombstones() -> None:
    vectors = found("ending")
    for case in vectors["bodies"]:
        assert says(case["kind"], case["number"], bytes.fromhex(case["body"])) == case["says"], case["what"]
    for case in vectors["tombstones"]:
        stone = read_kept(bytes.fromhex(case["tombstone"]))
        assert stone == bury(read_kept(blob(case["event"])), Why(case["why"]), case["when"])
        assert isinstance(stone, Tombstone)
        assert (stone.id.hex(), stone.why, stone.when) == (case["id"], case["why"], case["when"])
    assert placed([read_kept(blob(step["event"])) for step in vectors["placing"]]) == vectors["placing"]


@pytest.mark.parametrize("case", found("ending")["states"], ids=lambda case: case["what"])
def test_what_is_known_of_the_end(case: Any) -> None:
    steps = [
        {name: value for name, value in step.items() if name not in ("after", "destroys")} for step in case["steps"]
    ]
    assert stepped(steps) == case["steps"]


@pytest.mark.parametrize("case", found("retention"), ids=lambda case: case["what"])
def test_rules(case: Any) -> None:
    events = [read_kept(bytes.fromhex(raw)) for raw in case["events"]]
    assert agreed(events)[-len(case["after"]) :] == case["after"]
    assert [event.id.hex()[:16] for event in in_order(events)] == case["order"]
    if len(events) <= MOST_RULES:
        assert agreed(events[::-1])[-1] == case["after"][-1], "in whatever order they come"


@pytest.mark.parametrize("case", found("removal"), ids=lambda case: case["what"])
def test_what_is_removed(case: Any) -> None:
    after = removed(case)
    assert after == {name: case[name] for name in after}


def test_every_step_of_the_end_is_in_them() -> None:
    """Nothing would be tested by states that nobody reaches, or by words that all stay."""
    states = [step for case in found("ending")["states"] for step in case["steps"]]
    assert {step["destroys"] for step in states if step["do"] == "look"} == {True, False}
    reached = {(step["after"]["known"], step["after"]["owes"]) for step in states if "after" in step}
    assert reached == {(False, False), (False, True), (True, False), (True, True)}
    whys = [
        getattr(read_kept(bytes.fromhex(raw)), "why", None)
        for case in found("removal")
        for raw, (before, _) in zip(case["after"], case["events"], strict=True)
        if raw != before
    ]
    assert set(whys) == set(Why)
    assert (second.SEPARATE, second.WAITING) == (MOST_RULES, MOST_RETRACTING)
