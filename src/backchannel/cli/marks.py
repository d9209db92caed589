"""How handling marks are typed and shown, and mandates in one sentence."""

from __future__ import annotations

from backchannel.app.package_file import HANDLINGS
from backchannel.cli.render import isolated, safe
from backchannel.errors import Malformed
from backchannel.ledger.mandate import KINDS, Mandate, Signoff, SignoffWithdrawn, Withdrawn, limit_words, read_body
from backchannel.log.event import Event
from backchannel.log.handling import Handling


def handling_word(handling: Handling) -> str:
    """Return a mark as it is typed."""
    return next(word for word, one in HANDLINGS.items() if one is handling)


def told_mandate(event: Event) -> str | None:
    """Return what an event about a mandate says, or None for any other."""
    if event.kind not in KINDS:
        return None
    try:
        body = read_body(event.kind, event.body)
    except Malformed:
        return None
    match body:
        case Mandate():
            return f"gave the mandate {event.id.hex()[:8]}: {limits_words(body)}"
        case Withdrawn(mandate):
            return f"withdrew the mandate {mandate.hex()[:8]}"
        case Signoff(of):
            return f"signed off {of.hex()}"
        case SignoffWithdrawn(of):
            return f"no longer signs off {of.hex()}"


def limits_words(mandate: Mandate) -> str:
    """Return what a mandate allows, issue by issue."""
    limits = "; ".join(f"{isolated(safe(key))}: {safe(limit_words(one))}" for key, one in mandate.limits.items())
    return f"{limits} ({'may bind' if mandate.binding else 'may not bind'})"
