"""The demo's processes: a relay, and two people who have nothing but the command line and a vault each."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

BACKCHANNEL: Final = (sys.executable, "-m", "backchannel")
PATIENCE: Final = 100.0
"""Seconds; longer than the longest pause of a watch that has lost its relay."""


class DemoFailed(Exception):
    """Something in the demo did not happen; its text says what."""


class RelayProcess:
    """`backchannel relay serve`, as a process that can be killed and started again at the same address."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [*BACKCHANNEL, "relay", "serve", "--port", str(self._port), "--data", str(self._data)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise DemoFailed("the relay did not start")
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it without warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def seen(self) -> dict[int, int]:
        """Return how many envelopes of each size it has stored since it started: all that an operator can see."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for line in text.splitlines():
            if line.startswith("backchannel_relay_envelopes_seen_total{"):
                label, _, value = line.rpartition(" ")
                found[int(label.split('"')[1])] = int(float(value))
        return found


class Person:
    """One side: a vault, and the command line."""

    def __init__(self, name: str, peer: str, home: Path) -> None:
        self.name = name
        self.peer = peer
        self.vault = home / name
        self._passphrase = home / f"{name}.passphrase"
        self._passphrase.write_text(f"the {name} side of the river, {os.urandom(8).hex()}\n", "utf-8")
        self._passphrase.chmod(0o600)
        self._follower: subprocess.Popen[str] | None = None
        self.heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def environment(self) -> dict[str, str]:
        """Return what its processes see."""
        named = {
            "BACKCHANNEL_VAULT": str(self.vault),
            "BACKCHANNEL_PASSPHRASE_FILE": str(self._passphrase),
            "BACKCHANNEL_STATE": str(self.vault.with_suffix(".state")),
        }
        return {**os.environ, **named, "PYTHONUTF8": "1"}

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run one command to its end and return what it printed.

        Args:
            arguments: the command.
            typed: what it reads from its standard input.

        Raises:
            DemoFailed: it failed.
        """
        done = subprocess.run(
            [*BACKCHANNEL, *arguments],
            env=self.environment(), input=typed, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise DemoFailed(f"{self.name}: backchannel {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def everything(self) -> list[dict[str, Any]]:
        """Return every message of the line, as this side has it."""
        return [json.loads(line) for line in self.run("read", self.peer, "--json", "--offline").splitlines()]

    def follow(self) -> None:
        """Start `read --follow` in a process of its own."""
        self._follower = subprocess.Popen(
            [*BACKCHANNEL, "read", self.peer, "--follow", "--json"],
            env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
        threading.Thread(target=self._listen, args=(self._follower,), daemon=True).start()

    def _listen(self, follower: subprocess.Popen[str]) -> None:
        assert follower.stdout is not None
        for line in follower.stdout:
            self.heard.put(json.loads(line))

    def wait_for(self, text: str) -> dict[str, Any]:
        """Wait until `read --follow` shows these words from the other side.

        Raises:
            DemoFailed: it does not, for a minute.
        """
        return self._wait("text", text)

    def wait_for_event(self, identity: str) -> dict[str, Any]:
        """Wait until `read --follow` shows the event of the other side's with that id.

        Raises:
            DemoFailed: it does not, for a minute.
        """
        return self._wait("id", identity)

    def wait_for_act(self, kind: str) -> dict[str, Any]:
        """Wait until `read --follow` shows an event of that kind from the other side.

        Raises:
            DemoFailed: it does not, for a minute.
        """
        return self._wait("kind", kind)

    def _wait(self, key: str, value: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                event = self.heard.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty as error:
                raise DemoFailed(f"{self.name} never heard: {value}") from error
            if event["author"] == "them" and event[key] == value:
                return event

    def stop(self) -> None:
        """End what still runs."""
        if self._follower is not None:
            self._follower.send_signal(signal.SIGINT)
            try:
                self._follower.wait(10)
            except subprocess.TimeoutExpired:
                self._follower.kill()
                self._follower.wait()
            self._follower = None
