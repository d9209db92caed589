"""The targets: every module ``fuzz/fuzz_*.py`` with ``one_input`` and ``examples``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parent
CORPUS = FOLDER.parent / ".cache" / "fuzz"

NAMES = tuple(sorted(path.stem.removeprefix("fuzz_") for path in FOLDER.glob("fuzz_*.py")))


class Target(NamedTuple):
    """One parser under fire."""

    name: str
    one_input: Callable[[bytes], None]
    """Takes one input; raises whatever must not happen."""
    examples: Callable[[], list[bytes]]


def target(name: str) -> Target:
    """Import one target."""
    module = importlib.import_module(f"fuzz.fuzz_{name}")
    return Target(name, module.one_input, module.examples)
