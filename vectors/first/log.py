"""What a vault holds of a line, as far as receiving asks for it."""

from backchannel.app.line import Line
from backchannel.log.event import Event


class Log:
    """What a vault holds of a line, as far as receiving asks for it."""

    def __init__(self, events: list[Event]) -> None:
        self.events = list(events)

    def ids_at(self, _: bytes, author: int, number: int) -> list[bytes]:
        return sorted(each.id for each in self.events if (each.author, each.number) == (author, number))

    def raw_events(self, _: bytes, author: int, first: int, last: int) -> list[bytes]:
        some = [each for each in self.events if each.author == author and first <= each.number <= last]
        return [each.raw for each in sorted(some, key=lambda each: (each.number, each.id))]

    def append(self, line: Line, event: Event, _: int) -> int:
        self.events.append(event)
        return line.positions + 1
