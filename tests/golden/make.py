"""Makes what tests/golden/VERSION holds: `python -m tests.golden.make VERSION`, once, when a version is released.

A folder that is there is left as it is: what a version has written is read for ever, so its files never change again.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from backchannel.app.archive import archive
from backchannel.app.attach import attach
from backchannel.app.close import close_alone
from backchannel.app.compose import compose
from backchannel.app.file_parts import everything
from backchannel.app.files import files
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.line import Notice
from backchannel.app.recover import restored
from backchannel.app.retention import agree, propose
from backchannel.app.retract import retract
from backchannel.log.file import LARGEST_FILE
from backchannel.log.kinds import Text, read_body
from backchannel.log.retention import Rule
from backchannel.log.tombstone import Tombstone
from backchannel.vault.backup import write_backup
from tests.support.world import AGES, CHEAP, DAY, PASSPHRASE, Side, World

HERE: Final = Path(__file__).parent
NAMES: Final = ("vault", "backup", "archive", "envelopes.json")
SOON: Final = bytes(range(256)) * 300
"""A content of two parts, which comes with the envelopes."""


def sealed(side: Side) -> list[bytes]:
    """Return what a side would send now."""
    return [out.envelope for out in compose(side.desk, side.line.id, everything=True).outgoing]


def send(side: Side, name: str, data: bytes) -> None:
    """Attach a file."""
    attach(side.desk, side.peer, name=name, media_type="text/plain", source=io.BytesIO(data))


def stranger(world: World, name: str, peer: str) -> Side:
    """Return another person, who is not on the wire."""
    return Side(world.root / name, peer, lambda: world.now)


def requested(world: World) -> list[bytes]:
    """Ann invites one more: his request."""
    cid = stranger(world, "cid", "ann")
    join(cid.desk, "ann", invite(world.ann.desk, "cid", [], AGES).encode())
    return sealed(cid)


def replied(world: World) -> list[bytes]:
    """Ann joins another's line: his reply."""
    dan = stranger(world, "dan", "ann")
    join(world.ann.desk, "dan", invite(dan.desk, "ann", [], AGES).encode())
    dan.take(*asked(world, "dan"))
    return sealed(dan)


def refused(world: World) -> list[bytes]:
    """Ann joins a line that somebody else has joined before: the refusal."""
    eve, fay = stranger(world, "eve", "ann"), stranger(world, "fay", "eve")
    invitation = invite(eve.desk, "ann", [], AGES).encode()
    join(fay.desk, "eve", invitation)
    join(world.ann.desk, "eve", invitation)
    eve.take(*sealed(fay))
    sealed(eve)
    eve.take(*asked(world, "eve"))
    return sealed(eve)[:1]


def asked(world: World, name: str) -> list[bytes]:
    """Return Ann's request to join a line."""
    with world.ann.vault.read() as transaction:
        line = transaction.line_named(name)
    return [out.envelope for out in compose(world.ann.desk, line.id, everything=True).outgoing]


def invited_again(world: World) -> list[bytes]:
    """Bob has lost his keys: what he puts into the rendezvous."""
    bob = world.bob
    with bob.desk.work() as work:
        line = work.transaction.line_named(bob.peer)
        work.forget(line)
        work.transaction.save_line(restored(line, bob.now(), os.urandom).noted(bob.now(), Notice.RESTORED))
    return sealed(bob)[:1]


def ended(world: World) -> None:
    """Ann invites one more, and closes that line before anybody joined it."""
    invite(world.ann.desk, "gil", [], AGES)
    close_alone(world.ann.desk, "gil")


def keep_archive(side: Side, file: Path) -> None:
    """Write the archive of the line with the peer."""
    with file.open("wb") as opened:
        archive(side.desk, side.peer, PASSPHRASE, opened.write, CHEAP)


def shown(side: Side) -> dict[str, Any]:
    """Return what the vault must be found to hold."""
    with side.vault.read() as transaction:
        lines = transaction.lines()
        logs = {line.name: list(transaction.in_order(line.id)) for line in lines}
    said = {name: [(each.event, read_body(each.event)) for each in log] for name, log in logs.items()}
    return {
        "phases": {line.name: str(line.phase) for line in lines},
        "texts": {
            name: [[event.author, body.text] for event, body in log if isinstance(body, Text)]
            for name, log in said.items()
        },
        "removed": {
            name: [[event.author, event.number, event.why.name] for event, _ in log if isinstance(event, Tombstone)]
            for name, log in said.items()
        },
        "rules": {line.name: line.retention.agreement.rule.to_value() for line in lines},
        "files": [[file.file.name, file.file.hash.hex(), str(file.state)] for file in files(side.desk, side.peer)],
    }


def make(folder: Path, scratch: Path) -> None:
    """Write a vault, a backup of it, an archive of a line of it, and envelopes that come to it afterwards."""
    world = World(root=scratch).opened()
    ann, bob = world.ann, world.bob
    ann.say("one", "two")
    bob.say("\u05e9\u05dc\u05d5\u05dd", "not for ever")
    send(ann, "from ann.txt", b"content of a file")
    send(bob, "from bob.txt", b"content of another")
    world.rounds(6, pause=DAY)
    retract(bob.desk, "ann", 2)
    propose(ann.desk, "bob", Rule(days=9000))
    world.rounds(2, pause=DAY)
    agree(bob.desk, "ann")
    world.rounds(3, pause=DAY)
    ended(world)
    line_id = ann.line.id
    with ann.desk.work() as work:
        work.transaction.save_private(line_id, "kept", b"for myself")
        work.transaction.save_setting("proxy", "socks5://localhost:9050")
    come = [("a request", requested(world)), ("a reply", replied(world)), ("a refusal", refused(world))]
    bob.say("four")
    come.append(("a frame", sealed(bob)))
    send(bob, "soon.bin", SOON)
    come.append(("frames with the announcement of a file, and what was said before again", sealed(bob)))
    parts = [envelope for batch in everything(bob.desk, bob.line.id, largest=LARGEST_FILE) for envelope in batch]
    come += [("parts of it", parts), ("an invitation at the rendezvous", invited_again(world))]
    keep_archive(ann, folder / "archive")
    write_backup(ann.vault, folder / "backup", PASSPHRASE, os.urandom, lambda _: None, CHEAP)
    state = {
        "schema": 1,
        "passphrase": PASSPHRASE,
        "now": world.now,
        "holds": shown(ann),
        "soon": ["soon.bin", sha256(SOON).hexdigest()],
        "envelopes": [{"what": what, "envelopes": [each.hex() for each in several]} for what, several in come],
    }
    world.close()  # and with it the write-ahead log
    shutil.copytree(ann.folder, folder / "vault")
    (folder / "envelopes.json").write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Do it for the version that is named."""
    (version,) = arguments
    folder = HERE / version
    folder.mkdir(exist_ok=True)
    if any((folder / name).exists() for name in NAMES):
        sys.stderr.write(f"{folder} is there and stays as it is\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        make(folder, Path(scratch))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
