"""`prefs`: asked in a few questions, set from a file, shown, forgotten; they stay in the vault."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backchannel.app.package_file import LARGEST_FILE
from backchannel.app.table import Tables
from backchannel.cli.at_table import content_of
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, isolated, plural, safe
from backchannel.cli.render import table as print_table
from backchannel.errors import InputRefused, PreferencesRefused

if TYPE_CHECKING:
    from backchannel.insight.domain import Domain
    from backchannel.insight.elicitation import Elicitation
    from backchannel.insight.preferences import Preferences
    from backchannel.insight.questions import Answer, Question

STOP: Final = "stop"
_NUMBERS: Final = re.compile(r"(\d{1,3})\s*(?:-|\.\.|to)\s*(\d{1,3})|(\d{1,3})")
_MANY: Final = 12
"""Options of an issue above which the terminal is shown only the ends and the best."""


@click.group()
def prefs() -> None:
    """What you want of a line: asked, set, shown.

    Preferences are kept in the vault beside the line and never leave it. Offers are weighed by them before they go out.
    """


@prefs.command("ask")
@click.argument("name")
@click.option(
    "--precision", type=click.IntRange(1, 50), default=15, show_default=True,
    help="Ask until every number is known to this; at 50 only ranks and what you would sign.",
)  # fmt: skip
@vault_options
def ask_command(session: Session, name: str, precision: int) -> None:
    """Find out what you want, in a few questions; `stop` ends them at any time and keeps what is known by then."""
    from backchannel.app.preferences import asked_domain, spread, store_preferences
    from backchannel.insight import elicitation
    from backchannel.insight.wording import asks

    _, table = Tables(session.desk()).look(name)
    domain = asked_domain(table)
    state = elicitation.begin(domain, precision)
    while (question := elicitation.question(state)) is not None:
        talk("")
        talk(safe(asks(domain, question)))
        for line in _choices(domain, question):
            talk(line)
        click.echo(f"{_how(question)} ", err=True, nl=False)
        typed = sys.stdin.readline()
        if not typed or typed.strip().casefold() == STOP:
            break
        state = _answered(state, question, typed.strip())
    if state.asked == 0:
        talk("Nothing was answered; nothing was stored.")
        return
    preferences = spread(table, elicitation.preferences(state))
    store_preferences(session.desk(), name, preferences)
    talk("")
    talk(f"Kept after {plural(state.asked, 'answer')}; it never leaves the vault: backchannel prefs show {name}")


@prefs.command("set")
@click.argument("name")
@click.option("--file", metavar="FILE", help="YAML or JSON; - reads standard input.")
@click.option("--xml", type=click.Path(path_type=Path, dir_okay=False), help="A utility profile of Genius or NegMAS.")
@vault_options
def set_command(session: Session, name: str, file: str | None, xml: Path | None) -> None:
    """Keep the preferences that a file states; every issue of the agenda that has options has its points."""
    from backchannel.app.preferences import preferences_in_file, store_preferences
    from backchannel.insight.domain_xml import LARGEST_FILE as LARGEST_PROFILE

    if (file is None) == (xml is None):
        raise click.UsageError("give --file FILE or --xml PROFILE")
    _, table = Tables(session.desk()).look(name)
    if xml is not None:
        content = content_of(xml, LARGEST_PROFILE)
    elif file == "-":
        content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    else:
        content = content_of(Path(file or ""), LARGEST_FILE)
    store_preferences(session.desk(), name, preferences_in_file(table, content, profile=xml is not None))
    talk(f"Kept; it never leaves the vault: backchannel prefs show {name}")


@prefs.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the whole form, as one JSON object.")
@vault_options
def show_command(session: Session, name: str, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Show the preferences that are kept for NAME."""
    from backchannel.app.preferences import looked, own_preferences
    from backchannel.insight.preferences import reach

    tables = Tables(session.desk())
    if as_json:
        _, _, document = looked(tables, name)
        data({"line": name, **(document or {"preferences": None})})
        return
    _, _, preferences = own_preferences(tables, name)
    print_table(list(_rows(preferences)), ["issue", "option", "points", ""])
    reached = reach(preferences, (None,) * len(preferences.points))
    best = "" if reached is None else f"; your best package {reached[1]:,}"
    mandate = preferences.mandate.at_least
    asks = "" if mandate is None else f"; without asking from {mandate:,}"
    talk(f"No agreement is worth {preferences.reservation:,}{asks}{best}.")
    if preferences.links:
        talk(f"{plural(len(preferences.links), 'link')} between options; --json has them.")


@prefs.command("forget")
@click.argument("name")
@vault_options
def forget_command(session: Session, name: str) -> None:
    """Forget the preferences for NAME."""
    from backchannel.app.preferences import forget_preferences

    forget_preferences(session.desk(), name)
    talk("Forgotten.")


def _rows(preferences: Preferences) -> Iterator[list[str]]:
    from backchannel.insight.links import Choice

    for at, (issue, points) in enumerate(zip(preferences.domain.issues, preferences.weighted(), strict=True)):
        shown = range(len(issue.options))
        places = list(shown) if len(shown) <= _MANY else sorted({0, int(points.argmax()), len(shown) - 1})
        for place in places:
            choice = Choice(at, place)
            never = choice in preferences.red_lines
            notes = "red line" if never else "ask first" if choice in preferences.mandate.outside else ""
            name = isolated(safe(issue.name)) if place == places[0] else ""
            yield [name, isolated(safe(issue.options[place])), f"{int(points[place]):,}", notes]


def _choices(domain: Domain, question: Question) -> list[str]:
    from backchannel.insight.questions import RankOptions, RankSwings

    match question:
        case RankOptions(issue):
            names: list[str] = list(domain.issues[issue].options)
        case RankSwings():
            names = [issue.name for issue in domain.issues]
        case _:
            return []
    return [f"  {number}  {isolated(safe(name))}" for number, name in enumerate(names, start=1)]


def _how(question: Question) -> str:
    from backchannel.insight.questions import PlaceOption, RankOptions, RankSwings, WeighSwing

    match question:
        case RankOptions():
            return "numbers, the best first, ! before what you could never agree to, such as 2 1 !3:"
        case RankSwings():
            return "numbers, the most important first:"
        case PlaceOption():
            return "above, below, about, a number, or from-to such as 40-60:"
        case WeighSwing():
            return "more, less, about, a number, or from-to such as 40-60:"
        case _:
            return "yes or no:"


def _answered(state: Elicitation, question: Question, typed: str) -> Elicitation:
    """Return the state after an answer; one that is none leaves it as it is, and says so."""
    from backchannel.insight import elicitation

    try:
        return elicitation.answered(state, _answer(question, typed))
    except (PreferencesRefused, InputRefused) as error:
        talk(f"That is no answer here: {error.detail}")
        return state


def _answer(question: Question, typed: str) -> Answer:
    from backchannel.insight.questions import About, Between, No, Ranked, RankOptions, RankSwings, SignOrNot, Yes

    words: dict[str, Any] = {"more": Yes(), "above": Yes(), "less": No(), "below": No(), "about": About()}
    if isinstance(question, SignOrNot):
        words = {"yes": Yes(), "no": No()}
    if isinstance(question, RankOptions | RankSwings):
        marked = typed.replace(",", " ").split()
        numbers = [word.lstrip("!") for word in marked]
        if not all(number.isdecimal() for number in numbers):
            raise InputRefused("numbers with spaces between them")
        order = tuple(int(number) - 1 for number in numbers)
        return Ranked(order, frozenset(at for at, word in zip(order, marked, strict=True) if word.startswith("!")))
    found = [answer for word, answer in words.items() if typed and word.startswith(typed.casefold())]
    if len(found) == 1 or (found and all(each == found[0] for each in found)):
        answer: Answer = found[0]
        return answer
    number = _NUMBERS.fullmatch(typed)
    if number is None or isinstance(question, SignOrNot):
        raise InputRefused(f"{typed!r}; one of {', '.join(words)}")
    low, high = (number[1], number[2]) if number[1] else (number[3], number[3])
    return Between(int(low), int(high))
