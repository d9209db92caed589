"""How byte strings, codec values and mailboxes stand in the files, which are JSON."""

import re
from typing import Any, Final

from backchannel.line.mailbox import Mailbox

RUN: Final = 256

Json = Any
Recorded = dict[str, str]


def shown(data: bytes) -> Json:
    """Return a byte string as it stands in the files."""
    out: list[list[Any]] = []
    at = 0
    for run in re.finditer(rb"(?s)(.)\1{%d,}" % (RUN - 1), data):
        if run.start() > at:
            out.append([data[at : run.start()].hex(), 1])
        out.append([run[1].hex(), run.end() - run.start()])
        at = run.end()
    if not out:
        return data.hex()
    return out + ([[data[at:].hex(), 1]] if at < len(data) else [])


def tagged(value: Any) -> Json:
    """Return a codec value so that JSON keeps its kind."""
    match value:
        case None | bool():
            return {"simple": value}
        case int():
            return {"int": str(value)}
        case bytes():
            return {"bytes": value.hex()}
        case str():
            return {"text": value}
        case dict():
            return {"map": [[tagged(key), tagged(inside)] for key, inside in value.items()]}
        case _:
            return {"list": [tagged(inside) for inside in value]}


def mailbox_shown(mailbox: Mailbox) -> Json:
    """Return the four values of a mailbox."""
    return {
        "put_id": mailbox.put_id.hex(),
        "put_capability": mailbox.put_capability.hex(),
        "get_id": mailbox.get_id.hex(),
        "get_capability": mailbox.get_capability.hex(),
    }
