"""Talk is deniable: from one vault alone, the other side's words can be made, and nothing tells them from real ones.

What a transcript is, to somebody who is shown one:

1. the decrypted log: events, each named by the SHA-256 of its own bytes. An event is deterministic CBOR of author,
   number, seen, clock, kind and body (spec 4.1). No field is keyed, so anybody can write any event; its id is right.
2. the envelopes that were on the wire, each `nonce || XChaCha20-Poly1305`, under a key of the line's root, epoch and
   direction (spec 3.2.8). Both sides hold the root, so both can seal in either direction.
3. inside it an Olm message. Its authenticity is a MAC under a message key of a chain that the reader must be able to
   compute in order to check it, so the reader can write with it too; 3DH, which set it up, is deniable by design.
4. the channel state before an envelope came, with which its authenticity can be checked again.

The tests take Ann's state alone, before Bob has said anything further. They make Bob's next envelope out of it, with
words that Bob never said, and give it to every check that there is: Ann's own channel, her whole vault, and the
comparison with what the same words look like when Bob does say them. At last: nothing in what travels is a signature,
by anyone, for then all of the above would be in vain.
"""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

import pytest

import backchannel
from backchannel.app.receive import Fate
from backchannel.line.channel import Channel
from backchannel.line.frame import Frame
from backchannel.log.event import Event, read_event, write_event
from backchannel.log.kinds import Text, read_body, text_body
from backchannel.wire.coverage import Coverage
from tests.support.forger import forged
from tests.support.pair import Pair
from tests.support.world import World, quiet

NEVER_SAID = "I will hand over all of them on Friday. أقسم لك"


def bobs(number: int, text: str, *, seen: int = 0, clock: int = 1_700_000_100_000, before: bytes = b"") -> Event:
    body = text_body(text)
    return write_event(author=1, number=number, seen=seen, clock=clock, kind="text", body=body, before=before)


def frame_of(event: Event, held: int = 0) -> Frame:
    return Frame(own=event.number, held=Coverage(held), events=(event.raw,))


def talked() -> Pair:
    pair = Pair.make()
    for at in range(3):
        pair.send(pair.ann, b"ann %d" % at)
        pair.send(pair.bob, b"bob %d" % at)
    return pair


def test_the_log_is_forged_with_ids_that_are_right() -> None:
    event = bobs(4, NEVER_SAID)
    again = read_event(event.raw)
    assert again == event
    assert again.id == event.id
    assert read_body(again) == Text(NEVER_SAID)


def test_an_envelope_of_the_peer_is_forged_from_our_own_state_alone() -> None:
    pair = talked()
    ours = pair.ann.to_bytes(os.urandom)
    event = bobs(4, NEVER_SAID)
    envelope = forged(ours, frame_of(event), os.urandom(24))
    frame = pair.open(Channel.from_bytes(ours), envelope)
    assert frame.events == (event.raw,)


def test_a_whole_conversation_is_forged_each_envelope_checked_with_the_state_before_it() -> None:
    pair = talked()
    checker = Channel.from_bytes(pair.ann.to_bytes(os.urandom))
    for number in range(4, 12):
        ours = checker.to_bytes(os.urandom)
        event = bobs(number, f"{NEVER_SAID} {number}")
        assert pair.open(checker, forged(ours, frame_of(event), os.urandom(24))).events == (event.raw,)


def test_after_a_step_of_the_epoch_as_well() -> None:
    pair = talked()
    pair.step(pair.bob)
    ours = pair.ann.to_bytes(os.urandom)
    event = bobs(4, NEVER_SAID)
    assert pair.open(Channel.from_bytes(ours), forged(ours, frame_of(event), os.urandom(24))).events


def test_a_forgery_and_the_real_thing_are_the_same_bytes() -> None:
    """Let Bob really say it: under the same nonce, the envelope that he makes is the one that Ann had made."""
    pair = talked()
    event = bobs(4, NEVER_SAID)
    forgery = forged(pair.ann.to_bytes(os.urandom), frame_of(event), bytes(24))
    assert pair.bob.seal(frame_of(event), bytes) == forgery


def test_a_vault_takes_the_forgery_and_shows_what_the_real_thing_would_show(tmp_path: Path) -> None:
    world = World(root=tmp_path / "real").opened()
    world.ann.say("Can you let them go?")
    world.bob.say("I cannot promise anything.")
    world.rounds(3)
    ann = world.ann
    ann.vault.close()
    shutil.copytree(ann.folder, tmp_path / "alone")
    ann.open()

    (his,) = (stored.event for stored in ann.log() if stored.event.author == 1)
    event = bobs(2, NEVER_SAID, seen=1, clock=world.now, before=his.id[:8])
    envelope = forged(ann.channel.to_bytes(os.urandom), frame_of(event, held=1), os.urandom(24))
    received = ann.take(envelope)
    assert (received.fates, received.events) == ((Fate.OPENED,), 1)
    shown = [(s.event.id, s.position, read_body(s.event)) for s in ann.log()]
    line = ann.line
    assert line.missing == []
    assert line.notices == ()
    assert line.forks == ()
    ann.vault.close()

    shutil.rmtree(ann.folder)
    shutil.copytree(tmp_path / "alone", ann.folder)
    ann.open()
    world.bob.say(NEVER_SAID)
    world.exchange(world.bob)
    world.exchange(ann)
    assert [(s.event.id, s.position, read_body(s.event)) for s in ann.log()] == shown
    assert quiet(ann.line) == quiet(line)
    world.close()


# --- no signature anywhere -------------------------------------------------------------------------------------------

ROOMS = ("wire", "crypto", "line", "log", "app")
SIGNING = {
    "sign",
    "verify_signature",
    "ed25519_key",
    "Ed25519Signature",
    "Ed25519PrivateKey",
    "mldsa",
    "MLDSA65PrivateKey",
}


OF_DEALS = {"crypto/sign.py", "app/deal.py", "app/third.py", "app/escrow.py"}
"""Where deals are signed, on purpose, by keys made for one deal: talk never comes there."""


@pytest.mark.parametrize("room", ROOMS)
def test_no_code_of_the_line_signs_or_names_a_signing_key(room: str) -> None:
    base = Path(backchannel.__file__).parent
    for path in (path for path in (base / room).rglob("*.py") if path.relative_to(base).as_posix() not in OF_DEALS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {
                getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "module", None),
                *(alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)),
            }  # fmt: skip
            parts = {part for name in names if isinstance(name, str) for part in name.split(".")}
            assert not parts & SIGNING, f"{path.name}: {parts & SIGNING}"
