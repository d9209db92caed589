"""Frames: a batch of events, what I hold of yours, and what the line itself has to say (spec 3.4).

    frame = [1, generation, sequence, heard, own, held, head, controls, events]

A reader ignores items behind the ones it knows, and controls of a kind it does not know: a newer peer may add some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import LARGEST_NUMBER, MAX_ISLANDS_ON_WIRE, Coverage
from backchannel.wire.envelope import LARGEST_CONTENT
from backchannel.wire.shape import blob, items, sized, text, whole

VERSION: Final = 1
HEAD_SIZE: Final = 8
MAX_EVENTS: Final = 65536
MAX_CONTROLS: Final = 32
MAX_RESERVE: Final = 16
MAX_BRANCHES: Final = 16
MAX_RELAYS: Final = 8
MAX_LOST: Final = 64
MAX_ISLANDS_TOLD: Final = 16
"""Islands of a frame with events; one without may have more."""

OLM_ROOM: Final = 256
"""Bytes that content type, tag and Olm add to a plaintext at most, a pre-key message included."""

LARGEST_FRAME: Final = LARGEST_CONTENT - OLM_ROOM - 16
"""Bytes of an encoded frame that surely fit one envelope, beside the binding."""

HEAD_ROOM: Final = 512
"""Bytes of a frame's own fields at most, with its islands cut short and without controls."""

EVENT_HEAD: Final = 5
"""Bytes that the codec puts before one event at most."""

EVENT_ROOM: Final = LARGEST_FRAME - HEAD_ROOM
"""Bytes of events, with their heads, that surely fit one frame without controls."""

CONTROL_ROOM: Final = 4096
"""Bytes that the controls of one frame take at most."""


@dataclass(frozen=True, slots=True)
class Propose:
    """Step to `epoch` with this public key; and one-time keys for renewing the session."""

    epoch: int
    public: bytes
    reserve: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The secret of `epoch`, encrypted to the proposed key; and one-time keys for renewing the session."""

    epoch: int
    sealed: bytes
    reserve: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ForkNotice:
    """I hold more than one event under this author and number: these are their ids.

    It asks for the same from the other side, unless it is the answer.
    """

    author: int
    number: int
    ids: tuple[bytes, ...]
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """The line goes on in another incarnation since this time, milliseconds since 1970: this channel is over."""

    since: int


@dataclass(frozen=True, slots=True)
class Lost:
    """These runs (first, last) of my own feed exist nowhere any more: do not wait for them (spec 3.8.6)."""

    runs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Recount:
    """I was restored: say what you hold of my feed, and give me back what I lack (spec 3.8.6)."""


Control = Propose | Answer | ForkNotice | Superseded | Lost | Recount


@dataclass(frozen=True, slots=True)
class Frame:
    """What one envelope says.

    Attributes:
        own: the highest number in the sender's own feed: what the receiver should have in the end.
        held: what the sender holds of the receiver's feed.
        head: the first 8 bytes of the id of the event at the end of what it holds without a gap; it stands for all
            before it. Empty where it holds none, or does not say.
        controls: what the line has to say.
        events: the exact bytes of events, opaque here.
        generation: of the Olm session that it travels on.
        sequence: counts the sender's frames, from 1.
        heard: the highest sequence that the sender has opened of the receiver's.
        again: whether the sender repeats it because it heard nothing (spec 3.3.5); told by its envelope.
    """

    own: int
    held: Coverage
    controls: tuple[Control, ...] = ()
    events: Sequence[bytes] = ()
    generation: int = 0
    sequence: int = 0
    heard: int = 0
    again: bool = False
    head: bytes = b""

    @property
    def wants_answer(self) -> bool:
        """Say whether the receiver owes an acknowledgement."""
        asks = any(
            not isinstance(control, Superseded) and not (isinstance(control, ForkNotice) and control.answer)
            for control in self.controls
        )
        return bool(self.events) or asks or self.again

    def encode(self) -> bytes:
        """Return the frame's bytes."""
        return self.encode_as(self.generation, self.sequence, self.heard)

    def encode_as(self, generation: int, sequence: int, heard: int) -> bytes:
        """Return the frame's bytes with what only the channel knows, whatever the frame itself has there.

        Args:
            generation: of the Olm session that it travels on.
            sequence: counts the sender's frames, from 1.
            heard: the highest sequence that the sender has opened of the receiver's.
        """
        return encode(
            [
                VERSION,
                generation,
                sequence,
                heard,
                self.own,
                self.held.to_value(MAX_ISLANDS_TOLD if self.events else MAX_ISLANDS_ON_WIRE),
                self.head,
                [_control_to_value(control) for control in self.controls],
                self.events,
            ]
        )


_ARGUMENTS: Final = {1: 3, 2: 3, 3: 3, 4: 3, 6: 1, 7: 0, 8: 1}
"""The kinds of control that this version knows, with how many values follow the kind."""


def decode_frame(data: bytes) -> Frame:
    """Return the frame of `data`.

    Raises:
        Malformed: not a frame that this version can read.
    """
    value = decode(data)
    if type(value) is not list or len(value) < 9 or type(value[0]) is not int or value[0] != VERSION:
        raise Malformed("frame")
    _, generation, sequence, heard, own, held, head, controls, events = value[:9]
    if blob(head, "head") and len(head) != HEAD_SIZE:
        raise Malformed("head")
    for event in items(events, "events", most=MAX_EVENTS):
        if type(event) is not bytes:
            raise Malformed("event bytes")
    known = items(controls, "controls", most=MAX_CONTROLS) and _controls_from_value(controls)
    return Frame(
        own=whole(own, "own", below=LARGEST_NUMBER),
        held=Coverage.from_value(held),
        controls=tuple(known),
        events=tuple(events),
        generation=whole(generation, "generation", below=2**32),
        sequence=whole(sequence, "sequence"),
        heard=whole(heard, "heard"),
        head=head,
    )


def _control_to_value(control: Control) -> list[Any]:
    match control:
        case Propose(epoch, public, reserve):
            return [1, epoch, public, list(reserve)]
        case Answer(epoch, sealed, reserve):
            return [2, epoch, sealed, list(reserve)]
        case ForkNotice(author, number, ids, answer):
            return [4 if answer else 3, author, number, list(ids)]
        case Superseded(since):
            return [8, since]
        case Lost(runs):
            return [6, [list(run) for run in runs]]
        case Recount():
            return [7]


def _controls_from_value(values: list[Any]) -> list[Control]:
    known = [_control_from_value(value) for value in values]
    return [control for control in known if control is not None]


def _control_from_value(value: Any) -> Control | None:
    if type(value) is not list or not value or type(value[0]) is not int:
        raise Malformed("control")
    if value[0] not in _ARGUMENTS:
        return None
    if len(value) != 1 + _ARGUMENTS[value[0]]:
        raise Malformed("control")
    if value[0] == 8:
        return Superseded(whole(value[1], "since", below=2**53))
    if value[0] == 6:
        return Lost(runs_from_value(value[1]))
    if value[0] == 7:
        return Recount()
    kind, first, second, third = value
    if kind == 1:
        return Propose(whole(first, "epoch"), blob(second, "public key"), reserve_from_value(third))
    if kind == 2:
        return Answer(whole(first, "epoch"), blob(second, "sealed secret"), reserve_from_value(third))
    ids = tuple(sized(item, 32, "event id") for item in items(third, "event ids", most=MAX_BRANCHES))
    author, number = whole(first, "author", below=2), whole(second, "number", below=LARGEST_NUMBER)
    return ForkNotice(author, number, ids, answer=kind == 4)


def runs_from_value(value: Any) -> tuple[tuple[int, int], ...]:
    """Return the runs (first, last) of a decoded list, ascending and apart.

    Raises:
        Malformed: not a list of a few such runs.
    """
    runs: list[tuple[int, int]] = []
    for run in items(value, "runs", most=MAX_LOST):
        if type(run) is not list or len(run) != 2:
            raise Malformed("run")
        first, last = (whole(number, "number", below=LARGEST_NUMBER) for number in run)
        if not (runs[-1][1] + 1 if runs else 0) < first <= last:
            raise Malformed("run")
        runs.append((first, last))
    return tuple(runs)


def reserve_from_value(value: Any) -> tuple[bytes, ...]:
    """Return the one-time keys of a decoded list.

    Raises:
        Malformed: not a list of Curve25519 public keys.
    """
    return tuple(sized(key, 32, "one-time key") for key in items(value, "one-time keys", most=MAX_RESERVE))


def relays_from_value(value: Any) -> tuple[str, ...]:
    """Return the relay addresses of a decoded list.

    Raises:
        Malformed: not a list of a few texts.
    """
    return tuple(text(relay, "relay address", longest=512) for relay in items(value, "relays", most=MAX_RELAYS))
