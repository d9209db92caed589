"""The peer, the line and its files: exit code 5."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class LineError(BackchannelError):
    """The line cannot do this now."""

    code = "line"
    exit_code = 5
    http_status = 409


class NotForUs(LineError):
    """This envelope does not belong to any line of this vault, or was changed on the way; it was left alone."""

    code = "not-for-us"
    http_status = 400


class AlreadyOpened(LineError):
    """This envelope was opened before or came too late to be opened; what it carried is, or will be, sent again."""

    code = "already-opened"


class PeerMisbehaved(LineError):
    """The other side's software sent something that breaks the protocol; it was refused and nothing was changed."""

    code = "peer-misbehaved"


class LocalMisuse(LineError):
    """Backchannel called the line in a state in which this is not possible; please report it."""

    code = "local-misuse"
    http_status = 500


class LineUnrecovered(LineError):
    """This line was restored and waits for what the other side still holds; sync, and try again when they answered."""

    code = "line-unrecovered"


class LineSuperseded(LineError):
    """This line goes on in a vault that was restored elsewhere; if that was not you, run `backchannel reset NAME`."""

    code = "line-superseded"


class LineUnknown(LineError):
    """There is no line with that name in this vault; `backchannel lines` lists them."""

    code = "line-unknown"
    http_status = 404


class LineExists(LineError):
    """A line with that name already exists in this vault; choose another name."""

    code = "line-exists"


class LineNotOpen(LineError):
    """The line is not open yet: the other side has not finished joining; run `backchannel sync` and try again."""

    code = "line-not-open"


class FileUnknown(LineError):
    """There is no such file on this line, or several begin so; `backchannel files NAME` lists them."""

    code = "file-unknown"
    http_status = 404


class FileRefused(LineError):
    """This cannot be done with this file as it stands; `backchannel files NAME` shows how."""

    code = "file-refused"


class TransportMissing(LineError):
    """This line has no way to carry this; give it a relay, or use `carry`."""

    code = "transport-missing"


class LineClosed(LineError):
    """This line is closed: what was said can be read and archived, and nothing more can be said on it."""

    code = "line-closed"
