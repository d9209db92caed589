"""From an agreed package to a signed exchange of one for 1,000 in two phases, carried out; one promise is disputed.

python3 examples/demo/exchange.py [--json]

Two real vaults and a folder between them, in one process. All names are made up.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from backchannel.app.deal import export, propose_deal, sign
from backchannel.app.desk import Desk
from backchannel.app.exchange import exchange
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.ledger import Ledgers, listings_of
from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.app.promise import say_of_promise
from backchannel.app.table import Tables
from backchannel.app.terms_file import read_terms_file
from backchannel.app.verify import digits_of, verify
from backchannel.crypto.suite import Role
from backchannel.ledger.deal import hash_digits
from backchannel.ledger.deal_file import verify_deal
from backchannel.ledger.kinds import Act
from backchannel.ledger.list_kinds import ListBody, ListFreeze, Opened, RowsMoved, RowsProposed
from backchannel.ledger.listing import decide_list
from backchannel.ledger.name_list import Row
from backchannel.ledger.promise import Life
from backchannel.ledger.row_life import Stage
from backchannel.ledger.state import Ledger, Status
from backchannel.ledger.trust_record import score, trust_record
from backchannel.table.acts import AcceptOffer, Add, AgreeIssues, MakeOffer, OfferKind, ProposeIssues
from backchannel.table.issue import Issue, IssueType
from backchannel.transport.folder import FolderTransport
from backchannel.vault.store import create_vault

THOUSAND: Final = 1_000
FIRST: Final = 550
LIST: Final = "released"
TERMS: Final = f"""
title: One for a thousand
languages: [en, he, ar]
sides: {{inviter: Side A, joiner: Side B}}
zone: Somewhere/North
lists: {{people: {LIST}}}
obligations:
- {{id: sign-of-life, by: Side B, what: gives a sign of life of the one, due: 2d, evidence: a letter, size: 1}}
- {{id: first-phase, by: Side A, what: hands over the first {FIRST}, within: 48h, after: sign-of-life, size: {FIRST}}}
- {{id: the-one, by: Side B, what: hands over the one, within: 24h, after: first-phase, size: 1}}
- {{id: second-phase, by: Side A, what: hands over the rest, within: 48h, after: the-one, size: {THOUSAND - FIRST}}}
"""


@dataclass(slots=True)
class Person:
    """Somebody with a vault, and the name of the one line in it."""

    desk: Desk
    line: str
    way: FolderTransport
    ledgers: Ledgers = field(init=False)
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        self.ledgers, self.tables = Ledgers(self.desk), Tables(self.desk)

    @property
    def ledger(self) -> Ledger:
        """Everything agreed, as this person sees it."""
        return self.ledgers.look(self.line)[1]

    def list(self, body: ListBody) -> None:
        """Say something of a list of names."""

        def say(transaction: Transaction, line: Line, *_: Any) -> tuple[str, bytes]:
            return decide_list(listings_of(transaction, line), line.role, self.desk.clock(), body)

        self.ledgers.act(self.line, say)

    def freeze(self) -> None:
        """Close the list as it is."""
        with self.desk.look() as transaction:
            names = listings_of(transaction, transaction.line_named(self.line)).of(LIST).names
        self.list(ListFreeze(LIST, names.hash))

    def says(self, promise: str, act: Act, statement: str = "") -> Life:
        """Say something of a promise; return where it stands."""
        return say_of_promise(self.ledgers, self.line, promise, act, statement).promise.life


@dataclass(slots=True)
class Pair:
    """Both, and what passes between them."""

    north: Person
    south: Person

    def meet(self) -> None:
        """Have each hear what the other has said."""
        for person in (self.north, self.south, self.north, self.south):
            exchange(person.desk, self._line(person), [person.way])

    def _line(self, person: Person) -> Line:
        with person.desk.look() as transaction:
            return transaction.line_named(person.line)


def opened(home: Path) -> Pair:
    """Make two vaults and a line between them that both have verified."""
    shared = home / "shared"
    shared.mkdir()

    def person(name: str, other: str) -> Person:
        vault = create_vault(home / name, f"a passphrase of {name}")
        return Person(Desk(vault, lambda: time.time_ns() // 1_000_000, os.urandom), other, FolderTransport(shared))

    pair = Pair(person("north", "south"), person("south", "north"))
    invitation = invite(pair.north.desk, "south")
    join(pair.south.desk, "north", invitation.encode())
    pair.meet()
    pair.meet()
    for one in (pair.north, pair.south):
        verify(one.desk, one.line, digits_of(one.desk, one.line)[1])
    return pair


def agree(pair: Pair) -> None:
    """Agree on a package at the table, and on who stands on the list."""
    north, south = pair.north, pair.south
    people = Issue("people", {"en": "People"}, IssueType.RANGE, least=0, most=2_000, step=1, unit="people")
    order = Issue("order", {"en": "Order"}, IssueType.CHOICE, options=("all at once", "in two phases"))
    proposal, _ = north.tables.act(north.line, lambda *_: ProposeIssues((Add(people), Add(order))))
    pair.meet()
    south.tables.act(south.line, lambda *_: AgreeIssues(proposal.id))
    pair.meet()
    values = (THOUSAND, "in two phases")
    offer, _ = north.tables.act(
        north.line,
        lambda _, table: MakeOffer(OfferKind.BINDING, dict(zip(table.agenda.values(), values, strict=True))),
    )
    pair.meet()
    south.tables.act(south.line, lambda *_: AcceptOffer(offer.id))
    pair.meet()
    rows = tuple(Row(str(number), f"Person {number:04}", born="2000") for number in range(1, THOUSAND + 1))
    north.list(Opened(LIST, Role.INVITER, ()))
    for at in range(0, THOUSAND, 500):
        north.list(RowsProposed(LIST, rows[at : at + 500]))
    pair.meet()
    south.list(RowsMoved(LIST, tuple(row.key for row in rows), Stage.AGREED))
    pair.meet()
    for person in (north, south):
        person.freeze()
        pair.meet()


def make_deal(pair: Pair) -> bytes:
    """Propose the deal and have both sign it; return its hash."""
    written = read_terms_file(TERMS.encode(), pair.north.desk.clock())
    _, draft = propose_deal(pair.north.ledgers, pair.north.tables, pair.north.line, written)
    pair.meet()
    for person in (pair.north, pair.south):
        read = person.ledger.deal(draft.hash).draft
        sign(person.ledgers, person.line, read.hash.hex(), read.hash)
        pair.meet()
    assert all(one.ledger.deal(draft.hash).status is Status.IN_FORCE for one in (pair.north, pair.south))
    return draft.hash


def carry_out(pair: Pair) -> list[tuple[str, str, Life]]:
    """Keep every promise in its turn; the second phase is disputed first, and settled. Return the steps."""
    north, south = pair.north, pair.south
    steps = []
    script: Sequence[tuple[Person, str, Act, str]] = (
        (south, "sign-of-life", Act.CLAIM, "a letter with the answer"),
        (north, "sign-of-life", Act.CONFIRM, ""),
        (north, "first-phase", Act.CLAIM, ""),
        (south, "first-phase", Act.CONFIRM, "550 counted"),
        (south, "the-one", Act.CLAIM, ""),
        (north, "the-one", Act.CONFIRM, "identity and health checked"),
        (north, "second-phase", Act.CLAIM, "450 crossed"),
        (south, "second-phase", Act.DISPUTE, "we counted 449"),
        (north, "second-phase", Act.CLAIM, "the one who was ill came today"),
        (south, "second-phase", Act.CONFIRM, "450 counted"),
    )
    for who, promise, act, statement in script:
        life = who.says(promise, act, statement)
        pair.meet()
        steps.append((promise, act.value, life))
    return steps


def run(home: Path) -> dict[str, Any]:
    """Play it from the first word to the last; return what came of it."""
    pair = opened(home)
    agree(pair)
    deal = make_deal(pair)
    steps = carry_out(pair)
    mine, theirs = pair.north.ledger, pair.south.ledger
    file = home / "deal.json"
    file.write_bytes(export(mine.deal(deal)))
    checked = verify_deal(file.read_bytes())
    now = pair.north.desk.clock()
    return {
        "schema": 1,
        "deal": deal.hex(),
        "digits": hash_digits(checked.draft.hash),
        "same_ledger": mine == theirs,
        "promises": Counter(one.life.value for one in mine.promises.values()),
        "disputed_and_settled": sorted({promise for promise, _, life in steps if life is Life.DISPUTED}),
        "score": score(mine, deal),
        "kept": {f"side {role.value}": trust_record(mine, role, now).kept.size for role in Role},
        "steps": [[promise, said, life.value] for promise, said, life in steps],
    }


def main(arguments: Sequence[str]) -> int:
    """Run the demo; print what happened, or one JSON object."""
    if set(arguments) - {"--json"}:
        print("usage: exchange.py [--json]", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="backchannel-exchange-") as home:
        found = run(Path(home))
    if arguments:
        print(json.dumps(found))
        return 0
    print(f"Signed by both: {found['digits']}")
    for promise, said, life in found["steps"]:
        print(f"  {promise:14} {said:17} -> {life}")
    print(f"Carried out {found['score']} of 3; kept, by size: {found['kept']}; the same on both sides.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
