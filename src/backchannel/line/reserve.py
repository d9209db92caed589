"""One-time keys that each side keeps with the other, to start another Olm session in a silence (spec 3.3.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from backchannel.crypto.olm import Account
from backchannel.wire.shape import fields

SIZE: Final = 3
REMEMBERED: Final = 8


@dataclass(frozen=True, slots=True)
class Reserve:
    """Public halves, 32 bytes each.

    Attributes:
        ours: of our account, that the peer may use.
        theirs: of the peer's, that we may use.
        used: of the peer's, that we have used; offered again by a message that crossed ours, they are passed over.
    """

    ours: tuple[bytes, ...]
    theirs: tuple[bytes, ...]
    used: tuple[bytes, ...] = ()

    def take(self) -> tuple[bytes, Reserve]:
        """Return the next of the peer's keys, and the reserve without it."""
        key, *rest = self.theirs
        return key, replace(self, theirs=tuple(rest), used=(*self.used, key)[-REMEMBERED:])

    def offered(self, keys: tuple[bytes, ...]) -> Reserve:
        """Return the reserve after the peer has said which of its keys we may use."""
        return replace(self, theirs=tuple(key for key in keys if key not in self.used))

    def spent(self, pre_key_message: bytes) -> Reserve:
        """Return the reserve after the peer started a session: the message carries the key that it used."""
        return replace(self, ours=tuple(key for key in self.ours if key not in pre_key_message))

    def filled(self, account: Account) -> Reserve:
        """Return the reserve with as many keys of ours as there should be; makes only those that were used."""
        wanting = SIZE - len(self.ours)
        return replace(self, ours=(*self.ours, *account.new_one_time_keys(wanting))) if wanting > 0 else self

    def to_value(self) -> list[Any]:
        """Return the reserve for the vault."""
        return [1, list(self.ours), list(self.theirs), list(self.used)]

    @classmethod
    def from_value(cls, value: Any) -> Reserve:
        """Read what `to_value` wrote."""
        ours, theirs, used = fields(value, 1, 3, "reserve")
        return cls(tuple(ours), tuple(theirs), tuple(used))
