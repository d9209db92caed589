"""The checks that every decoder of ours begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backchannel.errors import Malformed
from backchannel.wire import shape

NAME = "thing"


@pytest.mark.parametrize(
    ("check", "value", "result"),
    [
        (lambda value: shape.fields(value, 1, 2, NAME), [1, "a", b"b"], ["a", b"b"]),
        (lambda value: shape.fields(value, 0, 0, NAME), [0], []),
        (lambda value: shape.sized(value, 3, NAME), b"abc", b"abc"),
        (lambda value: shape.sized(value, 0, NAME), b"", b""),
        (lambda value: shape.blob(value, NAME), b"", b""),
        (lambda value: shape.whole(value, NAME), 0, 0),
        (lambda value: shape.whole(value, NAME), 2**63 - 1, 2**63 - 1),
        (lambda value: shape.whole(value, NAME, below=2), 1, 1),
        (lambda value: shape.text(value, NAME), "", ""),
        (lambda value: shape.text(value, NAME, longest=2), "שם", "שם"),
        (lambda value: shape.items(value, NAME, most=2), [1, None], [1, None]),
        (lambda value: shape.items(value, NAME, most=0), [], []),
        (lambda value: shape.grown(value, 2, ["x", "y"]), [1, "a", "b"], [1, "a", "b", "x", "y"]),
        (lambda value: shape.grown(value, 2, ["x", "y"]), [1, "a", "b", "c"], [1, "a", "b", "c", "y"]),
        (lambda value: shape.grown(value, 2, ["x", "y"]), [1, "a", "b", "c", "d"], [1, "a", "b", "c", "d"]),
        (lambda value: shape.grown(value, 2, ["x"]), [1, "a"], [1, "a"]),
        (lambda value: shape.grown(value, 0, ["x"]), "not a list", "not a list"),
    ],
)
def test_what_fits_comes_back(check: Callable[[Any], Any], value: Any, result: Any) -> None:
    assert check(value) == result


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (
            lambda value: shape.fields(value, 1, 1, NAME),
            [None, 1, b"\1\2", "ab", {1: 2}, (1, 2), [], [1], [1, 2, 3], [2, 2], [0, 2], [True, 2], ["1", 2], [1.0, 2]],
        ),
        (lambda value: shape.sized(value, 2, NAME), [b"", b"a", b"abc", "ab", bytearray(2), [1, 2], None, 2]),
        (lambda value: shape.blob(value, NAME), ["", bytearray(1), memoryview(b""), [], None, 0]),
        (lambda value: shape.whole(value, NAME, below=10), [-1, 10, True, False, 1.0, "1", b"1", None, [1]]),
        (lambda value: shape.whole(value, NAME), [-1, 2**63]),
        (lambda value: shape.text(value, NAME, longest=2), ["abc", b"a", None, 1, ["a"]]),
        (lambda value: shape.items(value, NAME, most=1), [[1, 2], (1,), "a", b"a", {1: 1}, None]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(check: Callable[[Any], Any], values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Malformed, match=NAME):
            check(value)
