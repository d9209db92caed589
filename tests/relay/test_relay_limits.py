from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import ConfigRefused, Forbidden, MailboxUnknown, Unauthorized
from backchannel.relay import access
from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Bucket, Limits, Meter, Rate, client_key
from backchannel.relay.store import Direction, Door
from backchannel.relay.wake import Wakes
from tests.relay.loopback import Secrets

RATE = Rate(2.0, 3.0)


def test_a_bucket_gives_its_burst_and_then_says_how_long() -> None:
    bucket = Bucket(RATE.burst, 0.0)
    waits = []
    for _ in range(4):
        bucket, wait = bucket.take(RATE, 0.0)
        waits.append(wait)
    assert waits == [0.0, 0.0, 0.0, 0.5]
    assert bucket.take(RATE, 0.5)[1] == 0.0


def test_a_clock_that_goes_back_fills_nothing() -> None:
    empty = Bucket(0.0, 100.0)
    assert empty.take(RATE, 50.0)[1] == 0.5


@given(st.lists(st.floats(0, 5), max_size=60))
def test_no_more_than_burst_and_rate_go_through(pauses: list[float]) -> None:
    bucket, now, through = Bucket(RATE.burst, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        bucket, wait = bucket.take(RATE, now)
        through += not wait
    assert through <= RATE.burst + RATE.per_second * now + 1e-6


def test_a_meter_tells_clients_apart_and_forgets_the_oldest() -> None:
    meter = Meter(Rate(1.0, 1.0), clients=2)
    assert meter.take("a", 0.0) == 0.0
    assert meter.take("b", 0.0) == 0.0
    assert meter.take("a", 0.0) == 1.0
    assert meter.take("c", 0.0) == 0.0
    assert meter.take("a", 0.0) == 1.0
    assert meter.take("b", 0.0) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("testclient", "testclient", True),
    ],
)
def test_what_counts_as_one_client(one: str, other: str, same: bool) -> None:
    assert (client_key(one) == client_key(other)) is same


@pytest.mark.parametrize(
    "wrong", [{"mailbox_envelopes": 0}, {"envelope_seconds": -1}, {"requests_per_second": float("nan")}]
)
def test_limits_must_be_positive(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigRefused, match=next(iter(wrong))):
        Limits(**wrong)


def test_a_config_refuses_what_cannot_be() -> None:
    with pytest.raises(ConfigRefused, match="port"):
        RelayConfig(Path(), port=65536)
    with pytest.raises(ConfigRefused, match="metrics port"):
        RelayConfig(Path(), metrics_port=-1)
    with pytest.raises(ConfigRefused, match="empty"):
        RelayConfig(Path(), operator_token="")
    with pytest.raises(ConfigRefused, match="ASCII"):
        RelayConfig(Path(), operator_token="שלום")
    with pytest.raises(ConfigRefused, match="expiry"):
        RelayConfig(Path(), expiry_every=0)


def test_a_config_shows_no_token() -> None:
    assert "s3cret" not in repr(RelayConfig(Path(), operator_token="s3cret"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: [],
        lambda text: [text, text],
        lambda text: [text.upper()],
        lambda text: [text.lower()],
        lambda text: [text + " "],
        lambda text: [text + "\n"],
        lambda text: [text[:-1]],
        lambda text: [text.replace(".", ":")],
        lambda text: [text.replace("Backchannel", "Bearer")],
        lambda text: [text.replace(text[12], "٣")],
    ],
)
def test_a_credential_has_one_form(change: object) -> None:
    assert callable(change)
    with pytest.raises(Unauthorized):
        access.credential_of(change(Secrets().put["Authorization"]))


def test_a_door_opens_for_its_capability_in_its_direction() -> None:
    secrets = Secrets()
    shown = access.credential_of([secrets.put["Authorization"]])
    door = Door(3, Direction.PUT, access.digest(secrets.put_capability))
    assert access.admit(door, shown, Direction.PUT) == 3
    with pytest.raises(Forbidden):
        access.admit(door, shown, Direction.GET)
    with pytest.raises(Forbidden):
        access.admit(Door(3, Direction.PUT, bytes(32)), shown, Direction.PUT)
    with pytest.raises(MailboxUnknown):
        access.admit(None, shown, Direction.PUT)
    assert shown.capability_hash.hex() not in repr(shown)


def test_waiters_are_counted_woken_and_sent_home() -> None:
    wakes = Wakes(per_mailbox=2, total=3)
    with wakes.waiting(1) as first, wakes.waiting(1) as second, wakes.waiting(1) as third:
        assert first is not None
        assert second is not None
        assert third is None
        with wakes.waiting(2) as other, wakes.waiting(3) as fourth:
            assert other is not None
            assert fourth is None
            wakes.wake(1)
            assert first.is_set()
            assert second.is_set()
            assert not other.is_set()
            assert wakes.count == 3
            wakes.stop()
            assert other.is_set()
    assert wakes.count == 0
    assert wakes.stopped
