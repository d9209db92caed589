"""3.1.1 and 3.5: invitations, and those that are refused."""

from typing import Any

from backchannel.crypto.suite import Role
from backchannel.wire.codec import encode
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import EXPIRES, seeded_invitation
from vectors.first.shown import Json, Recorded, mailbox_shown


def invitation(_: Recorded) -> Json:
    """3.1.1, 3.5."""
    out = []
    for relays in ((), ("https://relay.example", "http://example.onion/a")):
        made = seeded_invitation(relays)
        out.append(
            {
                "curve": made.curve.hex(),
                "one_time": made.one_time.hex(),
                "hybrid": made.hybrid.hex(),
                "secret": made.secret.hex(),
                "relays": list(relays),
                "expires": EXPIRES,
                "invitation": made.encode().hex(),
                "hash": made.hash.hex(),
                "handshake_key": [made.seal_key(writer).hex() for writer in Role],
                "mailbox": [mailbox_shown(made.mailbox(writer)) for writer in Role],
            }
        )
    return out


def invitation_defects() -> list[Defect]:
    """3.1.1."""
    made = seeded_invitation(("https://relay.example",))
    fields: list[Any] = [1, 1, made.curve, made.one_time, made.hybrid, made.secret, list(made.relays), made.expires]

    def changed(at: int, value: Any) -> bytes:
        return encode([*fields[:at], value, *fields[at + 1 :]])

    found = {
        "invitation-version": ("version 2", changed(0, 2)),
        "invitation-suite": ("suite 2", changed(1, 2)),
        "invitation-curve": ("31 bytes of identity key", changed(2, made.curve[:-1])),
        "invitation-one-time": ("33 bytes of one-time key", changed(3, made.one_time + b"\0")),
        "invitation-hybrid": ("1,215 bytes of X-Wing key", changed(4, made.hybrid[:-1])),
        "invitation-secret": ("no secret", changed(5, b"")),
        "invitation-secret-text": ("the secret is a text", changed(5, "a" * 32)),
        "invitation-relays-many": ("nine relays", changed(6, ["a"] * 9)),
        "invitation-relay-long": ("an address of 513 characters", changed(6, ["a" * 513])),
        "invitation-relay-bytes": ("an address of bytes", changed(6, [b"a"])),
        "invitation-expires-negative": ("a negative time", changed(7, -1)),
        "invitation-expires-far": ("a time of 2^40", changed(7, 2**40)),
        "invitation-short": ("a field is missing", encode(fields[:-1])),
        "invitation-long": ("a field too many", encode([*fields, 0])),
        "invitation-behind": ("a byte behind", made.encode() + b"\0"),
        "invitation-cut": ("cut off", made.encode()[:-1]),
    }
    expired = {"bytes": made.encode().hex(), "now": EXPIRES}
    return [
        *bytes_defects("3.1.1", "malformed", found),
        ("expired-invitation", "3.1.1", "used in the second in which it expires", "invitation-expired", expired),
    ]
