"""11: overlap rounds, whole and broken, and bodies that are none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from backchannel.crypto.oprf import derive_key_pair, hash_to_group, hash_to_scalar
from backchannel.crypto.ristretto import element_from
from backchannel.crypto.suite import Role, digest
from backchannel.log.event import write_event
from backchannel.table.overlap import KIND_OF, Answer, BottomLine, Commit, Open, Packages, Points, Said, Subject
from backchannel.table.overlap_fold import Rounds, evolve
from backchannel.table.overlap_round import Broken, Completed, Round
from backchannel.table.overlap_secret import Secret, begin, next_said, overlap
from backchannel.table.overlap_sets import context_of
from backchannel.wire.codec import encode
from vectors.first.defect import Defect
from vectors.first.seeds import line_context, seeded
from vectors.first.shown import Json, Recorded, shown

_LINE: Final = digest("line origin", line_context().to_value())
_PACKAGES: Final = Packages((b"ten for ten", "עשרה".encode(), b"none"), 2)
_CHEAT: Final = Role.JOINER
_NOBODYS: Final = element_from(seeded("nobody's element", 64))

Instead = Callable[[Said, Round, Secret], Sequence[Said]]


def _played(
    subject: Subject, opener: Role, choices: Sequence[tuple[int, ...]], instead: Instead | None = None
) -> tuple[Open, list[Secret], Round, list[tuple[Role, Said]]]:
    """Return one round, each word at its turn, and all that was said."""
    opening = Open("a topic", 1, seeded("nonce", 16), subject)
    rounds = _folded(Rounds(_LINE), opener, opening)
    secrets = [begin(rounds.rounds[0], role, choices[role], seeded(f"overlap seed {int(role)}", 32)) for role in Role]
    words: list[tuple[Role, Said]] = []
    moved = True
    while moved:
        moved = False
        for role in Role:
            step = next_said(rounds.rounds[0], role, secrets[role])
            if step is None:
                continue
            moved = True
            usual, secrets[role] = step
            for said in (
                [usual] if instead is None or role is not _CHEAT else instead(usual, rounds.rounds[0], secrets[role])
            ):
                words.append((role, said))
                rounds = _folded(rounds, role, said)
    return opening, secrets, rounds.rounds[0], words


def _folded(rounds: Rounds, role: Role, said: Said) -> Rounds:
    kind = KIND_OF[type(said)]
    return evolve(rounds, write_event(author=int(role), number=1, seen=0, clock=0, kind=kind, body=said.body()))


def _round(what: str, subject: Subject, opener: Role, choices: Sequence[tuple[int, ...]]) -> Json:
    opening, secrets, found, words = _played(subject, opener, choices)
    if not isinstance(found.standing, Completed):
        raise TypeError(what)
    results: list[Any] = [overlap(found, role, secrets[role]) for role in Role]

    def bodies(kind: type[Said]) -> Json:
        return [next(said.body().hex() for who, said in words if who is role and type(said) is kind) for role in Role]

    return {
        "what": what,
        "line": _LINE.hex(),
        "opener": int(opener),
        "open": opening.body().hex(),
        "session": found.session.hex(),
        "seeds": [secret.seed.hex() for secret in secrets],
        "choices": [list(choice) for choice in choices],
        "commits": bodies(Commit),
        "points": bodies(Points),
        "answers": bodies(Answer),
        "results": [bool(each) if isinstance(subject, BottomLine) else list(each or ()) for each in results],
    }


_ROUNDS: Final[tuple[tuple[str, Subject, Role, tuple[tuple[int, ...], tuple[int, ...]]], ...]] = (
    ("packages", _PACKAGES, Role.INVITER, ((0, 1), (1,))),
    ("a strict round", Packages((b"yes",), 1, strict=True), Role.JOINER, ((0,), ())),
    ("a bottom line that is met", BottomLine(-1, 1, Role.JOINER), Role.INVITER, ((0,), (0,))),
)


def _fault(what: str, instead: Instead, only: type[Said]) -> Json:
    _, _, found, words = _played(*_ROUNDS[0][1:], instead)
    standing = found.standing
    if not isinstance(standing, Broken):
        raise TypeError(what)
    said = [
        [KIND_OF[type(word)], shown(word.body())] for who, word in words if who is _CHEAT and isinstance(word, only)
    ]
    return {
        "what": what,
        "round": 0,
        "author": int(_CHEAT),
        "said": said,
        "by": int(standing.by),
        "step": int(standing.step),
        "fault": str(standing.fault),
    }


def _other_points(change: Callable[[list[bytes]], list[bytes]], *, committed: bool = True, **more: bytes) -> Instead:
    def instead(usual: Said, found: Round, secret: Secret) -> Sequence[Said]:
        _, public = derive_key_pair(secret.seed, b"", context_of(secret.session))
        if isinstance(usual, Answer):
            return [usual]
        if isinstance(usual, Commit):
            side = replace(found.sides[_CHEAT], commit=usual)
            other = replace(found.sides[0], commit=replace(usual, public=bytes(32)))
            ahead = next_said(replace(found, sides=(other, side)), _CHEAT, secret)
            if ahead is None or not isinstance(ahead[0], Points):
                raise TypeError
            return [replace(usual, commitment=changed(ahead[0]).commitment(_CHEAT, public))] if committed else [usual]
        if not isinstance(usual, Points):
            raise TypeError
        return [changed(usual)]

    def changed(points: Points) -> Points:
        data = points.elements
        pieces = change([data[at : at + 32] for at in range(0, len(data), 32)])
        return replace(points, elements=b"".join(pieces), **more)

    return instead


def _other(kind: type[Said], change: Callable[[Any], list[Said]]) -> Instead:
    return lambda usual, _found, _secret: change(usual) if isinstance(usual, kind) else [usual]


def _faults() -> list[Json]:
    both = (Commit, Points)
    pairs: list[tuple[str, Instead, Any]] = [
        ("a key that is the identity", _other(Commit, lambda said: [replace(said, public=bytes(32))]), Commit),
        ("two commitments", _other(Commit, lambda said: [said, replace(said, commitment=bytes(32))]), Commit),
        ("no points", _other_points(lambda _: []), both),
        ("half an element", _other_points(lambda all_: [*all_, bytes(16)]), both),
        ("one more than may be marked", _other_points(lambda all_: sorted([*all_, _NOBODYS])), both),
        ("one less", _other_points(lambda all_: all_[:1]), both),
        ("the identity", _other_points(lambda all_: [bytes(32), *all_[1:]]), both),
        ("another encoding", _other_points(lambda all_: [*all_[:1], b"\xff" * 32]), both),
        ("a point twice", _other_points(lambda all_: all_[:1] * 2), both),
        ("points that descend", _other_points(lambda all_: all_[::-1]), both),
        (
            "other points than committed",
            _other_points(lambda all_: sorted([all_[0], _NOBODYS]), committed=False),
            Points,
        ),
        ("bits of a strict round", _other_points(lambda all_: all_, chosen=b"\x03"), both),
        ("an answer too few", _other(Answer, lambda said: [replace(said, elements=said.elements[:32])]), Answer),
        (
            "another answer",
            _other(Answer, lambda said: [replace(said, elements=said.elements[:32] + _NOBODYS)]),
            Answer,
        ),
        (
            "answers in another order",
            _other(Answer, lambda said: [replace(said, elements=said.elements[32:] + said.elements[:32])]),
            Answer,
        ),
        ("a proof of nothing", _other(Answer, lambda said: [replace(said, proof=bytes(64))]), Answer),
        ("a proof that is cut", _other(Answer, lambda said: [replace(said, proof=said.proof[:63])]), Answer),
        ("a proof of no scalars", _other(Answer, lambda said: [replace(said, proof=b"\xff" * 64)]), Answer),
    ]
    return [_fault(*pair) for pair in pairs]


def overlap_rounds(_: Recorded) -> Json:
    """11.1, 11.2, 11.3, 11.4: elements, whole rounds, and what breaks one."""
    elements = [
        {
            "message": message.hex(),
            "context": context.hex(),
            "element": hash_to_group(message, context).hex(),
            "scalar": hash_to_scalar(message, context).hex(),
        }
        for message, context in ((b"", b""), (b"a message", context_of(seeded("session", 32))), (b"m", bytes(300)))
    ]
    return {"elements": elements, "rounds": [_round(*each) for each in _ROUNDS], "faults": _faults()}


def overlap_defects() -> list[Defect]:
    """11.3."""
    packages: list[Any] = [0, 1, False, [b"a", b"b"]]
    line: list[Any] = [1, 0, 9, 1]

    def opening(subject: Any, topic: Any = "t", number: Any = 1, nonce: Any = bytes(16)) -> bytes:
        return encode([1, topic, number, nonce, subject])

    def other(at: int, value: Any, base: list[Any] = packages) -> bytes:
        return opening([*base[:at], value, *base[at + 1 :]])

    session = bytes(32)
    bodies: dict[str, tuple[str, str, bytes]] = {
        "version": ("version 2", "open", encode([2, "t", 1, bytes(16), packages])),
        "topic-empty": ("no topic", "open", opening(packages, topic="")),
        "topic-long": ("a topic of 65 characters", "open", opening(packages, topic="t" * 65)),
        "number": ("number 2^16", "open", opening(packages, number=1 << 16)),
        "nonce": ("a nonce of 15 bytes", "open", opening(packages, nonce=bytes(15))),
        "subject": ("an unknown subject", "open", other(0, 2)),
        "subject-short": ("a subject of three", "open", opening(packages[:3])),
        "most-zero": ("nothing may be marked", "open", other(1, 0)),
        "most": ("more may be marked than there is", "open", other(1, 3)),
        "strict": ("strict is a number", "open", other(2, 1)),
        "list-empty": ("an empty list", "open", other(3, [])),
        "list-twice": ("a package twice", "open", other(3, [b"a", b"a"])),
        "list-text": ("a package of text", "open", other(3, ["a", b"b"])),
        "list-nothing": ("an empty package", "open", other(3, [b"", b"b"])),
        "list-large": ("a package of 16,385 bytes", "open", other(3, [bytes(16385)])),
        "list-long": ("501 packages", "open", other(3, [at.to_bytes(2, "big") for at in range(501)])),
        "range-empty": ("low is high", "open", other(2, 0, line)),
        "range-wide": ("2^62 from low to high", "open", other(2, 1 << 62, line)),
        "range-far": ("high is 2^63", "open", opening([1, (1 << 63) - 1, 1 << 63, 1])),
        "range-boolean": ("low is false", "open", other(1, bool(0), line)),
        "ceiling": ("ceiling 2", "open", other(3, 2, line)),
        "commit-key": ("a key of 31 bytes", "commit", encode([1, session, bytes(31), bytes(32)])),
        "commit-long": ("an item too many", "commit", encode([1, session, bytes(32), bytes(32), 0])),
        "points-text": ("elements of text", "points", encode([1, session, "", b"", b""])),
        "points-short": ("no proof", "points", encode([1, session, b"", b""])),
        "answer-session": ("a session of 16 bytes", "answer", encode([1, bytes(16), b"", b""])),
        "answer-null": ("null for a proof", "answer", encode([1, session, b"", None])),
        "end-long": ("an item too many", "end", encode([1, session, 0])),
        "kind": ("an unknown kind", "more", encode([1, session])),
    }
    return [
        (f"overlap-{name}", "11.3", what, "malformed", {"kind": f"overlap.{kind}", "bytes": shown(body)})
        for name, (what, kind, body) in bodies.items()
    ]
