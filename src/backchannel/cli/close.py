"""`close`."""

from __future__ import annotations

import sys

import click

from backchannel.app.close import close as keep
from backchannel.app.close import close_alone
from backchannel.app.ending import LINGER
from backchannel.app.line import Line, Phase
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, local, moment
from backchannel.errors import ConfigRefused


@click.command()
@click.argument("name")
@click.option("--word", metavar="TEXT", default="", help="A last word; - reads it from standard input.")
@click.option("--now", is_flag=True, help="Destroy the keys at once, whatever the other side knows.")
@click.option("--yes", is_flag=True, help="With --now: do not ask.")
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def close(
    session: Session,
    name: str,
    word: str,
    now: bool,  # noqa: FBT001  (click passes by name)
    yes: bool,  # noqa: FBT001
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """End a line.

    Nothing more can be said on it by you. The other side is told, and can go on until it has closed the line too. Once
    both know that both have, the keys are destroyed; the log stays, to be read and archived.
    """
    if word == "-":
        word = sys.stdin.buffer.read().decode("utf-8", "strict").removesuffix("\n").removesuffix("\r")
    desk = session.desk()
    line = session.line(name)
    if now:
        confirm(
            f"The keys of {name} are destroyed now. What has not come is lost, what is not confirmed may never arrive, "
            "and the other side may never learn that the line is closed.",
            "Do it?",
            yes=yes,
        )
    if not now or line.phase is Phase.OPEN:
        line = keep(desk, name, word)
    if not offline and not line.phase.is_over:
        exchange_now(session, name)
    line = session.line(name)
    if now and line.phase is not Phase.CLOSED:
        line = close_alone(desk, name)
    if as_json:
        data({"line": name, "phase": str(line.phase), "closing": ending_value(line)})
    else:
        talk(what_is_known(line))


def confirm(warning: str, question: str, *, yes: bool) -> None:
    """Say what is about to happen, and go on only if the person agrees.

    Args:
        warning: what it means, on standard error.
        question: asked at the terminal.
        yes: whether they have agreed already.

    Raises:
        ConfigRefused: there is nobody to ask.
        click.Abort: they do not agree.
    """
    talk(f"warning: {warning}")
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigRefused("this must be agreed to and there is no terminal to ask at", hint="say --yes")
    click.confirm(question, abort=True, err=True)


def ending_value(line: Line) -> dict[str, object] | None:
    """Return how far the end of a line is as a JSON object; None where nobody has closed it."""
    ending = line.ending
    if ending.ours is None and ending.theirs is None and ending.sealed is None:
        return None
    return {
        "ours": ending.ours,
        "theirs": ending.theirs,
        "confirmed": ending.ours is not None and ending.ours <= line.delivery.theirs.upto,
        "both_know": ending.known,
        "keys_destroyed": moment(ending.sealed),
        "alone": ending.alone,
    }


def what_is_known(line: Line) -> str:
    """Return, in one sentence, what this side can know of the end of a line."""
    ending = line.ending
    if ending.sealed is not None:
        how = "you alone; they may not know of it" if ending.alone else "both of you"
        return f"Closed by {how}. The keys were destroyed on {local(ending.sealed)[:10]}; the log can still be read."
    if ending.ours is None:
        return "They have closed the line. You can still say something; close it too, and its keys are destroyed."
    if ending.done is not None:
        until = local(ending.done + LINGER)[:10]
        return f"Both have closed the line. The keys go when they know it too, at the latest on {until}."
    confirmed = ending.ours <= line.delivery.theirs.upto
    if ending.theirs is None:
        return (
            "You have closed the line, and they know it. The keys go when they have closed it too, or with --now."
            if confirmed
            else "You have closed the line. They have not confirmed it yet; it goes out until they have."
        )
    if confirmed:
        return "Both have closed the line; something that they said has not come yet."
    return "Both have closed the line; they have not confirmed yet that they know of yours."
