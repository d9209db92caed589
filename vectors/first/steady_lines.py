"""18: slots, pieces and what says nothing, and what is no piece."""

from backchannel.crypto.suite import Role
from backchannel.line.epochs import Epochs
from backchannel.line.pieces import cut, nothing
from backchannel.line.seal import seal
from backchannel.line.slots import DAY, MINUTE, Rhythm, slot_at, start_of, stride
from backchannel.line.steady import steady_key_of
from backchannel.wire.envelope import BUCKETS, LARGEST_CONTENT, capacity
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import line_context, line_context_shown, seeded
from vectors.first.shown import Json, Recorded, shown


def steady(_: Recorded) -> Json:
    """18.1, 18.2."""
    context, epochs = line_context(), Epochs(((7, seeded("root 7", 32)),))
    root, message = epochs.root(7), seeded("steady message", 8)
    contents = [
        (1024, b"\x05" + seeded("short", 300)),
        (1024, b"\x05" + seeded("three pieces", 2000)),
        (1024, b"\x04" + seeded("two full pieces", 2 * 967 - 1)),
        (4096, b"\x07" + seeded("two pieces", 5000)),
        (65536, b"\x0b" + bytes(65444)),
        (65536, b"\x05" + bytes(LARGEST_CONTENT - 1)),
    ]
    return {
        "slots": _slots(),
        "strides": [
            {"every": every, "silent": silent, "stride": stride(Rhythm(every, 1024), silent)}
            for every in (MINUTE, 10 * MINUTE, 13 * 60 * MINUTE, DAY)
            for silent in (-1, 0, 1023, 1024, 1535, 1536, 2560, 10_000, 1_000_000)
        ],
        "context": line_context_shown(),
        "root": root.hex(),
        "message": message.hex(),
        "keys": [
            {"epoch": 7, "writer": int(writer), "key": steady_key_of(context, root, 7, writer).hex()} for writer in Role
        ],
        "pieces": [
            {"size": size, "content": shown(content), "bodies": [shown(body) for body in cut(content, size, message)]}
            for size, content in contents
        ],
        "envelopes": [
            {
                "body": shown(body),
                "nonce": seeded(f"steady nonce {at}", 24).hex(),
                "envelope": seal(
                    steady_key_of(context, root, 7, Role.INVITER), seeded(f"steady nonce {at}", 24), b"\x0d" + body
                ).hex(),
            }
            for at, body in enumerate([*map(nothing, BUCKETS[:2]), cut(contents[0][1], 1024, message)[0]])
        ],
    }


def _slots() -> Json:
    out = []
    for every, phase, now in (
        (10 * MINUTE, 0, 0),
        (10 * MINUTE, 123_456, 1_900_000_000_000),
        (10 * MINUTE, 599_999, 599_998),
        (DAY, 1, 1_900_000_000_000),
        (60_001, 60_000, 1_900_000_000_001),
    ):
        rhythm = Rhythm(every, 1024)
        slot = slot_at(rhythm, phase, now)
        begins, ends = (start_of(rhythm, phase, each) for each in (slot, slot + 1))
        out.append({"every": every, "phase": phase, "now": now, "slot": slot, "begins": begins, "ends": ends})
    return out


def piece_defects() -> list[Defect]:
    """18.2: what stands behind the type, and is no piece."""
    message = seeded("steady message", 8)

    def body(count: int, number: int, length: int, chunk: bytes, size: int = 1024) -> bytes:
        head = bytes((count, number)) + message + length.to_bytes(2, "big")
        return (head + chunk).ljust(capacity(size) - 1, b"\x00")

    found = {
        "empty": ("nothing", b""),
        "length": ("a length that no envelope allows", bytes(980)),
        "zero": ("number 0", body(1, 0, 1, b"x")),
        "above": ("a number above the count", body(1, 2, 1, b"x")),
        "none": ("no chunk", body(1, 1, 0, b"")),
        "long": ("a chunk longer than fits", body(1, 1, 968, bytes(967))),
        "short": ("a chunk that is not full and not the last", body(2, 1, 966, b"x" * 966)),
        "padding": ("zeros that are none", body(1, 1, 1, b"xy")),
        "many": ("more pieces than any content has", body(69, 1, 967, b"x" * 967)),
        "much": ("a last chunk beyond the largest content", body(2, 2, 14, b"x" * 14, 65536)),
        "mark": ("zeros but for the last", bytes(978) + b"\x01"),
    }
    return bytes_defects("18.2", "malformed", {f"piece-{key}": value for key, value in found.items()})
