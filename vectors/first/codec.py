"""1.1: the codec, and bytes that it refuses."""

from typing import Any

from backchannel.wire.codec import encode
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded, tagged


def _deep(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def codec(_: Recorded) -> Json:
    """1.1."""
    numbers = [0, 1, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**63, 2**64 - 1]
    values: list[Any] = [
        *numbers,
        *(-1 - number for number in numbers),
        b"",
        b"\x00",
        seeded("codec", 24),
        "",
        "a",
        "שלום",
        "مرحبا",
        "e\u0301",
        "\U0001f54a",
        True,
        False,
        None,
        [],
        [1, [2, b"3", "4"], None],
        {},
        {"text": "x"},
        {"b": 1, "aa": 2, "a": 3},
        {1: "one", "1": "text one", -1: "minus"},
        {24: 1, -1: 2},
        _deep(16),
    ]
    return [{"value": tagged(value), "bytes": encode(value).hex()} for value in values]


def codec_defects() -> list[Defect]:
    """1.1."""
    raw = {
        "empty": ("nothing", ""),
        "longer-integer": ("23 in two bytes", "1817"),
        "behind": ("something behind", "0101"),
        "longer-length": ("a length in two bytes", "5801aa"),
        "indefinite-list": ("no count", "9fff"),
        "indefinite-bytes": ("no length", "5f41aaff"),
        "indefinite-map": ("no count", "bfff"),
        "cut": ("cut off", "42aa"),
        "unsorted": ("keys unsorted", "a2616201616102"),
        "doubled": ("a key twice", "a2616101616102"),
        "key-order": ("shorter keys first, not lower bytes", "a2200a181801"),
        "float": ("a float", "f93c00"),
        "double": ("a double", "fb3ff0000000000000"),
        "undefined": ("undefined", "f7"),
        "simple": ("simple value", "f8ff"),
        "tag": ("a date tag", "c001"),
        "bignum": ("a bignum", "c249010000000000000000"),
        "self-tag": ("tag 55799", "d9d9f700"),
        "unknown-tag": ("an unknown tag", "d9fffe00"),
        "bytes-key": ("a key of bytes", "a141aa01"),
        "null-key": ("null key", "a1f601"),
        "boolean-key": ("a boolean key", "a1f501"),
        "list-key": ("a list as key", "a18001"),
        "utf8": ("not UTF-8", "61ff"),
        "surrogate": ("a surrogate in UTF-8", "63eda080"),
        "deep": ("17 lists inside each other", "81" * 16 + "80"),
        "reserved": ("a reserved length", "1c"),
    }
    found = {f"codec-{name}": (what, bytes.fromhex(data)) for name, (what, data) in raw.items()}
    return bytes_defects("1.1", "malformed", found)
