"""What the operator may know: numbers without identities, as Prometheus text (spec 6.8)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from backchannel.wire.envelope import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backchannel.relay.store import Totals

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_PREFIX: Final = "backchannel_relay_"


class Seen:
    """All that a relay learns from the envelopes that pass: how many of each size. Kept in memory only."""

    def __init__(self) -> None:
        """Start at zero."""
        self._counts: Counter[int] = Counter()

    def add(self, sizes: Iterable[int]) -> None:
        """Count envelopes that were stored, by their sizes."""
        self._counts.update(sizes)

    def count(self, bucket: int) -> int:
        """Return how many envelopes of `bucket` bytes were stored since the start."""
        return self._counts[bucket]

    def size(self, bucket: int) -> int:
        """Return how many bytes these were."""
        return self._counts[bucket] * bucket


class Outcomes:
    """How requests ended, by operation and status; both come from short fixed lists."""

    def __init__(self) -> None:
        """Start at zero."""
        self._counts: Counter[tuple[str, int]] = Counter()

    def add(self, operation: str, status: int) -> None:
        """Count one request."""
        self._counts[operation, status] += 1

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        for (operation, status), count in sorted(self._counts.items()):
            yield operation, status, count


def exposition(seen: Seen, outcomes: Outcomes, totals: Totals, waiting: int) -> str:
    """Return the page that Prometheus reads."""
    lines: list[str] = []

    def family(name: str, kind: str, about: str, samples: Iterable[tuple[str, int]]) -> None:
        lines.append(f"# HELP {_PREFIX}{name} {about}")
        lines.append(f"# TYPE {_PREFIX}{name} {kind}")
        lines.extend(f"{_PREFIX}{name}{labels} {value}" for labels, value in samples)

    family(
        "envelopes_seen_total", "counter", "Envelopes stored since the start, by size.",
        [(f'{{bucket="{bucket}"}}', seen.count(bucket)) for bucket in BUCKETS],
    )  # fmt: skip
    family(
        "bytes_seen_total", "counter", "Bytes of envelopes stored since the start, by size.",
        [(f'{{bucket="{bucket}"}}', seen.size(bucket)) for bucket in BUCKETS],
    )  # fmt: skip
    family("mailboxes", "gauge", "Mailboxes that exist.", [("", totals.mailboxes)])
    family("envelopes_held", "gauge", "Envelopes that wait to be fetched.", [("", totals.envelopes)])
    family("bytes_held", "gauge", "Bytes of envelopes that wait to be fetched.", [("", totals.size)])
    family("waiting", "gauge", "Long polls that wait.", [("", waiting)])
    family(
        "requests_total", "counter", "Requests, by operation and status.",
        [(f'{{operation="{name}",status="{status}"}}', count) for name, status, count in outcomes],
    )  # fmt: skip
    return "\n".join(lines) + "\n"
