"""A power cut at the n-th durable step that a program takes on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.crash import Fuse

STEPS = ("fsync", "replace", "unlink", "rmdir", "mkdir", "pwrite")


@contextmanager
def cut_at(step: int) -> Iterator[Fuse]:
    """Burn a fuse before each call that changes the disk, for as long as the block runs."""
    fuse = Fuse()
    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, _burning(fuse, name, getattr(os, name)))
        fuse.light(step)
        yield fuse
        fuse.put_out()


def _burning(fuse: Fuse, name: str, real: Any) -> Any:
    def call(*args: Any, **named: Any) -> Any:
        fuse.burn(name)
        return real(*args, **named)

    return call
