"""Inputs without a guide: random bytes, and valid examples that something happened to; one seed, one series."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EDGES = (
    0,
    1,
    0x17,
    0x18,
    0x19,
    0x1A,
    0x1B,
    0x1F,
    0x20,
    0x3F,
    0x40,
    0x5F,
    0x60,
    0x7F,
    0x80,
    0x9F,
    0xA0,
    0xC2,
    0xF5,
    0xFF,
)
"""Bytes at which a parser turns off: heads of CBOR, signs, full and empty."""


def heads(examples: Sequence[bytes], reach: int) -> Iterator[bytes]:
    """Yield each example with each of its first bytes changed to each byte of `EDGES`: one at a time, none left out."""
    for example in examples:
        for at in range(min(reach, len(example))):
            for edge in EDGES:
                yield example[:at] + bytes([edge]) + example[at + 1 :]


def inputs(examples: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Yield the examples as they are, and then so many that are not.

    Args:
        examples: valid inputs.
        count: how many more.
        seed: of the choice.
    """
    chance = random.Random(seed)
    yield from examples
    yield b""
    for _ in range(count):
        if chance.random() < 0.2:
            yield chance.randbytes(chance.choice((1, 2, 5, 20, 100, 1024)))
        else:
            yield _changed(chance, examples)


def _changed(chance: random.Random, examples: Sequence[bytes]) -> bytes:
    data = bytearray(chance.choice(examples))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        # Most of what decides stands at the beginning, behind it much is filling.
        reach = len(data) if chance.random() < 0.5 else min(len(data), 24)
        at = chance.randrange(reach + 1)
        match chance.randrange(7):
            case 0:
                data[at : at + 1] = bytes([chance.choice(EDGES)])
            case 1:
                data[at : at + 1] = chance.randbytes(1)
            case 2:
                del data[at : at + chance.choice((1, 2, 8, 500))]
            case 3:
                data[at:at] = bytes(chance.choice(EDGES) for _ in range(chance.choice((1, 2, 9))))
            case 4:
                data[at:at] = data[at : at + chance.choice((1, 4, 64))]
            case 5:
                other = chance.choice(examples)
                data[at:] = other[chance.randrange(len(other) + 1) :]
            case _:
                if data:
                    data[at % len(data)] ^= 1 << chance.randrange(8)
    return bytes(data)
