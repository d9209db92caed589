"""How overlap rounds are shown: for people, and as JSON."""

from __future__ import annotations

from typing import Any, Final, assert_never

import click

from backchannel.app.overlap import RoundView
from backchannel.cli.context import talk
from backchannel.cli.render import isolated, plural, safe
from backchannel.crypto.suite import Role
from backchannel.table.overlap import BottomLine, Packages, Subject
from backchannel.table.overlap_round import Broken, Completed, Declined, Fault, Proposed, Running, Step, Stopped

STEPS: Final = {Step.COMMIT: "enter", Step.POINTS: "send its set", Step.ANSWER: "answer"}
FAULTS: Final = {
    Fault.KEY: "it used a key a second time",
    Fault.COUNT: "it put in more, or less, than the round takes",
    Fault.ELEMENT: "it sent what is no element of the group",
    Fault.ORDER: "it sent something twice, or out of order",
    Fault.CHOSEN: "it sent something of another kind of round",
    Fault.COMMITMENT: "it changed its marks after it had committed to them",
    Fault.PROOF: "its proof does not hold",
    Fault.TWICE: "it said two different things in one step",
}


def reveals(subject: Subject) -> str:
    """Return the one sentence that says what a round tells."""
    if isinstance(subject, BottomLine):
        return (
            "Both of you will see one word: yes, if the most that one side would give reaches the least that the other"
            " would take, else no; a changed program could look without answering, and see how near the two are."
        )
    told = (
        "Both of you will see which packages both have marked; so of every other package that you marked you will know"
        " that they did not mark it, and they the same of theirs"
    )
    if subject.strict:
        return f"{told}."
    return f"{told}; a changed program could look without showing (--strict prevents that)."


def question(subject: Subject) -> str:
    """Return what is asked when marks are typed."""
    if isinstance(subject, BottomLine):
        return f"Your bottom line, {subject.low} to {subject.high} (not shown)"
    return f"Numbers of the packages that you would sign, at most {subject.most} (not shown)"


def tell(view: RoundView) -> None:
    """Print a round."""
    found = view.round
    subject = found.terms.subject
    click.echo(f"{isolated(safe(found.terms.topic))}, round {found.terms.number}: {standing(view)}")
    match subject:
        case Packages():
            for place, package in enumerate(subject.packages):
                click.echo(f"{_sign(view, place)} {place + 1:>4}  {isolated(safe(_shown(package)))}")
            talk(f"At most {plural(subject.most, 'mark')} a side" + ("; strict." if subject.strict else "."))
        case BottomLine():
            most = "yours" if view.line.role is subject.ceiling else "theirs"
            click.echo(f"  {subject.low} to {subject.high}; {most} is a most, the other a least")
            if view.result is not None:
                click.echo("  yes: they meet" if view.result else "  no: they do not meet")
        case _:
            assert_never(subject)
    if view.taken_back:
        numbers = ", ".join(str(place + 1) for place in view.taken_back)
        talk(f"warning: both had marked {numbers} in an earlier round; they no longer do")
    talk(reveals(subject) if view.result is None and not found.over else _next(view))


def standing(view: RoundView) -> str:
    """Return how a round stands, in words."""
    found = view.round
    match found.standing:
        case Completed():
            return "complete; both know the result"
        case Declined(by):
            return f"not entered; ended by {_who(view, by)}"
        case Stopped(by, step, ended_by):
            return f"stopped by {_who(view, by)} at step {int(step)} ({STEPS[step]}); ended by {_who(view, ended_by)}"
        case Broken(by, step, fault):
            return f"broken by {_who(view, by)} at step {int(step)}: {FAULTS[fault]}"
        case Proposed() | Running():
            return "; ".join(_awaited(view))
        case other:
            assert_never(other)


def as_value(view: RoundView) -> dict[str, Any]:
    """Return a round as a JSON object."""
    found = view.round
    subject = found.terms.subject
    now = found.standing
    value: dict[str, Any] = {
        "line": view.line.name,
        "topic": found.terms.topic,
        "round": found.terms.number,
        "session": found.session.hex(),
        "opened_by": _who(view, found.opener),
        "first": _who(view, found.first),
        "state": type(now).__name__.lower(),
        "by": _who(view, now.by) if isinstance(now, Declined | Stopped | Broken) else None,
        "ended_by": _who(view, found.ended_by) if found.ended_by is not None else None,
        "step": int(now.step) if isinstance(now, Stopped | Broken) else None,
        "fault": str(now.fault) if isinstance(now, Broken) else None,
        "owed": {"me": view.mine and int(view.mine), "them": view.theirs and int(view.theirs)},
        "entered": view.entered,
        "reveals": reveals(subject),
    }
    known = view.result is not None
    if isinstance(subject, BottomLine):
        ceiling = _who(view, subject.ceiling)
        value["bottom_line"] = {"low": subject.low, "high": subject.high, "ceiling": ceiling, "mine": _mine(view)}
        value["result"] = bool(view.result) if known else None
        return value
    value["packages"] = [_shown(package) for package in subject.packages]
    value["most"], value["strict"] = subject.most, subject.strict
    value["marks"] = None if view.marks is None else [place + 1 for place in view.marks]
    value["result"] = [place + 1 for place in view.result or ()] if known else None
    value["taken_back"] = [place + 1 for place in view.taken_back]
    return value


def _mine(view: RoundView) -> int | None:
    return view.marks[0] if view.marks else None


def _sign(view: RoundView, place: int) -> str:
    if view.result is not None and place in view.result:
        return "=="
    return " *" if view.marks is not None and place in view.marks else "  "


def _shown(package: bytes) -> str:
    try:
        return package.decode("utf-8")
    except UnicodeDecodeError:
        return package.hex()


def _who(view: RoundView, role: Role) -> str:
    return "me" if role is view.line.role else "them"


def _awaited(view: RoundView) -> list[str]:
    found = []
    if view.mine is not None:
        what = "mark, then enter" if view.mine is Step.COMMIT and view.marks is None else STEPS[view.mine]
        found.append(f"waits for you to {what.replace('its', 'your')}")
    if view.theirs is not None:
        found.append(f"waits for them to {STEPS[view.theirs].replace('its', 'their')}")
    return found


def _next(view: RoundView) -> str:
    if view.result is not None and isinstance(view.round.standing, Running):
        return "You can see the result already; they can once they have your answer."
    if view.result is None:
        return "Nothing was shown to anybody by this round." if not view.round.begun else "The result is not known."
    if isinstance(view.round.terms.subject, BottomLine):
        return "Both of you know this, and nothing else, of each other's bottom line."
    count = plural(len(view.result), "package")
    return f"{count} marked by both (==). Yours that they did not mark are shown with *."
