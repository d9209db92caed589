"""What was done at the table or said of deals, each act in one sentence, for `read`."""

from __future__ import annotations

from dataclasses import dataclass, field

from backchannel.app.ledger import Ledgers
from backchannel.app.table import Tables
from backchannel.cli.at_table import short
from backchannel.cli.deal_sentences import DealSentences
from backchannel.cli.overlap_sentences import overlap_sentence
from backchannel.cli.render import plural
from backchannel.cli.table import until, value_words, words
from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.table.acts import (
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    Close,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Settle,
    WithdrawOffer,
)
from backchannel.table.bodies import read_act
from backchannel.table.evolve import concerns
from backchannel.table.model import Table
from backchannel.table.overlap import KINDS


@dataclass(slots=True)
class Sentences:
    """The sentences of one line; its table and its ledger are folded when the first act of theirs is met."""

    tables: Tables
    name: str
    deals: DealSentences = field(init=False)

    def __post_init__(self) -> None:
        self.deals = DealSentences(Ledgers(self.tables.desk), self.name)

    def of(self, event: Event) -> str | None:
        """Return what an event of the table or ledger did, or None for another, or one not known to this version."""
        if event.kind in KINDS:
            return overlap_sentence(event)
        if not concerns(event.kind):
            return self.deals.of(event)
        try:
            act = read_act(event.kind, event.body)
        except Malformed:
            return "an act at the table that cannot be read; it counts for nothing"
        if act is None:
            return None
        _, table = self.tables.look(self.name)
        why = next((one.reason for one in table.ignored if one.trace.id == event.id), None)
        return _sentence(table, event, act) + (f"; it counts for nothing: {why}" if why is not None else "")


def _sentence(table: Table, event: Event, act: Act) -> str:
    match act:
        case ProposeIssues() | AgreeIssues() | DeclineIssues():
            return _agenda(table, event, act)
        case MakeOffer():
            return _offer(table, event, act)
        case AcceptOffer(offer, None):
            return f"accepted offer {short(offer)} as a whole"
        case AcceptOffer(offer, versions):
            return f"accepted, provisionally, {_keys(table, versions or ())} of offer {short(offer)}"
        case RejectOffer(offer, reason):
            return f"rejected offer {short(offer)}" + (f": {words(reason)}" if reason else "")
        case WithdrawOffer(offer):
            return f"withdrew offer {short(offer)}"
        case Settle(None):
            return "said, of what crossed, that nothing of it holds"
        case Settle(outcome):
            return f"said, of what crossed, that offer {short(outcome or b'')} holds"
        case _:
            return _text(table, event, act)


def _agenda(table: Table, event: Event, act: ProposeIssues | AgreeIssues | DeclineIssues) -> str:
    match act:
        case ProposeIssues(changes):
            parts = []
            for change in changes:
                if isinstance(change, Close):
                    parts.append(f"close {_keys(table, (change.version,))}")
                else:
                    parts.append(f"{'add' if isinstance(change, Add) else 'change'} {words(change.issue.key)}")
            return f"proposed {short(event.id)} for the agenda: {', '.join(parts)}"
        case AgreeIssues(proposal):
            return f"agreed to proposal {short(proposal)} for the agenda"
        case DeclineIssues(proposal):
            known = table.proposals.get(proposal)
            back = known is not None and known.trace.author == event.author
            return f"{'took back' if back else 'declined'} proposal {short(proposal)} for the agenda"


def _offer(table: Table, event: Event, act: MakeOffer) -> str:
    parts = []
    for identity, value in act.package.items():
        version = table.versions.get(identity)
        name = words(version.definition.key) if version is not None else short(identity)
        parts.append(f"{name} {value_words(version.definition.unit if version is not None else '', value)}")
    verb = "offered" if act.replies_to is None else f"answered offer {short(act.replies_to)} with"
    ends = "" if act.until is None else f", until {until(act.until)}"
    conditions = "".join(f"; only if {words(condition)}" for condition in act.conditions)
    return f"{verb} {short(event.id)}, a {act.kind.name.lower()}{ends}: {', '.join(parts)}{conditions}"


def _text(table: Table, event: Event, act: Act) -> str:
    match act:
        case ProposeText(clauses):
            draft = table.drafts.get(event.id)
            number = "a version" if draft is None else f"version {draft.number}"
            return f"proposed {number} of the text, with {plural(len(clauses), 'clause')}"
        case CommentText(version, clause, text):
            draft = table.drafts.get(version)
            places = {} if draft is None else {one.id: at for at, one in enumerate(draft.text.clauses, start=1)}
            return f"commented on clause {places.get(clause, '?')} of {_version(table, version)}: {words(text)}"
        case DecideText(version, yes):
            return f"said the final {'yes' if yes else 'no'} to {_version(table, version)}"
        case _:
            return "did something at the table"


def _version(table: Table, version: bytes) -> str:
    draft = table.drafts.get(version)
    return f"version {short(version)} of the text" if draft is None else f"version {draft.number} of the text"


def _keys(table: Table, versions: tuple[bytes, ...]) -> str:
    found = [
        words(table.versions[version].definition.key) if version in table.versions else short(version)
        for version in versions
    ]
    return ", ".join(found)
