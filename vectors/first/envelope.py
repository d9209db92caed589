"""1.2 and 3.2: padding and seals, and what does not open."""

from backchannel.crypto import aead
from backchannel.line.seal import ASSOCIATED, seal
from backchannel.wire.envelope import BUCKETS, capacity, pad
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded, shown


def envelope(_: Recorded) -> Json:
    """1.2."""
    edges = [size for bucket in BUCKETS for size in (capacity(bucket) - 1, capacity(bucket), capacity(bucket) + 1)]
    contents = [b"\xa5" * size for size in (1, 2, *edges[:-1])]
    return [
        {"content": shown(content), "bucket": len(pad(content)) + 40, "padded": shown(pad(content))}
        for content in contents
    ]


def seals(_: Recorded) -> Json:
    """3.2."""
    key = seeded("seal key", 32)
    contents = [b"\x05" + seeded("content", 100), b"\x01", b"\x04" + bytes(1000), b"\x05" + seeded("full", 979)]
    contents += [bytes([kind]) + seeded(f"content {kind}", 40) for kind in (2, 3, 6, 7, 8, 9, 10, 11, 12, 13)]
    return [
        {
            "key": key.hex(),
            "nonce": seeded(f"nonce {at}", 24).hex(),
            "content": shown(content),
            "envelope": seal(key, seeded(f"nonce {at}", 24), content).hex(),
        }
        for at, content in enumerate(contents)
    ]


def envelope_defects() -> list[Defect]:
    """1.2 and 3.2: padding inside a seal that is right, and seals that are not."""
    key, nonce = seeded("seal key", 32), seeded("bad nonce", 24)

    def sealed(padded: bytes) -> bytes:
        return aead.seal(key, nonce, padded, ASSOCIATED)

    good = pad(b"\x05" + seeded("content", 100))
    whole = sealed(good)
    inside = {
        "unseal-padding-end": ("the last byte of padding is one", good[:-1] + b"\x01"),
        "unseal-padding-first": ("the first byte of padding is one", good[:105] + b"\x01" + good[106:]),
        "unseal-length": ("the length runs past the end", (985).to_bytes(4, "big") + good[4:]),
        "unseal-length-huge": ("the length is 2^32 - 1", b"\xff\xff\xff\xff" + good[4:]),
        "unseal-empty": ("no content", bytes(984)),
        "unseal-bucket": ("a bucket larger than needed", (980).to_bytes(4, "big") + b"\x05" * 980 + bytes(3072)),
        "unseal-type-zero": ("content type 0", pad(bytes(1))),
        "unseal-type-unknown": ("content type 127", pad(b"\x7f")),
    }
    found = {name: (what, sealed(padded)) for name, (what, padded) in inside.items()}
    outside = {
        "unseal-nonce": ("the nonce was changed", flip(whole, 0)),
        "unseal-ciphertext": ("the ciphertext was changed", flip(whole, 500)),
        "unseal-tag": ("the tag was changed", flip(whole, -1)),
        "unseal-short": ("a byte is missing", whole[:-1]),
        "unseal-long": ("a byte too many", whole + b"\x00"),
        "unseal-nothing": ("nothing", b""),
        "unseal-associated": ("no associated data", aead.seal(key, nonce, good, b"")),
        "unseal-key": (
            "sealed under another key",
            aead.seal(seeded("other", 32), nonce, good, ASSOCIATED),
        ),
    }
    return [
        *bytes_defects("3.2", "malformed", found, key=key.hex()),
        *bytes_defects("3.2", "not-for-us", outside, key=key.hex()),
        ("pad-oversize", "1.2", "one byte more than fits", "oversize", {"bytes": shown(b"\xa5" * 65493)}),
    ]
