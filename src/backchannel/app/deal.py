"""Deals: from the package agreed at the table to terms, to signatures, to a file that anybody can check."""

from __future__ import annotations

from collections.abc import Mapping

from backchannel.app.escrow import own_deposits
from backchannel.app.ledger import Ledgers, find_deal, listings_of
from backchannel.app.line import Line
from backchannel.app.mandate_check import deal_signed_off
from backchannel.app.ports import Transaction
from backchannel.app.table import Tables
from backchannel.app.terms_file import WrittenTerms
from backchannel.crypto.sign import SigningKey
from backchannel.errors import DealRefused, NotVerified, TermsRefused
from backchannel.ledger.deal import Capacity, Countersignature, Draft, countersign
from backchannel.ledger.deal_file import VerifiedDeal, deal_file, verify_deal
from backchannel.ledger.decide import Speaker, propose, sign_deal, uphold, withdraw, witness
from backchannel.ledger.listing import Listings, check_lists
from backchannel.ledger.state import Deal, Ledger, Status
from backchannel.ledger.terms import Choice, Clause, Item, Names, Number, Terms
from backchannel.ledger.third import Holding
from backchannel.log.event import Event
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Table


def propose_deal(
    ledgers: Ledgers, tables: Tables, name: str, written: WrittenTerms, amends: str | None = None
) -> tuple[Event, Draft]:
    """Propose what was agreed at the table, with who does what, as a deal; it binds nobody yet.

    Args:
        ledgers: of the vault.
        tables: of the vault.
        name: the line.
        written: what stands beside the package.
        amends: the beginning of the hash of the deal in force that this one replaces; None is none.

    Raises:
        TermsRefused: nothing is agreed, the terms make no sense, or a list is not closed as it is named.
        DealRefused: it was proposed before, or amends what is not in force.
    """

    def say(transaction: Transaction, line: Line, ledger: Ledger, speaker: Speaker) -> tuple[str, bytes]:
        listings = listings_of(transaction, line)
        terms = Terms(
            title=written.title,
            line=ledger.line,
            sides=written.sides,
            items=items_of(tables.of(transaction, line), written.lists, listings),
            obligations=written.obligations,
            amends=None if amends is None else find_deal(ledger, amends).draft.hash,
        )
        check_lists(terms, listings)
        return propose(ledger, speaker, terms, written.languages)

    event, ledger = ledgers.act(name, say)
    return event, next(deal.draft for deal in ledger.deals.values() if deal.proposed.id == event.id)


def items_of(table: Table, lists: Mapping[str, str], listings: Listings) -> tuple[Item, ...]:
    """Return the items of the package agreed at a table: its values, its conditions, and the agreed text.

    Args:
        table: the table.
        lists: key of an issue -> name of the frozen list that it means.
        listings: the lists of the line.

    Raises:
        TermsRefused: nothing is agreed, something that crossed is not settled, or a list does not fit.
        ListRefused: there is no list of that name.
    """
    agreement = table.agreement
    if table.contest is not None:
        raise TermsRefused("acts that crossed must be settled at the table first")
    if agreement is None:
        raise TermsRefused("nothing is agreed at the table yet", hint="accept a package over the whole agenda first")
    offer = table.offers[agreement.offer].offer
    values = [(table.versions[version].definition, value) for version, value in offer.package.items()]
    unknown = set(lists) - {issue.key for issue, _ in values}
    if unknown:
        raise TermsRefused(f"lists: {min(unknown)} is no issue of the package")
    found: list[Item] = []
    for issue, value in values:
        if issue.key in lists:
            listed = listings.of(lists[issue.key]).names
            if isinstance(value, int) and value != len(listed.going):
                raise TermsRefused(f"{issue.key}: {value} were agreed, and {len(listed.going)} stand on the list")
            found.append(Names(issue.key, len(listed.going), listed.hash))
        else:
            found.append(_item(issue, value))
    found += [Clause(f"condition {number}", text) for number, text in enumerate(offer.conditions, start=1)]
    if len(table.texts) > 1:
        raise TermsRefused("two agreed versions of the text crossed; agree on one")
    for agreed in table.texts:
        clauses = table.drafts[agreed].text.clauses
        found += [
            Clause(f"clause {number}", "".join(span.text for span in clause.spans))
            for number, clause in enumerate(clauses, start=1)
        ]
    return tuple(found)


def _item(issue: Issue, value: Value) -> Item:
    match issue.type, value:
        case IssueType.CHOICE, str(option):
            return Choice(issue.key, option)
        case IssueType.RANGE, int(number):
            return Number(issue.key, number, issue.unit)
        case _, tuple(names):
            return Clause(issue.key, "; ".join(names))
        case _:
            return Clause(issue.key, str(value))


def sign(ledgers: Ledgers, name: str, typed: str, shown: bytes) -> tuple[Event, Deal]:
    """Sign a deal with a key made for it, which is forgotten at once (spec 12.3).

    Args:
        ledgers: of the vault.
        name: the line.
        typed: the beginning of the deal's hash.
        shown: the hash that was shown beside the whole text, 32 bytes.

    Raises:
        NotVerified: the safety number of the line was not compared.
        DealRefused: another text was shown, or it cannot be signed any more.
        TermsRefused: something in it has become due, or a list is no longer as it was closed.
        BeyondMandate: a principal whose mandate is used for the line has not signed it off.
    """

    def say(transaction: Transaction, line: Line, ledger: Ledger, speaker: Speaker) -> tuple[str, bytes]:
        draft = find_deal(ledger, typed).draft
        check_lists(draft.terms, listings_of(transaction, line))
        deal_signed_off(transaction, line, draft.hash)
        return sign_deal(ledger, speaker, draft.hash, shown, SigningKey.generate())

    event, ledger = ledgers.act(name, say)
    return event, find_deal(ledger, typed)


def check_may_sign(ledgers: Ledgers, name: str, deal: Deal) -> None:
    """Refuse before the whole text is shown what could not be signed anyway.

    Raises:
        NotVerified: the safety number of the line was not compared.
        DealRefused: this side signed it before.
        BeyondMandate: a principal whose mandate is used for the line has not signed it off.
    """
    with ledgers.desk.look() as transaction:
        line = transaction.line_named(name)
        if line.verified is None:
            raise NotVerified(line.name)
        if line.role in deal.signatures:
            raise DealRefused("this side signed it before")
        deal_signed_off(transaction, line, deal.draft.hash)


def withdraw_from(ledgers: Ledgers, name: str, typed: str) -> tuple[Event, Deal]:
    """Withdraw from a deal that is not in force.

    Raises:
        DealRefused: it is in force, a guarantor has released both signatures under it, or there is none.
    """

    def say(transaction: Transaction, _: Line, ledger: Ledger, speaker: Speaker) -> tuple[str, bytes]:
        deal = find_deal(ledger, typed).draft.hash
        # What was taken back before the release was seen may still be contested; what was not, binds.
        out = [line.name for line, one in own_deposits(transaction, deal) if one.holding is Holding.RELEASED]
        if out and not ledger.deal(deal).released:
            raise DealRefused(
                "both signatures under it were released",
                hint=f"bring it: backchannel deal released {name} {typed} --from {out[0]}",
            )
        return withdraw(ledger, speaker, deal)

    event, ledger = ledgers.act(name, say)
    return event, find_deal(ledger, typed)


def uphold_deal(ledgers: Ledgers, name: str, typed: str) -> tuple[Event, Deal]:
    """Stand by a contested deal that this side withdrew from.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: it is not contested, or not by this side.
        BeyondMandate: a principal whose mandate is used for the line has not signed it off.
    """

    def say(transaction: Transaction, line: Line, ledger: Ledger, speaker: Speaker) -> tuple[str, bytes]:
        deal = find_deal(ledger, typed).draft.hash
        deal_signed_off(transaction, line, deal)
        return uphold(ledger, speaker, deal)

    event, ledger = ledgers.act(name, say)
    return event, find_deal(ledger, typed)


def export(deal: Deal) -> bytes:
    """Return the deal file.

    Raises:
        DealVoid: a side did not sign.
        DealRefused: it is withdrawn or contested.
    """
    if deal.status in (Status.WITHDRAWN, Status.CONTESTED):
        raise DealRefused(f"it is {deal.status.value}")
    return deal_file(deal.draft, deal.both, [one for one, _ in deal.witnesses])


def witness_file(deal: VerifiedDeal, name: str, capacity: Capacity) -> tuple[bytes, Countersignature]:
    """Return a deal file with one countersignature more, by a key that is forgotten at once.

    Args:
        deal: as it was read and checked.
        name: the witness's.
        capacity: as what.

    Raises:
        TermsRefused: the witness has no name.
    """
    one = countersign(deal.draft.hash, deal.signatures, name, capacity, SigningKey.generate())
    return deal_file(deal.draft, deal.signatures, [*deal.witnesses, one]), one


def bring_witnesses(ledgers: Ledgers, name: str, content: bytes) -> list[Event]:
    """Bring to the line every countersignature of a file that the line does not have.

    Raises:
        Malformed, DealVoid, SignatureRefused: the file does not hold.
        DealRefused: it is no deal in force here, or brings nothing new.
    """
    found = verify_deal(content)
    _, ledger = ledgers.look(name)
    known = {one.public for one, _ in ledger.deal(found.draft.hash).witnesses}
    new = [one for one in found.witnesses if one.public not in known]
    if not new:
        raise DealRefused("no countersignature in it is new")
    return [
        ledgers.act(name, lambda _, __, ledger, speaker, one=one: witness(ledger, speaker, found.draft.hash, one))[0]  # type: ignore[misc]
        for one in new
    ]
