"""More people than two: lines between any of them, verified, and a deal that two of them are about to sign."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backchannel.app.desk import Desk
from backchannel.vault.keyfile import read_key
from tests.cli.people import Done, Person
from tests.support.world import FastVault

AGENDA = """issues:
- {key: people, title: People, type: range, least: 0, most: 100, unit: people}
- {key: order, title: Order, type: choice, options: [all at once, in phases]}
"""
TERMS = """
title: One for twenty
languages: [en, he, ar]
sides: {inviter: Side A, joiner: צד ב}
obligations:
- {id: first, by: Side A, what: hands over ten, due: 2d, size: 10}
- {id: one, by: joiner, what: hands over one, within: 24h, after: first}
"""


def somebody(near: Person, name: str) -> Person:
    person = Person(near.home, name)
    person.runs("init")
    return person


def joined(inviter: Person, joiner: Person, relay: str, *, verified: bool = True) -> None:
    """Open a line; each calls it by the other's name."""
    invitation = inviter.home / "invitation.txt"
    inviter.runs("invite", joiner.name, "--relay", relay, "--file", str(invitation))
    joiner.runs("join", inviter.name, "--file", str(invitation), "--wait", "0")
    invitation.unlink()
    meet(inviter, joiner)
    if verified:
        compare(inviter, joiner)


def compare(one: Person, other: Person) -> None:
    digits = one.runs("verify", other.name, "--json").value["digits"]
    one.runs("verify", other.name, "--digits", digits)
    other.runs("verify", one.name, "--digits", digits)


def meet(*people: Person) -> None:
    for _ in range(2):
        for person in people:
            person.runs("sync")


def file_of(person: Person, name: str, text: str) -> str:
    path = person.home / name
    path.write_text(text, "utf-8")
    return str(path)


def agree(north: Person, south: Person) -> None:
    """Agree on a package at their table."""
    north.runs("issue", "add", south.name, "--file", file_of(north, "agenda.yaml", AGENDA))
    south.runs("sync")
    south.runs("issue", "agree", north.name)
    meet(north, south)
    offer = north.runs("offer", "make", south.name, "people=20", "order=2", "--json").value["id"]
    south.runs("sync")
    south.runs("offer", "accept", north.name, offer)
    meet(north, south)


def propose(north: Person, south: Person, terms: str = TERMS) -> str:
    """Propose the deal; return its hash."""
    file = file_of(north, "terms.yaml", terms)
    deal = north.runs("deal", "propose", south.name, "--file", file, "--json").value["deal"]
    meet(north, south)
    return str(deal)


def deal_on(person: Person, line: str, deal: str) -> dict[str, Any]:
    """What `deal show` says of one deal."""
    return person.runs("deal", "show", line, deal, "--json").value


def bind(person: Person, line: str, deal: str, act: str, *options: str) -> Done:
    """Do what binds, with the digits that were read on that line."""
    return person.runs("deal", act, line, deal, *options, "--hash", deal_on(person, line, deal)["digits"])


def sign_both(north: Person, south: Person, deal: str) -> None:
    bind(north, south.name, deal, "sign")
    meet(north, south)
    bind(south, north.name, deal, "sign")
    meet(north, south)


def refused(done: Done, error: type[Exception]) -> str:
    """The message of a command that was refused with that error."""
    assert done.code != 0
    assert done.error["error"] == getattr(error, "code")  # noqa: B009  (each of ours has one)
    return str(done.error["message"]) + str(done.error["hint"])


@contextmanager
def desk_of(person: Person) -> Iterator[Desk]:
    """The desk of a person, to do with it what no command would."""
    key = read_key(person.vault, person.passphrase_file.read_text("utf-8").rstrip("\n"))
    vault = FastVault(person.vault, key)
    try:
        yield Desk(vault, lambda: time.time_ns() // 1_000_000, os.urandom)
    finally:
        vault.close()
