"""Every cheat that we know: what is seen of it, on both sides, and that it gains nothing in the round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from backchannel.crypto import dleq, oprf, ristretto, shuffle
from backchannel.crypto.ristretto import Element
from backchannel.crypto.suite import Role
from backchannel.errors import LocalMisuse
from backchannel.log.event import write_event
from backchannel.log.order import in_order
from backchannel.table.overlap import KIND_OF, Answer, BottomLine, Commit, End, Open, Packages, Points, Said, session_of
from backchannel.table.overlap_fold import MOST_DECLINED, MOST_PROPOSED, Rounds, evolve
from backchannel.table.overlap_round import Broken, Completed, Declined, Fault, Proposed, Step, Stopped
from backchannel.table.overlap_secret import next_said
from backchannel.table.overlap_sets import context_of, package_element, package_set, universe
from tests.table.rounds import LINE, Lie, Play, drawn, play

LIST = tuple(f"package {at}".encode() for at in range(6))
PLAIN = Packages(LIST, 3)
STRICT = Packages(LIST[:2], 1, strict=True)
QUESTION = BottomLine(0, 3, Role.INVITER)
CHEAT = Role.JOINER
OTHER = drawn("another element")
ELEMENT = ristretto.element_from(drawn("another element", 64))


def on(kind: type[Said], change: Callable[[Said], Said]) -> Lie:
    """Lie in one step alone."""
    return lambda said: change(said) if isinstance(said, kind) else said


def swapped(data: bytes, at: int, piece: bytes) -> bytes:
    return data[: at * 32] + piece + data[(at + 1) * 32 :]


def sorted_elements(*pieces: bytes) -> bytes:
    return b"".join(sorted(pieces))


def pieces(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def caught(game: Play, step: Step, fault: Fault) -> None:
    assert game.last.standing == Broken(CHEAT, step, fault)
    assert game.last.over
    assert game.results()[CHEAT.other] is None
    assert game.last.due(Role.INVITER) is game.last.due(Role.JOINER) is None


def committed_lie(game: Play, change: Callable[[bytes], bytes]) -> dict[Role, Lie]:
    """Commit to other points and send exactly these: a dishonest program that is consistent."""
    secret = game.secrets[CHEAT]
    context = context_of(secret.session)
    key, public = oprf.derive_key_pair(secret.seed, b"", context)
    subject = game.last.terms.subject
    assert isinstance(subject, Packages)
    own = shuffle.shuffled(key, package_set(secret.session, CHEAT, subject, secret.marks))
    points = Points(secret.session, change(b"".join(own)), b"", b"")

    def lie(said: Said) -> Said:
        match said:
            case Commit():
                return replace(said, commitment=points.commitment(CHEAT, public))
            case Points():
                return points
        return said

    return {CHEAT: lie}


def prepared(subject: Packages | BottomLine = PLAIN) -> Play:
    game = Play()
    game.open(subject)
    for role in Role:
        game.enter(role, [1] if subject is not STRICT else [0])
    return game


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda data: data + ELEMENT, Fault.COUNT),
        (lambda data: data[:-32], Fault.COUNT),
        (lambda data: data[:-1], Fault.COUNT),
        (lambda data: b"", Fault.COUNT),
        (lambda data: sorted_elements(*pieces(data), ELEMENT), Fault.COUNT),
        (lambda data: swapped(data, 0, bytes(32)), Fault.ELEMENT),
        (lambda data: swapped(data, 1, b"\xff" * 32), Fault.ELEMENT),
        (lambda data: swapped(data, 1, (1).to_bytes(32, "little")), Fault.ELEMENT),
        (lambda data: swapped(data, 1, data[:32]), Fault.ORDER),
        (lambda data: b"".join(reversed(pieces(data))), Fault.ORDER),
    ],
    ids=["one more behind", "one less", "half an element", "none", "over-claiming", "identity", "no element",
         "not canonical", "the same twice", "out of order"],
)  # fmt: skip
def test_points_that_no_honest_program_sends(change: Callable[[bytes], bytes], fault: Fault) -> None:
    game = prepared()
    game.run(committed_lie(game, change))
    if fault is Fault.COUNT and game.last.standing == Broken(CHEAT, Step.POINTS, Fault.ORDER):
        fault = Fault.ORDER  # what was put behind may stand lower
    caught(game, Step.POINTS, fault)


def test_marks_changed_after_the_commitment() -> None:
    game = prepared()
    other = prepared()
    other.enter(CHEAT, [2, 3])
    changed = other.secrets[CHEAT]

    def lie(said: Said) -> Said:
        if isinstance(said, Points):
            step = next_said(game.last, CHEAT, changed)
            assert step is not None
            return step[0]
        return said

    game.run({CHEAT: lie})
    caught(game, Step.POINTS, Fault.COMMITMENT)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: replace(said, elements=swapped(said.elements, 1, ELEMENT)),
        lambda said: replace(said, elements=b"".join(reversed(pieces(said.elements)))),
        lambda said: replace(said, proof=bytes(64)),
        lambda said: replace(said, proof=said.proof[:-1]),
        lambda said: replace(said, proof=b"\xff" * 64),
    ],
    ids=["another element", "another order", "no proof", "half a proof", "no scalars"],
)
@pytest.mark.parametrize("subject", [PLAIN, QUESTION], ids=["packages", "bottom line"])
def test_answers_that_hide_what_matches(subject: Packages | BottomLine, change: Callable[[Answer], Answer]) -> None:
    game = prepared(subject)
    game.run({CHEAT: on(Answer, change)})  # type: ignore[arg-type]
    assert isinstance(game.last.standing, Broken)
    caught(game, Step.ANSWER, game.last.standing.fault)
    assert game.last.standing.fault in (Fault.PROOF, Fault.ORDER)


def test_an_answer_under_another_exponent_with_a_proof_of_it() -> None:
    game = prepared()
    key, public = oprf.derive_key_pair(drawn("another key"), b"", b"")

    def lie(said: Said) -> Said:
        if not isinstance(said, Answer):
            return said
        points = game.last.sides[CHEAT.other].placed
        assert points is not None
        made = [ristretto.times(key, each) for each in points]
        bound = dleq.listed(game.last.proof_context(CHEAT, "answer"), points, made)
        nonce = ristretto.scalar_from(drawn("nonce", 64))
        return Answer(said.session, b"".join(made), dleq.prove(bound, key, public, points, made, nonce))

    game.run({CHEAT: lie})
    caught(game, Step.ANSWER, Fault.PROOF)


def test_a_bottom_line_answer_for_which_only_some_elements_have_the_key() -> None:
    game = prepared(QUESTION)

    def lie(said: Said) -> Said:
        if not isinstance(said, Answer):
            return said
        return replace(said, elements=sorted_elements(*pieces(said.elements)[1:], ELEMENT))

    game.run({CHEAT: lie})
    caught(game, Step.ANSWER, Fault.PROOF)


def test_the_other_sides_proof_given_back() -> None:
    """Who has the other's key, points and answer for its own would learn for nothing."""
    game = prepared()
    mine = Role.INVITER
    game.step(mine)
    commit = game.last.sides[mine].commit
    assert commit is not None
    game.say(CHEAT, replace(commit, commitment=drawn("whatever")))
    assert game.last.standing == Broken(CHEAT, Step.COMMIT, Fault.KEY)


@pytest.mark.parametrize("public", [bytes(32), b"\xff" * 32, (1).to_bytes(32, "little")])
def test_a_key_that_is_none(public: bytes) -> None:
    game = prepared()
    game.run({CHEAT: on(Commit, lambda said: replace(said, public=public))})  # type: ignore[arg-type]
    caught(game, Step.COMMIT, Fault.ELEMENT)


def test_a_key_of_an_earlier_round() -> None:
    game = play(PLAIN, [1], [1])
    before = game.last.sides[CHEAT].commit
    assert before is not None
    game.open(PLAIN)
    for role in Role:
        game.enter(role, [1])
    game.run({CHEAT: on(Commit, lambda said: replace(said, public=before.public))})  # type: ignore[arg-type]
    caught(game, Step.COMMIT, Fault.KEY)


@pytest.mark.parametrize("kind", [Commit, Points, Answer])
def test_words_of_another_round_are_none_of_this(kind: type[Said]) -> None:
    """Said as they were, they belong to the old session; with the new session's name, they do not hold."""
    game = play(PLAIN, [1], [1])
    old = next(
        said for said in (game.last.sides[CHEAT].commit, game.last.sides[CHEAT].points, game.last.sides[CHEAT].answer)
        if isinstance(said, kind)
    )  # fmt: skip
    game.open(PLAIN)
    for role in Role:
        game.enter(role, [1])
    before = game.rounds.rounds
    game.say(CHEAT, old)
    assert game.rounds.rounds == before
    game.run({CHEAT: on(kind, lambda said: replace(old, session=game.last.session))})
    standing = game.last.standing
    assert isinstance(standing, Broken)
    wanted = {Commit: Fault.KEY, Points: Fault.COMMITMENT, Answer: Fault.PROOF}
    assert (standing.by, standing.fault) == (CHEAT, wanted[kind])


def test_another_line_is_another_round() -> None:
    game = play(PLAIN, [1], [1])
    elsewhere = Rounds(drawn("another line"))
    for event in game.events:
        elsewhere = evolve(elsewhere, event)
    (found,) = elsewhere.rounds
    assert found.session != game.last.session
    assert isinstance(found.standing, Proposed)


@pytest.mark.parametrize(
    "change",
    [
        lambda terms: replace(terms, number=2),
        lambda terms: replace(terms, topic="other"),
        lambda terms: replace(terms, nonce=bytes(16)),
        lambda terms: replace(terms, subject=Packages(LIST[::-1], 3)),
        lambda terms: replace(terms, subject=Packages(LIST[:-1], 3)),
        lambda terms: replace(terms, subject=Packages((*LIST[:-1], b"package 9"), 3)),
        lambda terms: replace(terms, subject=Packages(LIST, 4)),
        lambda terms: replace(terms, subject=Packages(LIST, 3, strict=True)),
    ],
)
def test_whatever_is_changed_in_the_list_is_another_session(change: Callable[[Open], Open]) -> None:
    game = prepared()
    body = change(game.last.terms).body()
    assert session_of(LINE, Role.INVITER, body) != game.last.session
    assert session_of(LINE, Role.JOINER, game.last.terms.body()) != game.last.session
    context = game.last.session
    assert package_element(session_of(LINE, Role.INVITER, body), LIST[0]) != package_element(context, LIST[0])


@pytest.mark.parametrize("step", list(Step))
def test_who_stops_is_on_the_record(step: Step) -> None:
    game = prepared()
    while game.last.due(Role.INVITER) is not step:
        game.step(Role.INVITER)
        game.step(Role.JOINER)
    while game.step(Role.JOINER):
        pass
    assert game.last.due(Role.INVITER) is step
    assert not game.last.over
    game.say(Role.JOINER, End(game.last.session))
    if step is Step.COMMIT:
        assert game.last.standing == Declined(Role.JOINER)
    else:
        assert game.last.standing == Stopped(Role.INVITER, step, Role.JOINER)
    assert not game.step(Role.INVITER)
    assert not game.step(Role.JOINER)


def test_who_ends_it_while_both_owe_is_who_stopped() -> None:
    game = prepared()
    for role in Role:
        game.step(role)
    game.say(CHEAT, End(game.last.session))
    assert game.last.standing == Stopped(CHEAT, Step.POINTS, CHEAT)


def test_an_answer_that_crossed_the_end_counts() -> None:
    """Ending while the other's answer is on its way must not make the other look like the one who withheld it."""
    game = prepared()
    while game.last.due(Role.JOINER) is not Step.ANSWER:
        for role in Role:
            game.step(role)
    step = next_said(game.last, Role.JOINER, game.secrets[Role.JOINER])
    assert step is not None
    game.say(Role.INVITER, End(game.last.session))
    assert game.last.standing == Stopped(Role.JOINER, Step.ANSWER, Role.INVITER)
    game.say(Role.JOINER, step[0])
    assert game.last.standing == Stopped(Role.INVITER, Step.ANSWER, Role.INVITER)


def test_a_completed_round_cannot_be_ended() -> None:
    game = play(PLAIN, [1], [1])
    game.say(CHEAT, End(game.last.session))
    assert isinstance(game.last.standing, Completed)


@pytest.mark.parametrize("step", list(Step))
def test_who_says_two_things_in_one_step_broke_the_round(step: Step) -> None:
    """A word that is dated back would otherwise make the other's answer look wrong."""
    game = play(PLAIN, [1], [1])
    side = game.last.sides[CHEAT]
    kind = {Step.COMMIT: side.commit, Step.POINTS: side.points, Step.ANSWER: side.answer}[step]
    assert kind is not None
    other = replace(kind, **({"commitment": OTHER} if step is Step.COMMIT else {"elements": ELEMENT}))
    for place in (len(game.events), 1):  # behind everything, and before everything
        again = Play(game.seed)
        events = list(game.events)
        liar = Play()
        liar.events = [event for event in events if event.author == CHEAT]
        liar.say(CHEAT, other)
        events.insert(place, liar.events[-1])
        for event in events:
            again.rounds = evolve(again.rounds, event)
        assert again.last.standing == Broken(CHEAT, step, Fault.TWICE)
    game.say(CHEAT, kind)
    assert isinstance(game.last.standing, Completed)


def test_a_key_answers_one_set_and_never_another() -> None:
    game = play(PLAIN, [1], [1])
    found = game.last
    side = found.sides[CHEAT]
    assert side.placed is not None
    another = replace(side, placed=(*side.placed[1:], ELEMENT))
    moved = replace(found, sides=(replace(found.sides[0], answer=None, answered=None), another))
    with pytest.raises(LocalMisuse):
        next_said(moved, Role.INVITER, game.secrets[Role.INVITER])


# --- strict -----------------------------------------------------------------------------------------------------------


def strict_lie(game: Play, elements: list[bytes], chosen: bytes, proof: bytes | None = None) -> dict[Role, Lie]:
    secret = game.secrets[CHEAT]
    _, public = oprf.derive_key_pair(secret.seed, b"", context_of(secret.session))

    def lie(said: Said) -> Said:
        match said:
            case Commit():
                given = Points(said.session, b"".join(elements), chosen, b"")
                return replace(said, commitment=given.commitment(CHEAT, public))
            case Points():
                return Points(said.session, b"".join(elements), chosen, said.proof if proof is None else proof)
        return said

    return {CHEAT: lie}


def honest_strict(game: Play) -> list[bytes]:
    secret = game.secrets[CHEAT]
    key, _ = oprf.derive_key_pair(secret.seed, b"", context_of(secret.session))
    return list(shuffle.shuffled(key, universe(secret.session, CHEAT, STRICT)))


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [(b"\x03", Fault.COUNT), (b"\x00", Fault.COUNT), (b"\x08", Fault.CHOSEN), (b"\x01\x00", Fault.CHOSEN),
     (b"", Fault.CHOSEN)],
)  # fmt: skip
def test_in_a_strict_round_exactly_as_many_are_chosen(chosen: bytes, fault: Fault) -> None:
    game = prepared(STRICT)
    game.run(strict_lie(game, honest_strict(game), chosen))
    caught(game, Step.POINTS, fault)


def test_in_a_strict_round_nobody_asks_with_another_exponent() -> None:
    """The cheat that a plain round does not see: to look without showing (spec 11.6)."""
    game = prepared(STRICT)
    key, _ = oprf.derive_key_pair(drawn("another key"), b"", b"")
    asked: Element = ristretto.times(key, package_element(game.last.session, LIST[0]))
    elements = sorted([*honest_strict(game)[1:], asked])
    chosen = bytes([1 << elements.index(asked)])
    game.run(strict_lie(game, elements, chosen))
    caught(game, Step.POINTS, Fault.PROOF)


def test_in_a_plain_round_that_cheat_is_not_seen() -> None:
    """What the specification says of a plain round is true: this is the limit, and why there are strict ones."""
    game = prepared()
    key, _ = oprf.derive_key_pair(drawn("another key"), b"", b"")
    asked: Element = ristretto.times(key, package_element(game.last.session, LIST[1]))
    game.run(committed_lie(game, lambda data: sorted_elements(*pieces(data)[1:], asked)))
    assert isinstance(game.last.standing, Completed)
    assert game.results()[CHEAT.other] in ((), (1,))


@pytest.mark.parametrize("field", ["chosen", "proof"])
def test_a_plain_round_has_no_parts_of_a_strict_one(field: str) -> None:
    game = prepared()
    if field == "proof":
        game.run({CHEAT: on(Points, lambda said: replace(said, proof=b"x"))})  # type: ignore[arg-type]
        caught(game, Step.POINTS, Fault.CHOSEN)
    else:
        game.run({CHEAT: on(Points, lambda said: replace(said, chosen=b"x"))})  # type: ignore[arg-type]
        caught(game, Step.POINTS, Fault.COMMITMENT)


# --- openings ---------------------------------------------------------------------------------------------------------


def test_openings_that_change_nothing() -> None:
    game = prepared()
    before = game.rounds.rounds
    for terms in (
        replace(game.last.terms, nonce=bytes(16)),  # another is under way
        replace(game.last.terms, topic="other", number=2),  # not the next number
        game.last.terms,
    ):
        game.say(CHEAT, terms)
        assert game.rounds.rounds == before
    game = play(PLAIN, [1], [1])
    before = game.rounds.rounds
    for number in (0, 1, 3):
        game.say(CHEAT, replace(game.last.terms, number=number))
        assert game.rounds.rounds == before


def test_openings_that_crossed() -> None:
    """Both propose at once: the first in the order of the log stands, on both sides."""
    game = Play()
    game.open(PLAIN, by=Role.INVITER)
    first = game.last
    game.say(Role.JOINER, Open("packages", 1, bytes(16), PLAIN))
    assert game.rounds.rounds == (first,)


def test_proposing_without_end_costs_the_other_nothing() -> None:
    game = Play()
    for number in range(12):
        game.say(CHEAT, Open(f"topic {number}", 1, bytes(16), PLAIN))
    assert len(game.rounds.rounds) == MOST_PROPOSED
    game.open(PLAIN, by=Role.INVITER, topic="mine")
    for number in range(40):
        game.say(CHEAT, End(game.rounds.rounds[0].session if not number else game.last.session))
        game.say(CHEAT, Open(f"another {number}", 1, bytes(16), PLAIN))
    assert len(game.rounds.rounds) <= MOST_PROPOSED + MOST_DECLINED + 2
    assert game.rounds.about("another 39")


def test_what_was_learnt_stays_known_whatever_is_said_afterwards() -> None:
    game = play(PLAIN, [1], [1])
    commit = game.last.sides[CHEAT].commit
    assert commit is not None
    game.say(CHEAT, replace(commit, commitment=OTHER))
    assert game.last.standing == Broken(CHEAT, Step.COMMIT, Fault.TWICE)
    assert game.results() == [(1,), (1,)]


def test_an_opening_that_is_dated_back_displaces_no_round() -> None:
    """Who stopped would otherwise wipe the round off the record with another that is older than it."""
    game = Play()
    for number in range(9):  # there was talk before; so there are low places to claim
        game.talk(Role.INVITER, f"word {number}")
    game.open(PLAIN)
    for role in Role:
        game.enter(role, [1])
    while game.last.due(Role.INVITER) is not Step.ANSWER:
        for role in Role:
            game.step(role)
    game.say(CHEAT, End(game.last.session))
    assert isinstance(game.last.standing, Stopped)
    terms = Open("packages", 1, bytes(16), PLAIN)
    own = [event for event in game.events if event.author == CHEAT]
    back = write_event(
        author=int(CHEAT), number=len(own) + 1, seen=0, clock=0, kind=KIND_OF[Open], body=terms.body(), before=bytes(8)
    )
    opening = next(event for event in game.events if event.kind == KIND_OF[Open])
    events = in_order([*game.events, back])
    assert events.index(back) < events.index(opening)
    folded = Rounds(LINE)
    for event in events:
        folded = evolve(folded, event)
    assert [each.session for each in folded.rounds] == [game.last.session]
    assert folded.rounds[0].standing == game.last.standing
