"""What was said of deals and promises, each act in one sentence, for `read`."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.ledger import Ledgers
from backchannel.app.third import look_at
from backchannel.cli.at_table import short
from backchannel.cli.render import isolated, plural, safe
from backchannel.errors import BackchannelError
from backchannel.ledger.deal import Draft, draft_from
from backchannel.ledger.kinds import (
    KINDS,
    Act,
    Body,
    Proposed,
    Released,
    Said,
    Signed,
    Upheld,
    Withdrawn,
    Witnessed,
    read_body,
)
from backchannel.ledger.state import Ledger
from backchannel.ledger.third import ThirdParty
from backchannel.ledger.third_kinds import THIRD_KINDS, Deposited, Shown, TakenBack, ThirdBody, read_third_body
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
        if event.kind in THIRD_KINDS:
            return self._third(event)
        if event.kind not in KINDS:
            return None
        _, ledger = self.ledgers.look(self.name)
        why = next((one.code for one in ledger.ignored if one.event == event.id), None)
        try:
            sentence = _sentence(ledger, read_body(event.kind, event.body))
        except BackchannelError:
            sentence = "something of a deal that cannot be read"
        return sentence + (f"; it counts for nothing ({why})" if why is not None else "")

    def _third(self, event: Event) -> str:
        _, there = look_at(self.ledgers.desk, self.name)
        why = next((one.code for one in there.ignored if one.event == event.id), None)
        try:
            sentence = _third_sentence(there, read_third_body(event.kind, event.body))
        except BackchannelError:
            sentence = "something of a deal that cannot be read"
        return sentence + (f"; it counts for nothing ({why})" if why is not None else "")


def _third_sentence(there: ThirdParty, body: ThirdBody) -> str:
    drafts = there.drafts()
    match body:
        case Shown(terms, languages, both):
            return f"showed {_titled(draft_from(terms, languages))}{', signed by both sides' if both else ''}"
        case Witnessed(deal, name, capacity):
            return f"countersigned {_titled(drafts.get(deal), deal)} as {capacity.value}: {_words(name)}"
        case Deposited(terms, languages, one):
            draft = draft_from(terms, languages)
            whose = _words(draft.terms.sides[one.role])
            return f"deposited a signature for {whose} under {_titled(draft)}; it is void alone"
        case TakenBack(deal):
            return f"took back the signature under {_titled(drafts.get(deal), deal)}"
        case Released(deal, _, guarantor):
            what = _titled(drafts.get(deal), deal)
            return f"released both signatures under {what}, as guarantor: {_words(guarantor.name)}"


def _titled(draft: Draft | None, deal: bytes = b"") -> str:
    return f"deal {short(deal)}" if draft is None else f"deal {short(draft.hash)}, {_words(draft.terms.title)}"


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
        case Released(deal, _, guarantor):
            who = _words(guarantor.name)
            return f"brought both signatures under {_deal(ledger, deal)}, which {who}, guarantor, released"
        case Said(act, deal, promise, statement, evidence):
            said = f"{_VERBS[act].format(_words(promise))} of {_deal(ledger, deal)}"
            said += f": {_words(statement)}" if statement else ""
            return said + (f" ({plural(len(evidence), 'file')} as evidence)" if evidence else "")


def _deal(ledger: Ledger, deal: bytes) -> str:
    known = ledger.deals.get(deal)
    return f"deal {short(deal)}" + ("" if known is None else f", {_words(known.draft.terms.title)}")


def _words(text: str) -> str:
    return isolated(" ".join(safe(text).split()))
