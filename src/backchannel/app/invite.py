"""Invite: make a line and the invitation to its other end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.line import Line, Phase
from backchannel.crypto.suite import Role
from backchannel.errors import ConfigRefused
from backchannel.line.frame import MAX_RELAYS
from backchannel.line.handshake import invite as make_invitation
from backchannel.line.invitation import Invitation

LIFETIME: Final = 7 * 24 * 3600
"""Seconds for which an invitation is answered, unless the inviter says otherwise."""

LONGEST_NAME: Final = 64


def invite(desk: Desk, name: str, relays: Sequence[str] = (), lifetime: int = LIFETIME) -> Invitation:
    """Make a line and return its invitation.

    Args:
        desk: where.
        name: what the owner calls the line.
        relays: addresses, in the order in which they are tried; may be empty for folder and paper.
        lifetime: seconds for which the invitation is answered.

    Raises:
        LineExists: there is a line of that name.
        ConfigRefused: the name or the relays cannot be used.
    """
    check_name(name)
    if len(relays) > MAX_RELAYS:
        raise ConfigRefused(f"at most {MAX_RELAYS} relays")
    now = desk.clock()
    inviting = make_invitation(tuple(relays), now // 1000 + lifetime, desk.random)
    line = Line(
        id=desk.random(16),
        name=name,
        role=Role.INVITER,
        phase=Phase.INVITING,
        created=now,
        relays=tuple(relays),
        inviting=inviting,
    )
    with desk.work() as work:
        work.transaction.add_line(line)
    return inviting.invitation


def check_name(name: str) -> None:
    """Refuse a line's name that could not be typed or shown again.

    Raises:
        ConfigRefused: it is empty, too long, or has characters that cannot be seen.
    """
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip() or name.startswith("-"):
        raise ConfigRefused("a line's name has 1 to 64 visible characters and does not begin with a hyphen")
