"""Two people who lose their devices at any moment, and a wire on which everything goes wrong.

`BACKCHANNEL_HYPOTHESIS=long` runs for as long as it takes to believe it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backchannel.app.line import Notice, Phase
from backchannel.app.recover import restored
from backchannel.log.kinds import Text, read_body
from backchannel.transport.faulty import Faults
from tests.support.crash import Crash
from tests.support.witness import Witness
from tests.support.world import DAY, DEAD, HOUR, YEAR, Side, World

pytestmark = pytest.mark.timeout(0 if os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long" else 120)
LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
SIDE = st.sampled_from((0, 1))
SEED = st.integers(0, 2**20)
WEATHER = {
    "calm": Faults(),
    "lossy": Faults(drop=0.4),
    "doubling": Faults(double=0.5, reorder=0.5),
    "late": Faults(delay=0.6, reorder=0.5),
    "refusing": Faults(refuse=0.4),
    "storm": Faults(0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.1, 0.1),
    "dead": DEAD,
}
FAULTS = st.sampled_from(sorted(WEATHER)).map(WEATHER.__getitem__)


class LostDevices(RuleBasedStateMachine):
    """What was safe, in a backup or with the other side, stays; what was not is shown to be gone."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.witness = Witness()
        self.witness.watch(self.patch)
        self.world = World(self.witness.saw).opened()
        self.backups: tuple[list[Path], list[Path]] = ([], [])
        self.count = 0
        for side in (0, 1):
            self.back_up(side)

    def teardown(self) -> None:
        try:
            self._all_is_well_in_the_end()
        finally:
            self.world.close()
            self.patch.undo()
            shutil.rmtree(self.world.root)

    @initialize()
    def begin(self) -> None:
        self.say(0)
        self.world.rounds(1)

    @rule(side=SIDE)
    def say(self, side: int) -> None:
        person = self.world.sides[side]
        if not person.line.unrecovered:
            self.count += 1
            person.say(f"{'ab'[side]} {self.count}")

    @rule(side=SIDE)
    def back_up(self, side: int) -> None:
        self.count += 1
        self.backups[side].append(self.world.sides[side].copied(self.world.root / f"backup {self.count}"))

    @rule(side=SIDE, which=SEED)
    def lose_the_device(self, side: int, which: int) -> None:
        person = self.world.sides[side]
        person.put_back(self.backups[side][which % len(self.backups[side])])
        with person.desk.work() as work:
            line = work.transaction.line_named(person.peer)
            work.forget(line)
            work.transaction.save_line(restored(line, person.now(), os.urandom).noted(person.now(), Notice.RESTORED))
        # Backups of what is lost are lost with it: those that are left are of moments that the person went on from.
        del self.backups[side][which % len(self.backups[side]) + 1 :]

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

    @rule(side=SIDE, steps=st.integers(1, 60), faults=FAULTS, seed=SEED)
    def crash_while_exchanging(self, side: int, steps: int, faults: Faults, seed: int) -> None:
        person = self.world.sides[side]
        person.fuse.light(steps)
        try:
            self._exchange(side, faults, seed)
        except Crash:
            person.restart()
        person.fuse.put_out()

    @rule(span=st.sampled_from((HOUR, 2 * DAY, 100 * DAY, YEAR)))
    def time_passes(self, span: int) -> None:
        self.world.now += span

    @invariant()
    def numbers_are_what_they_say(self) -> None:
        for person in self.world.sides:
            line = person.line
            own = [stored.event.number for stored in person.log() if stored.event.author == int(line.role)]
            gone = {number for first, last in line.gone(int(line.role)) for number in range(first, last + 1)}
            if not line.unrecovered:
                assert set(own) | gone == set(range(1, line.own + 1))
            positions = sorted(stored.position for stored in person.log())
            assert positions == list(range(1, line.positions + 1))

    @staticmethod
    def _texts(person: Side) -> list[str]:
        bodies = [read_body(stored.event) for stored in person.log()]
        return [body.text for body in bodies if isinstance(body, Text)]

    def _all_is_well_in_the_end(self) -> None:
        for person in self.world.sides:
            person.fuse.put_out()
            self.world.wire(person).release()
        for _ in range(40):
            self.world.rounds(1, pause=8 * DAY)
        ann, bob = self.world.sides
        assert ann.line.phase is bob.line.phase is Phase.OPEN, (ann.line, bob.line)
        assert not ann.line.unrecovered
        assert not bob.line.unrecovered
        assert ann.raws() == bob.raws(), (ann.line, bob.line)
        texts = self._texts(ann)
        assert len(set(texts)) == len(texts), "doubled"
        assert {(fork.author, fork.number) for fork in ann.line.forks} == {
            (fork.author, fork.number) for fork in bob.line.forks
        }
        ann.say("the end of ann")
        bob.say("the end of bob")
        self.world.rounds(4, pause=DAY)
        assert ann.raws() == bob.raws()
        assert {"the end of ann", "the end of bob"} <= set(self._texts(ann))


TestLostDevices = LostDevices.TestCase
TestLostDevices.settings = settings(
    max_examples=2000 if LONG else 20,
    stateful_step_count=60 if LONG else 20,
    deadline=None,
    print_blob=True,
    report_multiple_bugs=False,
    phases=[Stage.explicit, Stage.reuse, Stage.generate, *([Stage.shrink] if LONG else [])],
    suppress_health_check=list(HealthCheck),
)
