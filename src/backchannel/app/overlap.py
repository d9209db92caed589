"""Overlap rounds on a line: propose, mark, do every step that is possible, read what both know (spec 11).

Marks and keys stay in the vault's private table. A step is written to the log in the transaction that notes it in the
secret, so that a key never answers two sets, whatever is interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line
from backchannel.app.ports import PASSING, Transaction
from backchannel.app.say import append_own
from backchannel.errors import InputRefused, LineNotOpen
from backchannel.log.fold import fold
from backchannel.table.overlap import KIND_OF, NONCE_SIZE, BottomLine, End, Said, Subject
from backchannel.table.overlap_fold import Rounds, decide_open, evolve
from backchannel.table.overlap_round import Round, Step
from backchannel.table.overlap_secret import SEED_SIZE, Secret, begin, next_said, overlap
from backchannel.wire.codec import decode, encode


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as one side's owner sees it.

    Attributes:
        line: the line.
        round: what both sides see.
        marks: the owner's, places in the list from 0 or one value; None before there are any.
        entered: whether the owner has committed, so that the marks cannot change any more.
        result: what `overlap` returns.
        taken_back: places that both had marked in an earlier round, that the owner still has, and the other no longer.
    """

    line: Line
    round: Round
    marks: tuple[int, ...] | None
    entered: bool
    result: tuple[int, ...] | None
    taken_back: tuple[int, ...] = ()

    @property
    def mine(self) -> Step | None:
        """Return the step that the owner owes."""
        return None if self.round.over else self.round.due(self.line.role)

    @property
    def theirs(self) -> Step | None:
        """Return the step that the other side owes."""
        return None if self.round.over else self.round.due(self.line.role.other)


@dataclass(frozen=True, slots=True)
class Went:
    """What `go` did.

    Attributes:
        view: the round after it.
        said: the kinds of event that were written, in their order.
    """

    view: RoundView
    said: tuple[str, ...]


def open_round(desk: Desk, name: str, topic: str, subject: Subject) -> RoundView:
    """Propose a round; nothing of the owner's is in it.

    Args:
        desk: where.
        name: the line.
        topic: what rounds that belong together are called; the other side sees it.
        subject: the frozen list, or the range of the bottom line.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: the other side has not joined yet.
        InputRefused: a round of this topic is under way, or there were as many as there may be.
        Oversize: the list does not fit one message.
    """
    with desk.work() as work:
        line, rounds = _load(work.transaction, name)
        said = decide_open(rounds, topic, subject, work.random(NONCE_SIZE))
        line, rounds = _say(work, line, rounds, said, desk.clock())
        _save(work, line, rounds)
        return _view(work.transaction, line, rounds, rounds.rounds[-1])


def mark(desk: Desk, name: str, choice: Sequence[int], topic: str | None = None) -> RoundView:
    """Keep the owner's marks, or bottom line, for the round that waits for them; nobody hears of it.

    Args:
        desk: where.
        name: the line.
        choice: places in the list from 0, or one value of the range.
        topic: whose round; needed only where several wait.

    Raises:
        InputRefused: no round waits for marks; they are committed already; too many, or fewer than before.
    """
    with desk.work() as work:
        line, rounds = _load(work.transaction, name)
        found = _current(rounds, topic)
        if found.over:
            raise InputRefused("the round is over")
        if _secret(work.transaction, line, found) is not None:
            raise InputRefused("the marks of this round are committed and cannot be changed")
        begin(found, line.role, tuple(choice), bytes(SEED_SIZE))  # refuses what no round takes
        marks = tuple(sorted(set(choice)))
        _check_growth(work.transaction, line, found, marks)
        work.transaction.save_private(line.id, _name("marks", found), encode(list(marks)))
        return _view(work.transaction, line, rounds, found)


def go(desk: Desk, name: str, topic: str | None = None) -> Went:
    """Do every step of the round that is possible now.

    Args:
        desk: where.
        name: the line.
        topic: whose round; needed only where several are under way.

    Raises:
        InputRefused: there is no round, or the owner has not marked anything.
    """
    now = desk.clock()
    said: list[str] = []
    with desk.work() as work:
        line, rounds = _load(work.transaction, name)
        found = _current(rounds, topic)
        secret = _secret(work.transaction, line, found)
        if secret is None and not found.over and found.due(line.role) is Step.COMMIT:
            marks = _marks(work.transaction, line, found)
            if marks is None:
                raise InputRefused("nothing is marked yet", hint=f"backchannel overlap mark {name}")
            _check_growth(work.transaction, line, found, marks)
            secret = begin(found, line.role, marks, work.random(SEED_SIZE))
            _remember(work.transaction, line, found, marks)
        while secret is not None and (step := next_said(found, line.role, secret)) is not None:
            what, secret = step
            work.transaction.save_private(line.id, _name("secret", found), secret.to_bytes())
            line, rounds = _say(work, line, rounds, what, now)
            said.append(KIND_OF[type(what)])
            found = rounds.of(found.session) or found
        _save(work, line, rounds)
        return Went(_view(work.transaction, line, rounds, found), tuple(said))


def end(desk: Desk, name: str, topic: str | None = None) -> RoundView:
    """Take no further part in a round, or no longer wait for the other side; both see it for ever.

    Raises:
        InputRefused: no round is under way.
    """
    with desk.work() as work:
        line, rounds = _load(work.transaction, name)
        found = _current(rounds, topic)
        if found.over:
            raise InputRefused("no round is under way")
        line, rounds = _say(work, line, rounds, End(found.session), desk.clock())
        _save(work, line, rounds)
        return _view(work.transaction, line, rounds, rounds.of(found.session) or found)


def show(desk: Desk, name: str) -> list[RoundView]:
    """Return every round of a line, the oldest first, as its owner sees it.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: the other side has not joined yet.
    """
    with desk.look() as transaction:
        line, rounds = _load(transaction, name)
        views = [_view(transaction, line, rounds, each) for each in rounds.rounds]
    if rounds.proven != rounds.known:
        with desk.work() as work:
            _note_proofs(work, line, rounds)
    return views


_PROVEN: Final = "overlap proven"


# --- the log and the vault --------------------------------------------------------------------------------------------


def _load(transaction: Transaction, name: str) -> tuple[Line, Rounds]:
    line = transaction.line_named(name)
    if not line.origin:
        raise LineNotOpen(line.name)
    known = transaction.private(line.id, _PROVEN)
    rounds = Rounds(line.origin, known=frozenset() if known is None else frozenset(decode(known)))
    return line, fold(evolve, (stored.event for stored in transaction.in_order(line.id)), rounds)


def _say(work: Work, line: Line, rounds: Rounds, said: Said, now: int) -> tuple[Line, Rounds]:
    line, event = append_own(work, line, KIND_OF[type(said)], said.body(), now)
    return line, evolve(rounds, event)


def _save(work: Work, line: Line, rounds: Rounds) -> None:
    work.transaction.save_line(line)
    if rounds.proven != rounds.known:
        _note_proofs(work, line, rounds)


def _note_proofs(work: Work, line: Line, rounds: Rounds) -> None:
    work.transaction.save_private(line.id, _PROVEN, encode(sorted(rounds.proven)))


def _current(rounds: Rounds, topic: str | None) -> Round:
    known = rounds.rounds if topic is None else rounds.about(topic)
    if not known:
        raise InputRefused("there is no overlap round" + (f" on {topic}" if topic else ""))
    waiting = [each for each in known if not each.over]
    if len(waiting) > 1:
        raise InputRefused("several rounds are under way", hint="name one with --topic")
    return waiting[0] if waiting else known[-1]


def _name(what: str, found: Round) -> str:
    return f"{PASSING if what == 'secret' else ''}overlap {what} {found.session.hex()}"


def _marks(transaction: Transaction, line: Line, found: Round) -> tuple[int, ...] | None:
    data = transaction.private(line.id, _name("marks", found))
    return None if data is None else tuple(decode(data))


def _secret(transaction: Transaction, line: Line, found: Round) -> Secret | None:
    data = transaction.private(line.id, _name("secret", found))
    return None if data is None else Secret.from_bytes(data)


def _view(transaction: Transaction, line: Line, rounds: Rounds, found: Round) -> RoundView:
    secret = _secret(transaction, line, found)
    result = None if secret is None else overlap(found, line.role, secret)
    view = RoundView(line, found, _marks(transaction, line, found), secret is not None, result)
    if result is None or isinstance(found.terms.subject, BottomLine):
        return view
    return replace(view, taken_back=_taken_back(transaction, line, rounds, view))


# --- marks only grow --------------------------------------------------------------------------------------------------

_KEPT: Final = "overlap kept "


def _remember(transaction: Transaction, line: Line, found: Round, marks: tuple[int, ...]) -> None:
    """Keep what was marked on a topic, so that a later round has no less."""
    subject = found.terms.subject
    kept: list[int] | list[bytes]
    if isinstance(subject, BottomLine):
        kept = [int(subject.ceiling), marks[0]]
    else:
        kept = sorted(_former(transaction, line, found) | {_hash(subject.packages[mark]) for mark in marks})
    transaction.save_private(line.id, _KEPT + found.terms.topic, encode([isinstance(subject, BottomLine), kept]))


def _former(transaction: Transaction, line: Line, found: Round) -> frozenset[bytes]:
    data = transaction.private(line.id, _KEPT + found.terms.topic)
    bottom_line, kept = (True, []) if data is None else decode(data)
    return frozenset() if bottom_line else frozenset(kept)


def _check_growth(transaction: Transaction, line: Line, found: Round, marks: tuple[int, ...]) -> None:
    subject = found.terms.subject
    if not isinstance(subject, BottomLine):
        former = _former(transaction, line, found)
        lost = [
            place for place, package in enumerate(subject.packages) if _hash(package) in former and place not in marks
        ]
        if lost:
            numbers = ", ".join(str(place + 1) for place in lost)
            raise InputRefused(f"marked in an earlier round and left out now: {numbers}; marks only grow")
        return
    data = transaction.private(line.id, _KEPT + found.terms.topic)
    bottom_line, kept = (False, []) if data is None else decode(data)
    if not bottom_line or kept[0] != int(subject.ceiling):
        return
    higher = line.role is subject.ceiling
    if (marks[0] < kept[1]) if higher else (marks[0] > kept[1]):
        raise InputRefused(f"the bottom line was {kept[1]} in an earlier round, and goes towards the other side only")


def _taken_back(transaction: Transaction, line: Line, rounds: Rounds, view: RoundView) -> tuple[int, ...]:
    subject = view.round.terms.subject
    assert not isinstance(subject, BottomLine)  # noqa: S101  (the caller has looked)
    shared: set[bytes] = set()
    for former in rounds.about(view.round.terms.topic):
        if former is view.round:
            break
        secret = _secret(transaction, line, former)
        known = None if secret is None else overlap(former, line.role, secret)
        if known and not isinstance(former.terms.subject, BottomLine):
            shared |= {former.terms.subject.packages[place] for place in known}
    return tuple(
        place
        for place, package in enumerate(subject.packages)
        if package in shared and place in (view.marks or ()) and place not in (view.result or ())
    )


def _hash(package: bytes) -> bytes:
    return sha256(package).digest()
