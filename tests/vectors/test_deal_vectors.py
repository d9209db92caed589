"""Our code against vectors/line/deal.json, from its inputs."""

import json
from pathlib import Path
from typing import Any

import pytest

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import digest
from backchannel.ledger.deal import check_signature, deal_line, draft_from, fingerprint
from backchannel.ledger.deal_file import deal_file, verify_deal
from backchannel.ledger.evolve import evolve
from backchannel.ledger.listing import Listings, evolve_lists
from backchannel.ledger.mandate import text_hash
from backchannel.ledger.name_folding import fold
from backchannel.ledger.name_list import made_key
from backchannel.ledger.state import Ledger
from backchannel.ledger.terms import decode_terms, encode_terms
from backchannel.ledger.third import ThirdParty, evolve_third
from backchannel.ledger.wording import LANGUAGES
from backchannel.log.event import read_event
from backchannel.log.fold import fold as log_fold
from backchannel.log.order import in_order
from vectors.first.deal import value_of
from vectors.first.ledger import came_to
from vectors.first.lists import lists_shown
from vectors.first.third import third_came_to

FOUND: Any = json.loads((Path(__file__).parents[2] / "vectors" / "line" / "deal.json").read_text())["vectors"]


LISTS: Any = json.loads((Path(__file__).parents[2] / "vectors" / "line" / "lists.json").read_text())["vectors"]
LEDGERS: Any = [
    case
    for name in ("ledger.json", "release.json")
    for case in json.loads((Path(__file__).parents[2] / "vectors" / "line" / name).read_text())["vectors"]
]


@pytest.mark.parametrize("case", LEDGERS, ids=lambda case: case["what"])
def test_what_events_come_to(case: Any) -> None:
    """Whatever order they came in."""
    events = [read_event(bytes.fromhex(raw)) for raw in case["events"]]
    for some in (events, events[::-1]):
        assert came_to(log_fold(evolve, in_order(some), Ledger(bytes.fromhex(case["line"])))) == case["after"]


THIRD: Any = json.loads((Path(__file__).parents[2] / "vectors" / "line" / "third.json").read_text())["vectors"]


@pytest.mark.parametrize("case", THIRD["lines"], ids=lambda case: case["what"])
def test_what_events_with_a_third_party_come_to(case: Any) -> None:
    events = [read_event(bytes.fromhex(raw)) for raw in case["events"]]
    for some in (events, events[::-1]):
        assert third_came_to(log_fold(evolve_third, in_order(some), ThirdParty())) == case["after"]


def test_a_text_has_its_hash() -> None:
    assert text_hash(THIRD["text"]["clauses"]).hex() == THIRD["text"]["hash"]


def test_terms_and_their_texts() -> None:
    for case in FOUND["terms"]:
        raw = bytes.fromhex(case["terms"])
        terms = decode_terms(raw)
        assert encode_terms(terms) == raw
        assert value_of(terms) == case["value"]
        made = draft_from(raw, LANGUAGES)
        assert dict(zip(made.languages, made.texts, strict=True)) == case["texts"]
        assert (made.hash.hex(), draft_from(raw, ["en"]).hash.hex()) == (case["hash"], case["hash_in_english"])


def test_line_and_list() -> None:
    assert deal_line(bytes.fromhex(FOUND["line"]["origin"])).hex() == FOUND["line"]["line"]
    assert digest("name list", FOUND["list"]["rows"]).hex() == FOUND["list"]["hash"]


def test_the_file_and_the_signatures_in_it() -> None:
    found = verify_deal(FOUND["file"].encode())
    assert deal_file(found.draft, found.signatures, found.witnesses).decode() == FOUND["file"]
    for case, one in zip(FOUND["signatures"], found.signatures, strict=True):
        key = SigningKey.from_bytes(bytes.fromhex(case["private"]))
        assert key.public() == one.public == bytes.fromhex(case["public"])
        assert (fingerprint(one.public), int(one.role)) == (case["digits"], case["role"])
        assert one.signature.hex() == case["signature"]
        check_signature(bytes.fromhex(case["hash"]), one)
    (witness,) = found.witnesses
    shown = FOUND["witness"]
    assert (witness.name, witness.capacity.value) == (shown["name"], shown["capacity"])
    assert SigningKey.from_bytes(bytes.fromhex(shown["private"])).public() == witness.public
    assert witness.public.hex() == shown["public"]
    assert witness.signature.hex() == shown["signature"]


def test_names_and_lists() -> None:
    """Whatever order the events came in."""
    for case in LISTS["names"]:
        assert [fold(case["name"]), fold(case["born"])] == case["folded"]
        assert made_key(case["name"], case["born"]) == case["key"]
    for case in LISTS["lines"]:
        events = [read_event(bytes.fromhex(raw)) for raw in case["events"]]
        for some in (events, events[::-1]):
            found = lists_shown(log_fold(evolve_lists, in_order(some), Listings()))
            assert json.loads(json.dumps(found)) == case["after"], case["what"]
