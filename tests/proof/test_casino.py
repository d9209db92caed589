"""Real talk: every dialogue of the CaSiNo corpus, said by two people over their lines, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.log.kinds import Text, read_body
from tests.support.world import Side, World

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "casino" / "dialogues.json"
IN_STEP = 40
"""Dialogues in which each answers only when the other's words have come; the rest travel in batches."""

Turns = list[tuple[int, str]]

pytestmark = pytest.mark.skipif(not CORPUS.is_file(), reason=f"the corpus is not here: {CORPUS}")


@pytest.fixture(scope="module")
def dialogues() -> list[Turns]:
    found = json.loads(CORPUS.read_text("utf-8"))
    return [
        [(int(said["id"] == "mturk_agent_2"), said["text"]) for said in dialogue["chat_logs"] if said["text"]]
        for dialogue in found
    ]


@pytest.fixture
def world() -> Iterator[World]:
    import shutil

    world = World().opened()
    yield world
    world.close()
    shutil.rmtree(world.root)


def heard(side: Side) -> Turns:
    """The whole line as one side reads it."""
    found = []
    for stored in side.log():
        body = read_body(stored.event)
        assert isinstance(body, Text)
        found.append((stored.event.author, body.text))
    return found


def told(world: World) -> Turns:
    """The whole line, which is the same on both sides."""
    assert world.ann.raws() == world.bob.raws()
    lines = [side.line for side in world.sides]
    assert all(not line.missing and not line.notices and not line.forks for line in lines)
    assert [line.own for line in lines] == [line.theirs.upto for line in reversed(lines)]
    one, other = heard(world.ann), heard(world.bob)
    assert one == other
    return one


def runs(dialogue: Turns) -> Iterator[tuple[int, list[str]]]:
    """What each says before the other speaks."""
    pending: list[str] = []
    for at, (speaker, text) in enumerate(dialogue):
        pending.append(text)
        if at + 1 == len(dialogue) or dialogue[at + 1][0] != speaker:
            yield speaker, pending
            pending = []


def test_in_step_every_dialogue_reads_as_it_was_written(world: World, dialogues: list[Turns]) -> None:
    some = dialogues[:IN_STEP]
    for dialogue in some:
        for speaker, texts in runs(dialogue):
            person = world.sides[speaker]
            person.say(*texts)
            world.exchange(person)
            world.exchange(world.other(person))
    world.rounds(3)
    assert told(world) == [turn for dialogue in some for turn in dialogue]


def test_in_batches_every_word_of_all_of_them_arrives(world: World, dialogues: list[Turns]) -> None:
    for dialogue in dialogues:
        for speaker, person in enumerate(world.sides):
            texts = [text for who, text in dialogue if who == speaker]
            if texts:
                person.say(*texts)
        world.rounds(1)
    world.rounds(3)
    log = told(world)
    for speaker in (0, 1):
        said = [text.encode() for dialogue in dialogues for who, text in dialogue if who == speaker]
        assert [text.encode() for who, text in log if who == speaker] == said
    assert len(log) == sum(map(len, dialogues)) > 10_000
