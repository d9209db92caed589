"""A deal to be printed: its text in each of its languages, the deal file inside as an attachment (spec 12.9).

Like the deal file it has exactly one form: it is made again from the file inside and compared, so no byte of what is
printed can differ from what was signed. That is why letters, their forms and their order come from tables of our own
(`app/paper`) and not from whatever version of a library the machine has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from backchannel.app.paper.document import attached_in, document
from backchannel.app.paper.letters import letters, outlines
from backchannel.app.paper.pages import Paragraph, pages
from backchannel.errors import Malformed
from backchannel.ledger.deal import fingerprint, hash_digits
from backchannel.ledger.deal_file import LARGEST_FILE, VerifiedDeal, verify_deal
from backchannel.ledger.full_text import isolated

NAME: Final = "deal.json"
LARGEST_PDF: Final = 64 * 1024 * 1024
"""Bytes of the PDF of the largest deal file, with room to spare."""
TITLE_SIZE: Final = 14
INDENT: Final = 18
_COMMAND: Final = "backchannel deal verify FILE"
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)
"""A day and an hour: among Arabic letters, day and year would otherwise change places (UAX 9, W2)."""
_LEFTWARDS: Final = frozenset({"ar", "he"})

CLOSING: Final[dict[str, dict[str, str]]] = {
    "en": {
        "hash": "Hash: {hash}",
        "digits": "Digits: {digits}",
        "signed": "Signed by {name}; key {key}",
        "witness": "Signed by {name}, witness; key {key}",
        "guarantor": "Signed by {name}, guarantor; key {key}",
        "languages": "The hash stands for the text in these languages together: {languages}.",
        "attached": "Attached as {file} is the deal file: the text in every language, and the signatures.",
        "missing": "Letters that the font of this paper lacks stand as {sample}.",
        "check": "To check it: {command}",
        "ar": "Arabic",
        "en": "English",
        "he": "Hebrew",
    },
    "he": {
        "hash": "גיבוב: {hash}",
        "digits": "ספרות: {digits}",
        "signed": "חתימת {name}; מפתח {key}",
        "witness": "חתימת {name}, כעד; מפתח {key}",
        "guarantor": "חתימת {name}, כערב; מפתח {key}",
        "languages": "הגיבוב הוא של הטקסט בשפות אלה יחד: {languages}.",
        "attached": "מצורף בשם {file} קובץ ההסכם: הטקסט בכל השפות, והחתימות.",
        "missing": "אותיות שאינן בגופן של נייר זה כתובות כך: {sample}.",
        "check": "לבדיקה: {command}",
        "ar": "ערבית",
        "en": "אנגלית",
        "he": "עברית",
    },
    "ar": {
        "hash": "البصمة: {hash}",
        "digits": "الأرقام: {digits}",
        "signed": "توقيع {name}؛ المفتاح {key}",
        "witness": "توقيع {name}، شاهداً؛ المفتاح {key}",
        "guarantor": "توقيع {name}، ضامناً؛ المفتاح {key}",
        "languages": "البصمة هي للنص بهذه اللغات معاً: {languages}.",
        "attached": "مرفق باسم {file} ملف الاتفاق: النص بكل اللغات، والتوقيعات.",
        "missing": "الحروف التي ليست في خط هذه الورقة مكتوبة هكذا: {sample}.",
        "check": "للتحقق: {command}",
        "ar": "العربية",
        "en": "الإنجليزية",
        "he": "العبرية",
    },
}
"""What stands below the text, in its language."""


def is_pdf(content: bytes) -> bool:
    """Say whether a file begins as a PDF does."""
    return content.startswith(b"%PDF")


def pdf_of(content: bytes) -> bytes:
    """Return the one PDF of a deal file.

    Args:
        content: the deal file.

    Raises:
        Malformed, TermsRefused, DealVoid, SignatureRefused: it does not hold.
    """
    deal = verify_deal(content)
    sections = [
        [*_text(text, language), *_closing(deal, language)]
        for language, text in zip(deal.draft.languages, deal.draft.texts, strict=True)
    ]
    foot = deal.draft.hash.hex()[:16]
    return document(letters(), outlines(), pages(letters(), sections, foot), NAME, content)


def deal_in_pdf(content: bytes) -> bytes:
    """Return the deal file inside a PDF, if every byte of the PDF is as `pdf_of` makes it.

    Raises:
        Malformed: it is another PDF, or was changed.
    """
    inside = attached_in(content, LARGEST_FILE)
    if inside is None:
        raise Malformed("a PDF without a deal file in it")
    if pdf_of(inside) != content:
        raise Malformed("not the one form of the PDF of a deal")
    return inside


def _text(text: str, language: str) -> Iterator[Paragraph]:
    leftwards = language in _LEFTWARDS
    before = 0
    for number, line in enumerate(text.removesuffix("\n").split("\n")):
        said = _MOMENT.sub(lambda found: _rightwards(found[0]), line.lstrip(" "))
        if said:
            size = 10 if number else TITLE_SIZE
            yield Paragraph(said, leftwards, size, indent=INDENT if line.startswith(" ") else 0, before=before)
        before = 0 if said else 10


def _closing(deal: VerifiedDeal, language: str) -> Iterator[Paragraph]:
    draft, words = deal.draft, CLOSING[language]
    known = letters().characters
    said = [
        words["hash"].format(hash=_rightwards(draft.hash.hex())),
        words["digits"].format(digits=_rightwards(hash_digits(draft.hash))),
        *(_signed(words["signed"], draft.terms.sides[one.role], one.public) for one in deal.signatures),
        *(_signed(words[one.capacity.value], one.name, one.public) for one in deal.witnesses),
        words["languages"].format(
            languages=("، " if language == "ar" else ", ").join(words[one] for one in draft.languages)
        ),
        words["attached"].format(file=_rightwards(NAME)),
        words["check"].format(command=_rightwards(_COMMAND)),
    ]
    if any(one not in known for text in draft.texts for one in text if one != "\n"):
        said.append(words["missing"].format(sample=_rightwards("<U+...>")))
    for number, text in enumerate(said):
        yield Paragraph(text, language in _LEFTWARDS, before=4 if number else 14)


def _signed(words: str, name: str, public: bytes) -> str:
    return words.format(name=isolated(name), key=_rightwards(fingerprint(public)))


def _rightwards(text: str) -> str:
    return f"\u2066{text}\u2069"
