"""A relay, and two people who have just met."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Limits
from backchannel.relay.serve import running
from tests.cli.people import Person, fast_folder, open_line

GENEROUS = Limits(makes_per_hour=100_000, requests_per_second=100_000.0)


@pytest.fixture(scope="module")
def relay() -> Iterator[str]:
    """The address of a relay that all tests of a module share: nobody's mailbox is another's."""
    folder = fast_folder()
    with running(RelayConfig(folder, port=0, limits=GENEROUS)) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    folder = fast_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ann(home: Path) -> Person:
    person = Person(home, "ann")
    person.runs("init")
    return person


@pytest.fixture
def bob(home: Path) -> Person:
    person = Person(home, "bob")
    person.runs("init")
    return person


@pytest.fixture
def pair(ann: Person, bob: Person, relay: str) -> tuple[Person, Person]:
    """Ann, whose line is called bob, and Bob, whose line is called ann: open, through the relay."""
    open_line(ann, bob, relay)
    return ann, bob
