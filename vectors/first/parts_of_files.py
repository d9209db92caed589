"""8: what announces a file, its parts, and what is no part."""

from typing import Any

from backchannel.crypto.suite import Role
from backchannel.line.epochs import Epochs
from backchannel.line.file_part import PART_SIZE, file_keys_of, part_count, part_length, protect
from backchannel.line.seal import seal
from backchannel.log.event import write_event
from backchannel.log.file import FILE, File, file_body
from backchannel.log.kinds import read_body
from backchannel.wire.codec import encode
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import line_context, line_context_shown, seeded
from vectors.first.shown import Json, Recorded, mailbox_shown, shown


def file(_: Recorded) -> Json:
    """8.1, 8.2, 8.3."""
    context, epochs = line_context(), Epochs(((7, seeded("root 7", 32)),))
    root = epochs.root(7)
    key, name = seeded("file key", 32), seeded("file name", 16)
    cases = [(1, b"voice"), (3, seeded("part", 900)), (1, b""), (16417, seeded("part", 2000)), (2, bytes(PART_SIZE))]
    parts = []
    for writer in Role:
        for at, (number, plaintext) in enumerate(cases if writer is Role.INVITER else cases[:2]):
            seal_key, box = file_keys_of(context, root, 7, writer)
            nonce = seeded(f"part nonce {int(writer)} {at}", 24)
            sealed = protect(key, number, plaintext)
            content = b"\x0b" + name + number.to_bytes(4, "big") + sealed
            parts.append(
                {
                    "epoch": 7,
                    "writer": int(writer),
                    "seal": seal_key.hex(),
                    "mailbox": mailbox_shown(box),
                    "number": number,
                    "plaintext": shown(plaintext),
                    "nonce": nonce.hex(),
                    "sealed": sealed.hex(),
                    "envelope": seal(seal_key, nonce, content).hex(),
                }
            )
    return {
        "bodies": _bodies(),
        "sizes": [
            {"size": size, "parts": part_count(size), "last": part_length(size, part_count(size))}
            for size in (0, 1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 2**30)
        ],
        "context": line_context_shown(),
        "root": root.hex(),
        "key": key.hex(),
        "name": name.hex(),
        "parts": parts,
    }


def _bodies() -> Json:
    good: dict[str, Any] = {
        "name": "a.txt", "size": 5, "type": "text/plain", "hash": seeded("hash", 32), "key": seeded("file key", 32),
    }  # fmt: skip
    bodies: list[tuple[str, bytes]] = [
        ("a file", file_body(File("a.txt", 5, "text/plain", seeded("hash", 32), seeded("file key", 32)))),
        ("an empty file without a name", encode(good | {"name": "", "size": 0, "type": ""})),
        ("the largest file", encode(good | {"size": 2**30})),
        ("a name as it was written", encode(good | {"name": "../\u202e\u05d0/x\n"})),
        ("further keys", encode(good | {"seconds": 9})),
        ("a byte more than the largest", encode(good | {"size": 2**30 + 1})),
        ("a negative size", encode(good | {"size": -1})),
        ("a size that is true", encode(good | {"size": True})),
        ("a name of 1,025 characters", encode(good | {"name": "n" * 1025})),
        ("a type of 256 characters", encode(good | {"type": "t" * 256})),
        ("a name of bytes", encode(good | {"name": b"a"})),
        ("a hash of 31 bytes", encode(good | {"hash": bytes(31)})),
        ("a key of 33 bytes", encode(good | {"key": bytes(33)})),
        ("no key", encode({key: value for key, value in good.items() if key != "key"})),
        ("a list", encode(["a.txt", 5])),
        ("no CBOR", b"a.txt"),
    ]
    out = []
    for what, body in bodies:
        said = read_body(write_event(author=0, number=1, seen=0, clock=0, kind=FILE, body=body))
        found = None
        if isinstance(said, File):
            found = [said.name, said.size, said.media_type, said.hash.hex(), said.key.hex()]
        out.append({"what": what, "body": shown(body), "file": found})
    return out


def part_defects() -> list[Defect]:
    """8.3: what stands behind the type, and is no part."""
    name, one = seeded("file name", 16), (1).to_bytes(4, "big")
    found = {
        "nothing": ("nothing", b""),
        "name": ("a name alone", name),
        "short": ("a tag of 15 bytes", name + one + bytes(15)),
        "zero": ("number 0", name + bytes(4) + bytes(16)),
        "long": ("a byte more than the largest part", name + one + bytes(PART_SIZE + 17)),
    }
    return bytes_defects("8.3", "peer-misbehaved", {f"part-{key}": value for key, value in found.items()})
