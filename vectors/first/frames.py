"""3.4.1: frames and coverage, and frames that are malformed."""

from dataclasses import replace
from typing import Any, Final

from backchannel.line.file_word import FileWord, Standing
from backchannel.line.frame import Answer, ForkNotice, Frame, Propose
from backchannel.wire.codec import encode
from backchannel.wire.coverage import NOTHING, Coverage
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import seeded, seeded_key
from vectors.first.shown import Json, Recorded

_LATER: Final = "a newer peer's item"


def frame(recorded: Recorded) -> Json:
    """3.4.1."""
    events = [seeded("event a", 30), seeded("event b", 300)]
    public, sealed = seeded_key("epoch key").public(), bytes.fromhex(recorded["epoch_sealed"])
    head, most = seeded("head", 8), 2**48 - 1
    reserve = (seeded("otk 1", 32), seeded("otk 2", 32))
    cases: list[tuple[str, Frame]] = [
        ("an acknowledgement", Frame(own=0, held=NOTHING, sequence=1)),
        ("a head", Frame(own=0, held=Coverage(3), head=head, sequence=1)),
        ("a head of a feed of which nothing is held", Frame(own=0, held=NOTHING, head=head, sequence=1)),
        ("events", Frame(own=7, held=Coverage(3), head=head, events=events, generation=2, sequence=900, heard=12)),
        ("a gap", Frame(own=1, held=Coverage(3, ((5, 5), (9, 12))), sequence=2, heard=1)),
        ("a proposal", Frame(0, NOTHING, (Propose(3, public, reserve),), (), 0, 4, 4)),
        ("an answer", Frame(0, NOTHING, (Answer(3, sealed, reserve),), (), 0, 5, 4)),
        ("a fork", Frame(9, Coverage(9), (ForkNotice(1, 4, (seeded("x", 32), seeded("y", 32))),), (), 0, 6, 4)),
        ("a fork, answered", Frame(9, Coverage(9), (ForkNotice(0, 4, (seeded("x", 32),), answer=True),), (), 0, 6, 4)),
        ("words of files", Frame(9, Coverage(9), tuple(
            FileWord(seeded(f"file {standing}", 16), standing, Coverage(3, ((5, 5), (9, 12)))) for standing in Standing
        ), (), 0, 64, 4)),
        ("as many runs of a file as are told", Frame(0, NOTHING, (
            FileWord(seeded("file", 16), Standing.WANTED, Coverage(0, tuple((at, at) for at in range(2, 130, 2)))),
        ), events, 0, 7, 4)),
        ("the largest numbers", Frame(
            most, Coverage(2**48), (Propose(2**63 - 1, b"", ()), ForkNotice(1, most, ())), (), 2**32 - 1, 2**63 - 1,
            2**63 - 1,
        )),
        ("the smallest numbers", Frame(0, NOTHING, (Answer(0, b"", ()), ForkNotice(0, 0, ())), ())),
    ]  # fmt: skip
    good = [{"what": what, "frame": made.encode().hex(), **frame_shown(made)} for what, made in cases]
    newer = encode(
        [
            1,
            0,
            1,
            0,
            0,
            [0],
            b"",
            [[99, _LATER], [5, bytes(16), 99, [0]], [1, 1, b"", []]],
            [],
            _LATER,
            {"more": _LATER, "then": 1},
        ]
    )
    many = Frame(own=0, held=Coverage(0, tuple((at, at) for at in range(2, 600, 2))), sequence=1)
    return {
        "good": good,
        "newer": {
            "what": "unknown control, unknown standing of a file and further items are ignored",
            "frame": newer.hex(),
            **frame_shown(Frame(own=0, held=NOTHING, controls=(Propose(1, b"", ()),), sequence=1)),
        },
        "cut": {
            "what": "a writer puts 128 runs into a frame, 16 beside events",
            "held": many.held.to_value(),
            "without_events": many.encode().hex(),
            "with_events": replace(many, events=events).encode().hex(),
            "events": [event.hex() for event in events],
        },
    }


def frame_shown(made: Frame) -> Json:
    controls: list[Json] = []
    for control in made.controls:
        match control:
            case Propose(epoch, public, reserve):
                controls.append(["propose", epoch, public.hex(), [key.hex() for key in reserve]])
            case Answer(epoch, sealed, reserve):
                controls.append(["answer", epoch, sealed.hex(), [key.hex() for key in reserve]])
            case FileWord(name, standing, held):
                controls.append(["file", int(standing), name.hex(), held.to_value()])
            case ForkNotice(author, number, ids, answer):
                controls.append(["fork answer" if answer else "fork", author, number, [name.hex() for name in ids]])
    return {
        "generation": made.generation,
        "sequence": made.sequence,
        "heard": made.heard,
        "own": made.own,
        "held": made.held.to_value(),
        "head": made.head.hex(),
        "controls": controls,
        "events": [event.hex() for event in made.events],
    }


def coverage(_: Recorded) -> Json:
    """3.4.1: what is held after which numbers, and what is missing."""
    out = []
    for numbers in ([], [1], [1, 2, 3], [2], [3, 1], [3, 1, 2], [5, 7, 6, 1, 9], [2, 4, 6, 3, 5, 1]):
        held = NOTHING
        for number in numbers:
            held = held.with_number(number)
        missing = [list(run) for run in held.missing(8)]
        out.append({"numbers": numbers, "held": held.to_value(), "upto": 8, "missing": missing})
    return out


def frame_defects() -> list[Defect]:
    """3.4.1."""
    good: list[Any] = [1, 0, 1, 0, 0, [0], b"", [], []]

    def changed(at: int, value: Any) -> bytes:
        return encode([*good[:at], value, *good[at + 1 :]])

    found = {
        "version": ("version 2", changed(0, 2)),
        "short": ("an item is missing", encode(good[:-1])),
        "map": ("a map", encode({0: 1})),
        "generation": ("generation 2^32", changed(1, 2**32)),
        "sequence": ("a negative sequence", changed(2, -1)),
        "heard": ("heard is a text", changed(3, "0")),
        "own": ("own of 2^48", changed(4, 2**48)),
        "events-type": ("an event of text", changed(8, ["a"])),
        "events-map": ("events in a map", changed(8, {})),
        "controls-many": ("33 controls", changed(7, [[99]] * 33)),
        "control-empty": ("an empty control", changed(7, [[]])),
        "control-text": ("a control by name", changed(7, [["x"]])),
        "control-long": ("a proposal with a fifth item", changed(7, [[1, 1, b"", [], 0]])),
        "reserve-size": ("a one-time key of 31 bytes", changed(7, [[1, 1, b"", [bytes(31)]]])),
        "reserve-many": ("17 one-time keys", changed(7, [[2, 1, b"", [bytes(32)] * 17]])),
        "fork-author": ("author 2", changed(7, [[3, 2, 1, []]])),
        "fork-many": ("17 ids", changed(7, [[3, 1, 1, [bytes(32)] * 17]])),
        "fork-number": ("number 2^48", changed(7, [[3, 1, 2**48, []]])),
        "file-name": ("a file's name of 15 bytes", changed(7, [[5, bytes(15), 1, [0]]])),
        "file-text": ("a file's name of text", changed(7, [[5, "0123456789abcdef", 1, [0]]])),
        "file-standing": ("a standing by name", changed(7, [[5, bytes(16), "whole", [0]]])),
        "file-held": ("a file's parts that are no coverage", changed(7, [[5, bytes(16), 1, [0, 1, 2]]])),
        "file-short": ("a word of a file without parts", changed(7, [[5, bytes(16), 1]])),
        "epoch": ("epoch 2^63", changed(7, [[1, 2**63, b"", []]])),
        "head-short": ("a head of 7 bytes", changed(6, bytes(7))),
        "head-long": ("a whole id for a head", changed(6, bytes(32))),
        "head-text": ("a head of text", changed(6, "01234567")),
        "held-empty": ("an empty coverage", changed(5, [])),
        "held-even": ("a run without an end", changed(5, [0, 2])),
        "held-touches": ("a run that touches what is held", changed(5, [1, 2, 3])),
        "held-backwards": ("a run that ends before it begins", changed(5, [0, 5, 4])),
        "held-overlaps": ("runs that touch", changed(5, [0, 2, 3, 4, 5])),
        "held-large": ("a number of 2^48 + 1", changed(5, [2**48 + 1])),
        "held-run-large": ("a run up to 2^48 + 1", changed(5, [0, 2, 2**48 + 1])),
        "held-negative": ("below 0", changed(5, [-1])),
        "held-boolean": ("a boolean", changed(5, [False])),
    }
    return bytes_defects("3.4.1", "malformed", {f"frame-{name}": value for name, value in found.items()})
