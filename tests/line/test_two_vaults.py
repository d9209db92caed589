"""Two vaults and a wire on which everything goes wrong: nothing is lost silently, nothing doubled, no key used twice.

`BACKCHANNEL_HYPOTHESIS=long` runs for as long as it takes to believe it (some ten minutes), and shrinks what it finds.
The keys come from the system's randomness, so a failure is told by its steps; the same steps find it again.
"""

from __future__ import annotations

import os
import shutil
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from backchannel.app.line import Phase
from backchannel.app.receive import Fate
from backchannel.line import channel as channel_module
from backchannel.line.epochs import Proposal
from backchannel.log.kinds import Text, read_body
from backchannel.transport.faulty import Faults
from tests.support.crash import Crash
from tests.support.witness import Witness
from tests.support.world import DAY, DEAD, HOUR, SECOND, YEAR, Side, World, quiet

pytestmark = pytest.mark.timeout(0 if os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long" else 120)
LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
BOUNDS = {"STEP_AFTER_FRAMES": 6, "RENEW_AFTER": 5, "SILENCE_LIMIT": 8}
"""Small, so that steps, renewals and silences come in every run; Olm's own limits are far away."""

SIDE = st.sampled_from((0, 1))
SEED = st.integers(0, 2**20)
WEATHER = {
    "calm": Faults(),
    "lossy": Faults(drop=0.4),
    "doubling": Faults(double=0.5, reorder=0.5),
    "late": Faults(delay=0.6, reorder=0.5),
    "noisy": Faults(flip=0.3, truncate=0.2),
    "refusing": Faults(refuse=0.4),
    "half-done": Faults(fail_after=0.4),
    "storm": Faults(0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.1, 0.1),
    "dead": DEAD,
}
FAULTS = st.sampled_from(sorted(WEATHER)).map(WEATHER.__getitem__)


class TwoVaults(RuleBasedStateMachine):
    """Each rule is something that happens in seventeen years."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        for name, value in BOUNDS.items():
            self.patch.setattr(channel_module, name, value)
        self.witness = Witness()
        self.witness.watch(self.patch)
        self.world = World(self.witness.saw)
        self.said: tuple[list[str], list[str]] = ([], [])
        self.count = 0

    def teardown(self) -> None:
        try:
            self._all_is_well_in_the_end()
        finally:
            self.world.close()
            self.patch.undo()
            shutil.rmtree(self.world.root)

    # --- what happens -------------------------------------------------------------------------------------------------

    @initialize(head_start=st.booleans())
    def begin(self, head_start: bool) -> None:
        if head_start:
            self.world.opened()

    def _texts(self, side: int, count: int, size: int) -> list[str]:
        texts = []
        for _ in range(count):
            self.count += 1
            texts.append(f"{'ab'[side]} {self.count} " + "שלום " * (size // 9))
        return texts

    @rule(side=SIDE, count=st.integers(1, 3), size=st.sampled_from((0, 0, 0, 12_000)))
    def say(self, side: int, count: int, size: int) -> None:
        texts = self._texts(side, count, size)
        self.world.sides[side].say(*texts)
        self.said[side].extend(texts)

    @rule(side=SIDE, faults=FAULTS, seed=SEED)
    def exchange(self, side: int, faults: Faults, seed: int) -> None:
        self._exchange(side, faults, seed)

    @rule(faults=FAULTS, seed=SEED, count=st.integers(1, 4), pause=st.sampled_from((0, HOUR, 8 * DAY)))
    def talk(self, faults: Faults, seed: int, count: int, pause: int) -> None:
        for at in range(count):
            self.world.now += pause
            for side in (0, 1):
                self._exchange(side, faults, seed + at)

    def _exchange(self, side: int, faults: Faults, seed: int) -> None:
        person = self.world.sides[side]
        self.world.wire(person).faulty._random = Random(seed)
        self.world.exchange(person, faults)

    @rule(side=SIDE, count=st.integers(2, 30), seed=SEED)
    def nobody_hears(self, side: int, count: int, seed: int) -> None:
        for _ in range(count):
            self.say(side, 1, 0)
            self._exchange(side, DEAD, seed)

    @rule(count=st.integers(2, 12), hearer=SIDE, seed=SEED)
    def one_way(self, count: int, hearer: int, seed: int) -> None:
        """One side is heard, the other is not."""
        for _ in range(count):
            self.world.now += HOUR
            self._exchange(1 - hearer, WEATHER["calm"], seed)
            self._exchange(hearer, DEAD, seed)

    @rule(span=st.sampled_from((SECOND, 40 * SECOND, HOUR, 2 * DAY, 8 * DAY, YEAR, 10 * YEAR)))
    def time_passes(self, span: int) -> None:
        self.world.now += span

    @rule(side=SIDE, years=st.sampled_from((-10, 0, 10)))
    def a_clock_is_set(self, side: int, years: int) -> None:
        self.world.sides[side].offset = years * YEAR

    @rule(side=SIDE)
    def restart(self, side: int) -> None:
        self.world.sides[side].restart()

    @rule(side=SIDE, steps=st.integers(1, 45), faults=FAULTS, seed=SEED)
    def crash_while_exchanging(self, side: int, steps: int, faults: Faults, seed: int) -> None:
        person = self.world.sides[side]
        person.fuse.light(steps)
        try:
            self._exchange(side, faults, seed)
        except Crash:
            person.restart()
        person.fuse.put_out()

    @rule(side=SIDE, steps=st.integers(1, 8))
    def crash_while_saying(self, side: int, steps: int) -> None:
        person = self.world.sides[side]
        texts = self._texts(side, 2, 0)
        person.fuse.light(steps)
        try:
            person.say(*texts)
        except Crash:
            person.restart()
        person.fuse.put_out()
        own = self._own_texts(person)
        assert own in (self.said[side], self.said[side] + texts), "half said"
        self.said[side][:] = own

    @precondition(lambda self: all(side.line.phase is Phase.OPEN for side in self.world.sides))
    @rule(seed=SEED, faults=st.sampled_from((WEATHER["late"], WEATHER["calm"])))
    def both_propose(self, seed: int, faults: Faults) -> None:
        self.world.now += 8 * DAY
        for side in (0, 1):
            texts = self._texts(side, 1, 0)
            self.world.sides[side].say(*texts)
            self.said[side].extend(texts)
        boxes = {key: list(box) for key, box in self.world.boxes.items()}
        self._exchange(0, faults, seed)
        new, self.world.boxes = self.world.boxes, boxes
        for wire in self.world.wires.values():
            wire.inner._boxes = boxes  # type: ignore[attr-defined]
        self._exchange(1, faults, seed)
        for key, box in new.items():
            known = {cursor for cursor, _ in boxes.get(key, [])}
            boxes.setdefault(key, []).extend(each for each in box if each[0] not in known)

    @precondition(lambda self: bool(self.witness.envelopes))
    @rule(side=SIDE, which=SEED, harm=st.sampled_from(("replay", "flip", "cut", "noise")), restart=st.booleans())
    def hostile_input(self, side: int, which: int, harm: str, restart: bool) -> None:
        person = self.world.sides[side]
        if restart:
            person.restart()
        envelope = self.witness.envelopes[which % len(self.witness.envelopes)]
        match harm:
            case "flip":
                at = which % len(envelope)
                envelope = envelope[:at] + bytes([envelope[at] ^ 1 << which % 8]) + envelope[at + 1 :]
            case "cut":
                envelope = envelope[: which % len(envelope)]
            case "noise":
                envelope = Random(which).randbytes(1024)
        before, line = person.vault.rows(), person.line
        (fate,) = person.take(envelope).fates
        if harm != "replay":
            assert fate is Fate.FOREIGN
        if fate is Fate.OPENED:
            return
        assert quiet(person.line) == quiet(line)
        assert [row for row in person.vault.rows() if row[0] != "line"] == [row for row in before if row[0] != "line"]

    # --- what must hold -----------------------------------------------------------------------------------------------

    @staticmethod
    def _own_texts(person: Side) -> list[str]:
        own = sorted(
            (stored.event for stored in person.log() if stored.event.author == int(person.line.role)),
            key=lambda event: event.number,
        )
        assert [event.number for event in own] == list(range(1, len(own) + 1))
        bodies = [read_body(event) for event in own]
        return [body.text for body in bodies if isinstance(body, Text)]

    @invariant()
    def nothing_lost_silently_nothing_doubled(self) -> None:
        logs = [side.log() for side in self.world.sides]
        lines = [side.line for side in self.world.sides]
        for at, person in enumerate(self.world.sides):
            assert self._own_texts(person) == self.said[at]
            mine = {s.event.number: s.event.raw for s in logs[at] if s.event.author == at}
            came = [s.event for s in logs[1 - at] if s.event.author == at]
            theirs = {event.number: event.raw for event in came}
            assert len(theirs) == len(came), "doubled"
            assert all(mine[number] == raw for number, raw in theirs.items())
            held = lines[1 - at].theirs
            assert all(number in held for number in theirs)
            assert held.count == len(theirs)
            confirmed = lines[at].delivery.theirs
            assert confirmed.highest <= len(mine)
            assert all(number in theirs for number in mine if number in confirmed), "confirmed and not there"
            missing = {n for first, last in lines[1 - at].missing for n in range(first, last + 1)}
            assert all(n in theirs or n in missing for n in range(1, lines[1 - at].delivery.claimed + 1))
            assert not lines[at].notices, lines[at].notices
            positions = sorted(stored.position for stored in logs[at])
            assert positions == list(range(1, len(positions) + 1))
            assert lines[at].positions == len(positions)

    @invariant()
    def no_more_keys_than_needed(self) -> None:
        for person in self.world.sides:
            if person.line.phase is Phase.OPEN:
                epochs = person.channel.epochs
                assert 1 <= len(epochs.roots) <= 3
                assert epochs.reading <= epochs.writing

    def _all_is_well_in_the_end(self) -> None:
        for person in self.world.sides:
            person.fuse.put_out()
        self.world.settle()
        self.nothing_lost_silently_nothing_doubled()
        ann, bob = (side.line for side in self.world.sides)
        assert self.world.settled(), (ann, bob)
        assert self.world.ann.raws() == self.world.bob.raws()
        assert (ann.own, bob.own) == (len(self.said[0]), len(self.said[1]))
        self._steps_still_end()

    def _steps_still_end(self) -> None:
        """The line itself is as live as the talk: whatever step is under way comes to its end."""
        before = [side.channel.epochs.writing for side in self.world.sides]
        for _ in range(6):
            self.world.rounds(1, pause=8 * DAY)
            self.world.rounds(3)
        after = [side.channel.epochs for side in self.world.sides]
        assert after[0].writing > before[0]
        assert after[0].writing == after[1].writing
        assert not any(isinstance(epochs.step, Proposal) for epochs in after)


TestTwoVaults = TwoVaults.TestCase
TestTwoVaults.settings = settings(
    max_examples=2000 if LONG else 20,
    stateful_step_count=80 if LONG else 30,
    deadline=None,
    derandomize=False,
    print_blob=True,
    report_multiple_bugs=False,
    phases=[Stage.explicit, Stage.reuse, Stage.generate, *([Stage.shrink] if LONG else [])],
    suppress_health_check=list(HealthCheck),
)
