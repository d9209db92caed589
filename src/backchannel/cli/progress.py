"""How far something is, on a terminal; nothing where standard error is a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import click

from backchannel.app.attachment import Attachment
from backchannel.cli.render import plural, safe

SHORTEST = 4 * 2**20
"""Bytes below which it is over before anybody has read it."""

EVERY = 1.0
"""Seconds between two looks at files that are on the way."""


class Progress:
    """A bar on standard error."""

    def __init__(self, label: str, length: int) -> None:
        """Prepare a bar.

        Args:
            label: what it is about.
            length: how much there is to do, in bytes.
        """
        self._bar = None
        if sys.stderr.isatty() and length >= SHORTEST:
            self._bar = click.progressbar(length=length, label=safe(label)[:40], file=sys.stderr, show_eta=True)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)

    def add(self, done: int) -> None:
        """Move the bar on by so many bytes."""
        if self._bar is not None:
            self._bar.update(done)


class OnTheWay:
    """One line on a terminal that says how far all files together are; it is written over while something moves."""

    def __init__(self, moving: Callable[[], Sequence[Attachment]]) -> None:
        """Prepare the line.

        Args:
            moving: returns the files that are on the way now.
        """
        self._moving = moving
        self._next = 0.0
        self._shown = ""

    def look(self) -> None:
        """Bring the line up to date, if somebody sees it and it is time."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next = now + EVERY
        self._show(told(self._moving()))

    def _show(self, text: str) -> None:
        if text != self._shown:
            click.echo("\r" + text.ljust(len(self._shown)) + ("" if text else "\r"), nl=False, err=True)
            self._shown = text


def told(files: Sequence[Attachment]) -> str:
    """Return `2 files on the way, 42 %`; nothing where there are none."""
    size = sum(file.file.size for file in files)
    percent = 100 * sum(file.arrived for file in files) // max(1, size)
    return f"{plural(len(files), 'file')} on the way, {percent} %" if files else ""
