"""Times and files as people write them."""

from __future__ import annotations

import pytest

from backchannel.app.package_file import read_map, read_offer_file, read_until, read_words
from backchannel.errors import InputRefused, Oversize
from backchannel.table.acts import Until

NOW = 1_900_000_000_000


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("30m", Until(NOW + 1_800_000, 120)),
        ("+12h", Until(NOW + 43_200_000, 120)),
        (" 3d ", Until(NOW + 259_200_000, 120)),
        ("2w", Until(NOW + 1_209_600_000, 120)),
        ("2030-01-31T18:00+02:00", Until(1_896_105_600_000, 120)),
        ("2030-01-31T18:00:00.5Z", Until(1_896_112_800_500, 0)),
        ("2030-01-31 18:00-03:30", Until(1_896_125_400_000, -210)),
    ],
)
def test_an_end_is_a_time_with_its_zone_or_a_span_from_now(typed: str, end: Until) -> None:
    assert read_until(typed, NOW, 120) == end


@pytest.mark.parametrize("typed", ["", "3", "3y", "soon", "2030-01-31", "2030-01-31T18:00", "31.1.2030 18:00", "-3d"])
def test_an_end_without_a_zone_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(InputRefused):
        read_until(typed, NOW, 120)


def test_a_span_beyond_all_calendars_is_still_an_answer() -> None:
    assert read_until("999999w", NOW, 0).moment > NOW


def test_a_word_is_a_word_in_yaml() -> None:
    assert read_map(b"a: no\nb: 010\nc: 2030-01-31\nd: ~\ne: [1, yes]\n") == {
        "a": "no", "b": "010", "c": "2030-01-31", "d": "~", "e": ["1", "yes"],
    }  # fmt: skip


def test_json_is_read_as_well() -> None:
    offer = read_offer_file(b'{"package": {"people": 7, "named": ["\\u05d0", "B, C"]}, "conditions": []}')
    assert offer.package == {"people": "7", "named": ["א", "B, C"]}


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Oversize):
        read_map(b"a" * 300_000)


def test_words_are_split_at_the_first_sign() -> None:
    assert read_words(["a=b=c", "ד= ה "]) == {"a": "b=c", "ד": " ה "}
