"""2.1 and 2.2: labels, digests and derived keys."""

from typing import Any

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import digest, info
from vectors.first.seeds import seeded, seeded_key
from vectors.first.shown import Json, Recorded, tagged


def labels(_: Recorded) -> Json:
    """2.1, 2.2."""
    cases: list[tuple[str, list[Any]]] = [
        ("safety number", []),
        ("mailbox", [0, b"code"]),
        ("root", [0]),
        ("code password", ["123456789012"]),
        ("request binding", [seeded("ih", 32), seeded_key("joiner hybrid").public(), seeded("s1", 32)]),
    ]
    return {
        "info": [
            {
                "label": label,
                "parts": [tagged(part) for part in some],
                "info": info(label, *some).hex(),
                "digest": digest(label, *some).hex(),
            }
            for label, some in cases
        ],
        "hkdf": [
            {
                "salt": salt.hex(),
                "ikm": seeded("ikm", 32).hex(),
                "info": info("root", 0).hex(),
                "size": size,
                "out": derive(seeded("ikm", 32), info("root", 0), salt=salt or None, size=size).hex(),
            }
            for salt, size in ((b"", 32), (seeded("salt", 32), 32), (b"", 96))
        ],
    }
