"""Input that cannot be used: exit code 9."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class InputRefused(BackchannelError):
    """This input cannot be used; nothing was changed."""

    code = "input-refused"
    exit_code = 9
    http_status = 400


class Malformed(InputRefused):
    """These bytes are not in a form that Backchannel writes; they are damaged or not ours, and nothing was changed."""

    code = "malformed"


class Oversize(InputRefused):
    """This is larger than one message can be; send it in smaller pieces."""

    code = "oversize"
    http_status = 413


class ArmorDamaged(InputRefused):
    """The pasted text or QR code is damaged or incomplete; copy it again from the first line to the last."""

    code = "armor-damaged"


class PartsMissing(InputRefused):
    """Some parts are still missing; add them, in any order, and run this again."""

    code = "parts-missing"


class ConfigRefused(InputRefused):
    """This setting cannot be used; correct it and run this again."""

    code = "config-refused"


class ExtraMissing(InputRefused):
    """This needs an optional part that is not installed; install it with the line that follows."""

    code = "extra-missing"
    http_status = 501


class FileDamaged(InputRefused):
    """This encrypted file is damaged or cut short; use another copy of it, nothing was changed."""

    code = "file-damaged"


class FileForeign(InputRefused):
    """This is not the kind of file that was asked for; nothing was changed."""

    code = "file-foreign"


class FileNewer(InputRefused):
    """This file was written by a newer Backchannel; install that version, nothing was changed."""

    code = "file-newer"


class FileExists(InputRefused):
    """There is a file of that name already; it was left as it is, choose another name."""

    code = "file-exists"
    http_status = 409
