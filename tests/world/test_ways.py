"""The ways of a world go wrong as they should: or nothing that it shows would mean anything."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from backchannel.errors import Forbidden, RelayUnreachable, SizeRefused, SlowDown, TransportError
from backchannel.line.mailbox import Mailbox
from backchannel.wire.envelope import is_envelope_size
from world.folder import SyncedFolder, SyncedTransport
from world.mail import MailServer, MailTransport
from world.plan import DAY
from world.relay import LIMITS, Relay, StoreTransport

BOX = Mailbox(b"p" * 16, b"P" * 32, b"g" * 16, b"G" * 32)
ENVELOPES = [bytes([number]) * 1024 for number in range(8)]


class Now:
    """A clock that is set by hand, milliseconds."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


class Reach:
    """Whether the world can be reached."""

    def __init__(self) -> None:
        self.open = True

    def __call__(self) -> bool:
        return self.open


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def relay(tmp_path: Path, now: Now) -> Relay:
    return Relay(tmp_path, 0, lambda: now() / 1000)


def way(relay: Relay, reach: Reach | None = None) -> StoreTransport:
    return StoreTransport(relay, relay.address, reach or Reach())


def contents(transport: StoreTransport) -> list[bytes]:
    return [found.envelope for found in transport.get(BOX)]


def test_a_relay_holds_until_it_is_told_to_let_go(relay: Relay) -> None:
    way(relay).put(BOX, ENVELOPES)
    found = way(relay).get(BOX)
    assert [each.envelope for each in found] == ENVELOPES
    way(relay).delete(BOX, [found[2].receipt])
    assert contents(way(relay)) == ENVELOPES[3:]


def test_a_relay_forgets_in_time(relay: Relay, now: Now) -> None:
    way(relay).put(BOX, ENVELOPES)
    now.now += 89 * DAY
    relay.expire()
    assert contents(way(relay)) == ENVELOPES
    now.now += 3 * DAY
    relay.expire()
    assert contents(way(relay)) == []


def test_a_full_mailbox_takes_nothing_more(relay: Relay) -> None:
    many = [number.to_bytes(4, "big") * 256 for number in range(LIMITS.mailbox_envelopes)]
    way(relay).put(BOX, many)
    with pytest.raises(SlowDown):
        way(relay).put(BOX, [b"x" * 1024])


def test_a_wiped_relay_has_lost_everything_and_is_still_there(relay: Relay) -> None:
    before = way(relay)
    before.put(BOX, ENVELOPES)
    relay.wipe()
    assert contents(before) == []
    before.put(BOX, ENVELOPES[:1])
    assert contents(before) == ENVELOPES[:1]


def test_a_moved_relay_is_found_at_its_new_address_only(relay: Relay) -> None:
    before = way(relay)
    relay.move()
    with pytest.raises(RelayUnreachable):
        before.get(BOX)
    assert contents(way(relay)) == []


def test_a_relay_that_is_down_or_out_of_reach_does_not_answer(relay: Relay) -> None:
    reach = Reach()
    reach.open = False
    with pytest.raises(RelayUnreachable):
        way(relay, reach).put(BOX, ENVELOPES)
    relay.down = True
    with pytest.raises(RelayUnreachable):
        way(relay).put(BOX, ENVELOPES)


def test_a_relay_looks_at_capabilities_and_sizes(relay: Relay) -> None:
    way(relay).put(BOX, ENVELOPES)
    other = Mailbox(BOX.put_id, b"X" * 32, BOX.get_id, b"X" * 32)
    with pytest.raises(Forbidden):
        way(relay).get(other)
    with pytest.raises(SizeRefused):
        way(relay).put(BOX, [b"short"])


# --- mail


def posted(now: Now, count: int = 400) -> tuple[MailServer, MailTransport, list[bytes]]:
    server = MailServer(Random(1), now)
    envelopes = [number.to_bytes(2, "big") * 512 for number in range(count)]
    MailTransport(server, 0, Reach()).put(BOX, envelopes)
    return server, MailTransport(server, 1, Reach()), envelopes


def test_mail_comes_late_out_of_order_twice_and_not_at_all(now: Now) -> None:
    _, inbox, envelopes = posted(now)
    assert inbox.get(BOX) == []
    now.now += 3 * DAY
    came = [found.envelope for found in inbox.get(BOX)]
    assert came != sorted(came)
    assert len(set(came)) < len(envelopes), "some are lost"
    assert len(set(came)) > 0.9 * len(envelopes)
    assert len(came) > len(set(came)), "some come twice"


def test_mail_goes_to_the_other_side_and_is_deleted_by_it(now: Now) -> None:
    server, inbox, _ = posted(now)
    now.now += 3 * DAY
    assert MailTransport(server, 0, Reach()).get(BOX) == []
    inbox.delete(BOX, [found.receipt for found in inbox.get(BOX)])
    assert inbox.get(BOX) == []


def test_mail_that_nobody_fetches_is_thrown_away(now: Now) -> None:
    _, inbox, _ = posted(now)
    now.now += 100 * DAY
    assert inbox.get(BOX) == []


def test_mail_in_a_blackout_is_an_error(now: Now) -> None:
    reach = Reach()
    reach.open = False
    with pytest.raises(TransportError):
        MailTransport(MailServer(Random(1), now), 0, reach).get(BOX)


# --- the folder


@pytest.fixture
def folder(tmp_path: Path) -> SyncedFolder:
    return SyncedFolder(tmp_path, Random(3))


def both(folder: SyncedFolder) -> tuple[SyncedTransport, SyncedTransport]:
    return SyncedTransport(folder.places[0], Reach()), SyncedTransport(folder.places[1], Reach())


def test_a_folder_is_the_same_in_the_end_and_half_written_on_the_way(folder: SyncedFolder) -> None:
    left, right = both(folder)
    large = [bytes([number]) * 16384 for number in range(60)]
    left.put(BOX, large)
    assert right.get(BOX) == []
    folder.sync(0)
    sizes = {path.stat().st_size for path in folder.places[1].iterdir()}
    assert len(sizes) > 1, "some files came by halves"
    assert any(is_envelope_size(size) for size in sizes - {16384}), "and some of these look whole"
    for _ in range(20):
        folder.sync(0)
    assert sorted(found.envelope for found in right.get(BOX)) == large


def test_what_is_deleted_on_one_side_vanishes_on_the_other(folder: SyncedFolder) -> None:
    left, right = both(folder)
    left.put(BOX, ENVELOPES)
    folder.sync(0, calm=True)
    right.delete(BOX, [found.receipt for found in right.get(BOX)][:3])
    folder.sync(1, calm=True)
    assert len(left.get(BOX)) == len(right.get(BOX)) == len(ENVELOPES) - 3


def test_what_lies_for_long_is_tidied_away(folder: SyncedFolder) -> None:
    left, right = both(folder)
    left.put(BOX, ENVELOPES)
    folder.sync(0, calm=True)
    folder.tidy(20 * DAY)
    assert len(right.get(BOX)) == len(ENVELOPES)
    folder.tidy(40 * DAY)
    assert left.get(BOX) == right.get(BOX) == []
