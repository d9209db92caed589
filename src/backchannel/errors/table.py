"""The errors of the table: what is refused about agendas, offers and the one text."""

from __future__ import annotations

from backchannel.errors.inputs import InputRefused


class TableRefused(InputRefused):
    """The table does not allow this; nothing was changed, and `backchannel table show` says how it stands."""

    code = "table-refused"
    http_status = 409


class TableUnknown(TableRefused):
    """There is no such offer, proposal, text or clause on the table; `backchannel table show` lists them."""

    code = "table-unknown"
    http_status = 404


class IssueUnknown(TableRefused):
    """There is no such issue on the agenda; `backchannel table show` lists them."""

    code = "issue-unknown"
    http_status = 404


class IssueClosed(TableRefused):
    """This issue was closed or changed; look at the agenda again and name what is on it now."""

    code = "issue-closed"


class IssueValueRefused(TableRefused):
    """The issue does not allow that value; `backchannel table show` says what it allows."""

    code = "issue-value"


class OfferExpired(TableRefused):
    """The time of this offer is over; ask for a new one, or make one."""

    code = "offer-expired"


class OfferClosed(TableRefused):
    """This offer was agreed to, withdrawn or rejected, or is older than what was agreed; make a new one."""

    code = "offer-closed"


class WrongSide(TableRefused):
    """This is for the other side to do: one answers what they put on the table, and takes back what is one's own."""

    code = "wrong-side"


class Contested(TableRefused):
    """Acts of both sides crossed and are not settled yet; `backchannel offer settle` says how, once both agree."""

    code = "contested"
