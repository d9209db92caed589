"""Two sides in memory: each says what it can, and may be made to say something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from backchannel.crypto.suite import Role
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.table.overlap import KIND_OF, Said, Subject
from backchannel.table.overlap_fold import Rounds, decide_open, evolve
from backchannel.table.overlap_round import Round
from backchannel.table.overlap_secret import Secret, begin, next_said, overlap

LINE = sha256(b"a line").digest()
Lie = Callable[[Said], Said]


def drawn(label: str, size: int = 32) -> bytes:
    """Bytes that look random and are always the same."""
    return b"".join(sha256(f"{label} {at}".encode()).digest() for at in range(-(-size // 32)))[:size]


@dataclass
class Play:
    """A log that both sides fold, and what each keeps for itself."""

    seed: str = ""
    rounds: Rounds = field(default_factory=lambda: Rounds(LINE))
    events: list[Event] = field(default_factory=list)
    secrets: dict[Role, Secret] = field(default_factory=dict)

    @property
    def last(self) -> Round:
        return self.rounds.rounds[-1]

    def say(self, role: Role, said: Said) -> None:
        self._write(role, KIND_OF[type(said)], said.body())

    def talk(self, role: Role, words: str) -> None:
        self._write(role, TEXT, text_body(words))

    def _write(self, role: Role, kind: str, body: bytes) -> None:
        numbers = [sum(event.author == each for event in self.events) for each in Role]
        event = write_event(
            author=int(role), number=numbers[role] + 1, seen=numbers[role.other], clock=1_900_000_000_000,
            kind=kind, body=body, before=bytes(8),
        )  # fmt: skip
        self.events.append(event)
        self.rounds = evolve(self.rounds, event)

    def open(self, subject: Subject, by: Role = Role.INVITER, topic: str = "packages") -> None:
        nonce = drawn(f"{self.seed} nonce {len(self.events)}", 16)
        self.say(by, decide_open(self.rounds, topic, subject, nonce))
        self.secrets = {}

    def enter(self, role: Role, choice: Sequence[int]) -> None:
        seed = drawn(f"{self.seed} seed {role} {self.last.session.hex()}")
        self.secrets[role] = begin(self.last, role, tuple(choice), seed)

    def step(self, role: Role, lie: Lie | None = None) -> bool:
        """Let one side say one thing; with a lie, something else in its place."""
        found = self.rounds.of(self.secrets[role].session)
        assert found is not None
        step = next_said(found, role, self.secrets[role])
        if step is None:
            return False
        said, self.secrets[role] = step
        self.say(role, lie(said) if lie else said)
        return True

    def run(self, lies: dict[Role, Lie] | None = None) -> Round:
        """Take turns until nobody has anything to say."""
        moved = True
        while moved:
            steps = [self.step(role, (lies or {}).get(role)) for role in Role]
            moved = any(steps)
        return self.last

    def results(self) -> list[tuple[int, ...] | None]:
        return [overlap(self.last, role, self.secrets[role]) for role in Role]


def play(subject: Subject, *choices: Sequence[int], seed: str = "", lies: dict[Role, Lie] | None = None) -> Play:
    """Run one round from its opening."""
    game = Play(seed)
    game.open(subject)
    for role, choice in zip(Role, choices, strict=True):
        game.enter(role, choice)
    game.run(lies)
    return game
