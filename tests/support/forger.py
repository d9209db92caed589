"""What one side alone can do with its own vault: write the other side's words, in the other side's envelopes.

Only this side's saved channel state goes in. Olm is symmetric once it is set up: whoever can check a message's MAC can
make it. So this reads the receiving chain out of our own pickle, makes the message key that the peer would use next,
encrypts, and seals it under the peer's direction of the outer seal, whose key both sides derive from the same root.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from backchannel.crypto.kdf import derive
from backchannel.line.channel import Channel
from backchannel.line.frame import Frame
from backchannel.line.seal import ContentType, seal

_PICKLE_KEY = 32
_MAC = 8


def _opened_pickle(data: bytes) -> dict[str, Any]:
    """The state inside vodozemac's pickle: JSON under AES-256-CBC, with a key that lies in front."""
    key, body = data[:_PICKLE_KEY], data[_PICKLE_KEY:]
    sealed = base64.b64decode(body + b"=" * (-len(body) % 4))
    keys = derive(key, b"Pickle", size=80)
    decryptor = Cipher(algorithms.AES(keys[:32]), modes.CBC(keys[64:])).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = decryptor.update(sealed[:-_MAC]) + decryptor.finalize()
    state: dict[str, Any] = json.loads(unpadder.update(padded) + unpadder.finalize())
    return state


def _varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _olm_message(chain: dict[str, Any], plaintext: bytes) -> bytes:
    """The next message of a chain, as its owner would write it (Olm specification, version 1)."""
    key, index = bytes(chain["hkdf_ratchet"]["key"]), chain["hkdf_ratchet"]["index"]
    keys = derive(hmac.digest(key, b"\x01", sha256), b"OLM_KEYS", size=80)
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(keys[:32]), modes.CBC(keys[64:])).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    message = b"\x03\x0a\x20" + bytes(chain["ratchet_key"]) + b"\x10" + _varint(index)
    message += b"\x22" + _varint(len(ciphertext)) + ciphertext
    return message + hmac.digest(keys[32:64], message, sha256)[:_MAC]


def forged(own_state: bytes, frame: Frame, nonce: bytes) -> bytes:
    """Return an envelope in which the *peer* says `frame`, made from our own saved channel state and nothing else."""
    ours = Channel.from_bytes(own_state)
    held = ours._sessions._held[0]
    chain = _opened_pickle(held.pickled)["receiving_chains"]["inner"][-1]
    keys = ours.keys(ours.epochs.writing, ours.role.other)
    whole = replace(frame, generation=held.generation, sequence=ours.heard + 1, heard=ours.sequence)
    raw = _olm_message(chain, keys.binding + whole.encode())
    return seal(keys.seal, nonce, bytes([ContentType.FRAME]) + held.tag + raw)
