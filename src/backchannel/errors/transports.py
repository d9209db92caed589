"""Transports, relays and mail: exit codes 6 and 10."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class TransportError(BackchannelError):
    """The envelopes could not be carried this way now; they are kept and will be sent again."""

    code = "transport"
    exit_code = 6
    http_status = 503


class FolderFull(TransportError):
    """There is no room left in the folder; free some and run this again, nothing was half-written."""

    code = "folder-full"
    exit_code = 10
    http_status = 507


class RelayUnreachable(TransportError):
    """The relay does not answer; what you said is kept and will be sent when it is back, or use `carry`."""

    code = "relay-unreachable"


class RelayLied(TransportError):
    """The relay answered with something that is not an answer; it is ignored and nothing was changed."""

    code = "relay-lied"
    http_status = 502


class Unauthorized(TransportError):
    """The relay wants a capability and none was given."""

    code = "unauthorized"
    http_status = 401


class Forbidden(TransportError):
    """The relay refused the capability for this mailbox."""

    code = "forbidden"
    http_status = 403


class MailboxUnknown(TransportError):
    """The relay does not know this mailbox; it will be made again."""

    code = "mailbox-unknown"
    http_status = 404


class MailboxConflict(TransportError):
    """The relay holds this mailbox with other capabilities."""

    code = "mailbox-conflict"
    http_status = 409


class SizeRefused(TransportError):
    """The relay takes envelopes of the fixed sizes only."""

    code = "size-refused"
    http_status = 413


class SlowDown(TransportError):
    """The relay asks to slow down, or the mailbox is full; it will be tried again later."""

    code = "slow-down"
    http_status = 429


class MailUnreachable(TransportError):
    """The mail server does not answer; what you said is kept and will be sent when it is back, or use `carry`."""

    code = "mail-unreachable"


class MailRefused(TransportError):
    """The mail server refuses this; what you said is kept, and `backchannel doctor` checks the account."""

    code = "mail-refused"
    http_status = 502


class MailLied(TransportError):
    """The mail server answered with something that is not an answer; it is ignored and nothing was changed."""

    code = "mail-lied"
    http_status = 502
