"""Watching: what came half is taken when it is whole."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from backchannel.app import watch
from backchannel.app.carry import carry_out
from backchannel.app.ports import Found
from backchannel.app.watch import Watch
from backchannel.line.mailbox import Mailbox
from backchannel.transport.folder import FolderTransport
from tests.support.world import World


class Counted(FolderTransport):
    """A folder that knows how often it was looked into."""

    looks = 0

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        found = super().get(mailbox, wait=wait)
        self.looks += 1
        return found


def test_a_file_that_was_half_there_is_taken_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The half has the size of an envelope, and the whole has its name."""
    monkeypatch.setattr(watch, "REST", 0.0)
    monkeypatch.setattr(watch, "TICK", 0.01)
    world = World(root=tmp_path / "world").opened()
    world.ann.say("x" * 3000)
    (sealed,) = carry_out(world.ann.desk, "bob")
    assert len(sealed) == 4096
    place = tmp_path / "folder"
    place.mkdir()
    path = place / "17ab.bcenv"
    path.write_bytes(sealed[:1024])
    folder = Counted(place)
    stop = Event()

    def changed() -> None:
        if world.bob.line.theirs.count:
            stop.set()
        elif folder.looks > 3:
            path.write_bytes(sealed)

    Watch(world.bob.desk, None, lambda line: [folder], changed=changed).run(stop)
    assert [stored.event.raw for stored in world.bob.log()] == world.ann.raws()
    world.close()
