from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import x
from backchannel.errors import InputRefused, Malformed, Oversize
from backchannel.insight import additive_frontier
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.domain_xml import LARGEST_FILE, MOST_OPTIONS, SCALE, read_domain, read_profile
from tests.insight import brute

EXAMPLES = x.ROOT / "examples" / "domains"
DOMAIN = (EXAMPLES / "crossing.xml").read_bytes()
NORTH = (EXAMPLES / "crossing-north.xml").read_bytes()


def test_the_example_pair_is_read() -> None:
    domain = read_domain(DOMAIN)
    assert domain.sizes == (3, 4, 7, 3)
    assert domain.issues[2] == Issue("days a week", ("1", "2", "3", "4", "5", "6", "7"))
    north = read_profile(NORTH, domain)
    assert north.preferences.reservation == 450_000
    assert north.discount == Fraction(9, 10)
    assert north.preferences.points[0] == (50_000, 125_000, 250_000)  # 0.25 times 2/10, 5/10, 1
    assert north.preferences.points[2] == (40_000, 100_000, 160_000, 220_000, 280_000, 340_000, 400_000)
    assert sum(map(max, north.preferences.points)) == SCALE
    assert repr(north).count("0") < 10  # the figures are private


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.xml")), ids=lambda path: path.name)
def test_every_example_is_read(path: Path) -> None:
    domain = read_domain(path.read_bytes())
    assert domain == read_domain(DOMAIN)
    if path.name != "crossing.xml":
        read_profile(path.read_bytes(), domain)


def test_the_example_has_the_frontier_that_brute_force_finds() -> None:
    domain = read_domain(DOMAIN)
    sides = [read_profile((EXAMPLES / f"crossing-{side}.xml").read_bytes(), domain) for side in ("north", "south")]
    mine, theirs = (side.preferences.points for side in sides)
    front = additive_frontier(mine, theirs)
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == brute.frontier(mine, theirs)
    index = front.nash(reserve=(sides[0].preferences.reservation, sides[1].preferences.reservation))
    assert domain.named(front.package(index))["crossing"] == "both"


def xml(issues: Any, rest: Any = "") -> Any:
    text = f"<utility_space><objective>{issues}</objective>{rest}</utility_space>"
    return text.encode()


ONE = (
    '<issue index="1" name="a" type="discrete"><item value="x" evaluation="1"/><item value="y" evaluation="4"/></issue>'
)
WEIGHT = '<weight index="1" value="1.0"/>'
SMALL = Domain((Issue("a", ("x", "y")),))


def test_order_and_rounding() -> None:
    swapped = ONE.replace('"x"', '"z"').replace('"y"', '"x"').replace('"z"', '"y"')
    profile = read_profile(xml(swapped, '<weight index="1" value="0.3333333333"/>'), SMALL)
    assert profile.preferences.points == ((333_333, 83_333),)
    assert profile.discount == 1
    assert profile.preferences.reservation == 0


def test_an_integer_issue_may_leave_its_bounds_to_the_domain_and_is_held_within_0_and_1() -> None:
    domain = Domain((Issue("n", ("2", "3", "4", "5")),))
    for bounds in ("", ' lowerbound="2" upperbound="5"'):
        linear = '<evaluator ftype="linear" offset="-0.2" slope="0.5"/>'
        issue = f'<issue index="1" name="n" type="integer"{bounds}>{linear}</issue>'
        assert read_profile(xml(issue, WEIGHT), domain).preferences.points == ((0, 300_000, 800_000, SCALE),)
    ranged = '<issue index="1" name="n" etype="integer"><range lowerbound="2" upperbound="5"/></issue>'
    assert read_domain(xml(ranged)) == domain


def test_an_issue_whose_evaluations_are_all_zero_is_worth_nothing() -> None:
    assert read_profile(xml(ONE.replace('"4"', '"0"').replace('"1"/', '"0"/'), WEIGHT), SMALL).preferences.points == (
        (0, 0),
    )


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"", "line 1"),
        (b"<a>", "line 1"),
        (b"<utility_space/>", "no issue"),
        (b"\xff\xfe\x00", "XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        (xml(ONE.replace('name="a"', "")), "name"),
        (xml(ONE + ONE), "'a'"),
        (xml('<issue name="a" type="real"><range lowerbound="0" upperbound="1"/></issue>'), "'real'"),
        (xml('<issue name="a" type="discrete"/>'), "'a'"),
        (xml('<issue name="a"><item value="x"/><item value="x"/></issue>'), "item 2"),
        (xml('<issue name="a"><item/></issue>'), "item 1"),
        (xml('<issue name="a" type="integer"/>'), "lowerbound"),
        (xml('<issue name="a" type="integer" lowerbound="0"/>'), "upperbound"),
        (xml('<issue name="a" type="integer" lowerbound="3" upperbound="2"/>'), "bounds"),
        (xml('<issue name="a" type="integer" lowerbound="0" upperbound="0.5"/>'), "bounds"),
        (xml(f'<issue name="a" type="integer" lowerbound="0" upperbound="{MOST_OPTIONS}"/>'), "bounds"),
        (xml('<issue name="a" type="integer" lowerbound="0" upperbound="1e999999999"/>'), "upperbound"),
    ],
)
def test_a_malformed_domain_names_the_place(raw: Any, place: Any) -> None:
    with pytest.raises(Malformed) as caught:
        read_domain(raw)
    assert place in caught.value.detail


@pytest.mark.parametrize(
    ("issues", "rest", "place"),
    [
        (ONE, "", "no weight"),
        (ONE, WEIGHT + WEIGHT, "weight 1"),
        (ONE, WEIGHT.replace("1.0", "-1"), "weight 1"),
        (ONE, WEIGHT.replace("1.0", "nan"), "weight 1"),
        (ONE, WEIGHT.replace("1.0", "1/3"), "weight 1"),
        (ONE, WEIGHT.replace("1.0", "1" * 41), "weight 1"),
        (ONE.replace('"4"', '"-4"'), WEIGHT, "'a'"),
        (ONE.replace(' evaluation="4"', ""), WEIGHT, "item 2"),
        (ONE.replace('"y"', '"z"'), WEIGHT, "'a'"),
        (ONE.replace('"a"', '"b"'), WEIGHT, "'a'"),
        (ONE + ONE, WEIGHT, "'a'"),
        (ONE + ONE.replace('"a"', '"b"'), WEIGHT, "'b'"),
        (ONE, WEIGHT + '<reservation value="1.1"/>', "reservation"),
        (ONE, WEIGHT + '<reservation value="x"/>', "reservation"),
        (ONE, WEIGHT + '<reservation value="0"/><reservation value="0"/>', "reservation"),
        (ONE, WEIGHT + '<discount_factor value="1.5"/>', "discount_factor"),
        ('<issue index="1" name="a" type="integer" lowerbound="1" upperbound="2"/>', WEIGHT, "evaluator"),
        (
            '<issue index="1" name="a" type="integer"><evaluator ftype="triangular" offset="0" slope="1"/></issue>',
            WEIGHT,
            "evaluator",
        ),
        (
            '<issue index="1" name="a" type="integer"><evaluator ftype="linear" offset="0"/></issue>',
            WEIGHT,
            "slope",
        ),
    ],
)
def test_a_malformed_profile_names_the_place(issues: Any, rest: Any, place: Any) -> None:
    with pytest.raises(Malformed) as caught:
        read_profile(xml(issues, rest), SMALL)
    assert place in caught.value.detail


def test_too_large_is_not_even_parsed() -> None:
    for way in (read_domain, lambda raw: read_profile(raw, SMALL)):
        with pytest.raises(Oversize):
            way(b"<" * (LARGEST_FILE + 1))


@given(st.data())
@settings(max_examples=150)
def test_a_damaged_file_is_read_or_refused(data: Any) -> None:
    raw = bytearray(data.draw(st.sampled_from([DOMAIN, NORTH])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        raw[start : start + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"&", b"9", b"-"])
        )
    for way in (read_domain, lambda damaged: read_profile(damaged, read_domain(DOMAIN))):
        try:
            way(bytes(raw))
        except InputRefused as error:
            named = error.detail
        else:
            named = "read"
        assert named
