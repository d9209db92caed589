"""The vectors of what must be refused: one defect a file, and the code that it must cause."""

from collections.abc import Callable
from typing import Any

from vectors.second import (
    acts,
    archive,
    backup,
    cbor,
    deal,
    event,
    files,
    frame,
    kept,
    keyfile,
    lists,
    mandate,
    overlap,
    paper,
    recovery,
    relay,
    sealing,
    spoken,
    steady,
)  # fmt: skip
from vectors.second.channel import Channel
from vectors.second.joining import Inviting, Joining
from vectors.second.line import Invitation, compare
from vectors.second.matching import Mismatch, blob, same
from vectors.second.refusal import Refused

Case = dict[str, Any]


def _expired(case: Case, _: Case) -> None:
    _invitation(blob(case["bytes"])).use(case["now"])


def _invitation(raw: bytes) -> Invitation:
    try:
        return Invitation.read(raw)
    except Refused as error:
        raise Mismatch(f"not an invitation: {error}") from None


def _open(case: Case, trace: Case) -> None:
    """A state, and what came before, is never the defect that a vector is about."""
    try:
        channel = Channel.load(blob(case["state"]))
        for one in case["before"]:
            channel.open(blob(one))
    except Refused as error:
        raise Mismatch(f"state or what came before: {error}") from None
    try:
        channel.open(blob(case["bytes"]))
    finally:
        trace |= channel.trace


def _request(case: Case, trace: Case) -> None:
    try:
        inviter = Inviting.load(blob(case["state"]))
    except Refused as error:
        raise Mismatch(f"state: {error}") from None
    inviter.come(blob(case["bytes"]), case["now"], trace)


def _reply(case: Case, trace: Case) -> None:
    try:
        joiner = Joining.load(blob(case["state"]))
    except Refused as error:
        raise Mismatch(f"state: {error}") from None
    joiner.come(blob(case["bytes"]), case["now"], trace)


def _rendezvous(case: Case, _: Case) -> None:
    recovery.find([blob(one) for one in case["secrets"]], case["writer"], blob(case["bytes"]))


STEPS: dict[str, tuple[str, Callable[[Case, Case], object]]] = {
    "archive": ("bytes passphrase", lambda case, _: archive.read(blob(case["bytes"]), case["passphrase"])),
    "armor": ("text", lambda case, _: paper.read_text(case["text"])),
    "authorization": ("headers", lambda case, _: relay.read_authorization(case["headers"])),
    "backup": ("bytes passphrase", lambda case, _: backup.read(blob(case["bytes"]), case["passphrase"])),
    "code": ("text", lambda case, _: spoken.Code.typed(case["text"])),
    "codec": ("bytes", lambda case, _: cbor.decode(blob(case["bytes"]))),
    "deal": ("text", lambda case, _: deal.read_file(case["text"])),
    "digits": ("digits text", lambda case, _: compare(case["digits"], case["text"])),
    "event": ("bytes", lambda case, _: event.read(blob(case["bytes"]))),
    "expired": ("bytes now", _expired),
    "frame": ("bytes", lambda case, _: frame.read(blob(case["bytes"]))),
    "invitation": ("bytes", lambda case, _: Invitation.read(blob(case["bytes"]))),
    "keyfile": ("bytes passphrase", lambda case, _: keyfile.read(blob(case["bytes"]), case["passphrase"])),
    "list": ("kind bytes", lambda case, _: lists.read(case["kind"], blob(case["bytes"]))),
    "mandate": ("kind bytes", lambda case, _: mandate.read(case["kind"], blob(case["bytes"]))),
    "open": ("bytes state before", _open),
    "part": ("bytes", lambda case, _: files.read(blob(case["bytes"]))),
    "overlap": ("kind bytes", lambda case, _: overlap.read(case["kind"], blob(case["bytes"]))),
    "piece": ("bytes", lambda case, _: steady.read(blob(case["bytes"]))),
    "pad": ("bytes", lambda case, _: sealing.pad(blob(case["bytes"]))),
    "qr": ("text", lambda case, _: paper.read_qr(case["text"])),
    "rendezvous": ("bytes secrets writer", _rendezvous),
    "reply": ("bytes state now", _reply),
    "request": ("bytes state now", _request),
    "table": ("kind bytes", lambda case, _: acts.read(case["kind"], blob(case["bytes"]))),
    "terms": ("bytes", lambda case, _: deal.read_terms(blob(case["bytes"]))),
    "tombstone": ("bytes", lambda case, _: kept.read(blob(case["bytes"]))),
    "unseal": ("bytes key", lambda case, _: sealing.unseal(blob(case["key"]), blob(case["bytes"]))),
}


def refuse(case: Case) -> str:
    """Takes the step that a failure vector names (spec, Vectors).

    Args:
        case: the file.

    Returns:
        Why it was refused.

    Raises:
        Mismatch: it was not, or for another reason, or nobody knows the step or a key.
    """
    if case.get("do") not in STEPS:
        raise Mismatch(f"no such step: {case.get('do')!r}")
    keys, step = STEPS[case["do"]]
    inputs = {"schema", "step", "do", "what", "error", *keys.split()}
    trace: Case = {}
    try:
        step(case, trace)
    except Refused as error:
        if error.code != case["error"]:
            raise Mismatch(f"{error.code} ({error.why}), not {case['error']}") from None
        same("", {key: value for key, value in case.items() if key not in inputs}, trace)
        return error.why
    raise Mismatch(f"it was not refused: {case['what']}")
