"""A pseudo-terminal, for what the program does only when a person sits there."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time

from tests.cli.people import BACKCHANNEL, PATIENCE, Person


class Terminal:
    """A command that believes it talks to a person."""

    def __init__(self, person: Person, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [*BACKCHANNEL, *arguments],
            env={**person.process_environment(), "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._shown = ""

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.1)
        if not ready:
            return True
        try:
            data = os.read(self._ours, 65536)
        except OSError:
            return False
        self._shown += data.decode()
        return bool(data)

    def answers(self, question: str, words: str) -> None:
        """Wait for a question, and type."""
        end = time.monotonic() + PATIENCE
        start = len(self._shown)
        while not re.search(question, self._shown[start:], re.IGNORECASE):
            assert time.monotonic() < end, self._shown
            if not self._read():
                break
        os.write(self._ours, words.encode() + b"\n")

    def ends(self) -> tuple[int, str]:
        """Return the exit code and everything that was on the screen."""
        end = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < end, self._shown
        code = self._process.wait(PATIENCE)
        os.close(self._ours)
        return code, self._shown
