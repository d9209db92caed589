"""Another transport's envelopes, dropped, doubled, reordered, delayed and damaged as told: for tests, worlds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from backchannel.app.ports import Found, Transport
from backchannel.errors import RelayUnreachable
from backchannel.line.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong, each from 0 to 1.

    Attributes:
        refuse: a call fails, having done nothing.
        fail_after: a call does its work, and then fails.
        drop: an envelope is lost.
        double: an envelope comes twice.
        reorder: envelopes of one call come in another order.
        delay: an envelope comes with a later call.
        flip: one bit of an envelope is changed.
        truncate: an envelope loses its end.
    """

    refuse: float = 0.0
    fail_after: float = 0.0
    drop: float = 0.0
    double: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    flip: float = 0.0
    truncate: float = 0.0


class FaultyTransport:
    """Wraps a transport; everything that goes wrong follows from the seed."""

    def __init__(
        self, inner: Transport, faults: Faults, seed: int, witness: Callable[[bytes], None] | None = None
    ) -> None:
        """Wrap `inner`.

        Args:
            inner: the transport that works.
            faults: how often what goes wrong.
            seed: of the randomness.
            witness: is shown every envelope that was put, as it was before any damage.
        """
        self.name = f"faulty {inner.name}"
        self.shared = inner.shared
        self.faults = faults
        self._inner = inner
        self._random = Random(seed)
        self._witness = witness
        self._held: list[tuple[Mailbox, bytes]] = []

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _fail(self, chance: float) -> None:
        if self._happens(chance):
            raise RelayUnreachable("a fault that was asked for")

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes, or what is left of them."""
        self._fail(self.faults.refuse)
        if self._witness is not None:
            for envelope in envelopes:
                self._witness(envelope)
        out = [held for held in self._held if self._happens(0.5)]
        self._held = [held for held in self._held if held not in out]
        out.extend((mailbox, damaged) for envelope in envelopes for damaged in self._spoil(envelope))
        if self._happens(self.faults.reorder):
            self._random.shuffle(out)
        for where, envelope in out:
            if self._happens(self.faults.delay):
                self._held.append((where, envelope))
            else:
                self._inner.put(where, [envelope])
        self._fail(self.faults.fail_after)

    def _spoil(self, envelope: bytes) -> list[bytes]:
        if self._happens(self.faults.drop):
            return []
        if self._happens(self.faults.flip):
            at = self._random.randrange(len(envelope))
            envelope = envelope[:at] + bytes([envelope[at] ^ 1 << self._random.randrange(8)]) + envelope[at + 1 :]
        if self._happens(self.faults.truncate):
            envelope = envelope[: self._random.randrange(len(envelope))]
        return [envelope, envelope] if self._happens(self.faults.double) else [envelope]

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        """Return the envelopes of a mailbox, in whatever order."""
        self._fail(self.faults.refuse)
        found = self._inner.get(mailbox, wait=wait)
        if self._happens(self.faults.reorder):
            self._random.shuffle(found)
        return found

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Let go of envelopes, or fail to."""
        self._fail(self.faults.refuse)
        self._inner.delete(mailbox, receipts)
        self._fail(self.faults.fail_after)

    def close(self) -> None:
        """Release the inner transport."""
        self._inner.close()
