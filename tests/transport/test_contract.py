"""What every transport promises, by one suite; `tests/support/transports.py` lists them (spec 5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.ports import Found, Transport
from backchannel.crypto.suite import Role
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.wire.envelope import BUCKETS
from tests.support.transports import FACTORIES, Factory, Opener

SMALL = BUCKETS[0]


@pytest.fixture(params=FACTORIES, ids=lambda factory: factory.__name__)
def open_transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    factory: Factory = request.param
    place = tmp_path / "place"
    place.mkdir()
    with factory(place) as opener:
        yield opener


@pytest.fixture
def transport(open_transport: Opener) -> Iterator[Transport]:
    transport = open_transport()
    yield transport
    transport.close()


@pytest.fixture
def box() -> Mailbox:
    return mailbox_from(os.urandom(32), Role.INVITER, b"contract")


def envelopes(count: int, size: int = SMALL) -> list[bytes]:
    return [os.urandom(size) for _ in range(count)]


def bytes_of(found: list[Found]) -> list[bytes]:
    return [each.envelope for each in found]


def drained(transport: Transport, box: Mailbox) -> list[bytes]:
    """Everything in a mailbox, over as many calls as it takes."""
    everything: list[bytes] = []
    while found := transport.get(box):
        everything.extend(bytes_of(found))
        transport.delete(box, [each.receipt for each in found])
    return everything


def test_it_has_a_name_and_says_whether_it_is_shared(transport: Transport) -> None:
    assert transport.name
    assert transport.shared in (True, False)


def test_an_empty_mailbox_has_nothing_in_it(transport: Transport, box: Mailbox) -> None:
    assert transport.get(box) == []
    transport.delete(box, [])
    transport.put(box, [])
    assert transport.get(box) == []


def test_what_is_put_is_got_in_order_and_unchanged(transport: Transport, box: Mailbox) -> None:
    first, second = envelopes(5), envelopes(5)
    transport.put(box, first)
    transport.put(box, second)
    assert drained(transport, box) == first + second


@pytest.mark.parametrize("size", BUCKETS)
def test_every_size_arrives_unchanged(transport: Transport, box: Mailbox, size: int) -> None:
    sealed = [os.urandom(size), bytes(size), b"\xff" * size, b"\r\n" * (size // 2)]
    transport.put(box, sealed)
    assert drained(transport, box) == sealed


def test_sizes_in_one_batch_may_differ(transport: Transport, box: Mailbox) -> None:
    sealed = [os.urandom(size) for size in (*BUCKETS, *reversed(BUCKETS))]
    transport.put(box, sealed)
    assert drained(transport, box) == sealed


def test_getting_takes_nothing_away(transport: Transport, box: Mailbox) -> None:
    transport.put(box, envelopes(3))
    first = transport.get(box)
    assert first
    assert transport.get(box) == first


def test_deleting_takes_away_exactly_what_was_named(transport: Transport, box: Mailbox) -> None:
    sealed = envelopes(4)
    transport.put(box, sealed)
    found = transport.get(box)
    transport.delete(box, [found[1].receipt, found[2].receipt])
    assert bytes_of(transport.get(box)) == [sealed[0], sealed[3]]


def test_deleting_twice_is_deleting_once(transport: Transport, box: Mailbox) -> None:
    transport.put(box, envelopes(1))
    receipts = [each.receipt for each in transport.get(box)]
    transport.delete(box, receipts)
    later = envelopes(1)
    transport.put(box, later)
    transport.delete(box, receipts)
    assert bytes_of(transport.get(box)) == later, "a receipt never names a later envelope"


def test_a_receipt_named_twice_in_one_call_is_no_matter(transport: Transport, box: Mailbox) -> None:
    sealed = envelopes(2)
    transport.put(box, sealed)
    receipt = transport.get(box)[0].receipt
    transport.delete(box, [receipt, receipt])
    assert bytes_of(transport.get(box)) == sealed[1:]


@pytest.mark.parametrize("receipt", ["", "0", "999999", "no such thing", "../../etc/passwd", "-1", "x" * 300, "שלום"])
def test_unknown_receipts_are_passed_over(transport: Transport, box: Mailbox, receipt: str) -> None:
    sealed = envelopes(2)
    transport.put(box, sealed)
    known = transport.get(box)[0].receipt
    transport.delete(box, [receipt, known])
    assert bytes_of(transport.get(box)) == sealed[1:]


def test_the_same_envelope_twice_is_found_twice(transport: Transport, box: Mailbox) -> None:
    (one,) = envelopes(1)
    transport.put(box, [one, one])
    assert drained(transport, box) == [one, one]


def test_mailboxes_do_not_mix(transport: Transport) -> None:
    """Where others' envelopes may lie in the same place, a reader finds at least its own."""
    boxes = [mailbox_from(bytes([at]) * 32, role, b"") for at in range(2) for role in Role]
    contents = [envelopes(2) for _ in boxes]
    for box, content in zip(boxes, contents, strict=True):
        transport.put(box, content)
    for box, content in zip(boxes, contents, strict=True):
        found = bytes_of(transport.get(box))
        if transport.shared:
            assert set(content) <= set(found)
        else:
            assert found == content


def test_deleting_in_one_mailbox_leaves_the_others(transport: Transport) -> None:
    one, two = (mailbox_from(bytes([at]) * 32, Role.JOINER, b"") for at in range(2))
    kept, gone = envelopes(2), envelopes(2)
    transport.put(one, gone)
    transport.put(two, kept)
    named = [each.receipt for each in transport.get(one) if each.envelope in gone]
    transport.delete(one, named)
    assert bytes_of(transport.get(two)) == kept


def test_another_client_finds_what_was_put_and_misses_what_was_deleted(open_transport: Opener, box: Mailbox) -> None:
    here, there = open_transport(), open_transport()
    sealed = envelopes(3)
    here.put(box, sealed)
    found = there.get(box)
    assert bytes_of(found) == sealed
    there.delete(box, [found[0].receipt])
    assert bytes_of(here.get(box)) == sealed[1:]
    here.close()
    there.close()


def test_a_large_batch_comes_whole_and_in_order(transport: Transport, box: Mailbox) -> None:
    sealed = envelopes(600)
    for at in range(0, 600, 64):
        transport.put(box, sealed[at : at + 64])
    assert drained(transport, box) == sealed
    assert transport.get(box) == []


def test_waiting_for_what_is_there_does_not_wait(transport: Transport, box: Mailbox) -> None:
    transport.put(box, envelopes(1))
    assert len(transport.get(box, wait=30.0)) == 1
