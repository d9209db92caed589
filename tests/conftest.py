"""What every test may count on: nothing of it is left in the home of whoever runs it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def state() -> Iterator[None]:
    """Marks of vaults go into a folder of their own."""
    folder = tempfile.mkdtemp(prefix="backchannel-state-")
    os.environ["BACKCHANNEL_STATE"] = folder
    yield
    shutil.rmtree(folder)
