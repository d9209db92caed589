"""`table show`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import click

from backchannel.app.line import Line
from backchannel.app.table import Tables
from backchannel.cli.at_table import short, side
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, left_to_right, local, plural, safe, width
from backchannel.cli.table_value import as_value
from backchannel.table.acts import Close, OfferKind, Replace, Until
from backchannel.table.issue import Value
from backchannel.table.model import Proposal, ProposalState, Reason, Standing, Table
from backchannel.table.naming import allowed
from backchannel.table.status import OfferStatus, Waiting, covers_agenda, status, waiting_for

GONE = frozenset(
    {OfferStatus.WITHDRAWN, OfferStatus.REJECTED, OfferStatus.FALLEN, OfferStatus.LAPSED, OfferStatus.REPLACED}
)
"""What is shown with --all alone."""


@click.group()
def table() -> None:
    """The negotiation on a line, as it stands."""


@table.command("show")
@click.argument("name")
@click.option("--all", "everything", is_flag=True, help="Also what was withdrawn, rejected, overtaken or ignored.")
@click.option("--language", default="en", show_default=True, help="Of the issues' titles, where they have it: he, ar.")
@click.option("--offline", is_flag=True, help="Show what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def show_command(
    session: Session,
    name: str,
    everything: bool,  # noqa: FBT001  (click passes by name)
    language: str,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the table of NAME: the agenda, the offers that stand, what waits for whom, what is contested and agreed."""
    if not offline:
        exchange_now(session, name)
    line, state = Tables(session.desk()).look(name)
    now = session.adapters.clock()
    if as_json:
        data(as_value(line, state, now))
        return
    Screen(line, state, now, language, everything=everything).show()


class Screen:
    """A table on a terminal."""

    def __init__(self, line: Line, state: Table, now: int, language: str, *, everything: bool) -> None:
        self.line = line
        self.table = state
        self.now = now
        self.language = language
        self.everything = everything

    def show(self) -> None:
        """Print it."""
        self._agenda()
        self._proposals()
        self._offers()
        self._contested()
        self._agreed()
        self._text()
        self._waiting()
        self._ignored()

    def _agenda(self) -> None:
        _head("AGENDA")
        versions = self.table.on_agenda()
        if not versions:
            click.echo("  nothing is on it; backchannel issue add proposes something")
        rows = [
            (words(one.definition.key), words(one.definition.title_in(self.language)), words(allowed(one.definition)))
            for one in versions
        ]
        _columns(rows)

    def _proposals(self) -> None:
        found = [
            one
            for one in self.table.proposals.values()
            if one.state is ProposalState.OPEN or (self.everything and one.state is not ProposalState.AGREED)
        ]
        if found:
            _head("PROPOSED FOR THE AGENDA")
        for one in found:
            state = "" if one.state is ProposalState.OPEN else f", {one.state}"
            click.echo(f"  {short(one.trace.id)}  {self._whose(one.trace.author)}{state}")
            _columns(self._changes(one), "    ")

    def _changes(self, proposal: Proposal) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for change, identity in zip(proposal.changes, proposal.versions, strict=True):
            definition = self.table.versions[identity].definition
            sign = "close" if isinstance(change, Close) else "change" if isinstance(change, Replace) else "add"
            title = words(definition.title_in(self.language))
            rows.append((sign, words(definition.key), title, words(allowed(definition))))
        return rows

    def _offers(self) -> None:
        shown = [
            (one, how)
            for one in self.table.offers.values()
            if (how := status(self.table, one, self.now)) not in GONE or self.everything
        ]
        if shown:
            _head("OFFERS")
        for one, how in shown:
            self._offer(one, how)
        hidden = len(self.table.offers) - len(shown)
        if hidden:
            click.echo(f"  ({plural(hidden, 'older offer')}: --all)")

    def _offer(self, standing: Standing, how: OfferStatus) -> None:
        offer = standing.offer
        facts = [
            self._whose(standing.trace.author),
            offer.kind.name.lower(),
            str(how),
            "whole package" if covers_agenda(self.table, standing) else "some issues",
            local(standing.trace.clock),
        ]
        if offer.until is not None:
            facts.append(f"until {until(offer.until)}")
        if offer.replies_to is not None:
            facts.append(f"answers {short(offer.replies_to)}")
        click.echo(f"  {click.style(short(standing.trace.id), bold=True)}  {', '.join(facts)}")
        rows = []
        place = {version.issue: at for at, version in enumerate(self.table.on_agenda())}
        for identity, value in sorted(
            offer.package.items(), key=lambda pair: place.get(self.table.versions[pair[0]].issue, len(place))
        ):
            version = self.table.versions[identity]
            mark = "✓" if identity in standing.versions or standing.accepted is not None else " "
            over = "" if version.ended is None else "(the issue has changed)"
            rows.append((mark, words(version.definition.key), value_words(version.definition.unit, value), over))
        _columns(rows, "      ")
        for condition in offer.conditions:
            click.echo(f"      only if: {words(condition)}")
        if standing.reason:
            click.echo(f"      rejected: {words(standing.reason)}")
        if offer.kind is OfferKind.FEELER:
            click.echo("      a feeler: not binding, and not to be carried further")

    def _contested(self) -> None:
        contest = self.table.contest
        if contest is None:
            return
        _head("CONTESTED")
        click.echo("  These crossed; neither side had seen the other's act. Nobody prevails until both name the same:")
        deeds = self._deeds(contest.offers)
        for trace in contest.acts:
            what = deeds.get(trace.id, "changed the agenda")
            who = "you" if self._whose(trace.author) == "yours" else "they"
            click.echo(f"    {local(trace.clock)}  {who} {what}")
        for author, (_, outcome) in sorted(contest.words.items()):
            click.echo(f"  {self._whose(author)} word: {'none' if outcome is None else short(outcome)}")
        about = " | ".join([*(short(one) for one in contest.offers), "none"])
        click.echo(f"  backchannel offer settle {self.line.name} {about}")

    def _deeds(self, offers: Sequence[bytes]) -> dict[bytes, str]:
        """Return what was done to offers, by the ids of the acts."""
        found = {}
        for identity in offers:
            one = self.table.offers[identity]
            for trace, what in (
                (one.accepted, "accepted"),
                (one.provisional, "accepted, in part,"),
                (one.rejected, "rejected"),
                (one.withdrawn, "withdrew"),
            ):
                if trace is not None:
                    found[trace.id] = f"{what} {short(identity)}"
        return found

    def _agreed(self) -> None:
        agreement = self.table.agreement
        if agreement is not None:
            standing = self.table.offers[agreement.offer]
            kind = "binding" if standing.offer.kind is OfferKind.BINDING else "as a proposal, not binding"
            _head("AGREED")
            when = local(max(one.clock for one in agreement.by))
            click.echo(f"  {short(agreement.offer)}, the whole package, {kind}, {when}")

    def _text(self) -> None:
        if not self.table.drafts:
            return
        _head("TEXT")
        for head in self.table.heads:
            draft = self.table.drafts[head]
            facts = [self._whose(draft.trace.author), plural(len(draft.text.clauses), "clause")]
            facts.append("with brackets" if draft.bracketed else "no brackets")
            for author, (_, yes) in sorted(draft.words.items()):
                facts.append(f"{self._whose(author)} word: {'yes' if yes else 'no'}")
            click.echo(f"  version {draft.number}  {short(head)}  {', '.join(facts)}")
        if len(self.table.heads) > 1:
            click.echo("  These were written side by side; the next version takes the place of all of them.")
        for one in self.table.texts:
            crossed = " (crossed with another: agree on a further version)" if len(self.table.texts) > 1 else ""
            click.echo(f"  agreed: version {self.table.drafts[one].number}{crossed}")

    def _waiting(self) -> None:
        mine, theirs = (waiting_for(self.table, author, self.now) for author in (self.line.role, 1 - self.line.role))
        if mine.nothing and theirs.nothing:
            return
        _head("WAITING")
        for who, waiting in (("for you", mine), ("for them", theirs)):
            if not waiting.nothing:
                click.echo(f"  {who}: {_waits(waiting)}")

    def _ignored(self) -> None:
        if not self.everything:
            return
        if self.table.ignored or self.table.unknown:
            _head("COUNTS FOR NOTHING")
        for one in self.table.ignored:
            detail = f" ({words(one.detail)})" if one.detail and one.reason is not Reason.MALFORMED else ""
            what = f"{words(one.kind)}: {one.reason}{detail}"
            click.echo(f"  {short(one.trace.id)}  {self._whose(one.trace.author)}, {what}")
        for trace, kind in self.table.unknown:
            click.echo(f"  {short(trace.id)}  {self._whose(trace.author)}, {words(kind)}: not known to this version")

    def _whose(self, author: int) -> str:
        return "yours" if side(self.line, author) == "me" else "theirs"


def _waits(waiting: Waiting) -> str:
    parts = [f"proposal {short(one.trace.id)}" for one in waiting.proposals]
    parts += [f"offer {short(one.trace.id)}" for one in waiting.offers]
    parts += [f"version {one.number} of the text" for one in waiting.drafts]
    if waiting.settle:
        parts.append("how to settle what crossed")
    return ", ".join(parts)


def words(text: str) -> str:
    """Return words of either side in one line, which keep their own direction."""
    return isolated(safe(text).replace("\n", " ⏎ ").replace("\t", " "))


def value_words(unit: str, value: Value) -> str:
    """Return a value for people."""
    match value:
        case tuple():
            return ", ".join(words(name) for name in value)
        case int():
            return f"{left_to_right(str(value))} {words(unit)}" if unit else left_to_right(str(value))
        case _:
            return words(value)


def until(end: Until) -> str:
    """Return the end of an offer in the zone in which its author thinks of it."""
    try:
        there = datetime.fromtimestamp(end.moment / 1000, UTC).astimezone(timezone(timedelta(minutes=end.zone)))
    except (ValueError, OverflowError, OSError):
        return "a strange time"
    return there.strftime("%Y-%m-%d %H:%M %z")


def _head(title: str) -> None:
    click.echo(click.style(title, bold=True))


def _columns(rows: Sequence[tuple[str, ...]], indent: str = "  ") -> None:
    """Print rows in columns; the last one is not filled up."""
    if not rows:
        return
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        click.echo((indent + "  ".join(cells)).rstrip())


def no_text(name: str) -> None:
    """Say that there is no text yet."""
    talk(f"There is no text yet: backchannel text propose {name} --file F")
