"""The errors of carrying between lines and of mandates."""

from __future__ import annotations

from backchannel.errors.inputs import InputRefused


class EventUnknown(InputRefused):
    """There is no such message here; name one by the beginning of its id, or as LINE:NUMBER of the other side's."""

    code = "event-unknown"
    http_status = 404


class CarryRefused(InputRefused):
    """Its author does not allow this, so nothing was carried; carry less of it, or ask its author for more."""

    code = "carry-refused"
    http_status = 403


class BeyondMandate(InputRefused):
    """This goes beyond the mandate, so it cannot bind; offer it as a proposal, or have the principal sign it off."""

    code = "beyond-mandate"
    http_status = 403


class MandateUnknown(InputRefused):
    """There is no mandate in force on that line; `backchannel mandate show` lists what was given and when it ends."""

    code = "mandate-unknown"
    http_status = 404
