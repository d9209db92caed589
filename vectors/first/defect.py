"""The form of a vector of what must be refused: one defect a file."""

from vectors.first.shown import Json, shown

Defect = tuple[str, str, str, str, dict[str, Json]]
"""Name, step, what is wrong, the error's code, and the inputs; the name begins with what to do."""


def flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def bytes_defects(step: str, error: str, found: dict[str, tuple[str, bytes]], **more: Json) -> list[Defect]:
    return [(name, step, what, error, {"bytes": shown(data), **more}) for name, (what, data) in found.items()]
