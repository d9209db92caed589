"""The trust that a kept plan needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backchannel.app.trust_needed import PRIVATE, Need, trust_needed
from backchannel.errors import InputRefused
from tests.support.world import World


def test_a_kept_plan_says_what_each_moment_needs(tmp_path: Path) -> None:
    world = World(root=tmp_path)
    line = world.ann.line.id
    moments = [{"when": "before all", "me": 0, "them": 0}, {"when": "phase 1: I have given", "me": 0, "them": 70}]
    kept = {"good": json.dumps({"trust": {"moments": moments}}), "bad": "[]", "worse": "{", "other": '{"trust": {}}'}
    with world.ann.desk.work() as work:
        for label, value in kept.items():
            work.transaction.save_private(line, PRIVATE + label, value.encode())
    found = trust_needed(world.ann.desk, "bob", "good")
    assert found == (Need("before all", 0, 0), Need("phase 1: I have given", 0, 70))
    for label in ("bad", "worse", "other", "none"):
        with pytest.raises(InputRefused):
            trust_needed(world.ann.desk, "bob", label)
    world.close()
