"""Acts that crossed: contested until both sides name the same outcome (spec 10.5). Nobody wins silently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from backchannel.table.acts import Settle
from backchannel.table.model import Agreement, Contest, Reason, Trace
from backchannel.table.working import Refusal, Working


def knew_all(trace: Trace, others: Iterable[Trace]) -> bool:
    """Say whether the author of an act knew all of the others."""
    return all(trace.knew(other) for other in others)


def knows_of_contest(work: Working, trace: Trace) -> bool:
    """Say whether, as its author saw it, something waited to be settled when an act was done."""
    contest = work.contest or (work.settled[-1] if work.settled else None)
    return contest is not None and knew_all(trace, contest.acts) and not contest.settled_for(trace)


def contend(work: Working, acts: Iterable[Trace], offers: Iterable[bytes]) -> None:
    """Put acts that crossed, and the offers that they are about, into the one contest of the table."""
    held = work.contest
    found = {one.id: one for one in (*(held.acts if held else ()), *acts)}
    about = dict.fromkeys((*(held.offers if held else ()), *offers))
    agreement = work.agreements[-1] if work.agreements else None
    if agreement is not None and agreement.offer in about:
        work.own("agreements")
        work.agreements.pop()
    ordered = tuple(sorted(found.values(), key=lambda one: (one.number + one.seen, one.author, one.number, one.id)))
    # A word that did not know of all that crossed does not count.
    said = tuple(word for word in (held.said if held else ()) if knew_all(word[0], ordered))
    work.contest = Contest(ordered, tuple(about), said)


def agenda_changed(work: Working, trace: Trace) -> None:
    """Contest the agreement that holds, if a change of the agenda crossed with the acts that made it."""
    agreement = work.agreements[-1] if work.agreements else None
    if agreement is not None and not knew_all(trace, agreement.by):
        contend(work, (*agreement.by, trace), [agreement.offer])


def settle(work: Working, trace: Trace, act: Settle) -> Refusal | None:
    """Take a side's word on how what crossed is to be settled; with the same word of both, it is."""
    contest = work.contest
    if contest is None:
        contest = _again_open(work, trace, act)
        if contest is None:
            return Refusal(Reason.NOT_CONTESTED)
    if not knew_all(trace, contest.acts):
        return Refusal(Reason.UNSEEN)
    if act.outcome is not None and act.outcome not in contest.offers:
        return Refusal(Reason.NO_OUTCOME)
    if trace.author in contest.words and contest.words[trace.author][1] == act.outcome:
        return Refusal(Reason.SAID)
    if work.contest is None:
        _reopen(work, contest)
    work.contest = contest = replace(contest, said=(*contest.said, (trace, act.outcome)))
    other = contest.words.get(1 - trace.author)
    if other is not None and other[1] == act.outcome:
        _settled(work, contest, act.outcome)
    return None


def _again_open(work: Working, trace: Trace, act: Settle) -> Contest | None:
    """Return the last contest, if an author changed the word without having seen that the two words were the same."""
    if not work.settled:
        return None
    last = work.settled[-1]
    outcome = last.words[0][1]
    newest = work.agreements[-1] if work.agreements else None
    moved_on = newest is not None and all(knew_all(made, last.settled_by) for made in newest.by)
    if act.outcome == outcome or knew_all(trace, last.settled_by) or moved_on:
        return None
    return last


def _reopen(work: Working, contest: Contest) -> None:
    work.own("settled", "offers", "agreements")
    work.settled.pop()
    if work.agreements and work.agreements[-1].by == contest.settled_by:
        work.agreements.pop()
    for offer in contest.offers:
        work.offers[offer] = replace(work.offers[offer], held=None)


def _settled(work: Working, contest: Contest, outcome: bytes | None) -> None:
    work.own("settled", "offers", "agreements")
    work.contest = None
    work.settled.append(contest)
    for offer in contest.offers:
        work.offers[offer] = replace(work.offers[offer], held=offer == outcome)
    if outcome is not None and work.offers[outcome].accepted is not None:
        work.agreements.append(Agreement(outcome, contest.settled_by))
