"""Two feeds of one line, written event by event."""

from backchannel.crypto.suite import Role
from backchannel.ledger.kinds import Body, write_body
from backchannel.log.event import Event, write_event

NOW = 1_950_000_000_000
LATE = 1_951_800_000_000


class Feeds:
    """Two feeds; `apart` says something that the other has not seen when it speaks next."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.count = [0, 0]
        self.seen = [0, 0]

    def say(self, role: Role, body: Body | tuple[str, bytes], clock: int, *, apart: bool = False) -> None:
        kind, raw = body if isinstance(body, tuple) else write_body(body)
        before = [event.id[:8] for event in self.events if event.author == role]
        self.count[role] += 1
        self.events.append(
            write_event(
                author=int(role), number=self.count[role], seen=self.seen[role], clock=clock, kind=kind, body=raw,
                before=before[-1] if before else b"",
            )
        )  # fmt: skip
        if not apart:
            self.meet()

    def meet(self) -> None:
        self.seen = [self.count[1], self.count[0]]
