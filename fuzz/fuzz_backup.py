"""Backups: what stands in front of one, and each of its messages at each place; nothing but a refusal that we name."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.backup import Reader
from backchannel.app.line import Line, Phase
from backchannel.crypto.passphrase import Cost
from backchannel.crypto.suite import Role
from backchannel.errors import BackupDamaged, BackupNewer, Malformed
from backchannel.line.file_part import protect
from backchannel.line.recovery import Recovery
from backchannel.line.transfer import Sending
from backchannel.log.event import write_event
from backchannel.log.file import FILE, File, file_body
from backchannel.vault.backup import MAGIC, read_head
from backchannel.wire.codec import encode

MOST_MEMORY = 4 * 1024 * 1024
KEY = bytes(range(32))


def messages() -> list[bytes]:
    """Every kind of message, in the order in which they can stand."""
    content, line_id = b"content", bytes(16)
    file = File("name", len(content), "text/plain", sha256(content).digest(), KEY)
    event = write_event(author=0, number=1, seen=0, clock=0, kind=FILE, body=file_body(file))
    line = Line(
        line_id, "south", Role.INVITER, Phase.OPEN, 0, own=1, positions=1, last=event.id,
        recovery=Recovery((KEY,), noted=0),
    )  # fmt: skip
    name = name_of(event.id)
    attachment = Attachment(line_id, name, 1, file, "", Sending(len(content), 1), asked=True)
    return [
        encode([0, bytes(16)]),
        encode([1, line_id, [[1, 0, event.raw]]]),
        encode([2, line_id, "south", encode(line.to_value())]),
        encode([5, line_id, "kept", b"value"]),
        encode([6, line_id, name, 1, True, encode(attachment.to_value())]),
        encode([7, line_id, name, 1, protect(KEY, 1, content)]),
        encode([3, "proxy", "socks5://localhost:9050"]),
        encode([4, 1, 1]),
    ]


MESSAGES = messages()


def examples() -> list[bytes]:
    """Valid inputs to start from: messages, and heads."""
    costs = (Cost(1, 8, 1), Cost(3, 65536, 4), Cost(64, MOST_MEMORY, 64))
    heads = [encode([1, cost.time, cost.memory, cost.lanes, bytes(16), bytes(16)]) for cost in costs]
    return [*MESSAGES, *(len(head).to_bytes(2, "big") + head + bytes(24) for head in heads), encode([2, "later"])]


def one_input(data: bytes) -> None:
    """Read it as a head, and as the message at each place behind messages that are right."""
    head(MAGIC + data)
    head(data)
    for place in range(len(MESSAGES) + 1):
        reader = Reader()
        for message in MESSAGES[:place]:
            reader.take(message)
        try:
            reader.take(data)
        except Malformed:
            continue
        assert place < len(MESSAGES), "nothing stands behind the end"
        assert reader.progress.ended == (place > 2 and data == MESSAGES[-1])


def head(data: bytes) -> None:
    """Read what stands in front of the pieces; what it asks for is within its bounds."""
    try:
        found = read_head(BytesIO(data))
    except (BackupDamaged, BackupNewer):
        return
    assert (len(found.salt), len(found.check), len(found.header)) == (16, 16, 24)
    assert data.startswith(MAGIC + len(found.raw).to_bytes(2, "big") + found.raw + found.header)
    assert 1 <= found.cost.time <= 64
    assert 8 * found.cost.lanes <= found.cost.memory <= MOST_MEMORY
