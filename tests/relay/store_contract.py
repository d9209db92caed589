"""What every `Store` must do. A new adapter subclasses `StoreContract` and brings the fixture `opener`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from backchannel.relay.limits import Limits
from backchannel.relay.store import (
    AlreadyThere,
    Direction,
    Door,
    Expired,
    Gone,
    Made,
    MailboxFull,
    NewMailbox,
    Store,
    Stored,
    StoreFull,
    Taken,
    Totals,
)
from tests.relay.loopback import envelope

START = 1_800_000_000.0
DAY = 86_400.0


@dataclass
class FakeClock:
    now: float = START

    def __call__(self) -> float:
        return self.now


Opener = Callable[[Limits, FakeClock], AbstractAsyncContextManager[Store]]
"""Opens the store of this test; a second time, the same one."""


def new_mailbox(seed: int = 0) -> NewMailbox:
    hashes = [hashlib.sha256(f"{seed} {part}".encode()).digest() for part in range(4)]
    return NewMailbox(*hashes)


async def made(store: Store, seed: int = 0) -> int:
    assert await store.make(new_mailbox(seed)) == Made()
    door = await store.find(new_mailbox(seed).put_id)
    assert door is not None
    return door.box


async def stored(store: Store, box: int, *seeds: int, size: int = 1024) -> tuple[int, ...]:
    outcome = await store.put(box, [envelope(seed, size) for seed in seeds])
    assert isinstance(outcome, Stored)
    return outcome.cursors


class StoreContract:
    def run(
        self,
        opener: Opener,
        scenario: Callable[[Store, FakeClock], Awaitable[None]],
        limits: Limits | None = None,
    ) -> None:
        async def with_store() -> None:
            clock = FakeClock()
            async with opener(limits or Limits(), clock) as store:
                await scenario(store, clock)

        asyncio.run(with_store())

    def test_a_mailbox_has_two_doors(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            wanted = new_mailbox()
            box = await made(store)
            assert await store.find(wanted.put_id) == Door(box, Direction.PUT, wanted.put_capability)
            assert await store.find(wanted.get_id) == Door(box, Direction.GET, wanted.get_capability)
            assert await store.find(wanted.put_capability) is None

        self.run(opener, scenario)

    def test_making_again_changes_nothing(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            await stored(store, box, 1)
            assert await store.make(new_mailbox()) == AlreadyThere()
            assert await store.totals() == Totals(1, 1, 1024)

        self.run(opener, scenario)

    def test_an_id_is_taken_with_anything_else(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            first, second = new_mailbox(1), new_mailbox(2)
            await made(store, 1)
            await made(store, 2)
            assert await store.make(replace(first, put_capability=bytes(32))) == Taken()
            assert await store.make(replace(first, get_capability=bytes(32))) == Taken()
            assert await store.make(replace(first, get_id=bytes(32))) == Taken()
            assert await store.make(replace(first, put_id=bytes(32))) == Taken()
            crossed = replace(first, get_id=second.get_id, get_capability=second.get_capability)
            assert await store.make(crossed) == Taken()
            turned = NewMailbox(first.get_id, first.get_capability, first.put_id, first.put_capability)
            assert await store.make(turned) == Taken()
            assert (await store.totals()).mailboxes == 2

        self.run(opener, scenario)

    def test_what_is_put_is_read_in_order(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box, other = await made(store, 1), await made(store, 2)
            cursors = await stored(store, box, 1) + await stored(store, other, 9) + await stored(store, box, 2, 3)
            mine = cursors[0], *cursors[2:]
            assert list(mine) == sorted(set(mine))
            held = await store.read(box, 0, 64, 2**20)
            assert [(item.cursor, item.envelope) for item in held] == [
                (cursor, envelope(seed)) for cursor, seed in zip(mine, (1, 2, 3), strict=True)
            ]
            assert [item.cursor for item in await store.read(box, mine[0], 64, 2**20)] == list(mine[1:])
            assert await store.read(box, mine[2], 64, 2**20) == ()

        self.run(opener, scenario)

    def test_an_answer_is_bounded_but_never_empty_for_its_size(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            await stored(store, box, *range(6), size=4096)
            assert len(await store.read(box, 0, 2, 2**20)) == 2
            assert len(await store.read(box, 0, 64, 0)) == 1
            assert len(await store.read(box, 0, 64, 3 * 4096)) == 4
            assert len(await store.read(box, 0, 64, 3 * 4096 - 1)) == 3

        self.run(opener, scenario)

    def test_the_same_bytes_are_held_once(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box, other = await made(store, 1), await made(store, 2)
            first = await store.put(box, [envelope(1)])
            assert isinstance(first, Stored)
            again = await store.put(box, [envelope(2), envelope(1), envelope(2)])
            assert isinstance(again, Stored)
            assert again.fresh == (True, False, False)
            assert again.cursors == (again.cursors[0], first.cursors[0], again.cursors[0])
            await stored(store, other, 1)
            assert await store.totals() == Totals(2, 3, 3 * 1024)

        self.run(opener, scenario)

    def test_deleted_bytes_may_come_again_under_a_new_cursor(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            (first,) = await stored(store, box, 1)
            assert await store.delete(box, first) == 1
            assert await store.delete(box, first) == 0
            (second,) = await stored(store, box, 1)
            assert second > first

        self.run(opener, scenario)

    def test_delete_goes_up_to_its_cursor_and_no_further(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box, other = await made(store, 1), await made(store, 2)
            cursors = await stored(store, box, *range(5))
            await stored(store, other, 1)
            assert await store.delete(box, cursors[2]) == 3
            assert [item.cursor for item in await store.read(box, 0, 64, 2**20)] == list(cursors[3:])
            assert await store.totals() == Totals(2, 3, 3 * 1024)
            assert await store.delete(box, 2**63 - 1) == 2

        self.run(opener, scenario)

    def test_a_long_delete_is_whole(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            await stored(store, box, *range(700))
            assert await store.delete(box, 2**63 - 1) == 700
            assert await store.totals() == Totals(1, 0, 0)

        self.run(opener, scenario)

    def test_a_full_mailbox_takes_all_or_nothing(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            cursors = await stored(store, box, 1, 2)
            assert await store.put(box, [envelope(3), envelope(4)]) == MailboxFull()
            assert await store.totals() == Totals(1, 2, 2048)
            assert await stored(store, box, 1) == cursors[:1]
            await stored(store, box, 3)
            assert await store.put(box, [envelope(4)]) == MailboxFull()
            await store.delete(box, cursors[0])
            await stored(store, box, 4)

        self.run(opener, scenario, Limits(mailbox_envelopes=3))

    def test_a_mailbox_is_full_by_bytes_too(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box = await made(store)
            await stored(store, box, 1, size=4096)
            assert await store.put(box, [envelope(2, 4096)]) == MailboxFull()
            await stored(store, box, 2)

        self.run(opener, scenario, Limits(mailbox_bytes=4096 + 1024))

    def test_a_full_relay_takes_all_or_nothing(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            box, other = await made(store, 1), await made(store, 2)
            await stored(store, box, 1)
            assert await store.put(other, [envelope(2), envelope(3)]) == StoreFull()
            await stored(store, other, 2)
            assert await store.make(new_mailbox(3)) == StoreFull()
            assert await store.make(new_mailbox(1)) == AlreadyThere()
            assert await store.totals() == Totals(2, 2, 2048)

        self.run(opener, scenario, Limits(total_bytes=2048, total_mailboxes=2))

    def test_a_mailbox_that_is_not_there_takes_nothing(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            assert await store.put(77, [envelope()]) == Gone()
            assert await store.read(77, 0, 64, 2**20) == ()
            assert await store.delete(77, 2**63 - 1) == 0

        self.run(opener, scenario)

    def test_an_envelope_lives_its_time_and_at_most_two_hours_more(self, opener: Opener) -> None:
        async def scenario(store: Store, clock: FakeClock) -> None:
            box = await made(store)
            clock.now = START + 3599
            await stored(store, box, *range(300))
            clock.now += 90 * DAY
            assert await store.expire() == Expired(0, 0)
            assert (await store.totals()).envelopes == 300
            clock.now += 2 * 3600
            assert await store.expire() == Expired(300, 0)
            assert await store.totals() == Totals(1, 0, 0)

        self.run(opener, scenario)

    def test_a_mailbox_lives_as_long_as_it_is_used(self, opener: Opener) -> None:
        async def scenario(store: Store, clock: FakeClock) -> None:
            box = await made(store)
            for _ in range(3):
                clock.now += 300 * DAY
                await store.read(box, 0, 1, 0)
                assert await store.expire() == Expired(0, 0)
            clock.now += 300 * DAY
            await store.delete(box, 0)
            clock.now += 300 * DAY
            assert await store.make(new_mailbox()) == AlreadyThere()
            clock.now += 400 * DAY
            assert await store.expire() == Expired(0, 0)
            clock.now += 2 * DAY
            assert await store.expire() == Expired(0, 1)
            assert await store.find(new_mailbox().put_id) is None
            assert await store.find(new_mailbox().get_id) is None
            assert await store.put(box, [envelope()]) == Gone()
            assert await store.totals() == Totals(0, 0, 0)

        self.run(opener, scenario)

    def test_a_mailbox_with_mail_is_kept(self, opener: Opener) -> None:
        async def scenario(store: Store, clock: FakeClock) -> None:
            box = await made(store)
            await stored(store, box, 1)
            clock.now += 600 * DAY
            assert await store.expire() == Expired(0, 0)

        self.run(opener, scenario, Limits(envelope_seconds=1000 * 86_400))

    def test_a_mailbox_that_is_made_again_goes_on_above_its_old_cursors(self, opener: Opener) -> None:
        async def scenario(store: Store, clock: FakeClock) -> None:
            box = await made(store)
            cursors = await stored(store, box, 1, 2, 3)
            await store.delete(box, cursors[-1])
            clock.now += 500 * DAY
            assert await store.expire() == Expired(0, 1)
            again = await made(store)
            assert again != box
            (cursor,) = await stored(store, again, 1)
            assert cursor > cursors[-1]

        self.run(opener, scenario)

    def test_everything_is_there_after_a_restart(self, opener: Opener) -> None:
        async def scenario() -> None:
            clock = FakeClock()
            async with opener(Limits(), clock) as store:
                box = await made(store)
                cursors = await stored(store, box, 1, 2)
                await store.delete(box, cursors[0])
                before = await store.read(box, 0, 64, 2**20), await store.totals()
            async with opener(Limits(), clock) as store:
                assert (await store.read(box, 0, 64, 2**20), await store.totals()) == before
                assert await store.make(new_mailbox()) == AlreadyThere()
                assert await stored(store, box, 2) == cursors[1:]
                await store.delete(box, cursors[1])
                (next_one,) = await stored(store, box, 3)
                assert next_one > cursors[1]

        asyncio.run(scenario())

    def test_a_clock_that_went_back_takes_no_cursor_back(self, opener: Opener) -> None:
        async def scenario() -> None:
            async with opener(Limits(), FakeClock()) as store:
                box = await made(store)
                cursors = await stored(store, box, 1)
            async with opener(Limits(), FakeClock(START - 500 * DAY)) as store:
                assert await stored(store, box, 2) > cursors

        asyncio.run(scenario())

    def test_puts_at_once_all_arrive(self, opener: Opener) -> None:
        async def scenario(store: Store, _: FakeClock) -> None:
            boxes = [await made(store, seed) for seed in range(4)]
            await asyncio.gather(*(stored(store, boxes[seed % 4], seed) for seed in range(200)))
            for number, box in enumerate(boxes):
                held = await store.read(box, 0, 64, 2**20)
                assert {item.envelope for item in held} == {envelope(seed) for seed in range(number, 200, 4)}
                assert len({item.cursor for item in held}) == 50

        self.run(opener, scenario)
