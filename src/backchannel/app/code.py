"""Hand an invitation over by a spoken code, while both are online (spec 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.ports import Transport
from backchannel.crypto.suite import Role
from backchannel.errors import CodeRefused, TransportError
from backchannel.line.code import InviterCode, JoinerCode, code_mailbox, new_code, read_code

LIFETIME: Final = 600.0
"""Seconds for which the inviter waits for the answer."""

PATIENCE: Final = 60.0
"""Seconds for which the joiner waits for each message."""

_TURN: Final = 20.0
_TRIES: Final = 8


def offer_by_code(
    desk: Desk, transport: Transport, invitation: bytes, tell: Callable[[str], None], lifetime: float = LIFETIME
) -> None:
    """Show a code, wait for the one who knows it, and hand the invitation over.

    Args:
        desk: for clock and randomness.
        transport: the relay on which both meet.
        invitation: its bytes.
        tell: is shown the code once the offer lies there.
        lifetime: seconds to wait.

    Raises:
        CodeRefused: nobody answered in time, or somebody who does not know the code; the code is dead.
        TransportError: the relay cannot be asked now.
    """
    code = _free_code(desk, transport)
    digits = read_code(code)
    outbox, inbox = code_mailbox(digits, Role.INVITER), code_mailbox(digits, Role.JOINER)
    side = InviterCode(digits)
    try:
        transport.put(outbox, [side.offer(desk.random)])
        tell(code)
        answer = _wait_for(desk, transport, digits, Role.JOINER, lifetime)
        transport.put(outbox, [side.invitation(answer, invitation, desk.random)])
    except (CodeRefused, KeyboardInterrupt):
        for mailbox in (outbox, inbox):
            transport.delete(mailbox, [found.receipt for found in transport.get(mailbox)])
        raise


def invitation_by_code(desk: Desk, transport: Transport, typed: str, patience: float = PATIENCE) -> bytes:
    """Return the invitation of one who has shown a code.

    Args:
        desk: for clock and randomness.
        transport: the relay on which both meet.
        typed: the code as it was heard.
        patience: seconds to wait for each message.

    Raises:
        CodeRefused: the code is wrong, old or used; it allowed one try.
        TransportError: the relay cannot be asked now.
    """
    digits = read_code(typed)
    side = JoinerCode(digits)
    offer = _wait_for(desk, transport, digits, Role.INVITER, patience)
    transport.put(code_mailbox(digits, Role.JOINER), [side.answer(offer, desk.random)])
    return side.invitation(_wait_for(desk, transport, digits, Role.INVITER, patience))


def _free_code(desk: Desk, transport: Transport) -> str:
    for _ in range(_TRIES):
        code = new_code(desk.random)
        digits = read_code(code)
        if not any(transport.get(code_mailbox(digits, writer)) for writer in Role):
            return code
    raise TransportError("every code that was tried is in use on this relay; try again in a while")


def _wait_for(desk: Desk, transport: Transport, digits: str, writer: Role, patience: float) -> bytes:
    mailbox = code_mailbox(digits, writer)
    until = desk.clock() + int(patience * 1000)
    while True:
        left = (until - desk.clock()) / 1000
        found = transport.get(mailbox, wait=max(0.0, min(left, _TURN)))
        if found:
            transport.delete(mailbox, [found[0].receipt])
            return found[0].envelope
        if left <= 0:
            raise CodeRefused("nobody was there in time")
