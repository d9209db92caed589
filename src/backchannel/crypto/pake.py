"""A key from a short spoken code, one guess a try: SPAKE2 over Ed25519, as python-spake2 has it."""

from __future__ import annotations

from typing import Final

from backchannel.errors import Malformed

MESSAGE_SIZE: Final = 33
_INVITER: Final = b"backchannel inviter"
_JOINER: Final = b"backchannel joiner"


class CodeExchange:
    """One side of one exchange; used once."""

    __slots__ = ("_exchange", "message")

    def __init__(self, password: bytes, *, inviter: bool) -> None:
        """Start an exchange.

        Args:
            password: the secret part of the code, in one canonical form.
            inviter: which side this is.
        """
        from spake2 import SPAKE2_A, SPAKE2_B

        side = SPAKE2_A if inviter else SPAKE2_B
        self._exchange = side(password, idA=_INVITER, idB=_JOINER)
        self.message: Final[bytes] = self._exchange.start()

    def finish(self, theirs: bytes) -> bytes:
        """Return the shared key; it is the same on both sides if, and only if, both used the same password.

        Raises:
            Malformed: the other side's message is not one.
        """
        from spake2.parameters.ed25519 import ParamsEd25519

        try:
            # The library refuses bad points, but not another encoding of one: such as the neutral point with a sign.
            if ParamsEd25519.group.bytes_to_element(theirs[1:]).to_bytes() != theirs[1:]:
                raise Malformed("code exchange")
            key: bytes = self._exchange.finish(theirs)
        except Exception as error:  # spake2 raises bare Exceptions and asserts
            raise Malformed("code exchange") from error
        return key
