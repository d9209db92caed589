"""A steady line that is closed: the last words go in their slots too, and then nothing goes (spec 16.1, 18)."""

from __future__ import annotations

from backchannel.app.close import close
from backchannel.app.line import Phase
from backchannel.app.steady import rhythm_of
from backchannel.app.tidy import tidy
from tests.support.steady import TEN_MINUTES, SteadyWorld


def test_the_last_words_go_in_slots_and_the_rhythm_goes_with_the_keys() -> None:
    world = SteadyWorld()
    begin = {id(side): len(world.recorder(side).puts) for side in world.sides}
    close(world.ann.desk, "bob", "farewell")
    world.slots(6)
    close(world.bob.desk, "ann")
    for _ in range(30):
        if all(side.line.phase is Phase.CLOSED for side in world.sides):
            break
        if any(side.line.phase is Phase.CLOSING for side in world.sides):
            world.slot()
        for side in world.sides:
            tidy(side.desk, side.line.id)
    assert [side.line.phase for side in world.sides] == [Phase.CLOSED, Phase.CLOSED]
    assert [side.line.ending.alone for side in world.sides] == [False, False]
    assert world.ann.raws() == world.bob.raws()
    for side in world.sides:
        puts = world.recorder(side).puts[begin[id(side)] :]
        assert {sizes for _, _, sizes in puts} == {(TEN_MINUTES.size,)}
        assert all((when - puts[0][0]) % TEN_MINUTES.every == 0 for when, _, _ in puts)
        with side.vault.read() as transaction:
            assert rhythm_of(transaction, side.line.id) is None
            assert not [name for name, _ in transaction.privates(side.line.id) if name.startswith("passing ")]
    world.close()
