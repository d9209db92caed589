"""A relay's client of the plainest kind, and a relay in a process of its own, for the tests."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backchannel.wire import codec

SERVE = """
import logging, pathlib, sys
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import serve
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
serve(RelayConfig(pathlib.Path(sys.argv[1]), port=0), on_ready=lambda url: print(url, flush=True))
print("closed", flush=True)
"""


@dataclass(frozen=True)
class Secrets:
    """The ids and capabilities of one mailbox."""

    put_id: bytes = field(default_factory=lambda: os.urandom(16))
    put_capability: bytes = field(default_factory=lambda: os.urandom(32))
    get_id: bytes = field(default_factory=lambda: os.urandom(16))
    get_capability: bytes = field(default_factory=lambda: os.urandom(32))

    @property
    def body(self) -> bytes:
        put_hash, get_hash = (hashlib.sha256(secret).digest() for secret in (self.put_capability, self.get_capability))
        return codec.encode([1, self.put_id, put_hash, self.get_id, get_hash])

    @property
    def put(self) -> dict[str, str]:
        return authorization(self.put_id, self.put_capability)

    @property
    def get(self) -> dict[str, str]:
        return authorization(self.get_id, self.get_capability)

    @property
    def all(self) -> list[bytes]:
        return [self.put_id, self.put_capability, self.get_id, self.get_capability]


def authorization(mailbox_id: bytes, capability: bytes) -> dict[str, str]:
    return {"Authorization": f"Backchannel {mailbox_id.hex()}.{capability.hex()}"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def value(self) -> Any:
        return codec.decode(self.body)

    @property
    def error(self) -> str:
        lines = self.body.decode().splitlines()
        assert len(lines) == 1
        told = json.loads(lines[0])
        assert told["schema"] == 1
        assert set(told) == {"schema", "error", "reason"}
        return str(told["error"])


class Client:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.address = parts.hostname, parts.port or 80
        self._connection = http.client.HTTPConnection(*self.address, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def mailbox(self) -> Secrets:
        secrets = Secrets()
        assert self.ask("POST", "/v1/mailbox", secrets.body).status == 201
        return secrets

    def put(self, secrets: Secrets, envelope: bytes) -> Reply:
        return self.ask("POST", "/v1/put", envelope, secrets.put)

    def put_many(self, secrets: Secrets, envelopes: list[bytes]) -> Reply:
        return self.ask("POST", "/v1/put-many", codec.encode([1, envelopes]), secrets.put)

    def get(self, secrets: Secrets, query: str = "") -> Reply:
        return self.ask("GET", f"/v1/get?{query}", headers=secrets.get)

    def delete(self, secrets: Secrets, upto: int) -> Reply:
        return self.ask("POST", "/v1/delete", codec.encode([1, upto]), secrets.get)

    def metric(self, name: str) -> int:
        for line in self.ask("GET", "/metrics").body.decode().splitlines():
            if line.startswith(f"backchannel_relay_{name} "):
                return int(line.rpartition(" ")[2])
        return 0


@contextlib.contextmanager
def client_of(url: str) -> Iterator[Client]:
    client = Client(url)
    try:
        yield client
    finally:
        client.close()


def envelope(seed: int = 0, size: int = 1024) -> bytes:
    return hashlib.shake_128(seed.to_bytes(8, "big")).digest(size)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what another thread or process is about to do."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


class Process:
    """A relay in a process of its own, with every logger at DEBUG."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Debug mode makes asyncio log addresses, unless the relay forbids it.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONASYNCIODEBUG": "1"},
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.communicate()

    def signal(self, number: int) -> tuple[int, str, str]:
        """Return the exit code, and what was still said on both outputs."""
        self._process.send_signal(number)
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, out, err


@contextlib.contextmanager
def process(data: Path) -> Iterator[Process]:
    relay = Process(data)
    try:
        yield relay
    finally:
        relay.kill()
