"""Insight never leaves: nothing in the room can be put on the wire, and no type shows its figures by accident."""

from __future__ import annotations

import ast
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import backchannel.insight
from backchannel.wire import codec

FOLDER = Path(backchannel.insight.__file__).parent
MODULES = sorted(each.name for each in pkgutil.walk_packages([str(FOLDER)], "backchannel.insight."))
ENCODING = re.compile(r"^(to|as)_(value|wire|bytes|cbor|event|body)$|^(en|de)code|cbor|^write_(event|body)")


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 10


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_what_encodes_or_sends(name: Any) -> None:
    tree = ast.parse(Path(import_module(name).__file__ or "").read_text("utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    forbidden = ("cbor2", "pickle", "marshal", "backchannel.wire", "backchannel.line", "backchannel.crypto")
    assert not [each for each in imported if each.startswith(forbidden)]


@pytest.mark.parametrize("name", MODULES)
def test_no_type_has_an_encoding(name: Any) -> None:
    module = import_module(name)
    for thing in vars(module).values():
        if isinstance(thing, type) and thing.__module__ == name:
            assert not [each for each in dir(thing) if ENCODING.search(each)]
    assert not [each for each in vars(module) if ENCODING.search(each)]


def test_the_codec_refuses_them() -> None:
    from tests.insight.prefs import preferences

    with pytest.raises(Exception, match=r".") as caught:
        codec.encode(preferences())
    assert not isinstance(caught.value, AttributeError)
