"""The line, measured: what travels, its cost beside bare Olm, how fast it arrives, how it holds with years in it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import vodozemac

from backchannel.app.desk import Desk
from backchannel.app.exchange import Exchanged, exchange, fetch_all
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.line import Line
from backchannel.app.ports import Found, Transport
from backchannel.app.read import conversation
from backchannel.app.say import say
from backchannel.app.slot import run_slot
from backchannel.app.status import status
from backchannel.app.steady import set_rhythm, steady_of
from backchannel.crypto.passphrase import Cost
from backchannel.line.channel import Channel
from backchannel.line.frame import Frame
from backchannel.line.handshake import Opened, Refused, Repeated
from backchannel.line.handshake import invite as make_invitation
from backchannel.line.handshake import join as make_request
from backchannel.line.mailbox import Mailbox
from backchannel.line.slots import MINUTE, Rhythm
from backchannel.log.event import write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import running
from backchannel.transport.address import relay_address
from backchannel.transport.memory import Boxes, MemoryTransport
from backchannel.transport.relay import RelayTransport
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import SqliteVault, create_vault
from backchannel.wire.coverage import Coverage
from bench.rows import Row

NAME: Final = "line"
CHEAP: Final = Cost(1, 64, 1)
PASSPHRASE: Final = "for the bench only"
HEBREW: Final = "שלום, כאן הכול שקט הלילה. מחר בבוקר יעברו שתי משאיות בגשר, עם תרופות ומים, ואיש לא ישאל שאלות. בסדר?"
CASINO: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "casino" / "dialogues.json"


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: smaller amounts, for a look; the figures are then not those of the issue.
    """
    yield _hebrew()
    yield _ratio(400 if quick else 4000)
    yield from _queued(5_000 if quick else 100_000)
    yield from _latency(5 if quick else 40)
    yield from _steady(24 if quick else 144)
    yield _opening(20_000 if quick else 1_000_000)
    yield _help(3 if quick else 15)
    yield from _casino(50 if quick else None)


def _channels() -> tuple[Channel, Channel]:
    inviting = make_invitation((), 100, os.urandom)
    joining = make_request(inviting.invitation, 1, os.urandom)
    match inviting.receive(joining.envelope(os.urandom), now=1, randomness=os.urandom):
        case Opened(state, inviter):
            reply = state.reply(os.urandom)
        case Repeated() | Refused():
            raise AssertionError
    assert reply is not None
    joiner = joining.receive(reply, now=1)
    inviter.open(joiner.seal(Frame(0, Coverage()), os.urandom), now=1, randomness=os.urandom)
    joiner.open(inviter.seal(Frame(0, Coverage()), os.urandom), now=1, randomness=os.urandom)
    return inviter, joiner


def _frame(text: str, number: int = 1) -> Frame:
    event = write_event(author=0, number=number, seen=0, clock=1_800_000_000_000, kind=TEXT, body=text_body(text))
    return Frame(number, Coverage(), (), (event.raw,))


def _hebrew() -> Row:
    assert len(HEBREW) == 100, len(HEBREW)
    inviter, _ = _channels()
    size = len(inviter.seal(_frame(HEBREW), os.urandom))
    return Row(NAME, "a 100-character Hebrew message on the wire", size, "bytes", 1024, size == 1024)


def _ratio(count: int) -> Row:
    """Time bare Olm and the whole line in turn, on the same plaintext bytes, and compare the medians."""
    inviter, joiner = _channels()
    frame = _frame(HEBREW)
    plaintext = frame.events[0]
    alice, bob = vodozemac.Account(), vodozemac.Account()
    bob.generate_one_time_keys(1)
    (one_time,) = bob.one_time_keys.values()
    out = alice.create_outbound_session(bob.curve25519_key, one_time)
    first = out.encrypt(b"").to_pre_key()
    assert first is not None
    into, _ = bob.create_inbound_session(alice.curve25519_key, first)
    out.decrypt(into.encrypt(b""))

    def bare() -> None:
        into.decrypt(out.encrypt(plaintext))

    def line() -> None:
        joiner.open(inviter.seal(frame, os.urandom), now=1, randomness=os.urandom)

    ratios = []
    for _ in range(20):
        inviter, joiner = _channels()
        ratios.append(_per_call(bare, count // 20) / _per_call(line, count // 20))
    ratio = statistics.median(ratios)
    return Row(
        NAME,
        "seal + open one at a time, against bare vodozemac",
        round(ratio, 3),
        "of its speed",
        0.333,
        ratio >= 1 / 3,
    )


def _per_call(call: Callable[[], None], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - started) / count


class _Counting:
    """A transport that counts what it hands over."""

    def __init__(self, inner: Transport) -> None:
        self.name = inner.name
        self.shared = inner.shared
        self.bytes = 0
        self._inner = inner

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        self.bytes += sum(map(len, envelopes))
        self._inner.put(mailbox, envelopes)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        return self._inner.get(mailbox, wait=wait)

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        self._inner.delete(mailbox, receipts)

    def close(self) -> None:
        self._inner.close()


@contextmanager
def _two_desks() -> Iterator[tuple[Desk, Desk, _Counting, Path]]:
    """Two vaults on the disk, a relay on loopback, and an open line called `line` between them."""
    with tempfile.TemporaryDirectory(prefix="backchannel-bench-") as folder:
        home = Path(folder)
        with running(RelayConfig(data=home / "relay", port=0)) as url:
            relay = _Counting(RelayTransport(relay_address(url)))
            desks = [
                Desk(create_vault(home / name, PASSPHRASE, CHEAP), lambda: time.time_ns() // 1_000_000, os.urandom)
                for name in ("north", "south")
            ]
            north, south = desks
            join(south, "line", invite(north, "line", (url,)).encode())
            for desk in (south, north, south, north):
                _exchange(desk, relay)
            yield north, south, relay, home
            relay.close()
            for desk in desks:
                desk.vault.close()


def _exchange(desk: Desk, relay: Transport) -> None:
    with desk.look() as transaction:
        line = transaction.line_named("line")
    problems = exchange(desk, line, [relay]).problems
    assert not problems, problems


def _queued(count: int) -> Iterator[Row]:
    with _two_desks() as (north, south, relay, _):
        say(north, "line", [f"{HEBREW[: 20 + number % 80]} {number}" for number in range(count)])
        relay.bytes = 0
        started = time.perf_counter()
        _exchange(north, relay)
        sent = relay.bytes
        _exchange(south, relay)
        _exchange(north, relay)
        seconds = time.perf_counter() - started
        with south.look() as transaction:
            line = transaction.line_named("line")
            assert line.theirs.upto == count, line.theirs
        with north.look() as transaction:
            line = transaction.line_named("line")
            assert line.unacknowledged == 0
            encoded = sum(map(len, transaction.raw_events(line.id, 0, 1, count)))
    full = count == 100_000
    label = f"{count:,} queued messages through a relay, both vaults durable"
    yield Row(NAME, label, round(seconds, 2), "s", 20, seconds < 20 if full else None)
    ratio = sent / encoded
    yield Row(
        NAME, f"{label}: bytes on the wire", round(ratio, 3), "per byte of events", 1.3, ratio <= 1.3 if full else None
    )


@contextmanager
def _people() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Two people with the command line, an open line `line` between them, and a relay in a process of its own."""
    python = [sys.executable, "-m", "backchannel"]
    with tempfile.TemporaryDirectory(prefix="backchannel-bench-") as folder:
        home = Path(folder)
        (home / "passphrase").write_text(PASSPHRASE)
        relay = subprocess.Popen(
            [*python, "relay", "serve", "--port", "0", "--data", str(home / "relay")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert relay.stdout is not None
            url = relay.stdout.readline().strip()
            north, south = (
                {
                    **os.environ,
                    "BACKCHANNEL_STATE": str(home / "state"),
                    "BACKCHANNEL_VAULT": str(home / name),
                    "BACKCHANNEL_PASSPHRASE_FILE": str(home / "passphrase"),
                }
                for name in ("north", "south")
            )
            file = str(home / "invitation")
            for who, command in (
                (north, ["init"]), (south, ["init"]), (north, ["invite", "line", "--relay", url, "--file", file]),
                (south, ["join", "line", "--file", file, "--wait", "0"]), (north, ["sync"]), (south, ["sync"]),
                (north, ["sync"]),
            ):  # fmt: skip
                subprocess.run([*python, *command], env=who, check=True, capture_output=True)
            yield north, south
        finally:
            relay.terminate()
            relay.wait()
            if relay.stdout is not None:
                relay.stdout.close()


def _latency(count: int) -> Iterator[Row]:
    python = [sys.executable, "-m", "backchannel"]
    with _people() as (north, south):
        follower = subprocess.Popen(
            [*python, "read", "line", "--follow", "--json"],
            env=south, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        speaker = subprocess.Popen(
            [*python, "say", "line", "-", "--each-line"], env=north, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert speaker.stdin is not None
            warm: list[float] = []
            for number in range(count + 2):
                started = time.perf_counter()
                speaker.stdin.write(f"{HEBREW} {number}\n".encode())
                speaker.stdin.flush()
                _wait_for(follower, f"{HEBREW} {number}")
                warm.append((time.perf_counter() - started) * 1000)
                time.sleep(0.05)
            cold: list[float] = []
            for number in range(max(3, count // 4)):
                started = time.perf_counter()
                subprocess.run([*python, "say", "line", f"cold {number}"], env=north, check=True, capture_output=True)
                _wait_for(follower, f"cold {number}")
                cold.append((time.perf_counter() - started) * 1000)
        finally:
            assert speaker.stdin is not None
            speaker.stdin.close()
            for process in (speaker, follower):
                process.terminate()
                process.wait()
            assert follower.stdout is not None
            follower.stdout.close()
    median = statistics.median(warm[2:])
    yield Row(NAME, "`say` to shown by `read --follow`, median, vault open", round(median, 1), "ms", 100, median < 100)
    yield Row(
        NAME,
        "the same from starting `say`: interpreter, Argon2id and all",
        round(statistics.median(cold)),
        "ms",
        None,
        None,
    )


def _wait_for(follower: subprocess.Popen[bytes], text: str) -> None:
    assert follower.stdout is not None
    while json.loads(follower.stdout.readline())["text"] != text:
        pass


def _steady(slots: int) -> Iterator[Row]:
    """Let both sides of a line be steady for so many slots of ten minutes, in virtual time, and say little."""
    rhythm, now = Rhythm(10 * MINUTE, 4096), [1_800_000_000_000]
    boxes: Boxes = {}
    with tempfile.TemporaryDirectory(prefix="backchannel-bench-") as folder:
        desks = [
            Desk(create_vault(Path(folder) / name, PASSPHRASE, CHEAP), lambda: now[0], os.urandom)
            for name in ("north", "south")
        ]
        ways = [_Counting(MemoryTransport(boxes)) for _ in desks]
        north, south = desks
        join(south, "line", invite(north, "line", ("http://127.0.0.1:9",)).encode())
        for at in (1, 0, 1, 0):
            _exchange(desks[at], ways[at])
        for desk in desks:
            set_rhythm(desk, "line", rhythm)
        ways[0].bytes = 0
        times: list[float] = []
        for number in range(slots):
            if number % 12 == 0:
                say(north, "line", [HEBREW])
            for desk, way in sorted(zip(desks, ways, strict=True), key=lambda pair: _next(pair[0])):
                now[0] = _next(desk)
                started = time.perf_counter()
                assert run_slot(desk, _line(desk).id, [way]).sent == 1
                times.append((time.perf_counter() - started) * 1000)
                for each, by in zip(desks, ways, strict=True):
                    fetch_all(each, _line(each), [by], Exchanged())
        assert _line(north).unacknowledged <= 1
        sent = ways[0].bytes
        for desk in desks:
            desk.vault.close()
    label = "a steady line, one envelope of 4 KiB in ten minutes"
    yield Row(NAME, f"{label}: put in {slots} slots, one way", sent, "bytes", 4096 * slots, sent == 4096 * slots)
    yield Row(NAME, f"{label}: one slot, made, kept and put", round(statistics.median(times), 1), "ms", None, None)


def _line(desk: Desk) -> Line:
    with desk.look() as transaction:
        return transaction.line_named("line")


def _next(desk: Desk) -> int:
    steady = steady_of(desk, "line")
    assert steady is not None
    return steady.next


def _opening(count: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="backchannel-bench-") as folder:
        home = Path(folder) / "north"
        desk = Desk(create_vault(home, PASSPHRASE, CHEAP), lambda: time.time_ns() // 1_000_000, os.urandom)
        invite(desk, "line")
        batch = 50_000
        for start in range(0, count, batch):
            say(desk, "line", [f"{HEBREW[:60]} {number}" for number in range(start, min(count, start + batch))])
        desk.vault.close()
        key = read_key(home, PASSPHRASE)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            desk = Desk(SqliteVault(home, key), lambda: 1, os.urandom)
            (standing,) = status(desk)
            _, last = conversation(desk, "line", last=50)
            times.append(time.perf_counter() - started)
            assert standing.line.own == count
            assert len(last) == 50
            desk.vault.close()
    seconds = statistics.median(times)
    label = f"open a vault with {count:,} events and show the last 50, after the passphrase work"
    return Row(NAME, label, round(seconds, 4), "s", 0.2, seconds < 0.2 if count == 1_000_000 else None)


def _help(count: int) -> Row:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "backchannel", "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    seconds = statistics.median(times)
    return Row(NAME, "`backchannel --help`", round(seconds, 3), "s", 0.15, seconds < 0.15)


def _casino(most: int | None) -> Iterator[Row]:
    label = "replay of the CaSiNo dialogues, both sides in turn"
    if not CASINO.is_file():
        yield Row(NAME, f"{label}: skipped, ../shared/data/casino is not here", 0, "messages/s", None, None)
        return
    dialogues = json.loads(CASINO.read_text("utf-8"))[:most]
    with _two_desks() as (north, south, relay, _):
        started, count = time.perf_counter(), 0
        for dialogue in dialogues:
            speakers: dict[str, Desk] = {}
            for turn in dialogue["chat_logs"]:
                desk = speakers.setdefault(turn["id"], south if speakers else north)
                if turn["text"]:
                    say(desk, "line", [turn["text"]])
                    count += 1
            _exchange(north, relay)
            _exchange(south, relay)
        _exchange(north, relay)
        seconds = time.perf_counter() - started
        logs = [[entry.stored.event.id for entry in conversation(desk, "line")[1]] for desk in (north, south)]
        assert logs[0] == logs[1]
        assert len(logs[0]) == count
    yield Row(
        NAME,
        f"{label}: {len(dialogues):,} dialogues, {count:,} messages",
        round(count / seconds),
        "messages/s",
        None,
        None,
    )
