"""The codec: one value, one encoding (spec 1.1)."""

from __future__ import annotations

import sys
import tracemalloc
from enum import IntEnum
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.wire.codec import MAX_DEPTH, Value, decode, encode

INTEGERS = st.integers(-(2**64), 2**64 - 1) | st.sampled_from(
    [sign * 2**bits + step for bits in (0, 4, 8, 16, 32, 63) for sign in (1, -1) for step in (-1, 0, 1)] + [23, 24, -24]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LEAVES = INTEGERS | TEXTS | st.binary(max_size=300) | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(INTEGERS | TEXTS, inner, max_size=6),
    max_leaves=24,
)


def refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


# --- laws ---


@given(VALUES)
@settings(deadline=None)
def test_what_is_encoded_decodes_to_itself(value: Any) -> None:
    assert decode(encode(value)) == value


@given(VALUES, st.data())
@settings(deadline=None)
def test_no_malleability_near_a_valid_encoding(value: Any, data: st.DataObject) -> None:
    """Whatever decodes, decodes from its own encoding only."""
    changed = bytearray(encode(value))
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    law(bytes(changed))


@given(st.binary(max_size=80))
@example(bytes.fromhex("f97e00"))
@example(bytes.fromhex("d74401020304"))
def test_no_malleability_anywhere(data: bytes) -> None:
    law(data)


@given(VALUES)
@settings(deadline=None)
def test_what_general_encoders_write_is_refused_or_the_same(value: Any) -> None:
    law(cbor2.dumps(value))
    law(cbor2.dumps(value, canonical=True))
    law(cbor2.dumps(value, value_sharing=True))
    law(cbor2.dumps(value, string_referencing=True))


def law(data: bytes) -> None:
    try:
        value = decode(data)
    except Malformed:
        return
    assert encode(value) == data


@given(st.dictionaries(INTEGERS | TEXTS, st.none(), min_size=2, max_size=8))
@settings(deadline=None)
def test_map_keys_stand_in_the_order_of_their_bytes(value: dict[Any, Any]) -> None:
    """RFC 8949, section 4.2.1, and not the older order of section 4.2.3, in which shorter keys go first."""
    keys = sorted(cbor2.dumps(key) for key in value)
    head = bytes([0xA0 + len(value)])
    assert encode(value) == head + b"".join(key + b"\xf6" for key in keys)


def test_the_order_of_keys_does_not_come_from_the_dictionary() -> None:
    assert encode({"b": 1, "a": {2: 0, 1: 0}}) == encode({"a": {1: 0, 2: 0}, "b": 1})
    assert encode({1000: 0, -1: 0}).hex() == "a21903e8002000"
    refused(bytes.fromhex("a220001903e800"))


def test_tuples_are_written_as_lists() -> None:
    assert encode((1, (2, b""))) == encode([1, [2, b""]])
    assert decode(encode((1, (2, b"")))) == [1, [2, b""]]


# --- RFC 8949, appendix A, as far as we write it ---

APPENDIX_A: list[tuple[str, Value]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1903e8", 1000),
    ("1a000f4240", 1000000),
    ("1bffffffffffffffff", 18446744073709551615),
    ("20", -1),
    ("3903e7", -1000),
    ("3bffffffffffffffff", -18446744073709551616),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("40", b""),
    ("4401020304", b"\1\2\3\4"),
    ("60", ""),
    ("62225c", '"\\'),
    ("63e6b0b4", "水"),
    ("64f0908591", "\U00010151"),
    ("80", []),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", list(range(1, 26))),
    ("a0", {}),
    ("a201020304", {1: 2, 3: 4}),
    ("a26161016162820203", {"a": 1, "b": [2, 3]}),
    ("826161a161626163", ["a", {"b": "c"}]),
]


@pytest.mark.parametrize(("encoded", "value"), APPENDIX_A)
def test_the_examples_of_the_rfc(encoded: str, value: Value) -> None:
    assert encode(value).hex() == encoded
    assert decode(bytes.fromhex(encoded)) == value


# --- everything that a general decoder would take and we do not ---

NOT_CANONICAL = {
    "nothing": "",
    "an integer in one byte too many": "1817",
    "an integer in two": "190017",
    "an integer in four": "1a0000ffff",
    "an integer in eight": "1b00000000ffffffff",
    "a negative integer too long": "3800",
    "a length in one byte too many": "580100",
    "a text length too long": "780161",
    "a list length too long": "980100",
    "a list length in eight bytes": "9b000000000000000100",
    "a map length too long": "b8010000",
    "map keys out of order": "a202000100",
    "map keys out of order, longer first": "a262616100616200",
    "map keys in the older order": "a22000186400",
    "doubled map keys": "a201000100",
    "doubled map keys that differ in length": "a20100180100",
    "a map key that is bytes": "a1416100",
    "a map key that is true": "a1f500",
    "a map key that is null": "a1f600",
    "a map key that is a list": "a18000",
    "a map key that is a float": "a1f93c0000",
    "a byte string without length": "5f4100ff",
    "a text without length": "7f6161ff",
    "a list without length": "9f00ff",
    "a map without length": "bf0000ff",
    "a break alone": "ff",
    "a list that is broken off": "8200",
    "bytes broken off": "4200",
    "a map broken off": "a100",
    "a head broken off": "1900",
    "bytes behind": "0000",
    "a break behind": "80ff",
    "a half float": "f93c00",
    "a float": "fa3f800000",
    "a double": "fb3ff0000000000000",
    "not a number": "f97e00",
    "infinity": "f97c00",
    "a float in a list": "81f93c00",
    "undefined": "f7",
    "undefined in a list": "81f7",
    "a simple value": "f0",
    "a simple value in two bytes": "f8ff",
    "false in two bytes": "f814",
    "a reserved length": "1c",
    "text that is not UTF-8": "61ff",
    "half a surrogate pair": "63eda080",
    "UTF-8 too long": "62c080",
}


@pytest.mark.parametrize("data", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_what_is_not_canonical_is_refused(data: str) -> None:
    refused(bytes.fromhex(data))


TAGGED = {
    0: "c074323031332d30332d32315432303a30343a30305a",
    1: "c11a514b67b0",
    2: "c249010000000000000000",
    3: "c349010000000000000000",
    4: "c48221196ab3",
    5: "c5822003",
    24: "d818456449455446",
    25: "d90100826161d81900",
    28: "d81c80",
    29: "d81c81d81d00",
    30: "d81e820103",
    32: "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    35: "d823612e",
    36: "d82478184d494d452d56657273696f6e3a20312e300d0a0d0a610d0a",
    37: "d82550" + "00" * 16,
    52: "d83444c0000201",
    54: "d83650" + "00" * 16,
    100: "d8641900ff",
    256: "d9010080",
    258: "d9010283010203",
    260: "d9010444c0a80001",
    261: "d90105a144c0a800001818",
    1004: "d903ec6a323031332d30332d3231",
    43000: "d9a7f882c2410101",
    55799: "d9d9f700",
    12345: "d9303900",
    2**63: "db800000000000000000",
}


@pytest.mark.parametrize("data", TAGGED.values(), ids=TAGGED.keys())
def test_every_tag_is_refused(data: str) -> None:
    refused(bytes.fromhex(data))
    refused(b"\x81" + bytes.fromhex(data))
    refused(b"\xa1\x00" + bytes.fromhex(data))


@pytest.mark.parametrize("tag", [*range(64), 100, 256, 258, 260, 261, 1004, 43000, 55799])
@pytest.mark.parametrize("content", ["00", "40", "4100", "60", "6130", "80", "820000", "a0", "f6"])
def test_every_tag_is_refused_whatever_is_in_it(tag: int, content: str) -> None:
    refused(cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1] + bytes.fromhex(content))


# --- what would hurt the machine ---


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_nesting_has_an_end_and_it_is_the_same_both_ways() -> None:
    data = encode(nested(MAX_DEPTH))
    assert decode(data) == nested(MAX_DEPTH)
    assert decode(encode(deep_map := {1: nested(MAX_DEPTH - 1)})) == deep_map
    for deeper in (1, 2, 1000, 100_000):
        refused(b"\x81" * deeper + data)
    for value in (nested(MAX_DEPTH + 1), {1: nested(MAX_DEPTH)}):
        with pytest.raises(Malformed):
            encode(value)


def test_a_list_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(Malformed):
        encode(value)


def most_memory() -> int:
    """The most KiB that this process ever had, also outside Python's own allocator."""
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("head", [0x40, 0x60, 0x80, 0xA0])
@pytest.mark.parametrize("size", [2**16, 2**31, 2**32, 2**40, 2**62, 2**64 - 1])
def test_a_huge_declared_length_takes_no_memory(head: int, size: int) -> None:
    data = bytes([head | 27]) + size.to_bytes(8, "big") + b"\x00" * 64
    before = most_memory()
    tracemalloc.start()
    try:
        refused(data)
        refused(b"\x81" * 8 + data)
        refused(bytes([head | 26]) + (size % 2**32).to_bytes(4, "big") + b"\x00" * 64)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20
    assert most_memory() - before < 16 * 1024


# --- what has no encoding ---


class Number(IntEnum):
    ONE = 1


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**64,
        -(2**64) - 1,
        {1, 2},
        frozenset({1}),
        bytearray(b"x"),
        print,
        cbor2.undefined,
        Number.ONE,
        Word("x"),
        {b"x": 1},
        {True: 1},
        {None: 1},
        {(1,): 1},
        {Word("x"): 1},
        "\ud800",
        ["a", "\udcff"],
        {"\ud800": 1},
        dict.fromkeys(("\ud800", "\udfff"), 1),
    ],
    ids=repr,
)
def test_what_has_no_encoding_is_refused(value: Any) -> None:
    for inside in (value, [value], (0, value), {0: [value]}):
        with pytest.raises(Malformed):
            encode(inside)


KEYS = st.one_of(
    st.integers(-(2**64), 2**64 - 1), st.text(max_size=3), st.integers(0, 300).map(lambda size: "x" * size)
)
MAPS = st.recursive(
    st.dictionaries(KEYS, st.just(1), max_size=4),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(st.lists(inner, max_size=2), max_size=2),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=6,
)


@given(MAPS)
def test_keys_in_another_order_are_refused_wherever_the_map_is(value: Any) -> None:
    as_it_came = cbor2.dumps(value)  # in the order in which the keys were put in
    if as_it_came == encode(value):
        assert decode(as_it_came) == value
    else:
        with pytest.raises(Malformed):
            decode(as_it_came)
