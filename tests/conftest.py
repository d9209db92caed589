"""What every test may count on: nothing of it is left in the home of whoever runs it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def state() -> Iterator[None]:
    """Marks of vaults go into a folder of their own."""
    folder = tempfile.mkdtemp(prefix="backchannel-state-")
    os.environ["BACKCHANNEL_STATE"] = folder
    yield
    shutil.rmtree(folder)


WITHOUT_COVERAGE = (
    "app/test_close.py", "app/test_crashes.py", "app/test_overlap.py", "app/test_recovery.py",
    "app/test_recovery_world.py", "app/test_removal.py", "cli/test_lies.py", "fuzz", "ledger/test_ledger.py",
    "ledger/test_listing.py", "line/test_two_vaults.py", "proof", "table/test_laws.py", "transport/test_qr.py",
    "vectors/test_second_program.py", "world",
)  # fmt: skip
"""Tests that go over the same lines many thousand times: to count them each time costs minutes and tells nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that repeat themselves run unmeasured."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix().startswith(WITHOUT_COVERAGE):
            item.add_marker(pytest.mark.no_cover)
