"""The exchange demo: a signed deal of one for 1,000, carried out, with one promise disputed and settled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

EXCHANGE = Path(__file__).resolve().parents[2] / "examples" / "demo" / "exchange.py"


def test_it_is_signed_carried_out_and_the_same_on_both_sides() -> None:
    done = subprocess.run(
        [sys.executable, str(EXCHANGE), "--json"], capture_output=True, text=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["same_ledger"] is True
    assert found["promises"] == {"confirmed": 4}
    assert found["disputed_and_settled"] == ["second-phase"]
    assert found["score"] == 3
    assert found["kept"] == {"side 0": 1_000, "side 1": 2}
    assert ["second-phase", "promise.dispute", "disputed"] in found["steps"]
