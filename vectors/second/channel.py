"""An open line that receives (spec 3.2, 3.3.1, 3.4.2), from its stored state (spec 7.2)."""

import copy
from dataclasses import dataclass, field
from typing import Any

from vectors.second import cbor, frame, xwing
from vectors.second.line import Context
from vectors.second.olm import Account, OlmRefused, PreKey, Session, public
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import digest, unseal

SESSIONS, ALIVE = 4, 2


@dataclass
class Channel:
    """One end of an open line; a root is None if it follows from a secret that this end drew."""

    role: int
    context: Context
    roots: dict[int, bytes | None]
    writing: int
    reading: int
    step: list[Any] | None
    sessions: list[tuple[bytes, int, int, Session]]
    account: Account
    ours: list[bytes]
    theirs: list[bytes]
    used: list[bytes]
    words: bytes
    sequence: int
    heard: int
    heard_by_peer: int
    epoch_frames: int
    trace: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, raw: bytes) -> "Channel":
        """A channel from its state (spec 7.2).

        Args:
            raw: the state.

        Returns:
            The channel.

        Raises:
            Refused: `malformed`.
        """
        role, context, epochs, sessions, account, reserves, words, counts = cbor.layout(raw, 9)
        _, mine, other, transcript = cbor.items(context, 4, 4)
        sides = [cbor.items(side, 3, 3) for side in (mine, other)]
        _, roots, writing, reading, step = cbor.items(epochs, 5, 5)
        _, ours, theirs, used = cbor.items(reserves, 4, 4)
        loaded = [(tag, generation, first, Session.load(one)) for tag, generation, first, one in sessions[1]]
        if any(session.tag != tag for tag, _, _, session in loaded):
            raise malformed("a session under another tag than its keys give")
        if loaded != sorted(loaded, key=lambda one: (-one[1], one[0])) or not 1 <= len(loaded) <= SESSIONS:
            raise malformed("sessions in another order")
        if step is not None and (step[0], len(step)) not in ((1, 2), (2, 3)):
            raise malformed("no step")
        made = cls(
            role=cbor.natural(role, 2),
            context=Context((sides[0][1], sides[1][1]), (sides[0][2], sides[1][2]), transcript),
            roots=dict(roots),
            writing=writing,
            reading=reading,
            step=step,
            sessions=loaded,
            account=Account.load(account),
            ours=frame.reserve(ours),
            theirs=frame.reserve(theirs),
            used=[cbor.octets(key, 32) for key in cbor.items(used, 8)],
            words=cbor.octets(words),
            **dict(zip(("sequence", "heard", "heard_by_peer", "epoch_frames"), cbor.items(counts, 5, 5), strict=False)),
        )
        if public(made.account.identity) != made.context.curves[made.role]:
            raise malformed("an account of another identity")
        if not set(made.ours) <= set(made.account.one_time):
            raise malformed("a reserve that is not in the account")
        return made

    def after(self) -> dict[str, Any]:
        """The channel as `open.json` shows it (spec, Vectors).

        Returns:
            Its items.
        """
        steps = {1: "proposed", 2: "answered"}
        return {
            "roots": [[epoch, self.roots[epoch]] for epoch in sorted(self.roots)],
            "step": steps[self.step[0]] if self.step else None,
            "sessions": [list(one[:3]) for one in self.sessions],
            **{name: getattr(self, name) for name in ("writing", "reading", "ours", "theirs", "used")},
            **{name: getattr(self, name) for name in ("sequence", "heard", "heard_by_peer", "epoch_frames")},
        }

    def open(self, envelope: bytes) -> frame.Frame:
        """Receives an envelope (spec 3.4.2, steps 1 to 5). Nothing but `trace` changes if it is refused.

        Args:
            envelope: the envelope.

        Returns:
            The frame.

        Raises:
            Refused: as the steps say.
        """
        self.trace = {"asks": False}
        trial = copy.deepcopy(self)
        trial.trace = self.trace
        found = trial._receive(envelope)
        self.__dict__.update(trial.__dict__)
        return found

    def _receive(self, envelope: bytes) -> frame.Frame:
        epoch, kind, body = self._unseal(envelope)
        if kind not in (4, 5, 6, 7) or len(body) <= 8:
            raise Refused("not-for-us", "another type, or nothing behind the tag")
        seal, binding = self._keys(epoch)
        self.trace |= {"asks": kind > 5, "epoch": epoch, "seal_key": seal, "binding": binding}
        self.trace |= {"type": kind, "tag": body[:8], "olm_message": body[8:]}
        started, plain = self._decrypt(kind, body[:8], body[8:])
        if not plain.startswith(binding):
            raise Refused("peer-misbehaved", "the binding")
        try:
            found = frame.read(plain[16:])
            if found.heard > self.sequence:
                raise malformed("heard what was never sent")
            self._hear(epoch)
            for control in found.controls:
                self._follow(*control)
        except Refused as error:
            raise Refused("peer-misbehaved", error.why) from None
        if started is not None:
            several = [*self.sessions, (started.tag, found.generation, self.sequence + 1, started)]
            self.sessions = sorted(several, key=lambda one: (-one[1], one[0]))[:SESSIONS]
        self.heard = max(self.heard, found.sequence)
        self.heard_by_peer = max(self.heard_by_peer, found.heard)
        return found

    def _keys(self, epoch: int) -> tuple[bytes, bytes]:
        root = self.roots[epoch]
        if root is None:
            raise AssertionError("a root that the vector does not give")
        seal, binding, _ = self.context.epoch(root, epoch, 1 - self.role)
        return seal, binding

    def _unseal(self, envelope: bytes) -> tuple[int, int, bytes]:
        for epoch in sorted((epoch for epoch, root in self.roots.items() if root is not None), reverse=True):
            try:
                return epoch, *unseal(self._keys(epoch)[0], envelope)
            except Refused as error:
                if error.code == "malformed":
                    raise Refused("peer-misbehaved", error.why) from None
        raise Refused("not-for-us", "no epoch's key")

    def _decrypt(self, kind: int, tag: bytes, message: bytes) -> tuple[Session | None, bytes]:
        """The five steps of spec 3.3.1."""
        held = next((one[3] for one in self.sessions if one[0] == tag), None)
        if held is None and kind in (5, 7):
            raise Refused("already-opened", "a session that is not held")
        self.trace["olm_plaintext"] = None
        try:
            started = None
            if held is not None:
                plain = held.decrypt(PreKey.read(message).message if kind in (4, 6) else message)
            else:
                asked = PreKey.read(message)
                if asked.tag != tag:
                    del self.trace["olm_plaintext"]
                    raise Refused("peer-misbehaved", "another tag than its keys give")
                started, plain = self.account.accept(message, self.context.curves[1 - self.role])
                self.ours = [key for key in self.ours if key != asked.one_time]
        except OlmRefused as error:
            raise Refused("already-opened", f"Olm: {error}") from None
        self.trace["olm_plaintext"] = plain
        return started, plain

    def _hear(self, epoch: int) -> None:
        """The peer was heard in an epoch (spec 3.2.5)."""
        self.reading = max(self.reading, epoch)
        if self.step is not None and self.step[0] == 2 and epoch == self.writing + 1:
            self._write(epoch)

    def _write(self, epoch: int) -> None:
        self.writing, self.step, self.epoch_frames, self.words = epoch, None, 0, b""

    def _add(self, epoch: int, root: bytes | None, reserve: list[bytes]) -> None:
        """A root is added (spec 3.2.7), and the reserve of what brought it is taken (spec 3.2.6)."""
        self.roots = {old: key for old, key in self.roots.items() if old >= epoch - ALIVE} | {epoch: root}
        if reserve:
            self.theirs = [key for key in reserve if key not in self.used]

    def _follow(self, name: str, epoch: int, value: bytes, reserve: list[bytes]) -> None:
        """Follows a control (spec 3.2.3, 3.2.4, 3.2.6)."""
        proposed = self.step is not None and self.step[0] == 1
        if name not in ("propose", "answer") or epoch <= self.writing or (name == "answer" and not proposed):
            return
        if epoch > self.writing + 1:
            raise malformed("an epoch beyond the next")
        if name == "answer":
            self._write_next(epoch, value, reserve)
        elif self.step is not None and self.step[0] == 2:
            if self.step[1] != digest("proposed key", value):
                raise malformed("another public key for the step that was answered")
        elif not (proposed and self.role == 0):
            xwing.check_public(value)
            self.step = [2, digest("proposed key", value), None]
            self._add(epoch, None, reserve)

    def _write_next(self, epoch: int, sealed: bytes, reserve: list[bytes]) -> None:
        private, root = (self.step or [])[1], self.roots[self.writing]
        try:
            secret = cbor.octets(xwing.unseal(private, self.context.info("epoch secret", epoch), sealed), 32)
        except xwing.NotAuthentic:
            raise malformed("an answer that does not open") from None
        if root is None:
            raise AssertionError("a root that the vector does not give")
        after = self.context.next_root(root, epoch, secret, xwing.public_key(private), sealed)
        self._write(epoch)
        self._add(epoch, after, reserve)
