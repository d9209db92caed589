"""Invitations and spoken codes: exit code 7."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class InvitationError(BackchannelError):
    """The invitation cannot be used."""

    code = "invitation"
    exit_code = 7
    http_status = 409


class InvitationExpired(InvitationError):
    """The invitation has expired; ask for a new one, or check this machine's clock."""

    code = "invitation-expired"
    http_status = 410


class InvitationUsed(InvitationError):
    """The invitation was used already; if not by you, someone else has it: ask for another, by another way."""

    code = "invitation-used"


class CodeRefused(InvitationError):
    """The spoken code was wrong, old, or used before; a code allows one try, so ask for a new one."""

    code = "code-refused"
    http_status = 403
