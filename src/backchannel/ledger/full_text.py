"""The whole text of terms in a language: every value stands in it, so that who read it has seen what is signed.

Text of the sides is put in as it is, isolated so that its direction cannot turn the sentence around it (UAX 9, FSI and
PDI), and without the characters that could end that isolation.
"""

from __future__ import annotations

from typing import Final

from backchannel.errors import TermsRefused
from backchannel.ledger.terms import Choice, Clause, Item, Moment, Names, Number, Obligation, Terms
from backchannel.ledger.wording import LANGUAGES, WORDING

_FIRST_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_DIRECTING: Final = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))
_DAY: Final = 86_400


def full_text(terms: Terms, language: str) -> str:
    """Return the text, lines ended by a line feed.

    Args:
        terms: the terms.
        language: one of `wording.LANGUAGES`.

    Raises:
        TermsRefused: another language.
    """
    if language not in LANGUAGES:
        raise TermsRefused(f"no text in {language}; there is {', '.join(LANGUAGES)}")
    words = WORDING[language]
    side0, side1 = (isolated(name) for name in terms.sides)
    lines = [words["title"].format(title=isolated(terms.title)), words["between"].format(side0=side0, side1=side1)]
    if terms.amends is not None:
        lines.append(words["amends"].format(hash=terms.amends.hex()))
    lines += ["", words["items"]]
    lines += [_item(words, number, one) for number, one in enumerate(terms.items, start=1)]
    lines += ["", words["owed"]]
    for number, one in enumerate(terms.obligations, start=1):
        lines += _obligation(words, number, one, terms)
    lines += ["", words["line"].format(line=terms.line.hex()), words["void"]]
    return "\n".join(lines) + "\n"


def shown_moment(moment: Moment) -> str:
    """Return a moment as its own clock shows it: `2031-05-06 18:00:00 (zone, UTC+02:00)`."""
    days, second = divmod(moment.instant + moment.offset * 60, _DAY)
    year, month, day = _civil(days)
    sign = "-" if moment.offset < 0 else "+"
    ahead = abs(moment.offset)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"{year:04}-{month:02}-{day:02} {clock} ({isolated(moment.zone)}, UTC{sign}{ahead // 60:02}:{ahead % 60:02})"


def _civil(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a day since 1970 (Hinnant, chrono-compatible date algorithms)."""
    era, of_era = divmod(days + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def isolated(text: str) -> str:
    """Return a side's text so that it stays in its place and on its line."""
    return _FIRST_ISOLATE + " ".join(text.translate(_DIRECTING).split()) + _END_ISOLATE


def _item(words: dict[str, str], number: int, one: Item) -> str:
    issue = isolated(one.issue)
    match one:
        case Choice(_, option):
            return words["choice"].format(number=number, issue=issue, value=isolated(option))
        case Number(_, value, unit):
            return words["number"].format(number=number, issue=issue, value=value, unit=isolated(unit))
        case Names(_, count, listed):
            return words["names"].format(number=number, issue=issue, value=count, hash=listed.hex())
        case Clause(_, said):
            return words["clause"].format(number=number, issue=issue, value=isolated(said))


def _obligation(words: dict[str, str], number: int, one: Obligation, terms: Terms) -> list[str]:
    debtor, creditor = (isolated(terms.sides[role]) for role in (one.debtor, one.creditor))
    lines = [
        words["obligation"].format(
            number=number, id=isolated(one.id), debtor=debtor, creditor=creditor, what=isolated(one.what)
        )
    ]
    if one.due is not None:
        lines.append(words["due"].format(moment=shown_moment(one.due)))
    if one.within is not None:
        lines.append(words["within"].format(seconds=one.within))
    if one.after:
        lines.append(words["after"].format(after=isolated(one.after)))
    if one.evidence:
        lines.append(words["evidence"].format(evidence=isolated(one.evidence)))
    lines.append(words["size"].format(size=one.size))
    truce = one.ceasefire
    if truce is not None:
        lines.append(
            words["ceasefire"].format(
                begins=shown_moment(truce.begins), ends=shown_moment(truce.ends), where=isolated(truce.where)
            )
        )
        said = {
            "breach": truce.breach,
            "report": truce.report,
            "attribution": truce.attribution,
            "answer": truce.answer,
        }
        lines += [words[name].format(**{name: isolated(value)}) for name, value in said.items()]
    return lines
