"""The whole text of a deal on the screen, the digits that stand for it, and what is told of an act that binds."""

from __future__ import annotations

import re
import sys
from typing import Any, Final

import click

from backchannel.cli.at_table import short
from backchannel.cli.context import Session
from backchannel.cli.render import data, safe
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.ledger.deal import Draft, hash_digits
from backchannel.log.event import Event

_ISOLATES: Final = ("\u2068", "\u2069")
_ISOLATING: Final = re.compile("([\u2068\u2069])")

digits_option = click.option(
    "--hash", "digits", metavar="DIGITS", help="The 60 digits that `deal show` gives, or the hash itself."
)
"""What an act that binds is told to have been shown."""


def shown(text: str) -> str:
    """Return the full text of a deal for a screen: its isolates stay, what a side put in cannot move the cursor."""
    return "".join(part if part in _ISOLATES else safe(part) for part in _ISOLATING.split(text))


def show_text(draft: Draft, language: str | None = None) -> None:
    """Print the whole text, the hash, and the digits to read out.

    Raises:
        InputRefused: it has no text in that language.
    """
    for known, text in zip(draft.languages, draft.texts, strict=True):
        if language in (None, known):
            click.echo(shown(text))
    if language is not None and language not in draft.languages:
        raise InputRefused(f"this deal has no text in {language}; it has {', '.join(draft.languages)}")
    click.echo(f"Hash:   {draft.hash.hex()}")
    click.echo(f"Digits: {hash_digits(draft.hash)}")


def confirmed(draft: Draft, digits: str | None, act: str = "sign") -> bytes:
    """Return the hash that a person has seen beside the whole text; another than the draft's, if it was another text.

    Args:
        draft: what is about to be bound to.
        digits: what was typed; None asks at the terminal, after the whole text.
        act: the word for what is about to be done.

    Raises:
        InputRefused: there is nobody to ask, or other digits were typed.
    """
    if digits is None:
        if not sys.stdin.isatty():
            raise InputRefused(
                f"to {act}, the digits of the text that was read are needed",
                hint="deal show gives them; then --hash DIGITS",
            )
        show_text(draft)
        first = hash_digits(draft.hash)[:5]
        typed = click.prompt(f"To {act} all of the above, type the first five digits", err=True)
        if typed.strip() != first:
            raise InputRefused("these are other digits; nothing was done")
        return draft.hash
    return draft.hash if are_digits_of(draft.hash, digits) else b""


def are_digits_of(deal: bytes, typed: str) -> bool:
    """Say whether somebody typed all the digits of a deal, or its hash."""
    return "".join(typed.split()) in (hash_digits(deal).replace(" ", ""), deal.hex())


def said(session: Session, name: str, event: Event, draft: Draft, status: str, *, offline: bool, as_json: bool) -> None:
    """Send what was said of a deal, and report it."""
    sent = False if offline else send_out(session, name, event)
    if as_json:
        data(
            {
                "id": event.id.hex(),
                "kind": event.kind,
                "deal": draft.hash.hex(),
                "digits": hash_digits(draft.hash),
                "status": status,
                "sent": sent,
            }
        )
        return
    click.echo(short(draft.hash))
    if not sent:
        tell_kept(session, name)


def texts_of(draft: Draft) -> dict[str, Any]:
    """Return the whole text by language."""
    return dict(zip(draft.languages, draft.texts, strict=True))
