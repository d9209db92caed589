"""A world, played from its plan: two people, their relays, a folder, mail; one queue of what happens next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from random import Random
from time import perf_counter
from typing import Any, Final

from backchannel.app.check import check
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transport
from backchannel.app.recover import restart
from backchannel.log.event import read_event
from backchannel.transport.faulty import Faults, FaultyTransport
from world.device import PEER
from world.fast_vault import fast_folder
from world.folder import SyncedFolder, SyncedTransport
from world.mail import MailServer, MailTransport
from world.person import Person, forget
from world.plan import (
    DAY,
    RELAYS,
    AddressTold,
    Aged,
    BackedUp,
    ClockSet,
    Dark,
    DeviceLost,
    FolderSynced,
    Light,
    Look,
    OldDeviceUsed,
    Plan,
    RelayDown,
    RelayMoved,
    RelayUp,
    RelayWiped,
    Say,
    Step,
    Struck,
    Upgraded,
)
from world.relay import Relay, StoreTransport
from world.verdict import Verdict, judge, words_of

BIRTH: Final = 1_700_000_000_000
"""When every world begins, milliseconds since 1970."""

AGES: Final = 100 * 365 * 24 * 3600
"""Seconds: an invitation that no world outlives."""

FAULTS: Final = Faults(
    refuse=0.01, fail_after=0.01, drop=0.01, double=0.02, reorder=0.05, delay=0.02, flip=0.005
)  # fmt: skip
CALM: Final = Faults()

MOST_ROUNDS: Final = 60
"""Rounds that two people are given to settle when the weather is fine; eight days each."""

LAST_USES: Final = 3
"""Rounds in which devices that were replaced are still used."""

ROUNDS_TO_MEET: Final = 10
"""Rounds after which two people who do not come together again compare their safety numbers."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a world says at its end; `asdict` of it is the JSON."""

    seed: int
    years: int
    verdict: Verdict
    counts: dict[str, int]
    settled_after: int | None
    wall_seconds: float

    @property
    def good(self) -> bool:
        """Say whether nothing was lost, doubled or stuck."""
        return self.verdict.good and self.settled_after is not None

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        verdict = asdict(self.verdict)
        examples = verdict.pop("examples")
        return {
            "schema": 1,
            "seed": self.seed,
            "years": self.years,
            **verdict,
            **self.counts,
            "settled_after": self.settled_after,
            "good": self.good,
            "examples": list(examples),
            "wall_seconds": round(self.wall_seconds, 2),
        }


class World:
    """One world."""

    def __init__(self, plan: Plan) -> None:
        """Set it up; nothing has happened yet."""
        self.plan = plan
        self.now = BIRTH
        self.dark: frozenset[int] = frozenset()
        self.counts = dict.fromkeys(("blackouts", "wipes", "moves", "clock_changes", "begun_anew"), 0)
        self.at_risk: set[tuple[int, str]] = set()
        self.folder = fast_folder()
        self.relays = [Relay(self.folder, number, lambda: self.now / 1000) for number in range(RELAYS)]
        self.mail = MailServer(Random(f"{plan.seed} mail"), lambda: self.now)
        self.synced = SyncedFolder(self.folder, Random(f"{plan.seed} halves"))
        self._faulty: dict[tuple[int, str], FaultyTransport] = {}
        self._faults = FAULTS
        self._addresses = [[relay.address] for relay in self.relays]
        self.people = [Person(side, self.folder, lambda: self.now) for side in (0, 1)]
        for person in self.people:
            person.ways = self._ways_of(person.side)
        addresses = [relay.address for relay in self.relays]
        join(self.people[1].desk, PEER, invite(self.people[0].desk, PEER, addresses, AGES).encode())

    # --- the ways -----------------------------------------------------------------------------------------------------

    def _ways_of(self, side: int) -> Any:
        def reachable() -> bool:
            return side not in self.dark

        slow: list[Transport] = [
            SyncedTransport(self.synced.places[side], reachable),
            MailTransport(self.mail, side, reachable),
        ]

        def ways(line: Line, everything: bool) -> list[Transport]:
            relays: list[Transport] = [self._relay_way(side, address, reachable) for address in line.relays]
            return [*relays, *slow] if everything else relays

        return ways

    def _relay_way(self, side: int, address: str, reachable: Any) -> FaultyTransport:
        if (side, address) not in self._faulty:
            number = next(number for number, known in enumerate(self._addresses) if address in known)
            inner = StoreTransport(self.relays[number], address, reachable)
            seed = Random(f"{self.plan.seed} faults {side} {address}").getrandbits(64)
            self._faulty[side, address] = FaultyTransport(inner, self._faults, seed)
        way = self._faulty[side, address]
        way.faults = self._faults
        return way

    # --- what happens -------------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Do everything that is planned."""
        for at, step in self.plan.steps:
            self.now = BIRTH + at
            self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case Say(side, sizes):
                self.people[side].say(sizes)
                self.people[side].exchange(everything=False)
            case Look(side, everything):
                self.people[side].say(())
                self.people[side].exchange(everything=everything)
            case Struck(side, steps):
                self.people[side].device.fuse.light(steps)
            case ClockSet(side, offset):
                self.counts["clock_changes"] += 1
                self.people[side].offset = offset
            case Upgraded(side, schema):
                self.people[side].upgrade(schema)
            case BackedUp(side):
                self.people[side].back_up()
            case DeviceLost(side, alive):
                self._replace_device(side, alive=alive)
            case OldDeviceUsed(side, sizes):
                self.people[side].use_old(sizes)
            case _:
                self._weather(step)

    def _replace_device(self, side: int, *, alive: bool) -> None:
        """Note what may be gone with a device: what was on it, in no backup, and not with the other side."""
        lost = self.people[side].replace_device(alive=alive)
        elsewhere = self.people[1 - side].vault.events()
        for event_id, raw in lost.items():
            if event_id not in elsewhere:
                event = read_event(raw)
                self.at_risk.add((event.author, words_of(event)))

    def _weather(self, step: Step) -> None:
        match step:
            case Dark(sides):
                self.counts["blackouts"] += 1
                self.dark = frozenset(sides)
            case Light():
                self.dark = frozenset()
            case RelayDown(relay):
                self.relays[relay].down = True
            case RelayUp(relay):
                self.relays[relay].down = False
            case RelayWiped(relay):
                self.counts["wipes"] += 1
                self.relays[relay].wipe()
            case RelayMoved(relay):
                self.counts["moves"] += 1
                self.relays[relay].move()
                self._addresses[relay].append(self.relays[relay].address)
            case AddressTold(side, relay):
                self.people[side].told_address(self._addresses[relay], self.relays[relay].address)
            case FolderSynced():
                if not self.dark:
                    self.synced.sync(self.now)
            case Aged():
                for relay_ in self.relays:
                    relay_.expire()
                self.synced.tidy(self.now)

    # --- the end ------------------------------------------------------------------------------------------------------

    def settle(self) -> int | None:
        """Let the weather be fine and the clocks right, and both sides go on until both have everything.

        Returns:
            How many rounds that took; None where it never came to an end.
        """
        self.dark = frozenset()
        self._faults = CALM
        self.mail.calm = True
        for number, relay in enumerate(self.relays):
            relay.down = False
            for person in self.people:
                person.told_address(self._addresses[number], relay.address)
        for person in self.people:
            person.offset = 0
            person.device.fuse.put_out()
        self.now = max(self.now, BIRTH + self.plan.end)
        for count in range(MOST_ROUNDS):
            lines = [person.line for person in self.people]
            if not any(person.waits_for(lines[1 - person.side]) for person in self.people):
                return count
            self.now += 8 * DAY
            self.synced.sync(self.now, calm=True)
            if count and count % ROUNDS_TO_MEET == 0:
                self._compare_digits()
            for person in reversed(self.people):
                person.exchange(everything=True)
                person.say(())
                if count < LAST_USES:
                    person.use_old(())
                person.outdo(self.people[1 - person.side].line)
        return None

    def _compare_digits(self) -> None:
        """Let the two read out their safety numbers on the phone; where these differ, one of them begins anew.

        So it is where a device that was replaced has answered the other side's invitation before the one in use did.
        """
        digits = {person.digits for person in self.people}
        if len(digits) > 1 and all(person.line.phase is Phase.OPEN for person in self.people):
            self.counts["begun_anew"] += 1
            restart(self.people[0].desk, PEER)

    def judged(self) -> Verdict:
        """Compare what was said with what there is."""
        for person in self.people:
            person.throw_away_old()
        undelivered = {thing for person in self.people for thing in person.undelivered}
        heard = {thing for person in self.people for thing in person.heard_by_old}
        shown = [{(fork.author, fork.number) for fork in person.line.forks} for person in self.people]
        found = tuple(f"a vault: {each.what}" for person in self.people for each in check(person.desk))
        verdict = judge(
            [person.said for person in self.people],
            [person.log() for person in self.people],
            self.at_risk | heard,
            undelivered,
            shown,
        )
        return replace(verdict, damaged=len(found), examples=(*verdict.examples, *found[:5]))

    def close(self) -> None:
        """Leave nothing behind."""
        for person in self.people:
            person.close()
        for relay in self.relays:
            relay.close()
        forget(self.folder)


def play(plan: Plan) -> Report:
    """Play a world from its beginning to its end, and judge it."""
    started = perf_counter()
    world = World(plan)
    try:
        world.live()
        settled = world.settle()
        verdict = world.judged()
    finally:
        world.close()
    tallies = [asdict(person.tally) for person in world.people]
    counts = world.counts | {name: sum(tally[name] for tally in tallies) for name in tallies[0]}
    counts["besides"] = sum(person.besides for person in world.people)
    counts["resets"] = counts["epochs"] + counts["sessions"]
    return Report(plan.seed, plan.years, verdict, counts, settled, perf_counter() - started)
