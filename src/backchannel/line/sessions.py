"""The Olm sessions of a line, and when to start another (spec 3.3).

3.3.1  Every frame travels as one Olm message, named by the tag of its session.
3.3.2  Both sides write on the session of the highest generation, and among equals on the one with the lowest tag;
       so that two renewals that crossed end in one.
3.3.3  The joiner's request starts generation 0.
3.3.4  A side that has sent RENEW_AFTER frames on a session without the peer having heard one starts the next
       generation from a one-time key that the peer reserved for it, long before Olm's gap of 2,000 is met.
3.3.5  Without such a key it goes on to SILENCE_LIMIT, and from there repeats its last message, freshly sealed,
       until it hears something. If that message belongs to an epoch that is over, it says another, up to HARD_LIMIT.
3.3.6  A reader keeps the KEPT sessions that come first in the order of 3.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backchannel.crypto.olm import Account, Randomness, Session
from backchannel.errors import AlreadyOpened
from backchannel.wire.shape import fields

RENEW_AFTER: Final = 1000
SILENCE_LIMIT: Final = 1900
HARD_LIMIT: Final = 1990
KEPT: Final = 4


@dataclass(slots=True)
class _Held:
    """One session with its place in the order; unpickled when first used."""

    tag: bytes
    generation: int
    first_sequence: int
    pickled: bytes
    live: Session | None = None
    dirty: bool = False

    def session(self) -> Session:
        if self.live is None:
            self.live = Session.from_pickle(self.pickled)
        return self.live

    @property
    def rank(self) -> tuple[int, bytes]:
        return (-self.generation, self.tag)


class Sessions:
    """The sessions of one line; the only part of the line that changes in place, because Olm's objects do."""

    __slots__ = ("_held",)

    def __init__(self, held: list[_Held]) -> None:
        self._held = held

    @classmethod
    def of(cls, session: Session) -> Sessions:
        """Return the sessions of a line that has just opened."""
        return cls([_Held(session.tag, 0, 1, b"", session, dirty=True)])

    @property
    def generation(self) -> int:
        """Return the generation that is written on."""
        return self._held[0].generation

    def knows(self, tag: bytes) -> bool:
        """Say whether a session of this tag is held."""
        return any(held.tag == tag for held in self._held)

    def unheard(self, sequence: int, heard: int) -> int:
        """Return how many frames went out on the writing session since the peer heard one.

        Args:
            sequence: of our last frame.
            heard: the highest of them that the peer has opened.
        """
        return sequence - max(heard, self._held[0].first_sequence - 1)

    def encrypt(self, plaintext: bytes) -> tuple[int, bytes, bytes]:
        """Return type, tag and bytes of an Olm message on the writing session."""
        held = self._held[0]
        held.dirty = True
        kind, raw = held.session().encrypt(plaintext)
        return kind, held.tag, raw

    def decrypt(self, kind: int, tag: bytes, raw: bytes) -> bytes:
        """Return the plaintext of an Olm message on a session that is held.

        Raises:
            AlreadyOpened: the session is forgotten.
            OlmRefused: Olm cannot open it; the session is as it was.
        """
        for held in self._held:
            if held.tag == tag:
                plaintext = held.session().decrypt(kind, raw)
                held.dirty = True
                return plaintext
        raise AlreadyOpened("of a session that is gone")

    def renew(self, account: Account, identity: bytes, one_time_key: bytes, sequence: int) -> None:
        """Start the next generation towards the peer (spec 3.3.4)."""
        session = account.start(identity, one_time_key)
        self._add(session, self.generation + 1, sequence)

    def adopt(self, session: Session, generation: int, sequence: int) -> None:
        """Hold a session that the peer started (spec 3.3.2)."""
        self._add(session, generation, sequence)

    def _add(self, session: Session, generation: int, sequence: int) -> None:
        self._held.append(_Held(session.tag, generation, sequence + 1, b"", session, dirty=True))
        self._held.sort(key=lambda held: held.rank)
        del self._held[KEPT:]

    def to_value(self, randomness: Randomness) -> list[Any]:
        """Return secret values for the vault; what has not changed is not pickled again."""
        for held in self._held:
            if held.dirty and held.live is not None:
                held.pickled, held.dirty = held.live.pickle(randomness), False
        return [1, [[held.tag, held.generation, held.first_sequence, held.pickled] for held in self._held]]

    @classmethod
    def from_value(cls, value: Any) -> Sessions:
        """Read what `to_value` wrote."""
        (rows,) = fields(value, 1, 1, "sessions")
        return cls([_Held(tag, generation, first, pickled) for tag, generation, first, pickled in rows])
