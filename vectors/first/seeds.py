"""What is always the same because it is derived from labels: bytes, keys, a context, an invitation, a text."""

from collections.abc import Callable
from hashlib import shake_256
from itertools import count
from typing import Final

from backchannel.crypto import hybrid
from backchannel.crypto.hybrid import HybridKey
from backchannel.line.identity import Identity, LineContext
from backchannel.line.invitation import Invitation
from backchannel.log.event import BEFORE_SIZE, Event, write_event
from backchannel.log.kinds import TEXT, text_body
from vectors.first.shown import Json

EXPIRES: Final = 2_000_000_000
NOW: Final = 1_900_000_000


def seeded(label: str, size: int) -> bytes:
    """Return bytes that look random and are always the same: SHAKE-256 of `backchannel vectors LABEL`."""
    return shake_256(f"backchannel vectors {label}".encode()).digest(size)


def source(label: str) -> Callable[[int], bytes]:
    """Return a source of fresh bytes that is always the same."""
    numbers = count()
    return lambda size: seeded(f"{label} {next(numbers)}", size)


def seeded_key(label: str) -> HybridKey:
    """Return an X-Wing key that is always the same."""
    return HybridKey.from_bytes(seeded(label, hybrid.PRIVATE_SIZE))


def line_context() -> LineContext:
    return LineContext(
        Identity.of(seeded("inviter curve", 32), seeded_key("inviter hybrid").public()),
        Identity.of(seeded("joiner curve", 32), seeded_key("joiner hybrid").public()),
        seeded("transcript", 32),
    )


def line_context_shown() -> Json:
    return {
        "inviter_curve": seeded("inviter curve", 32).hex(),
        "inviter_hybrid_public": seeded_key("inviter hybrid").public().hex(),
        "joiner_curve": seeded("joiner curve", 32).hex(),
        "joiner_hybrid_public": seeded_key("joiner hybrid").public().hex(),
        "inviter_hybrid": line_context().inviter.hybrid.hex(),
        "joiner_hybrid": line_context().joiner.hybrid.hex(),
        "transcript": line_context().transcript.hex(),
    }


def seeded_invitation(relays: tuple[str, ...]) -> Invitation:
    return Invitation(
        curve=seeded("inviter curve", 32),
        one_time=seeded("one time", 32),
        hybrid=seeded_key("invitation key").public(),
        secret=seeded("invitation secret", 32),
        relays=relays,
        expires=EXPIRES,
    )


def text_event(author: int, number: int, before: bytes, said: str, *, seen: int = 0) -> Event:
    """Return a `text` event; its clock is its number."""
    return write_event(
        author=author,
        number=number,
        seen=seen,
        before=before[:BEFORE_SIZE],
        clock=1_900_000_000_000 + number,
        kind=TEXT,
        body=text_body(said),
    )
