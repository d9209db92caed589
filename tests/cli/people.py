"""People at the command line: in this process where that is fast, in processes of their own where it matters."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

import pytest
from click.testing import CliRunner

from backchannel import main
from backchannel.app.ports import Clock, Vault
from backchannel.crypto.passphrase import Cost
from backchannel.vault.backup import Contents, Tell, restore_backup, write_backup
from backchannel.vault.keyfile import read_key
from backchannel.vault.marker import Marker, marks_folder
from backchannel.vault.rekey import rekey
from backchannel.vault.store import change_passphrase, create_vault
from tests.support.world import CHEAP, FastVault

PASSPHRASE = "six words nobody has ever said"
PATIENCE = 30.0
YEARS = 365 * 24 * 3600 * 1000
BACKCHANNEL = (sys.executable, "-m", "backchannel")


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def values(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output; each carries the schema."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(value["schema"] == 1 for value in found)
        return found

    @property
    def value(self) -> dict[str, Any]:
        (only,) = self.values
        return only

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error, which is the last line of the talk."""
        value: dict[str, Any] = json.loads(self.err.splitlines()[-1])
        assert set(value) == {"schema", "error", "message", "hint"}
        assert value["schema"] == 1
        return value


@dataclass
class Person:
    """Somebody with a vault and a keyboard."""

    home: Path
    name: str
    years: float = 0.0
    """How far off the clock is."""
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vault = self.home / self.name
        self.passphrase_file = self.home / f"{self.name}.passphrase"
        self.passphrase_file.write_text(f"{PASSPHRASE} but {self.name}\n", "utf-8")

    @property
    def named(self) -> dict[str, str | None]:
        """The environment that its commands see."""
        return {
            "BACKCHANNEL_VAULT": str(self.vault),
            "BACKCHANNEL_PASSPHRASE_FILE": str(self.passphrase_file),
            "BACKCHANNEL_PROXY": None,
            "BACKCHANNEL_STATE": str(self.home / f"{self.name}.state"),
            "BACKCHANNEL_RELAY": None,
            "NO_COLOR": None,
            **self.environment,
        }

    def tries(self, *arguments: str, stdin: str | bytes = b"", **named: str | None) -> Done:
        """Run a command in this process, whatever comes of it."""
        person = self

        class Nearby(main.Outside):
            """The real adapters, but passphrases cost nothing, the disk is not waited for, and the clock may be off."""

            @property
            def clock(self) -> Clock:
                return lambda: time.time_ns() // 1_000_000 + int(person.years * YEARS)

            @property
            def file_cost(self) -> Cost:
                return CHEAP

            def create_vault(self, folder: Path, passphrase: str) -> Vault:
                return create_vault(folder, passphrase, CHEAP)

            def open_vault(self, folder: Path, passphrase: str, *, old: bool = False) -> Vault:
                key = read_key(folder, passphrase)
                return FastVault(folder, key, marker=Marker(key, marks_folder()), old=old)

            def write_backup(self, vault: Vault, file: Path, passphrase: str, tell: Tell) -> Contents:
                return write_backup(vault, file, passphrase, self.random, tell, CHEAP)

            def restore_backup(
                self, file: Path, passphrase: str, folder: Path, vault_passphrase: str, tell: Tell
            ) -> Contents:
                given = self.clock, self.random, tell, CHEAP
                return restore_backup(file, passphrase, folder, vault_passphrase, *given)

            def change_passphrase(self, folder: Path, old: str, new: str) -> None:
                change_passphrase(folder, old, new, CHEAP)

            def rekey_vault(self, folder: Path, passphrase: str) -> None:
                rekey(folder, passphrase, CHEAP, patience=1.0)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(main, "Outside", Nearby)
            runner = CliRunner()
            with runner.isolation(stdin, env={**self.named, **named}) as (out, err, _):
                with pytest.raises(SystemExit) as stop:
                    main.run(list(arguments))
                sys.stdout.flush()
                sys.stderr.flush()
                code = stop.value.code
                done = Done(code if isinstance(code, int) else 1, out.getvalue().decode(), err.getvalue().decode())
        assert "Traceback" not in done.err
        return done

    def runs(self, *arguments: str, stdin: str | bytes = b"", **named: str | None) -> Done:
        """Run a command that works."""
        done = self.tries(*arguments, stdin=stdin, **named)
        assert done.code == 0, (arguments, done.code, done.err)
        return done

    def process_environment(self) -> dict[str, str]:
        """The environment of a real process."""
        kept = {
            **os.environ,
            **self.named,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TERM": "dumb",
            "PYTHONFAULTHANDLER": "1",
        }
        return {name: value for name, value in kept.items() if value is not None}

    def alone(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Run a command in a process of its own."""
        done = subprocess.run(
            [*BACKCHANNEL, *arguments], env=self.process_environment(), input=stdin, capture_output=True, check=False,
            timeout=PATIENCE,
        )  # fmt: skip
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def keeps_running(self, *arguments: str) -> Iterator[Running]:
        """Have a command run in a process of its own, until the block ends.

        It is not measured: an interrupt that strikes while coverage holds its lock leaves the lock held for ever, and
        the process with it.
        """
        environment = self.process_environment()
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
        running = Running([*BACKCHANNEL, *arguments], environment)
        try:
            yield running
        finally:
            running.kill()

    # --- what every test needs ----------------------------------------------------------------------------------------

    def says(self, line: str, *texts: str) -> None:
        for text in texts:
            self.runs("say", line, text)

    def log(self, line: str) -> list[dict[str, Any]]:
        return self.runs("read", line, "--json", "--offline").values

    def texts(self, line: str) -> list[str]:
        return [event["text"] for event in self.log(line)]

    def status(self, line: str) -> dict[str, Any]:
        return self.runs("status", line, "--json").value

    def rows(self) -> list[tuple[Any, ...]]:
        """Everything in the vault."""
        key = read_key(self.vault, self.passphrase_file.read_text("utf-8").rstrip("\n"))
        vault = FastVault(self.vault, key)
        try:
            return vault.rows()
        finally:
            vault.close()


class Running:
    """A process that goes on; its lines are kept as they come."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.out: SimpleQueue[str] = SimpleQueue()
        self.err: SimpleQueue[str] = SimpleQueue()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=_listen, args=pair)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    def line(self) -> str:
        """The next line of standard output."""
        try:
            return self.out.get(timeout=PATIENCE)
        except Empty:
            self.kill()
            raise AssertionError(f"it never came; stderr: {drained(self.err)}") from None

    def talk(self, pattern: str) -> re.Match[str]:
        """The next line of standard error that has this in it."""
        end = time.monotonic() + PATIENCE
        heard = []
        while time.monotonic() < end:
            try:
                heard.append(self.err.get(timeout=0.1))
            except Empty:
                continue
            if found := re.search(pattern, heard[-1]):
                return found
        raise AssertionError(f"{pattern} was never said, but {heard}")

    def type(self, text: str) -> None:
        """Write to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def stops(self, number: int = signal.SIGINT) -> Done:
        """Send a signal; return what was left to be said."""
        self.process.send_signal(number)
        return self.ends()

    def ends(self) -> Done:
        """Wait for the end."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it says where it is
            self.process.wait(PATIENCE)
            raise AssertionError(f"it did not end: {drained(self.err)}") from None
        for thread in self._threads:
            thread.join(PATIENCE)
        return Done(code, drained(self.out), drained(self.err))

    def kill(self) -> None:
        """Kill it, if it still runs, and let go of its pipes."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def _listen(stream: IO[bytes], queue: SimpleQueue[str]) -> None:
    for line in stream:
        queue.put(line.decode().rstrip("\n"))


def drained(queue: SimpleQueue[str]) -> str:
    """Everything that is left in a queue."""
    left = []
    while not queue.empty():
        left.append(queue.get())
    return "\n".join(left)


def fast_folder() -> Path:
    """A new folder, in memory where the system has one."""
    shm = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="people-", dir=shm if shm.is_dir() else None))


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process is about to do."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def open_line(ann: Person, bob: Person, *relays: str) -> None:
    """Have Ann invite and Bob join, until the line is open and each has heard the other."""
    invitation = ann.home / "invitation.txt"
    given = [part for relay in relays for part in ("--relay", relay)]
    ann.runs("invite", "bob", *given, "--file", str(invitation))
    bob.runs("join", "ann", "--file", str(invitation), "--wait", "0")
    invitation.unlink()
    ann.runs("sync", "bob")
    bob.runs("sync", "ann")
    ann.runs("sync", "bob")
