"""Witnesses of what is sealed and what travels: no nonce and no ratchet key may ever serve twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from backchannel.crypto import aead
from backchannel.line import channel as channel_module
from backchannel.line import seal as seal_module

TAG = 8


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> dict[int, bytes | int]:
    """The fields of an Olm message: a version byte, then protocol buffers of two wire types."""
    found: dict[int, bytes | int] = {}
    at = 1
    while at < len(data):
        head, at = _varint(data, at)
        value, at = _varint(data, at)
        if head & 7 == 2:
            found[head >> 3], at = data[at : at + value], at + value
        else:
            found[head >> 3] = value
    return found


def ratchet_place(content: bytes) -> tuple[bytes, bytes, int]:
    """Session, ratchet key and index of the Olm message in the content of a frame's envelope.

    Olm makes a message's key and initialisation vector from exactly these.
    """
    tag, raw = content[1 : 1 + TAG], content[1 + TAG :]
    fields = _fields_of_message(raw, pre_key=content[0] in (4, 6))
    key, index = fields[1], fields.get(2, 0)
    assert isinstance(key, bytes)
    assert isinstance(index, int)
    return tag, key, index


def _fields_of_message(raw: bytes, *, pre_key: bool) -> dict[int, bytes | int]:
    if not pre_key:
        return _tailless(raw)
    inner = _fields(raw)[4]
    assert isinstance(inner, bytes)
    return _tailless(inner)


def _tailless(message: bytes) -> dict[int, bytes | int]:
    return _fields(message[:-8])  # the MAC


@dataclass
class Witness:
    """Sees every seal and every envelope that is put."""

    seals: set[tuple[bytes, bytes]] = field(default_factory=set)
    nonces: set[bytes] = field(default_factory=set)
    envelopes: list[bytes] = field(default_factory=list)
    _contents: dict[bytes, bytes] = field(default_factory=dict)
    _places: dict[tuple[bytes, bytes, int], bytes] = field(default_factory=dict)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Look over the shoulder of whoever seals."""
        real_seal, real_channel_seal = aead.seal, seal_module.seal

        def spying_seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
            assert (key, nonce) not in self.seals, "a key and nonce pair for the second time"
            self.seals.add((key, nonce))
            return real_seal(key, nonce, plaintext, associated)

        def spying_channel_seal(key: bytes, nonce: bytes, content: bytes) -> bytes:
            envelope = real_channel_seal(key, nonce, content)
            self._contents[envelope] = content
            return envelope

        patch.setattr(aead, "seal", spying_seal)
        patch.setattr(channel_module, "seal", spying_channel_seal)

    def saw(self, envelope: bytes) -> None:
        """Take note of an envelope that leaves the house."""
        assert envelope[:24] not in self.nonces, "an envelope, or its nonce, for the second time"
        self.nonces.add(envelope[:24])
        self.envelopes.append(envelope)
        content = self._contents.get(envelope)
        if content is None:
            return
        place = ratchet_place(content)
        known = self._places.setdefault(place, content[1:])
        assert known == content[1:], "two messages under one ratchet key"


Seen = Callable[[bytes], None]
