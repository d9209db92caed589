"""Two channels in memory, at the end of a handshake: for tests that need no vault."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from backchannel.line.channel import Channel
from backchannel.line.frame import Frame
from backchannel.line.handshake import Inviting, Joining, Opened, invite, join
from backchannel.wire.coverage import NOTHING

NOW = 1_700_000_000
LATER = NOW + 3600


def constant(size: int) -> bytes:
    """Randomness that is none: so that two states can be compared byte for byte."""
    return bytes(size)


def said(*events: bytes) -> Frame:
    return Frame(own=len(events), held=NOTHING, events=events)


@dataclass
class Handshake:
    """Both sides of a handshake, and what they send."""

    inviting: Inviting = field(default_factory=lambda: invite((), LATER, os.urandom))

    def joining(self) -> Joining:
        return join(self.inviting.invitation, NOW, os.urandom)


def answered(inviting: Inviting, joining: Joining) -> Opened:
    outcome = inviting.receive(joining.envelope(os.urandom), now=NOW, randomness=os.urandom)
    assert isinstance(outcome, Opened)
    return outcome


def reply_of(opened: Opened) -> bytes:
    reply = opened.state.reply(os.urandom)
    assert reply is not None
    return reply


@dataclass
class Pair:
    """Ann, who invited, and Bob, who joined; `now` in milliseconds."""

    ann: Channel
    bob: Channel
    now: int = NOW * 1000

    @classmethod
    def make(cls) -> Pair:
        handshake = Handshake()
        joining = handshake.joining()
        opened = answered(handshake.inviting, joining)
        return cls(opened.channel, joining.receive(reply_of(opened), now=NOW))

    def other(self, side: Channel) -> Channel:
        return self.bob if side is self.ann else self.ann

    def open(self, side: Channel, envelope: bytes) -> Frame:
        return side.open(envelope, now=self.now, randomness=os.urandom)

    def send(self, side: Channel, *events: bytes) -> Frame:
        """Say something, and have it heard."""
        return self.open(self.other(side), side.seal(said(*events), os.urandom))

    def send_controls(self, side: Channel) -> Frame:
        """Say what the line itself has to say, and have it heard."""
        return self.open(self.other(side), self.sealed_controls(side))

    def sealed_controls(self, side: Channel) -> bytes:
        return side.seal(Frame(own=0, held=NOTHING, controls=side.controls()), os.urandom)

    def step(self, proposer: Channel) -> None:
        """One whole step: proposal, answer, and both heard in the new epoch."""
        proposer.propose_step()
        self.send_controls(proposer)
        self.send_controls(self.other(proposer))
        self.send(proposer)
        self.send(self.other(proposer))


def copy(channel: Channel) -> Channel:
    """The channel as another process would load it."""
    return Channel.from_bytes(channel.to_bytes(os.urandom))


def state(channel: Channel) -> bytes:
    return channel.to_bytes(constant)
