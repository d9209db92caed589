"""3.5, 6.2 and 6.3: mailboxes and what is said to a relay, and headers that it refuses."""

from hashlib import sha256

from backchannel.crypto.suite import Role
from backchannel.line.mailbox import mailbox_from
from backchannel.wire.codec import encode
from vectors.first.defect import Defect
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded, mailbox_shown, shown


def mailboxes(_: Recorded) -> Json:
    """3.5."""
    secret, context = seeded("mailbox secret", 32), seeded("mailbox context", 40)
    return [
        {
            "secret": secret.hex(),
            "writer": int(writer),
            "context": context.hex(),
            "mailbox": mailbox_shown(mailbox_from(secret, writer, context)),
        }
        for writer in Role
    ]


def relay(_: Recorded) -> Json:
    """6.2, 6.3."""
    box = mailbox_from(seeded("relay", 32), Role.INVITER, b"relay")
    hashes = [sha256(value).digest() for value in (box.put_capability, box.get_capability)]
    many = [bytes(1024), b"\x01" * 4096]
    return {
        "mailbox": mailbox_shown(box),
        "put_authorization": f"Backchannel {box.put_id.hex()}.{box.put_capability.hex()}",
        "get_authorization": f"Backchannel {box.get_id.hex()}.{box.get_capability.hex()}",
        "put_id_hash": sha256(box.put_id).hexdigest(),
        "put_capability_hash": hashes[0].hex(),
        "get_id_hash": sha256(box.get_id).hexdigest(),
        "get_capability_hash": hashes[1].hex(),
        "create_body": encode([1, box.put_id, hashes[0], box.get_id, hashes[1]]).hex(),
        "put_many": [shown(each) for each in many],
        "put_many_body": shown(encode([1, many])),
        "delete_upto": str(2**63 - 1),
        "delete_body": encode([1, 2**63 - 1]).hex(),
    }


def relay_defects() -> list[Defect]:
    """6.2."""
    box = mailbox_from(seeded("relay", 32), Role.INVITER, b"relay")
    name, capability = box.put_id.hex(), box.put_capability.hex()
    headers = {
        "none": ("no header", list[str]()),
        "two": ("two headers", [f"Backchannel {name}.{capability}"] * 2),
        "capitals": ("capitals", [f"Backchannel {name.upper()}.{capability.upper()}"]),
        "scheme": ("another scheme", [f"Bearer {name}.{capability}"]),
        "dot": ("no dot", [f"Backchannel {name}{capability}"]),
        "space": ("a space behind", [f"Backchannel {name}.{capability} "]),
        "short": ("short", [f"Backchannel {name}.{capability[:-2]}"]),
    }
    return [
        (f"authorization-{key}", "6.2", what, "unauthorized", {"headers": value})
        for key, (what, value) in headers.items()
    ]
