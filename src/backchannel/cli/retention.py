"""`retention`."""

from __future__ import annotations

import click

from backchannel.app.line import Line
from backchannel.app.retention import agree, propose, proposed_by_me, proposed_by_them
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, plural
from backchannel.cli.said import rule_words
from backchannel.log.retention import KEEP, MOST_DAYS, Rule


@click.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="Propose: words are removed after so many days.")
@click.option("--on-closing", is_flag=True, help="Propose: words are removed when the line is closed.")
@click.option("--keep", is_flag=True, help="Propose: words are kept.")
@click.option("--agree", "agreed", is_flag=True, help="Agree to what they have proposed.")
@click.option("--offline", is_flag=True, help="Exchange nothing now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def retention(
    session: Session,
    name: str,
    days: int | None,
    on_closing: bool,  # noqa: FBT001  (click passes by name)
    keep: bool,  # noqa: FBT001
    agreed: bool,  # noqa: FBT001
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Agree for how long words are kept.

    It holds once both sides have said the same. Then each side's program removes what is past its time from its own
    vault, and leaves a mark. Nothing forces a person, or a changed program, to forget.
    """
    if sum((days is not None, on_closing, keep, agreed)) > 1:
        raise click.UsageError("one of --days, --on-closing, --keep and --agree at a time")
    if agreed:
        agree(session.desk(), name)
    elif days is not None or on_closing or keep:
        propose(session.desk(), name, Rule(days=days or 0, on_closing=on_closing))
    if not offline:
        exchange_now(session, name)
    line = session.line(name)
    if as_json:
        data({"line": name, "retention": retention_value(line)})
    else:
        talk(standing(line, name))


def standing(line: Line, name: str) -> str:
    """Return what holds on a line, and what is proposed, in sentences."""
    parts = [f"Agreed: {rule_words(line.retention.agreement.rule)}."]
    mine, theirs = proposed_by_me(line), proposed_by_them(line)
    if theirs is not None and theirs != mine and (mine is not None or theirs != KEEP):
        parts.append(f"They propose: {rule_words(theirs)} (backchannel retention {name} --agree).")
    if mine is not None and mine != theirs and (theirs is not None or mine != KEEP):
        parts.append(f"You propose: {rule_words(mine)}; it holds once they agree.")
    if line.retracting:
        parts.append(f"{plural(len(line.retracting), 'message')} taken back, to be removed once confirmed.")
    return " ".join(parts)


def retention_value(line: Line) -> dict[str, object]:
    """Return for how long words are kept as a JSON object."""
    mine, theirs = proposed_by_me(line), proposed_by_them(line)
    return {
        "rule": line.retention.agreement.rule.to_value(),
        "mine": mine and mine.to_value(),
        "theirs": theirs and theirs.to_value(),
    }
