"""The safety number: exit code 8."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class DigitsDiffer(BackchannelError):
    """The digits differ: read them again; if they still differ, someone sits in between: stop using this line."""

    code = "digits-differ"
    exit_code = 8
    http_status = 409


class NotVerified(BackchannelError):
    """Nothing binding before the line is verified; compare the safety number by `backchannel verify` first."""

    code = "not-verified"
    exit_code = 8
    http_status = 409
