"""7.1: the key file, and those that are refused."""

from hashlib import sha256
from typing import Any, Final

from backchannel.crypto import aead
from backchannel.crypto.passphrase import Cost, stretch
from backchannel.crypto.suite import info
from backchannel.wire.codec import encode
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded

COST: Final = Cost(1, 8, 1)


def _key_file(head: list[Any], passphrase: str, key: bytes) -> bytes:
    wrapped = aead.seal(stretch(passphrase, head[4], COST), seeded("wrap nonce", 24), key, info("vault key", *head))
    return encode([*head, wrapped])


def _summed(body: bytes) -> bytes:
    return body + sha256(body).digest()


def key_file(_: Recorded) -> Json:
    """7.1, 2.5."""
    key, salt = seeded("vault key", 32), seeded("salt", 16)
    out = []
    for passphrase in ("correct horse battery staple", "מילה e\u0301"):
        body = _key_file([1, COST.time, COST.memory, COST.lanes, salt], passphrase, key)
        kek = stretch(passphrase, salt, COST).hex()
        out.append({"passphrase": passphrase, "kek": kek, "key": key.hex(), "file": _summed(body).hex()})
    return out


def key_file_defects() -> list[Defect]:
    """7.1."""
    head: list[Any] = [1, COST.time, COST.memory, COST.lanes, seeded("salt", 16)]
    key, passphrase = seeded("vault key", 32), "correct horse battery staple"
    body = _key_file(head, passphrase, key)

    def changed(at: int, value: Any) -> bytes:
        return _summed(_key_file([*head[:at], value, *head[at + 1 :]], passphrase, key))

    wrong = "correct horse battery stable"
    damaged = {
        "bit": ("one bit was changed", flip(_summed(body), 20)),
        "cut": ("cut off", _summed(body)[:-1]),
        "empty": ("an empty file", b""),
        "not-cbor": ("not CBOR under a right sum", _summed(b"\xff")),
        "memory": ("16 GiB of memory", changed(2, 16 * 2**20)),
        "memory-small": ("too little memory", changed(2, 7)),
        "time": ("65 passes", changed(1, 65)),
        "lanes": ("no lane", changed(3, 0)),
        "short": ("no key", _summed(encode(head))),
    }
    more = {"passphrase": passphrase}
    return [
        *bytes_defects("7.1", "vault-damaged", {f"keyfile-{name}": value for name, value in damaged.items()}, **more),
        *bytes_defects("7.1", "vault-newer", {"keyfile-newer": ("version 2", changed(0, 2))}, **more),
        (
            "keyfile-passphrase",
            "7.1",
            "another passphrase",
            "passphrase-wrong",
            {"bytes": _summed(body).hex(), "passphrase": wrong},
        ),
        (
            "keyfile-head",
            "7.1",
            "the salt was changed and the sum made right",
            "passphrase-wrong",
            {"bytes": _summed(flip(body, 8)).hex(), **more},
        ),
    ]
