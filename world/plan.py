"""What happens in a world, and when: all of it follows from the seed, and nothing else does.

Every concern has randomness of its own, so that a change of the weather does not change who says what. Times are
milliseconds since the world began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from backchannel.vault.schema import VERSION

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
YEAR: Final = 365 * DAY

RELAYS: Final = 2
LONGEST_BLACKOUT: Final = 425 * DAY
"""Fourteen months."""

ALIVE: Final = 0.4
"""Of the devices that are lost, how many are found again and used."""

MET: Final = 0.7
"""Of the restores, how many the other side is told of at once."""

MESSAGES_A_SESSION: Final = 40
FEWEST_SESSIONS: Final = 40


@dataclass(frozen=True, slots=True)
class Say:
    """One side says so many things, of these lengths in characters, and sends them; the other looks soon after."""

    side: int
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One side sends and fetches; by every way, or only by its relays."""

    side: int
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Dark:
    """Nothing passes to or from these sides, by any way, until it is light again."""

    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Light:
    """A blackout ends."""


@dataclass(frozen=True, slots=True)
class RelayDown:
    """A relay does not answer, until it is up again."""

    relay: int


@dataclass(frozen=True, slots=True)
class RelayUp:
    """A relay answers again."""

    relay: int


@dataclass(frozen=True, slots=True)
class RelayWiped:
    """A relay loses its disk, and begins again at the same address."""

    relay: int


@dataclass(frozen=True, slots=True)
class RelayMoved:
    """A relay is gone, and another has a new address."""

    relay: int


@dataclass(frozen=True, slots=True)
class AddressTold:
    """One side learns where a relay is now."""

    side: int
    relay: int


@dataclass(frozen=True, slots=True)
class FolderSynced:
    """The program that keeps two copies of a folder alike runs once."""


@dataclass(frozen=True, slots=True)
class ClockSet:
    """One side's clock is off by so many milliseconds from now on."""

    side: int
    offset: int


@dataclass(frozen=True, slots=True)
class Upgraded:
    """One side closes the vault, which is as a version with `schema` steps left it, and opens it with this one."""

    side: int
    schema: int


@dataclass(frozen=True, slots=True)
class Struck:
    """One side's machine stops dead after so many more steps, wherever that is."""

    side: int
    steps: int


@dataclass(frozen=True, slots=True)
class BackedUp:
    """One side makes a backup."""

    side: int


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """One side loses its device, and goes on from the last backup; an `alive` one is found again, and used."""

    side: int
    alive: bool = False


@dataclass(frozen=True, slots=True)
class OldDeviceUsed:
    """Somebody says so many things on the device that one side has replaced, and lets it send and fetch."""

    side: int
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Aged:
    """The relays throw away what is too old, and people tidy up their folders."""


Step: TypeAlias = (
    Say | Look | Dark | Light | RelayDown | RelayUp | RelayWiped | RelayMoved | AddressTold | FolderSynced | ClockSet
    | Upgraded | Struck | BackedUp | DeviceLost | OldDeviceUsed | Aged
)  # fmt: skip

Timed: TypeAlias = tuple[int, Step]


@dataclass(frozen=True, slots=True)
class Plan:
    """A world before it begins.

    Attributes:
        seed: what it follows from.
        years: how long it lasts.
        messages: how many things are said in all.
        steps: what happens, by time.
    """

    seed: int
    years: int
    messages: int
    steps: tuple[Timed, ...]

    @property
    def end(self) -> int:
        """Return when it ends."""
        return self.years * YEAR


def plan(seed: int, years: int, messages: int) -> Plan:
    """Return the world of a seed.

    Args:
        seed: any number.
        years: how long it lasts, at least 1.
        messages: how many things are said in all.
    """
    end = years * YEAR
    parts: dict[str, Callable[[Random], Iterator[Timed]]] = {
        "talk": lambda random: _talk(random, end, messages),
        "looks": lambda random: _looks(random, end, _look_pause(messages)),
        "blackouts": lambda random: _blackouts(random, end),
        "relays": lambda random: _relays(random, end),
        "folder": lambda random: ((at, FolderSynced()) for at in _now_and_then(random, end, 9 * DAY)),
        "clocks": lambda random: _clocks(random, end),
        "machines": lambda random: _machines(random, end),
        "versions": lambda random: _versions(random, end),
        "devices": lambda random: _devices(random, end),
        "age": lambda _: ((at, Aged()) for at in range(10 * DAY, end, 10 * DAY)),
    }
    steps: list[Timed] = []
    for name, part in parts.items():
        steps.extend(part(Random(f"{seed} {name}")))
    steps.sort(key=lambda timed: timed[0])
    return Plan(seed, years, messages, tuple(steps))


def _look_pause(messages: int) -> int:
    """Return how often people look who have so much to say: a small world is to be a quick one."""
    if messages >= 20_000:
        return 7 * DAY
    return 28 * DAY if messages >= 1000 else 56 * DAY


def _now_and_then(random: Random, end: int, pause: float) -> Iterator[int]:
    """Yield times with a mean pause between them, as rain falls."""
    at = random.expovariate(1 / pause)
    while at < end:
        yield int(at)
        at += random.expovariate(1 / pause)


# --- what is said -----------------------------------------------------------------------------------------------------


def _talk(random: Random, end: int, messages: int) -> Iterator[Timed]:
    """Yield sessions: close together in some months, none at all in others, a few of them floods."""
    count = min(messages, max(FEWEST_SESSIONS, messages // MESSAGES_A_SESSION))
    months = max(1, end // (30 * DAY))
    busy = [random.gammavariate(0.6, 1.0) for _ in range(months)]
    starts = sorted(
        month * 30 * DAY + random.randrange(30 * DAY) for month in random.choices(range(months), busy, k=count)
    )
    for start, amount in zip(starts, _shares(random, messages, count), strict=True):
        yield from _session(random, min(start, end - DAY), amount)


def _shares(random: Random, messages: int, count: int) -> list[int]:
    """Split the messages over sessions, at least one each and a few of them very large."""
    weights = [random.paretovariate(1.6) for _ in range(count)]
    whole = sum(weights)
    shares = [1 + int((messages - count) * weight / whole) for weight in weights]
    for _ in range(messages - sum(shares)):
        shares[random.randrange(count)] += 1
    return shares


def _session(random: Random, at: int, amount: int) -> Iterator[Timed]:
    turns = min(amount, random.randint(2, 6))
    cuts = sorted(random.sample(range(1, amount), turns - 1))
    side = random.randrange(2)
    for first, last in zip([0, *cuts], [*cuts, amount], strict=True):
        yield at, Say(side, tuple(_size(random) for _ in range(last - first)))
        at += int(random.expovariate(1 / (4 * MINUTE)))
        if random.random() < 0.8:  # else nobody is there, and it is found the next time
            yield at, Look(1 - side)
        side = 1 - side if random.random() < 0.85 else side
        at += int(random.expovariate(1 / (4 * MINUTE)))


def _size(random: Random) -> int:
    kind = random.random()
    if kind < 0.85:
        return random.randint(2, 160)
    if kind < 0.985:
        return random.randint(160, 800)
    return random.randint(800, 6000) if kind < 0.999 else random.randint(6000, 25_000)


def _looks(random: Random, end: int, pause: int) -> Iterator[Timed]:
    for side in (0, 1):
        for hours in (1, 2, 3, 5):  # the line is opened in quiet days
            yield hours * HOUR + side * MINUTE, Look(side, everything=True)
        for at in _now_and_then(random, end, pause):
            yield at, Look(side, everything=True)


# --- the weather ------------------------------------------------------------------------------------------------------


def _blackouts(random: Random, end: int) -> Iterator[Timed]:
    """Yield blackouts of days to months, for one side or both; one of them lasts fourteen months."""
    found: list[tuple[int, int]] = []
    at = 60 * DAY + int(random.expovariate(1 / (120 * DAY)))
    while at < end:
        lasts = int(2 * DAY * (LONGEST_BLACKOUT / (2 * DAY)) ** random.random())
        found.append((at, lasts))
        at += lasts + int(random.expovariate(1 / (180 * DAY))) + DAY
    longest = random.randrange(max(1, len(found) // 2))
    late = 0
    for number, (start, lasts) in enumerate(found):
        begin = start + late
        if number == longest and end > 3 * YEAR:
            late += LONGEST_BLACKOUT - lasts
            lasts = LONGEST_BLACKOUT
        if begin + lasts > end:
            return
        yield begin, Dark(random.choice(((0, 1), (0, 1), (0,), (1,))))
        yield begin + lasts, Light()


def _relays(random: Random, end: int) -> Iterator[Timed]:
    for relay in range(RELAYS):
        for at in _now_and_then(random, end, 75 * DAY):
            yield at, RelayDown(relay)
            yield at + int(random.uniform(HOUR, 20 * DAY)), RelayUp(relay)
        for at in _now_and_then(random, end, 2 * YEAR):
            yield at, RelayWiped(relay)
        for at in _now_and_then(random, end, 3 * YEAR):
            yield at, RelayMoved(relay)
            for side in (0, 1):
                yield at + int(random.uniform(HOUR, 60 * DAY)), AddressTold(side, relay)


def _clocks(random: Random, end: int) -> Iterator[Timed]:
    """Yield clocks that are off by minutes, days or ten years, and right again after hours or weeks."""
    for side in (0, 1):
        for at in _now_and_then(random, end, 200 * DAY):
            most = random.choice((20 * MINUTE, 20 * MINUTE, 30 * DAY, 10 * YEAR))
            offset = int(random.uniform(-most, most)) if most < YEAR else random.choice((-most, most))
            yield at, ClockSet(side, offset)
            if random.random() < 0.3:
                yield at + int(random.uniform(0, 5 * DAY)), ClockSet(side, -offset)
            yield at + int(random.uniform(5 * DAY, 40 * DAY)), ClockSet(side, 0)


def _machines(random: Random, end: int) -> Iterator[Timed]:
    for side in (0, 1):
        for at in _now_and_then(random, end, 35 * DAY):
            yield at, Struck(side, random.randint(1, 60))


def _versions(random: Random, end: int) -> Iterator[Timed]:
    """Yield upgrades, from the version before or from one that is years old."""
    for side in (0, 1):
        for at in _now_and_then(random, end, 300 * DAY):
            yield at, Upgraded(side, random.randint(1, VERSION))


def _devices(random: Random, end: int) -> Iterator[Timed]:
    for side in (0, 1):
        for at in _now_and_then(random, end, 180 * DAY):
            yield at, BackedUp(side)
        for at in _now_and_then(random, end, 3 * YEAR):
            alive = random.random() < ALIVE
            yield at, DeviceLost(side, alive)
            if random.random() < MET:  # the two have spoken on the phone, and look often until all is well
                for hours in range(6, 6 * random.randint(4, 16), 6):
                    yield at + hours * HOUR, Look(hours // 6 % 2, everything=True)
            for _ in range(random.randint(2, 12) if alive else 0):
                at += int(random.expovariate(1 / random.choice((DAY, 5 * DAY, 50 * DAY))))
                yield at, OldDeviceUsed(side, tuple(_size(random) for _ in range(random.choice((0, 1, 1, 2, 4)))))
