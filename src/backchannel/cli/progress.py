"""How far something is, on a terminal; nothing where standard error is a pipe."""

from __future__ import annotations

import sys
from types import TracebackType

import click

from backchannel.cli.render import safe

SHORTEST = 4 * 2**20
"""Bytes below which it is over before anybody has read it."""


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
