"""English sentences for what insight found out; the data says the same, so that another language can be put on it."""

from __future__ import annotations

from backchannel.insight.domain import Domain
from backchannel.insight.links import Choice
from backchannel.insight.questions import PlaceOption, Question, RankOptions, RankSwings, SignOrNot, WeighSwing
from backchannel.insight.scoring import (
    BelowMandate,
    BelowReservation,
    CrossesRedLine,
    Crossing,
    OutsideMandate,
    RuledOut,
)
from backchannel.insight.suggestion import Suggestion


def option_named(domain: Domain, choice: Choice) -> str:
    """Return an option with its issue, as in "inspection: joint"."""
    issue = domain.issues[choice.issue]
    return f"{issue.name}: {issue.options[choice.option]}"


def crossing(domain: Domain, what: Crossing) -> str:
    """Return what an offer crosses, as a sentence.

    Args:
        domain: for the names.
        what: one crossing of a score.
    """
    match what:
        case CrossesRedLine(choice):
            return f"This crosses your red line at {option_named(domain, choice)}."
        case RuledOut(link):
            if link is None:
                return "However the open issues end, this breaks one of your links."
            return f"You ruled out {option_named(domain, link.one)} together with {option_named(domain, link.other)}."
        case BelowReservation(short):
            return f"No agreement is better for you than this: it is {short} points below your reservation value."
        case OutsideMandate(choice):
            return f"You may not agree to {option_named(domain, choice)} without asking."
        case BelowMandate(short):
            return f"You have to ask before you agree: it is {short} points below your mandate."


def because(domain: Domain, suggestion: Suggestion) -> str:
    """Return the reason of a suggestion in one sentence.

    Args:
        domain: for the names.
        suggestion: what to give the reason for.
    """
    reason = suggestion.reason
    clauses = []
    if reason.changes == 0:
        clauses.append("is their own last offer, good enough for you,")
    elif reason.changes is not None:
        clauses.append(f"changes {reason.changes} {'issue' if reason.changes == 1 else 'issues'} of their last offer")
    if reason.keeps is not None:
        clauses.append(f"brings you {option_named(domain, reason.keeps)}")
    if reason.gives is None:
        clauses.append("looks after your own points, as too little is known of theirs yet")
    else:
        clauses.append(f"leaves them {option_named(domain, reason.gives)}, which seems to matter most to them")
    return f"It {' and '.join(filter(None, (', '.join(clauses[:-1]), clauses[-1])))}."


def asks(domain: Domain, question: Question) -> str:
    """Return a question of the elicitation.

    Args:
        domain: for the names.
        question: what to ask.
    """
    match question:
        case RankOptions(issue):
            return (
                f"Put the options of {domain.issues[issue].name!r} in order, the best for you first: "
                f"{', '.join(domain.issues[issue].options)}. Which of them could you never agree to?"
            )
        case RankSwings():
            names = ", ".join(issue.name for issue in domain.issues)
            return f"Suppose every issue ends at your worst. Which would you move to its best first, then: {names}?"
        case PlaceOption(choice, share):
            return (
                f"If from your worst to your best option of {domain.issues[choice.issue].name!r} is 100, is "
                f"{domain.issues[choice.issue].options[choice.option]!r} above {share}, below, or about there?"
            )
        case WeighSwing(issue, against, share, like):
            from_worst = f"going from your worst to your best option of {domain.issues[issue].name!r}"
            if like is None:
                same = f"the same in {domain.issues[against].name!r}"
                return f"Is {from_worst} worth more or less than {share} hundredths of {same}?"
            return f"Is {from_worst} worth more or less than going from your worst to {option_named(domain, like)}?"
        case SignOrNot(package):
            terms = "; ".join(f"{issue}: {option}" for issue, option in domain.named(package).items())
            return f"Would you sign this, or rather have no agreement? {terms}"
