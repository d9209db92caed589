"""Join: become the other end of an invitation's line."""

from __future__ import annotations

from backchannel.app.desk import Desk
from backchannel.app.invite import check_name
from backchannel.app.line import Line, Phase
from backchannel.crypto.suite import Role
from backchannel.errors import InvitationError, InvitationExpired, InvitationUsed
from backchannel.line.handshake import join as make_request
from backchannel.line.invitation import decode_invitation


def join(desk: Desk, name: str, invitation_bytes: bytes) -> Line:
    """Make the joiner's end of a line; the request goes out with the next exchange.

    Args:
        desk: where.
        name: what the owner calls the line.
        invitation_bytes: as they were handed over.

    Raises:
        Malformed: not an invitation.
        InvitationExpired: too late.
        InvitationUsed: this vault has used it, or made it.
        LineExists: there is a line of that name.
    """
    check_name(name)
    now = desk.clock()
    invitation = decode_invitation(invitation_bytes)
    joining = make_request(invitation, now // 1000, desk.random)
    line = Line(
        id=desk.random(16),
        name=name,
        role=Role.JOINER,
        phase=Phase.JOINING,
        created=now,
        relays=invitation.relays,
        joining=joining,
    )
    with desk.work() as work:
        for known in work.transaction.lines():
            handshake = known.joining or known.inviting
            if handshake is not None and handshake.invitation.hash == invitation.hash:
                raise InvitationUsed(f"by this vault, for the line {known.name}")
        work.transaction.add_line(line)
    return line


def why_refused(desk: Desk, line: Line) -> InvitationError:
    """Return why the inviter answered a joiner with a refusal, as far as this side can know."""
    late = line.joining is not None and desk.clock() // 1000 >= line.joining.invitation.expires
    return InvitationExpired(line.name) if late else InvitationUsed(line.name)
