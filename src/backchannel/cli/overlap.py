"""`overlap`: propose a blind round, mark, go on with it, show it, end it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backchannel.app.overlap import RoundView, end, go, mark, open_round, show
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.overlap_agenda import offered_packages, range_of
from backchannel.cli.overlap_render import as_value, question, reveals, tell
from backchannel.cli.render import data
from backchannel.crypto.suite import Role
from backchannel.errors import ConfigRefused, InputRefused
from backchannel.table.overlap import BottomLine, Packages

if TYPE_CHECKING:
    from backchannel.table.overlap import Subject

_TOPIC = "packages"
_SHORT = 60
"""Packages and marks together up to which a round is strict if nobody says otherwise: a second or two of work."""

_name = click.argument("name")
_topic = click.option("--topic", metavar="T", help="Which rounds; needed only where several are under way.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a round.")
_offline = click.option("--offline", is_flag=True, help="Send and fetch nothing now.")


@click.group()
def overlap() -> None:
    """Find out blind what both sides would sign.

    Each side marks in private; only what both have marked is shown, to both. No server takes part.
    """


@overlap.command("open")
@_name
@click.option("--packages", type=click.Path(path_type=Path, dir_okay=False), help="A file: one package a line.")
@click.option("--from-offers", is_flag=True, help="The whole packages of both sides that stand on the table.")
@click.option("--most", type=click.IntRange(1), metavar="K", help="Marks each side may make; all, if not said.")
@click.option("--strict/--plain", default=None, help="Prove that each set is of the list; so, if it is short.")
@click.option("--issue", metavar="ID", help="A bottom line on this issue instead; its range is that of the agenda.")
@click.option("--low", type=int, metavar="N", help="Another lowest value.")
@click.option("--high", type=int, metavar="N", help="Another highest value.")
@click.option("--ceiling", type=click.Choice(["me", "them"]), help="Whose bottom line is a most.")
@click.option("--topic", metavar="T", help="What rounds that belong together are called.")
@_offline
@_json
@vault_options
def open_command(
    session: Session,
    name: str,
    packages: Path | None,
    from_offers: bool,  # noqa: FBT001  (click passes by name)
    most: int | None,
    strict: bool | None,  # noqa: FBT001
    issue: str | None,
    low: int | None,
    high: int | None,
    ceiling: str | None,
    topic: str | None,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose a round; the other side sees the list, or the range, and nothing of yours."""
    if [packages is not None, from_offers, issue is not None].count(True) != 1:
        raise click.UsageError("give --packages FILE, --from-offers, or --issue ID")
    if issue is None and not (low is None and high is None and ceiling is None):
        raise click.UsageError("--low, --high and --ceiling belong to --issue")
    if issue is not None and (ceiling is None or most is not None or strict is not None):
        raise click.UsageError("--issue needs --ceiling, and takes --low and --high alone")
    _exchange(session, name, offline=offline)
    subject: Subject
    if issue is None:
        listed = offered_packages(session, name) if packages is None else _packages(packages)
        marks = len(listed) if most is None else most
        short = len(listed) + marks <= _SHORT
        subject = _refusing(Packages, listed, marks, short if strict is None else strict)
    else:
        issue, low, high = range_of(session, name, issue, low, high)
        role = session.line(name).role
        subject = _refusing(BottomLine, low, high, role if ceiling == "me" else Role(role.other))
    view = open_round(session.desk(), name, topic or issue or _TOPIC, subject)
    _exchange(session, name, offline=offline)
    if as_json:
        data(as_value(view))
        return
    talk(reveals(view.round.terms.subject))
    talk(f"Proposed. Now mark yours: backchannel overlap mark {name}")


@overlap.command("mark")
@_name
@click.option("--file", "file", type=click.Path(path_type=Path, dir_okay=False), help="Read them from a file.")
@_topic
@_offline
@_json
@vault_options
def mark_command(
    session: Session,
    name: str,
    file: Path | None,
    topic: str | None,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Mark the packages that you would sign, or say your bottom line.

    The numbers are asked for, or read from standard input or a file, never from the command line, which others on this
    machine can see. They stay in the vault.
    """
    _exchange(session, name, offline=offline)
    if file is None and sys.stdin.isatty():
        view = _waiting(session, name, topic)
        tell(view)
        typed = click.prompt(question(view.round.terms.subject), err=True, hide_input=True, default="")
    else:
        typed = _text(file)
    view = _waiting(session, name, topic)
    packages = isinstance(view.round.terms.subject, Packages)
    choice = [number - packages for number in _numbers(typed)]
    view = mark(session.desk(), name, choice, topic)
    if as_json:
        data(as_value(view))
        return
    talk(reveals(view.round.terms.subject))
    if view.line.verified is None:
        talk(
            f"warning: {name} is not verified; somebody in between could play the other side: backchannel verify {name}"
        )
    talk(f"Kept in the vault; nobody has heard of it. To enter the round: backchannel overlap go {name}")


@overlap.command("go")
@_name
@_topic
@_offline
@_json
@vault_options
def go_command(
    session: Session,
    name: str,
    topic: str | None,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Do every step of the round that is possible now, and say what it waits for.

    The first step commits you to your marks.
    """
    _exchange(session, name, offline=offline)
    went = go(session.desk(), name, topic)
    if went.said:
        _exchange(session, name, offline=offline)
        went = go(session.desk(), name, topic)
    _report(went.view, as_json=as_json)


@overlap.command("end")
@_name
@_topic
@_offline
@_json
@vault_options
def end_command(
    session: Session,
    name: str,
    topic: str | None,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take no further part, or no longer wait.

    It is on the record of both sides who owed which step then.
    """
    _exchange(session, name, offline=offline)
    view = end(session.desk(), name, topic)
    _exchange(session, name, offline=offline)
    _report(view, as_json=as_json)


@overlap.command("show")
@_name
@_offline
@_json
@vault_options
def show_command(
    session: Session,
    name: str,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show every round of a line: what it was about, how it stands, and what both know."""
    _exchange(session, name, offline=offline)
    views = show(session.desk(), name)
    for view in views:
        _report(view, as_json=as_json)
    if not views and not as_json:
        talk("There was no overlap round yet.")


def _report(view: RoundView, *, as_json: bool) -> None:
    if as_json:
        data(as_value(view))
    else:
        tell(view)


def _exchange(session: Session, name: str, *, offline: bool) -> None:
    if not offline:
        exchange_now(session, name)


def _waiting(session: Session, name: str, topic: str | None) -> RoundView:
    views = [view for view in show(session.desk(), name) if topic in (None, view.round.terms.topic)]
    if not views:
        raise InputRefused("there is no overlap round" + (f" on {topic}" if topic else ""))
    return next((view for view in reversed(views) if not view.round.over), views[-1])


def _refusing(make: type[Any], *given: Any) -> Any:
    try:
        return make(*given)
    except InputRefused as error:
        what = "distinct lines, and no more marks than lines" if make is Packages else "a low below a high"
        raise InputRefused(f"a round needs {what}") from error


def _packages(file: Path) -> tuple[bytes, ...]:
    lines = (line.strip() for line in _text(file).splitlines())
    return tuple(line.encode() for line in lines if line)


def _text(file: Path | None) -> str:
    try:
        raw = sys.stdin.buffer.read() if file is None else file.read_bytes()
        return raw.decode("utf-8")
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputRefused("it is not text in UTF-8") from error


def _numbers(typed: str) -> list[int]:
    try:
        return [int(word) for word in typed.replace(",", " ").split()]
    except ValueError as error:
        raise InputRefused("only numbers can be marked") from error
