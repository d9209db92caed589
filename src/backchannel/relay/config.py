"""What an operator can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backchannel.errors import ConfigRefused
from backchannel.relay.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8440

_LARGEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """One relay.

    Attributes:
        data: the directory of the relay's data; made if it is not there.
        host: the address to listen on; a relay that is reached through Tor or a proxy stays on loopback.
        port: the port to listen on; 0 takes a free one, `serve` tells which.
        operator_token: if set, only who shows it may make mailboxes.
        metrics: whether `/metrics` answers at all.
        metrics_port: if set, `/metrics` answers on this port of loopback and nowhere else (0 takes a free one).
        expiry_every: seconds between two rounds of expiry.
        limits: quotas and rates.
    """

    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    operator_token: str | None = field(default=None, repr=False)
    metrics: bool = True
    metrics_port: int | None = None
    expiry_every: float = 3600.0
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for name, port in (("port", self.port), ("metrics port", self.metrics_port)):
            if port is not None and not 0 <= port <= _LARGEST_PORT:
                raise ConfigRefused(f"{name} {port} is not a port")
        if self.operator_token is not None and not (
            self.operator_token.isascii() and self.operator_token.isprintable()
        ):
            raise ConfigRefused("the operator token must be printable ASCII")
        if self.operator_token == "":  # an empty token would let everybody in and look as if it did not
            raise ConfigRefused("the operator token is empty")
        if not self.expiry_every > 0:
            raise ConfigRefused("expiry_every must be more than zero")
