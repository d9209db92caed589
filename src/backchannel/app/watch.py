"""Watch: keep lines in touch for as long as a person wants, by every transport at once.

Threads only wait at transports; everything that touches the vault happens in the thread that calls `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

from backchannel.app.compose import has_something
from backchannel.app.desk import Desk
from backchannel.app.exchange import Exchanged, inboxes, meet, send, take
from backchannel.app.file_parts import PARTS_AT_ONCE, has_parts
from backchannel.app.line import Line
from backchannel.app.ports import Found, Transport, Transports
from backchannel.app.steady import goes_steady
from backchannel.app.steady_watch import SlotKeeper
from backchannel.app.tidy import has_work, tidy
from backchannel.errors import BackchannelError, TransportError
from backchannel.line.mailbox import Mailbox

WAIT: Final = 25.0
"""Seconds that a transport is asked to wait for something to come."""

TICK: Final = 0.25
"""Seconds between two looks at what this machine's other processes have said."""

REST: Final = 1.0
"""Seconds between two questions to a transport that cannot wait."""

LONGEST_PAUSE: Final = 60.0

PATIENCE: Final = 5000
"""Milliseconds before a line whose files could not go out is tried again."""
MEET_EVERY: Final = 60 * 1000
"""Milliseconds between two looks into the rendezvous of a line that was restored; an open one looks more rarely."""

ASK_EVERY: Final = 3600 * 1000
"""Milliseconds after which a line is asked even if it seems to have nothing to say."""


@dataclass(slots=True)
class _Haul:
    """What a poller brings, or why it brings nothing."""

    poller: _Poller
    found: list[Found] = field(default_factory=list)
    error: BackchannelError | None = None


class _Poller:
    """Waits for one mailbox at one transport, in a thread of its own."""

    def __init__(self, line: Line, transport: Transport, mailbox: Mailbox, hauls: SimpleQueue[_Haul]) -> None:
        self.line_id = line.id
        self.transport = transport
        self.mailbox = mailbox
        self.alive = True
        self.in_vain = False
        self.handled = Event()
        self._stopped = Event()
        self._hauls = hauls
        self._thread = Thread(target=self._run, daemon=True, name="backchannel poller")
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.handled.set()

    def _run(self) -> None:
        pause = 1.0
        left: set[tuple[str, bytes]] = set()
        while not self._stopped.is_set():
            try:
                found = self.transport.get(self.mailbox, wait=WAIT)
            except BackchannelError as error:
                self._hand_over(_Haul(self, error=error))
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = 1.0
            # A file that was half there has its name already, and the rest of its bytes now.
            seen = {(each.receipt, sha256(each.envelope).digest()) for each in found}
            if found and seen != left:
                self._hand_over(_Haul(self, found))
                left = seen if self.transport.shared else set()
                if self.in_vain:  # a relay that invents envelopes, or gives out the same for ever
                    self._stopped.wait(REST)
            else:
                if not self.alive:
                    self._hand_over(_Haul(self))
                self._stopped.wait(REST if self.transport.shared else 0.0)

    def _hand_over(self, haul: _Haul) -> None:
        self.handled.clear()
        if self._stopped.is_set():  # nobody takes it any more
            return
        self._hauls.put(haul)
        self.handled.wait()


class Watch:
    """Keeps lines in touch."""

    def __init__(
        self,
        desk: Desk,
        names: Sequence[str] | None,
        transports: Transports,
        *,
        tell: Callable[[str], None] = lambda _: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to watch.

        Args:
            desk: where.
            names: the lines; None is all, and those made meanwhile.
            transports: makes a line's.
            tell: is given sentences about transports that fail and come back.
            changed: is called often, and always soon after something has come.
        """
        self._desk = desk
        self._names = names
        self._make = transports
        self._tell = tell
        self._changed = changed
        self._hauls: SimpleQueue[_Haul] = SimpleQueue()
        self._pollers: dict[tuple[bytes, int, bytes], _Poller] = {}
        self._transports: dict[bytes, list[Transport]] = {}
        self._fruitless: dict[bytes, Line] = {}
        self._asked: dict[bytes, int] = {}
        self._tidied: dict[bytes, tuple[Line, int]] = {}
        self._in_vain: dict[bytes, int] = {}
        self._hurry = False
        self._met: dict[bytes, int] = {}
        self._slots = SlotKeeper(desk, self._fail)

    def run(self, stop: Event) -> None:
        """Watch until `stop` is set."""
        try:
            while not stop.is_set():
                self._arrange()
                self._changed()
                self._meet()
                self._speak()
                self._take_in()
        finally:
            self._slots.close()
            for poller in self._pollers.values():
                poller.stop()
            for transports in self._transports.values():
                for transport in transports:
                    transport.close()

    def _lines(self) -> list[Line]:
        with self._desk.look() as transaction:
            names = self._names
            lines = transaction.lines() if names is None else [transaction.line_named(name) for name in names]
        return [line for line in lines if not line.phase.is_over]

    def _arrange(self) -> None:
        """Have one poller for each mailbox that something may come to, and no other."""
        wanted: set[tuple[bytes, int, bytes]] = set()
        for line in self._lines():
            transports = self._transports.setdefault(line.id, self._make(line))
            boxes = inboxes(self._desk, line.id)
            for at, transport in enumerate(transports):
                for mailbox in boxes[:1] if transport.shared else boxes:
                    key = (line.id, at, b"" if transport.shared else mailbox.get_id)
                    wanted.add(key)
                    if key not in self._pollers:
                        self._pollers[key] = _Poller(line, transport, mailbox, self._hauls)
        for key in set(self._pollers) - wanted:
            self._pollers.pop(key).stop()

    def _meet(self) -> None:
        """Look into the rendezvous now and then: nobody waits there, it is for whoever lost a device."""
        now = self._desk.clock()
        for line in self._lines():
            if abs(now - self._met.get(line.id, 0)) < MEET_EVERY:
                continue
            self._met[line.id] = now
            done = Exchanged()
            meet(self._desk, line, self._alive(line.id), done)
            for name, error in done.problems:
                self._fail(line.id, name, error)

    def _speak(self) -> None:
        now = self._desk.clock()
        for line in self._lines():
            if self._tidied.get(line.id) != (line, now // ASK_EVERY) and has_work(line, now):
                tidy(self._desk, line.id)
                self._tidied[line.id] = (line, now // ASK_EVERY)
            alive = self._alive(line.id)
            if goes_steady(self._desk, line.id):
                self._slots.look(line, alive)
            elif alive and self._is_worth_it(line, now):
                done = Exchanged()
                send(self._desk, line.id, alive, done, most_parts=PARTS_AT_ONCE, insist=True)
                self._hurry = self._hurry or bool(done.parts_sent)
                for name, error in done.problems:
                    self._fail(line.id, name, error)
                if not done.sent:
                    self._fruitless[line.id] = line
                    self._in_vain[line.id] = now

    def _is_worth_it(self, line: Line, now: int) -> bool:
        """Say whether a line has something to say, or has not been asked for long: its keys also step in silence."""
        if self._fruitless.get(line.id) != line:
            self._fruitless.pop(line.id, None)
            if has_something(line, now):
                return True
        if abs(now - self._in_vain.get(line.id, 0)) >= PATIENCE:
            with self._desk.look() as transaction:
                if has_parts(transaction, line, now):
                    return True
        if abs(now - self._asked.setdefault(line.id, now)) < ASK_EVERY:
            return False
        self._asked[line.id] = now
        return True

    def _alive(self, line_id: bytes) -> list[Transport]:
        dead = {id(poller.transport) for poller in self._pollers.values() if not poller.alive}
        return [transport for transport in self._transports.get(line_id, []) if id(transport) not in dead]

    def _fail(self, line_id: bytes, name: str, error: TransportError) -> None:
        for poller in self._pollers.values():
            if poller.line_id == line_id and poller.transport.name == name and poller.alive:
                poller.alive = False
                self._tell(str(error))

    def _take_in(self) -> None:
        try:
            haul = self._hauls.get(timeout=0.001 if self._hurry else TICK)  # there may be more parts to send at once
        except Empty:
            return
        finally:
            self._hurry = False
        while True:
            self._handle(haul)
            try:
                haul = self._hauls.get_nowait()
            except Empty:
                return

    def _handle(self, haul: _Haul) -> None:
        poller = haul.poller
        try:
            if haul.error is not None:
                if poller.alive:
                    poller.alive = False
                    self._tell(str(haul.error))
                return
            if not poller.alive:
                poller.alive = True
                self._tell(f"{poller.transport.name} is back")
            if haul.found:
                done = Exchanged()
                take(self._desk, poller.line_id, poller.transport, poller.mailbox, haul.found, done)
                poller.in_vain = not done.fetched
        except TransportError as error:
            poller.alive = False
            self._tell(str(error))
        finally:
            poller.handled.set()
