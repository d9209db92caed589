"""3.8.1, 3.8.2 and 3.1.5: what the ends of a line find each other by after a loss, and what is no invitation there."""

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import Role, info
from backchannel.line.epochs import Epochs
from backchannel.line.identity import origin_of
from backchannel.line.recovery import EVERY, Recovery, rendezvous, seal_invitation
from backchannel.line.seal import seal
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import line_context, line_context_shown, seeded, seeded_invitation
from vectors.first.shown import Json, Recorded, mailbox_shown

_SECRET = seeded("recovery secret", 32)


def recovery(_: Recorded) -> Json:
    """3.1.5, 3.8.1, 3.8.2."""
    context = line_context()
    return {
        "context": line_context_shown(),
        "origin": origin_of(context).hex(),
        "secrets": [_secret(epoch) for epoch in (0, EVERY, 2 * EVERY, 2**32)],
        "kept": [{"epochs": epochs, "of": _kept(epochs)} for epochs in ([0], [0, 1], [62, 63, 64], [64, 65, 66], [65])],
        "rendezvous": [_meeting(writer, place) for place, writer in enumerate((*Role, Role.INVITER))],
    }


def _roots(epochs: list[int]) -> Epochs:
    return Epochs(tuple((epoch, seeded(f"root {epoch}", 32)) for epoch in epochs))


def _secret(epoch: int) -> Json:
    (secret,) = Recovery().noting(line_context(), _roots([epoch])).secrets
    return {"epoch": epoch, "root": seeded(f"root {epoch}", 32).hex(), "secret": secret.hex()}


def _kept(epochs: list[int]) -> int | None:
    """Return the epoch whose secret is kept by one that has these roots and none before; None where none is."""
    return Recovery().noting(line_context(), _roots(epochs)).noted


def _meeting(writer: Role, place: int) -> Json:
    secret, nonce = seeded(f"recovery secret {place}", 32), seeded(f"rendezvous nonce {place}", 24)
    invitation = seeded_invitation(() if place else ("https://relay.example",))
    return {
        "secret": secret.hex(),
        "writer": int(writer),
        "mailbox": mailbox_shown(rendezvous(secret, writer)),
        "invitation": invitation.encode().hex(),
        "nonce": nonce.hex(),
        "envelope": seal_invitation(secret, writer, invitation, lambda _: nonce).hex(),
    }


def recovery_defects() -> list[Defect]:
    """3.8.2."""
    nonce, invitation = seeded("rendezvous nonce", 24), seeded_invitation(())
    good = seal_invitation(_SECRET, Role.JOINER, invitation, lambda _: nonce)
    key = _key()
    malformed = {
        "type": ("an invitation of the type that a code hands over", seal(key, nonce, b"\x0a" + invitation.encode())),
        "request": ("another type", seal(key, nonce, b"\x01" + seeded("request", 100))),
        "none": ("type 0c and no invitation", seal(key, nonce, b"\x0c" + seeded("none", 100))),
        "nothing": ("type 0c alone", seal(key, nonce, b"\x0c")),
        "behind": ("a byte behind the invitation", seal(key, nonce, b"\x0c" + invitation.encode() + b"\0")),
    }
    foreign = {
        "changed": ("a byte was changed", flip(good, 700)),
        "writer": ("of the reader's own", seal_invitation(_SECRET, Role.INVITER, invitation, lambda _: nonce)),
        "secret": ("another secret", seal_invitation(seeded("other", 32), Role.JOINER, invitation, lambda _: nonce)),
        "cut": ("cut off", good[:-1]),
    }
    more = {"secrets": [seeded("older secret", 32).hex(), _SECRET.hex()], "writer": int(Role.JOINER)}
    found = (("malformed", malformed), ("not-for-us", foreign))
    return [
        defect
        for error, several in found
        for defect in bytes_defects("3.8.2", error, {f"rendezvous-{one}": it for one, it in several.items()}, **more)
    ]


def _key() -> bytes:
    return derive(_SECRET, info("rendezvous seal", int(Role.JOINER)))
