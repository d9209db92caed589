"""How much anyone may use (spec 6.10): quotas, and token buckets that are told the time."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Final

from backchannel.errors import ConfigRefused

_DAY: Final = 86_400
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """The quotas and rates of one relay; every one must be positive.

    Attributes:
        mailbox_envelopes: envelopes that one mailbox holds at most.
        mailbox_bytes: bytes that one mailbox holds at most.
        total_bytes: bytes that the relay holds at most.
        total_mailboxes: mailboxes that the relay holds at most.
        file_bytes: the size that the database file may not pass; None leaves it to the disk.
        envelope_seconds: how long an envelope is held at least, if nobody deletes it.
        mailbox_idle_seconds: how long a mailbox without envelopes and without use is kept at least.
        makes_per_hour: mailboxes that one client address may make in an hour.
        requests_per_second: requests of one client address, lasting.
        requests_burst: requests of one client address, at once.
        waiters_per_mailbox: long polls that may wait on one mailbox.
        waiters_total: long polls that may wait on the relay.
        body_seconds: how long a request body may take to arrive.
    """

    mailbox_envelopes: int = 8192
    mailbox_bytes: int = 256 * _MIB
    total_bytes: int = 8192 * _MIB
    total_mailboxes: int = 1_000_000
    file_bytes: int | None = None
    envelope_seconds: int = 90 * _DAY
    mailbox_idle_seconds: int = 400 * _DAY
    makes_per_hour: int = 120
    requests_per_second: float = 400.0
    requests_burst: int = 2000
    waiters_per_mailbox: int = 8
    waiters_total: int = 20_000
    body_seconds: float = 120.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not value > 0:
                raise ConfigRefused(f"{field.name} must be more than zero")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second, and so many at once after a rest."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket at one moment."""

    tokens: float
    at: float

    def filled(self, rate: Rate, now: float) -> Bucket:
        """Return the bucket as it is at `now`; a clock that goes back adds nothing."""
        return Bucket(min(rate.burst, self.tokens + max(0.0, now - self.at) * rate.per_second), now)

    def take(self, rate: Rate, now: float) -> tuple[Bucket, float]:
        """Take one token.

        Returns:
            The bucket afterwards, and how many seconds are still to wait: zero if the token was there.
        """
        here = self.filled(rate, now)
        if here.tokens >= 1.0:
            return Bucket(here.tokens - 1.0, now), 0.0
        return here, (1.0 - here.tokens) / rate.per_second


class Meter:
    """One bucket for each client; forgets whom it has not seen for longest, so that strangers cannot fill memory."""

    def __init__(self, rate: Rate, *, clients: int = 65_536) -> None:
        """Start with a full bucket for everybody.

        Args:
            rate: what each client may do.
            clients: how many are remembered.
        """
        self._rate = rate
        self._clients = clients
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, client: str, now: float) -> float:
        """Count one act of `client`; return the seconds it must wait, zero if it may go on."""
        bucket, wait = self._buckets.get(client, Bucket(self._rate.burst, now)).take(self._rate, now)
        self._buckets[client] = bucket
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._clients:
            self._buckets.popitem(last=False)
        return wait


def client_key(host: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 of an IPv6 address, all of which one person has."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[:8].hex()
