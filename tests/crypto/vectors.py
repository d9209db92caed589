"""Reads vectors/ietf; the source of each file is named in it."""

from __future__ import annotations

import json
from typing import Any

import x


def vectors(name: str) -> Any:
    return json.loads((x.ROOT / "vectors" / "ietf" / f"{name}.json").read_text(encoding="utf-8"))["vectors"]


def raw(vector: dict[str, str], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]
