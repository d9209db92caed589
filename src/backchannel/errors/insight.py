"""The errors of what only the owner sees: preferences, points, and what is asked of them."""

from __future__ import annotations

from backchannel.errors.inputs import InputRefused


class PointsRefused(InputRefused):
    """These points cannot be used; each issue needs one finite number an option, and both sides the same options."""

    code = "points-refused"


class PreferencesRefused(InputRefused):
    """These preferences cannot be read; correct the place that is named, nothing was stored."""

    code = "preferences-refused"


class PreferencesContradict(InputRefused):
    """These preferences contradict each other; change one of the two that are named, nothing was stored."""

    code = "preferences-contradict"


class NoneAcceptable(InputRefused):
    """No package is good enough for what was asked; lower a reservation value, or lift a red line."""

    code = "none-acceptable"
    http_status = 409


class RedLineCrossed(InputRefused):
    """You said that you would never agree to this; nothing was sent, and `--anyway` sends it all the same."""

    code = "red-line-crossed"
    http_status = 409


class BeyondOwnMandate(InputRefused):
    """You may not bind yourself to this without asking; nothing was sent, and `--anyway` sends it all the same."""

    code = "beyond-own-mandate"
    http_status = 409
