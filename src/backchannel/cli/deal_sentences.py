"""What was said of deals and promises, each act in one sentence, for `read`."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.ledger import Ledgers
from backchannel.cli.at_table import short
from backchannel.cli.render import isolated, plural, safe
from backchannel.errors import BackchannelError
from backchannel.ledger.deal import draft_from
from backchannel.ledger.kinds import KINDS, Act, Body, Proposed, Said, Signed, Upheld, Withdrawn, Witnessed, read_body
from backchannel.ledger.state import Ledger
from backchannel.log.event import Event

_VERBS = {
    Act.CLAIM: "claimed that promise {} was carried out",
    Act.CONFIRM: "confirmed promise {}",
    Act.DISPUTE: "disputed what was said of promise {}",
    Act.WAIVE: "waived promise {}",
    Act.VIOLATE: "said that promise {} was broken",
}


@dataclass(slots=True)
class DealSentences:
    """The sentences of one line; its ledger is folded when the first such event is met."""

    ledgers: Ledgers
    name: str

    def of(self, event: Event) -> str | None:
        """Return what an event said of a deal or promise, or None for what is of another kind."""
        if event.kind not in KINDS:
            return None
        _, ledger = self.ledgers.look(self.name)
        why = next((one.code for one in ledger.ignored if one.event == event.id), None)
        try:
            sentence = _sentence(ledger, read_body(event.kind, event.body))
        except BackchannelError:
            sentence = "something of a deal that cannot be read"
        return sentence + (f"; it counts for nothing ({why})" if why is not None else "")


def _sentence(ledger: Ledger, body: Body) -> str:
    match body:
        case Proposed(terms, languages):
            draft = draft_from(terms, languages)
            instead = "" if draft.terms.amends is None else f", in the place of deal {short(draft.terms.amends)}"
            owed = plural(len(draft.terms.obligations), "promise")
            return f"proposed deal {short(draft.hash)}, {_words(draft.terms.title)}, with {owed}{instead}"
        case Signed(deal):
            return f"signed {_deal(ledger, deal)}"
        case Withdrawn(deal):
            return f"withdrew from {_deal(ledger, deal)}"
        case Upheld(deal):
            return f"stands by {_deal(ledger, deal)}"
        case Witnessed(deal, name, capacity):
            return f"brought the signature of {_words(name)}, {capacity.value}, under {_deal(ledger, deal)}"
        case Said(act, deal, promise, statement, evidence):
            said = f"{_VERBS[act].format(_words(promise))} of {_deal(ledger, deal)}"
            said += f": {_words(statement)}" if statement else ""
            return said + (f" ({plural(len(evidence), 'file')} as evidence)" if evidence else "")


def _deal(ledger: Ledger, deal: bytes) -> str:
    known = ledger.deals.get(deal)
    return f"deal {short(deal)}" + ("" if known is None else f", {_words(known.draft.terms.title)}")


def _words(text: str) -> str:
    return isolated(" ".join(safe(text).split()))
