"""Nothing readable in any file: every secret, name and word that the test uses is looked for in every form."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.desk import Desk
from backchannel.app.invite import invite
from backchannel.line.channel import Channel
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import change_passphrase
from tests.support.world import CHEAP, DAY, PASSPHRASE, World

WORDS = ["Hasbara-Lieberman", "שלום עליכם", "السلام عليكم", "release of prisoners", "ceasefire-draft-7"]
NAMES = ["go-between of the north", "وسيط من الشمال"]
RELAY = "https://relay.onion.example:8443/path"


def forms(secret: bytes | str) -> Iterator[bytes]:
    if isinstance(secret, str):
        yield secret.encode("utf-16-le")
        yield secret.encode("utf-16-be")
        yield secret.encode("utf-32-le")
        secret = secret.encode()
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    # Base64 of it, wherever in a longer text it began: what does not hang on the neighbours.
    for shift in range(3):
        for encoded in (base64.b64encode(bytes(shift) + secret), base64.urlsafe_b64encode(bytes(shift) + secret)):
            yield encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]


def secrets_of(channel: Channel) -> list[bytes]:
    found = [root for _, root in channel.epochs.roots]
    found += [channel.context.inviter.curve, channel.context.joiner.curve, channel.context.transcript]
    for epoch, _ in channel.epochs.roots:
        for role in (channel.role, channel.role.other):
            keys = channel.keys(epoch, role)
            box = keys.mailbox
            found += [keys.seal, keys.binding, box.put_id, box.put_capability, box.get_id, box.get_capability]
    sessions = [held.pickled for held in channel._sessions._held]
    return [*found, *channel._reserve.theirs, channel._account_bytes, *sessions]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "in use"])
def test_no_file_of_a_vault_holds_anything_readable(tmp_path: Path, closed: bool) -> None:
    world = World(root=tmp_path)
    invitations = [invite(world.ann.desk, name, [RELAY]) for name in NAMES]
    world.opened()
    for word in WORDS:
        world.ann.say(word, word * 40)
        world.bob.say(word[::-1])
        world.rounds(1)
    world.now += 8 * DAY
    world.rounds(3)
    channel = world.ann.channel
    events = [stored.event for stored in world.ann.log()]
    change_passphrase(world.ann.folder, PASSPHRASE, "another phrase altogether", CHEAP)
    secrets: list[bytes | str] = [
        PASSPHRASE, "another phrase altogether", *WORDS, *(word[::-1] for word in WORDS), *NAMES, RELAY,
        read_key(world.ann.folder, "another phrase altogether"), *secrets_of(channel), world.ann.line.id,
        *(event.id for event in events), *(event.raw for event in events),
        *(secret for each in (*invitations, world.invitation) for secret in (each.secret, each.curve, each.one_time)),
        "CREATE TABLE", "SQLite format 3", "second-request",
    ]  # fmt: skip
    if closed:
        world.close()
    files = [path for path in world.ann.folder.iterdir() if path.is_file()]
    assert any(path.name.endswith("-wal") and path.stat().st_size for path in files) is not closed
    haystacks = {path: path.read_bytes() + path.name.encode() for path in files}
    assert sum(map(len, haystacks.values())) > 40_000
    for secret in secrets:
        for form in forms(secret):
            assert len(form) >= 8
            for path, haystack in haystacks.items():
                assert form not in haystack, f"{path.name}: {secret!r}"
    if not closed:
        world.close()


def test_the_search_would_find_it(tmp_path: Path) -> None:
    for secret in (WORDS[1], os.urandom(32)):
        raw = secret.encode() if isinstance(secret, str) else secret
        encodings = [
            raw,
            raw.hex().encode(),
            *(base64.b64encode(os.urandom(n) + raw + os.urandom(4)) for n in range(6)),
        ]
        if isinstance(secret, str):
            encodings.append(secret.encode("utf-16-le"))
        for hidden in encodings:
            assert any(form in b"junk" + hidden + b"junk" for form in forms(secret)), hidden


def test_nothing_is_written_outside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No temporary file of SQLite's: sorting large things stays in memory."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.chdir(elsewhere)
    world = World(root=tmp_path / "world").opened()
    desk = Desk(world.ann.vault, world.ann.now, os.urandom)
    world.ann.say(*["words to sort " * 100] * 500)
    list(desk.vault.read().__enter__()._rows("SELECT raw FROM event ORDER BY raw || raw"))  # type: ignore[attr-defined]
    world.close()
    assert list(elsewhere.iterdir()) == []
