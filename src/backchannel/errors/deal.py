"""The errors of planning, agreeing and carrying out: what is refused about lists, plans, deals and promises."""

from __future__ import annotations

from backchannel.errors.inputs import InputRefused


class TermsRefused(InputRefused):
    """These terms cannot be carried out as they stand; correct what is named here before anybody signs."""

    code = "terms-refused"


class DealVoid(InputRefused):
    """This deal is not signed by both sides; a lone signature is void, and nobody is bound by it."""

    code = "deal-void"
    http_status = 409


class DealRefused(InputRefused):
    """This cannot be done with that deal as it stands now; look at it again and see who did what."""

    code = "deal-refused"
    http_status = 409


class NotYoursToSay(InputRefused):
    """That is for the other side to say: who owes claims, who is owed confirms, disputes or waives."""

    code = "not-yours"
    http_status = 403


class SignatureRefused(InputRefused):
    """A signature does not hold for this text and this key; do not act on it, and ask the other side about it."""

    code = "signature-refused"


class ListRefused(InputRefused):
    """This list cannot be used: nobody may stand in it twice or without a name; correct the rows named here first."""

    code = "list-refused"


class ListFrozen(InputRefused):
    """This list was frozen by both sides and can no longer be changed; a change needs a new list and a new deal."""

    code = "list-frozen"
    http_status = 409


class LimitBroken(InputRefused):
    """This would break a quota or a count that the list has; choose other rows, or agree on another limit first."""

    code = "limit-broken"
    http_status = 409


class MoveRefused(InputRefused):
    """This is not the next step for that row or promise; look at where it stands now and what can follow."""

    code = "move-refused"
    http_status = 409


class PlanRefused(InputRefused):
    """This exchange cannot be planned as it stands: correct what is named here and run this again."""

    code = "plan-refused"


class PlanUnsolved(InputRefused):
    """No plan was found with the work allowed, and no proof that there is none; loosen a rule and run this again."""

    code = "plan-unsolved"


class PlanClash(InputRefused):
    """These rules cannot all be kept: leave out or loosen any one that is named here, and the others can be."""

    code = "plan-clash"
    http_status = 409
