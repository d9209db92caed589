"""An open line: frames to envelopes and back.

Everything that changes the cryptographic state of an open line happens in this file. `seal` and `open` are the whole
of it; the rest says what the line itself wants to do next. An envelope that is refused because it is not the peer's,
was changed, or was opened before leaves the state as it was. If the peer itself breaks the protocol behind its own
keys, the object is spent (Olm has moved on inside it) and refuses everything after: go back to the saved state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.olm import TAG_SIZE, Account, OlmRefused, Randomness, Session, pre_key_tag
from backchannel.crypto.suite import Role
from backchannel.errors import (
    AlreadyOpened,
    BackchannelError,
    LocalMisuse,
    Malformed,
    NotForUs,
    Oversize,
    PeerMisbehaved,
)
from backchannel.line.epochs import BINDING_SIZE, Answered, EpochKeys, Epochs, Proposal, keys_of
from backchannel.line.frame import LARGEST_FRAME, Answer, Control, Frame, Propose, decode_frame
from backchannel.line.identity import LineContext
from backchannel.line.mailbox import Mailbox
from backchannel.line.reserve import Reserve
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.line.sessions import HARD_LIMIT, RENEW_AFTER, SILENCE_LIMIT, Sessions
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields

STEP_AFTER_FRAMES: Final = 500
STEP_AFTER_MS: Final = 7 * 24 * 3600 * 1000

_PRE_KEY, _NORMAL = ContentType.PRE_KEY_FRAME, ContentType.FRAME
_PRE_KEY_HEAD, _FRAME_HEAD = bytes((_PRE_KEY,)), bytes((_NORMAL,))
_AGAIN: Final = {_PRE_KEY: ContentType.PRE_KEY_FRAME_AGAIN, _NORMAL: ContentType.FRAME_AGAIN}
_FIRST: Final = {again: first for first, again in _AGAIN.items()}


class Channel:
    """One side of an open line."""

    __slots__ = (
        "_account", "_account_bytes", "_keys", "_last_words", "_peer", "_reserve", "_sessions", "_spent",
        "context", "epochs", "epoch_frames", "epoch_since", "heard", "heard_by_peer", "role", "sequence",
    )  # fmt: skip

    def __init__(
        self, role: Role, context: LineContext, epochs: Epochs, sessions: Sessions, account_bytes: bytes
    ) -> None:
        self.role: Final = role
        self._peer: Final = role.other
        self.context: Final = context
        self.epochs = epochs
        self._sessions = sessions
        self._account_bytes = account_bytes
        self._account: Account | None = None
        self._keys: dict[tuple[int, Role], EpochKeys] = {}
        self._reserve = Reserve((), ())
        self._last_words = b""
        self._spent = False
        self.sequence = 0
        self.heard = 0
        self.heard_by_peer = 0
        self.epoch_frames = 0
        self.epoch_since = 0

    @classmethod
    def opened(
        cls,
        *,
        role: Role,
        context: LineContext,
        root: bytes,
        account: Account,
        session: Session,
        reserve: Reserve,
        now: int,
    ) -> Channel:
        """Return the channel at the end of the handshake (spec 3.1.5).

        Args:
            role: ours.
            context: identities and transcript.
            root: RK[0], 32 bytes.
            account: our Olm account.
            session: the session of the joiner's request.
            reserve: the one-time keys that each side keeps with the other.
            now: seconds since 1970.
        """
        channel = cls(role, context, Epochs(((0, root),)), Sessions.of(session), b"")
        channel._account = account
        channel._reserve = reserve
        channel.epoch_since = now * 1000
        return channel

    # --- keys ---------------------------------------------------------------------------------------------------------

    def keys(self, epoch: int, writer: Role) -> EpochKeys:
        """Return what follows from a live epoch for one writer."""
        key = (epoch, writer)
        if key not in self._keys:
            self._keys[key] = keys_of(self.context, self.epochs.root(epoch), epoch, writer)
        return self._keys[key]

    @property
    def outbox(self) -> Mailbox:
        """Return the mailbox that our envelopes go to now."""
        return self.keys(self.epochs.writing, self.role).mailbox

    @property
    def inboxes(self) -> list[Mailbox]:
        """Return the mailboxes to look into, the latest epoch first."""
        return [self.keys(epoch, self.role.other).mailbox for epoch, _ in reversed(self.epochs.roots)]

    # --- out ----------------------------------------------------------------------------------------------------------

    @property
    def silenced(self) -> bool:
        """Say whether only `repeat` is left until the peer is heard (spec 3.3.5)."""
        if self._reserve.theirs or self._unheard < SILENCE_LIMIT:
            return False
        return self.can_repeat or self._unheard >= HARD_LIMIT

    @property
    def can_repeat(self) -> bool:
        """Say whether there is a last message to repeat; after a step of the epoch there is none."""
        return bool(self._last_words)

    @property
    def generation(self) -> int:
        """Return the generation of the Olm session that is written on."""
        return self._sessions.generation

    @property
    def _unheard(self) -> int:
        return self._sessions.unheard(self.sequence, self.heard_by_peer)

    def seal(self, frame: Frame, randomness: Randomness) -> bytes:
        """Return a frame as an envelope.

        Args:
            frame: what to say; its generation, sequence and heard are filled in here.
            randomness: source of fresh bytes.

        Raises:
            Oversize: the frame fits no envelope; nothing has changed.
            LocalMisuse: the line is silenced, or the object is spent.
        """
        if self._spent:
            raise LocalMisuse("a spent channel")
        unheard = self._unheard
        if unheard >= RENEW_AFTER:
            if not self.can_speak():
                raise LocalMisuse("a silenced line")
            unheard = self._unheard
        whole = frame.encode_as(self._sessions.generation, self.sequence + 1, self.heard)
        if len(whole) > LARGEST_FRAME:
            raise Oversize(f"a frame of {len(whole)} bytes")
        keys = self.keys(self.epochs.writing, self.role)
        kind, tag, raw = self._sessions.encrypt(keys.binding + whole)
        content = (_FRAME_HEAD if kind else _PRE_KEY_HEAD) + tag + raw
        envelope = seal(keys.seal, randomness(24), content)
        self.sequence += 1
        self.epoch_frames += 1
        if unheard + 1 >= SILENCE_LIMIT:
            self._last_words = content
        return envelope

    def repeat(self, randomness: Randomness) -> bytes:
        """Return our last message once more, freshly sealed and marked as said again (spec 3.3.5).

        Raises:
            LocalMisuse: the line is not silenced.
        """
        if not self._last_words or self._spent:
            raise LocalMisuse("nothing to repeat")
        again = _AGAIN[ContentType(self._last_words[0])]
        content = bytes((again,)) + self._last_words[1:]
        return seal(self.keys(self.epochs.writing, self.role).seal, randomness(24), content)

    def can_speak(self) -> bool:
        """Start the next session if it is time for it, and say whether a frame may be sealed (spec 3.3.4, 3.3.5)."""
        while self._unheard >= RENEW_AFTER and self._reserve.theirs:
            key, self._reserve = self._reserve.take()
            try:
                self._sessions.renew(self.account, self.context.identity(self._peer).curve, key, self.sequence)
            except Malformed:
                continue  # the peer reserved what is no key; the next one may be
        return not self.silenced

    # --- in -----------------------------------------------------------------------------------------------------------

    def open(self, envelope: bytes, *, now: int, randomness: Randomness) -> Frame:
        """Return the frame of an envelope from the peer, and do what its controls ask.

        Args:
            envelope: the bytes that came.
            now: milliseconds since 1970.
            randomness: source of fresh bytes.

        Raises:
            NotForUs: not sealed for this line, or changed; nothing has changed.
            AlreadyOpened: opened before, or too late; nothing has changed.
            PeerMisbehaved: the peer broke the protocol; this object is spent.
        """
        if self._spent:
            raise LocalMisuse("a spent channel")
        epoch, content_type, body = self._unseal(envelope)
        again = False
        if content_type is not _NORMAL and content_type is not _PRE_KEY:
            again = content_type in _FIRST
            content_type = _FIRST.get(content_type, content_type)
            if not again:
                raise NotForUs("not a frame")
        if len(body) <= TAG_SIZE:
            raise NotForUs("not a frame")
        tag, raw = body[:TAG_SIZE], body[TAG_SIZE:]
        started: tuple[Session, Account] | None = None
        try:
            if content_type is _PRE_KEY and not self._sessions.knows(tag):
                started, plaintext = self._start_from(tag, raw)
            else:
                plaintext = self._sessions.decrypt(int(content_type is _NORMAL), tag, raw)
        except OlmRefused as error:
            raise AlreadyOpened from error
        try:
            frame = self._take(plaintext, epoch, raw, started, now, randomness)
        except BackchannelError as error:
            self._spent = started is None
            raise PeerMisbehaved(str(error)) from error
        return replace(frame, again=True) if again else frame

    def asks_again(self, envelope: bytes) -> bool:
        """Say whether an envelope is the last message of a silenced peer once more: it waits for us (spec 3.3.5)."""
        try:
            return self._unseal(envelope)[1] in _FIRST
        except (NotForUs, PeerMisbehaved):
            return False

    def _unseal(self, envelope: bytes) -> tuple[int, ContentType, bytes]:
        for epoch, _ in reversed(self.epochs.roots):
            try:
                content_type, body = unseal(self.keys(epoch, self._peer).seal, envelope)
            except NotForUs:
                continue
            except Malformed as error:
                raise PeerMisbehaved(str(error)) from error
            return epoch, content_type, body
        raise NotForUs

    def _start_from(self, tag: bytes, raw: bytes) -> tuple[tuple[Session, Account], bytes]:
        if pre_key_tag(raw) != tag:
            raise PeerMisbehaved("a session under another's name")
        account = self._account_copy()
        session, plaintext = account.answer(self.context.identity(self._peer).curve, raw)
        return (session, account), plaintext

    def _take(
        self,
        plaintext: bytes,
        epoch: int,
        raw: bytes,
        started: tuple[Session, Account] | None,
        now: int,
        randomness: Randomness,
    ) -> Frame:
        if plaintext[:BINDING_SIZE] != self.keys(epoch, self._peer).binding:
            raise PeerMisbehaved("a frame bound to something else")
        frame = decode_frame(plaintext[BINDING_SIZE:])
        if frame.heard > self.sequence:
            raise PeerMisbehaved("it heard what was not said")
        epochs = self.epochs
        reserve: tuple[bytes, ...] = ()
        if frame.controls or epoch > epochs.reading:
            epochs, reserve = self._follow(epochs.heard(epoch), frame.controls, randomness)
        if started is not None:
            session, self._account = started
            self._account_bytes = b""
            self._sessions.adopt(session, frame.generation, self.sequence)
            self._reserve = self._reserve.spent(raw)
        if epochs.writing != self.epochs.writing:
            self.epoch_frames, self.epoch_since = 0, now
            self._last_words = b""  # it is bound to the epoch before
        self.epochs = epochs
        if reserve:
            self._reserve = self._reserve.offered(reserve)
        self.heard = max(self.heard, frame.sequence)
        if frame.heard > self.heard_by_peer:
            self.heard_by_peer = frame.heard
            if self._unheard < SILENCE_LIMIT:
                self._last_words = b""
        return frame

    def _follow(
        self, epochs: Epochs, controls: tuple[Control, ...], randomness: Randomness
    ) -> tuple[Epochs, tuple[bytes, ...]]:
        reserve: tuple[bytes, ...] = ()
        for control in controls:
            match control:
                case Propose(epoch, public, keys):
                    after = epochs.answer(self.context, self.role, epoch, public, randomness)
                case Answer(epoch, sealed, keys):
                    after = epochs.answered(self.context, epoch, sealed)
                case _:
                    continue  # not the channel's to follow
            if after is not epochs:
                reserve = keys
            epochs = after
        return epochs, reserve

    # --- what the line itself wants -----------------------------------------------------------------------------------

    def wants_step(self, now: int) -> bool:
        """Say whether it is time to propose an epoch (spec 3.2.2). `now`: milliseconds since 1970."""
        due = self.epoch_frames >= STEP_AFTER_FRAMES or abs(now - self.epoch_since) >= STEP_AFTER_MS
        return due and self.epochs.settled

    def propose_step(self) -> None:
        """Propose the next epoch; `controls` carries the proposal until it is answered."""
        if not self.epochs.settled:
            raise LocalMisuse("a step is under way")
        self.epochs = self.epochs.propose(HybridKey.generate())

    def controls(self) -> tuple[Control, ...]:
        """Return what the line itself has to say until the peer has reacted, with one-time keys for renewals."""
        epoch = self.epochs.writing + 1
        match self.epochs.step:
            case None:
                return ()
            case Proposal() as proposal:
                return (Propose(epoch, proposal.public(), self._offer()),)
            case Answered(_, sealed):
                return (Answer(epoch, sealed, self._offer()),)

    def forget_epochs(self) -> None:
        """Forget the keys of epochs that are over: everything that was said in them has come (spec 3.2.7)."""
        self.epochs = self.epochs.forget()
        alive = {epoch for epoch, _ in self.epochs.roots}
        self._keys = {key: value for key, value in self._keys.items() if key[0] in alive}

    def _offer(self) -> tuple[bytes, ...]:
        filled = self._reserve.filled(self.account)
        if filled is not self._reserve:
            self._reserve, self._account_bytes = filled, b""
        return self._reserve.ours

    # --- the account and the vault ------------------------------------------------------------------------------------

    @property
    def account(self) -> Account:
        """Return our Olm account."""
        if self._account is None:
            self._account = Account.from_pickle(self._account_bytes)
        return self._account

    def _account_copy(self) -> Account:
        if self._account_bytes:
            return Account.from_pickle(self._account_bytes)
        # The pickle never leaves this line: made and read at once, its key may be constant.
        return Account.from_pickle(self.account.pickle(bytes))

    def to_bytes(self, randomness: Randomness) -> bytes:
        """Return the state as secret bytes for the vault."""
        if not self._account_bytes:
            self._account_bytes = self.account.pickle(randomness)
        return encode(
            [
                1,
                int(self.role),
                self.context.to_value(),
                self.epochs.to_value(),
                self._sessions.to_value(randomness),
                self._account_bytes,
                self._reserve.to_value(),
                self._last_words,
                [self.sequence, self.heard, self.heard_by_peer, self.epoch_frames, self.epoch_since],
            ]
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Channel:
        """Read what `to_bytes` wrote."""
        role, context, epochs, sessions, account, reserve, last, counts = fields(decode(data), 1, 8, "channel state")
        epochs, sessions = Epochs.from_value(epochs), Sessions.from_value(sessions)
        channel = cls(Role(role), LineContext.from_value(context), epochs, sessions, account)
        channel._reserve = Reserve.from_value(reserve)
        channel._last_words = last
        channel.sequence, channel.heard, channel.heard_by_peer, channel.epoch_frames, channel.epoch_since = counts
        return channel
