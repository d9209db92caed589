"""Any sequence of calls against a store that fits on a page."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.relay.limits import Limits
from backchannel.relay.store import Held, MailboxFull, Stored, StoreFull, Totals
from backchannel.relay.store_sqlite import SqliteStore
from tests.relay.loopback import envelope
from tests.relay.store_contract import DAY, FakeClock, made

LIMITS = Limits(mailbox_envelopes=6, total_bytes=10 * 1024 + 4096)
BOXES = 2


@dataclass
class Model:
    held: dict[int, bytes] = field(default_factory=dict)
    came: dict[int, float] = field(default_factory=dict)
    highest: int = 0


box = st.integers(0, BOXES - 1)
put = st.tuples(
    st.just("put"), box, st.lists(st.tuples(st.integers(0, 7), st.sampled_from([1024, 4096])), min_size=1, max_size=4)
)
delete = st.tuples(st.just("delete"), box, st.integers(0, 7))
read = st.tuples(st.just("read"), box, st.integers(0, 7))
wait = st.tuples(st.just("wait"), st.floats(0, 60 * DAY), st.booleans())
reopen = st.tuples(st.just("reopen"), st.none(), st.none())


@given(st.lists(st.one_of(put, put, delete, read, wait, reopen), max_size=14))
@settings(max_examples=60, deadline=None)
def test_a_store_is_a_list_for_each_mailbox(steps: list[tuple[str, object, object]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(follow(Path(directory), steps))


def below(model: Model, position: int) -> int:
    """A cursor among those that were held, or beside them."""
    cursors = sorted(model.held)
    return cursors[position] if position < len(cursors) else model.highest


async def follow(directory: Path, steps: list[tuple[str, object, object]]) -> None:
    clock = FakeClock()
    store = await SqliteStore.open(directory, LIMITS, clock)
    try:
        boxes = [await made(store, seed) for seed in range(BOXES)]
        models = [Model() for _ in boxes]
        for step in steps:
            match step:
                case ("put", int(which), list(items)):
                    await put_and_compare(store, boxes[which], models, which, items, clock)
                case ("delete", int(which), int(position)):
                    model = models[which]
                    upto = below(model, position)
                    gone = [cursor for cursor in model.held if cursor <= upto]
                    assert await store.delete(boxes[which], upto) == len(gone)
                    for cursor in gone:
                        del model.held[cursor]
                case ("read", int(which), int(position)):
                    after = below(models[which], position)
                    rest = [Held(*item) for item in sorted(models[which].held.items()) if item[0] > after]
                    assert await store.read(boxes[which], after, 64, 2**20) == tuple(rest)
                case ("wait", float(seconds), bool(expiring)):
                    clock.now += seconds
                    if expiring:
                        await store.expire()
                        await forget_and_compare(store, boxes, models, clock)
                case _:
                    await store.close()
                    store = await SqliteStore.open(directory, LIMITS, clock)
            sizes = [len(body) for model in models for body in model.held.values()]
            assert await store.totals() == Totals(BOXES, len(sizes), sum(sizes))
    finally:
        await store.close()


async def put_and_compare(
    store: SqliteStore, box: int, models: list[Model], which: int, items: list[tuple[int, int]], clock: FakeClock
) -> None:
    model = models[which]
    bodies = [envelope(seed, size) for seed, size in items]
    known = {body: cursor for cursor, body in model.held.items()}
    new = [body for body in dict.fromkeys(bodies) if body not in known]
    total = sum(len(body) for one in models for body in one.held.values())
    outcome = await store.put(box, bodies)
    if len(model.held) + len(new) > LIMITS.mailbox_envelopes:
        assert outcome == MailboxFull()
    elif total + sum(map(len, new)) > LIMITS.total_bytes:
        assert outcome == StoreFull()
    else:
        assert isinstance(outcome, Stored)
        for body, cursor, fresh in zip(bodies, outcome.cursors, outcome.fresh, strict=True):
            assert fresh == (body not in known)
            if fresh:
                assert cursor > model.highest
                known[body] = model.highest = cursor
                model.held[cursor] = body
                model.came[cursor] = clock.now
            assert known[body] == cursor


async def forget_and_compare(store: SqliteStore, boxes: list[int], models: list[Model], clock: FakeClock) -> None:
    """Expiry may be up to two hours late, and never early."""
    for number, model in zip(boxes, models, strict=True):
        left = {item.cursor for item in await store.read(number, 0, 64, 2**20)}
        for cursor in list(model.held):
            age = clock.now - model.came[cursor]
            assert cursor in left or age >= LIMITS.envelope_seconds
            assert cursor not in left or age < LIMITS.envelope_seconds + 2 * 3600
            if cursor not in left:
                del model.held[cursor]
