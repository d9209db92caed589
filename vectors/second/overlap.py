"""Overlap rounds: what each side says, what is wrong in it, what both know (spec 11)."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from vectors.second import cbor, ristretto
from vectors.second.matching import Mismatch, blob, match
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import digest

STEPS = {"overlap.commit": 1, "overlap.points": 2, "overlap.answer": 3}


class Fault(Exception):
    """What no honest side sends (spec 11.4)."""


def read(kind: str, raw: bytes) -> list[Any]:
    """The fields of a body behind its version (spec 11.3).

    Args:
        kind: of the event.
        raw: its body.

    Returns:
        The fields.

    Raises:
        Refused: `malformed`.
    """
    match kind:
        case "overlap.open":
            topic, number, nonce, subject = cbor.layout(raw, 5)
            if not isinstance(topic, str) or not 1 <= len(topic) <= 64:
                raise malformed("topic")
            return [topic, cbor.natural(number, 1 << 16), cbor.octets(nonce, 16), _subject(subject)]
        case "overlap.commit":
            return [cbor.octets(each, 32) for each in cbor.layout(raw, 4)]
        case "overlap.points" | "overlap.answer":
            session, *rest = cbor.layout(raw, 5 if kind == "overlap.points" else 4)
            if not all(isinstance(each, bytes) for each in rest):
                raise malformed("not bytes")
            return [cbor.octets(session, 32), *rest]
        case "overlap.end":
            return [cbor.octets(each, 32) for each in cbor.layout(raw, 2)]
    raise malformed("no kind of a round")


def _subject(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) != 4 or type(value[0]) is not int:
        raise malformed("subject")
    tag, one, two, three = value
    if tag == 0 and isinstance(two, bool) and isinstance(three, list):
        fine = all(isinstance(each, bytes) and 1 <= len(each) <= 16384 for each in three)
        if not fine or not 1 <= len(three) <= 500 or len(set(three)) != len(three):
            raise malformed("packages")
        if type(one) is not int or not 1 <= one <= len(three):
            raise malformed("most")
    elif tag == 1:
        if any(type(each) is not int for each in (one, two, three)) or three not in (0, 1):
            raise malformed("range")
        if not -(2**63) <= one < two < 2**63 or two - one >= 2**62:
            raise malformed("range")
    else:
        raise malformed("subject")
    return value


@dataclass
class Round:
    """One round, with what each side has said in it.

    Attributes:
        session: 32 bytes.
        subject: as in the body of its opening.
        number: of the round.
        said: for each role, kind and body.
        placed: for each role, its set once it was checked.
    """

    session: bytes
    subject: list[Any]
    number: int
    said: list[dict[str, bytes]] = field(default_factory=lambda: [{}, {}])
    placed: list[list[bytes]] = field(default_factory=lambda: [[], []])

    @property
    def context(self) -> bytes:
        """C (spec 11.1)."""
        return b"backchannel overlap " + self.session

    @property
    def strict(self) -> bool:
        """Whether the round is strict (spec 11.2.4)."""
        return self.subject[0] == 0 and self.subject[2] is True

    @property
    def size(self) -> int:
        """How many elements a set has (spec 11.2)."""
        packages, one, two, _ = self.subject
        return (two - one + 1).bit_length() if packages else int(one)

    def _element(self, value: list[Any]) -> ristretto.Point:
        return ristretto.group(cbor.encode(value), self.context)

    def universe(self, role: int) -> list[ristretto.Point]:
        """All that a side's set can have in it (spec 11.2.4)."""
        listed = [self._element([0, hashlib.sha256(each).digest()]) for each in self.subject[3]]
        return listed + [self._element([1, role, each]) for each in range(self.size)]

    def set(self, role: int, choice: list[int]) -> list[ristretto.Point]:
        """A side's set (spec 11.2.1, 11.2.2)."""
        if self.subject[0] == 0:
            found = [self._element([0, hashlib.sha256(self.subject[3][each]).digest()]) for each in sorted(choice)]
        else:
            _, low, high, ceiling = self.subject
            (value,) = choice
            if not low <= value <= high:
                raise malformed("not of the range")
            one = int(role == ceiling)
            place = value - low + one
            shifts = [(length, place >> (self.size - length)) for length in range(1, self.size + 1)]
            found = [self._element([2, length, bits | 1]) for length, bits in shifts if bits & 1 == one]
        padding = [self._element([1, role, each]) for each in range(self.size - len(found))]
        return found + padding

    def points(self, role: int, seed: bytes, choice: list[int]) -> tuple[bytes, bytes]:
        """Elements and chosen (spec 11.3.3)."""
        key = ristretto.key_of(seed, self.context)
        own = sorted(ristretto.encode(ristretto.times(key, each)) for each in self.set(role, choice))
        if not self.strict:
            return b"".join(own), b""
        every = sorted(ristretto.encode(ristretto.times(key, each)) for each in self.universe(role))
        bits = sum(1 << place for place, each in enumerate(every) if each in own)
        return b"".join(every), bits.to_bytes(-(-len(every) // 8), "little")

    def commitment(self, role: int, public: bytes, elements: bytes, chosen: bytes) -> bytes:
        """What stands for the points (spec 11.3.2)."""
        return digest("overlap commitment", self.session, role, public, hashlib.sha256(elements + chosen).digest())

    def proof_context(self, role: int, what: str) -> bytes:
        """What a proof is bound to (spec 11.3.5)."""
        commits = [each["overlap.commit"] for each in self.said]
        return b"backchannel overlap " + digest("overlap proof", self.session, *commits, role, what)

    def say(self, role: int, kind: str, body: bytes) -> None:
        """Takes and checks what a side says; its turn has come.

        Args:
            role: whose word.
            kind: of the event.
            body: its body.

        Raises:
            Fault: with the fault's name.
            Refused: not of this round, or not in its form.
        """
        session, *fields = read(kind, body)
        if session != self.session:
            raise malformed("of another round")
        if kind in self.said[role]:
            if self.said[role][kind] != body:
                raise Fault("twice")
            return
        self.said[role][kind] = body
        match kind:
            case "overlap.commit":
                self._commit(role, *fields)
            case "overlap.points":
                self._points(role, *fields)
            case "overlap.answer":
                self._answer(role, *fields)

    def _commit(self, role: int, public: bytes, _: bytes) -> None:
        if ristretto.decode(public) is None:
            raise Fault("element")
        other = self.said[1 - role].get("overlap.commit")
        if other is not None and read("overlap.commit", other)[1] == public:
            raise Fault("key")

    def _points(self, role: int, elements: bytes, chosen: bytes, proof: bytes) -> None:
        many = _split(elements)
        if not ristretto.ascending(many):
            raise Fault("order")
        _, public, commitment = read("overlap.commit", self.said[role]["overlap.commit"])
        if self.commitment(role, public, elements, chosen) != commitment:
            raise Fault("commitment")
        if not self.strict:
            if chosen or proof:
                raise Fault("chosen")
            if len(many) != self.size:
                raise Fault("count")
            self.placed[role] = many
            return
        known = self.universe(role)
        bits = int.from_bytes(chosen, "little")
        if len(chosen) != -(-len(known) // 8) or bits >> len(known):
            raise Fault("chosen")
        if len(many) != len(known) or bin(bits).count("1") != self.size:
            raise Fault("count")
        given = tuple(ristretto.encode(each) for each in known)
        if not ristretto.shuffled(self.proof_context(role, "list"), public, given, tuple(many), proof):
            raise Fault("proof")
        self.placed[role] = [each for place, each in enumerate(many) if bits >> place & 1]

    def _answer(self, role: int, elements: bytes, proof: bytes) -> None:
        many, given = tuple(_split(elements)), tuple(self.placed[1 - role])
        if len(many) != len(given):
            raise Fault("count")
        _, public, _ = read("overlap.commit", self.said[role]["overlap.commit"])
        context = self.proof_context(role, "answer")
        if self.subject[0] == 0:
            fine = ristretto.equal_logs(context, public, given, many, proof)
        elif not ristretto.ascending(many):
            raise Fault("order")
        else:
            fine = ristretto.shuffled(context, public, given, many, proof)
        if not fine:
            raise Fault("proof")

    def result(self, role: int, seed: bytes, choice: list[int]) -> list[int] | bool:
        """What a side knows at the end (spec 11.3.6)."""
        answers = [_split(read("overlap.answer", each["overlap.answer"])[1]) for each in self.said]
        if self.subject[0]:
            return bool(set(answers[0]) & set(answers[1]))
        key = ristretto.key_of(seed, self.context)
        mine = [ristretto.encode(ristretto.times(key, each)) for each in self.set(role, choice)]
        matched = {
            point for point, made in zip(self.placed[role], answers[1 - role], strict=True) if made in answers[role]
        }
        return [mark for mark, point in zip(sorted(choice), mine, strict=False) if point in matched]


def _split(elements: bytes) -> list[bytes]:
    if not elements or len(elements) % 32:
        raise Fault("count")
    found = [elements[at : at + 32] for at in range(0, len(elements), 32)]
    if any(ristretto.decode(each) is None for each in found):
        raise Fault("element")
    return found


def opened(case: dict[str, Any]) -> Round:
    """The round that an opening makes (spec 11.1)."""
    body = blob(case["open"])
    _, number, _, subject = read("overlap.open", body)
    return Round(digest("overlap round", blob(case["line"]), case["opener"], body), subject, number)


def _order(found: Round) -> list[tuple[int, str]]:
    first = found.number % 2
    kinds = [(role, kind) for kind in ("overlap.commit", "overlap.points") for role in (0, 1)]
    return [*kinds, (first, "overlap.answer"), (1 - first, "overlap.answer")]


def _whole(case: dict[str, Any]) -> None:
    """A whole round: everything but the proofs is made again, and the proofs are checked."""
    found = opened(case)
    seeds = [blob(each) for each in case["seeds"]]
    names = {"overlap.commit": "commits", "overlap.points": "points", "overlap.answer": "answers"}
    made: dict[str, Any] = {"session": found.session, **{name: [b"", b""] for name in names.values()}}
    for role, kind in _order(found):
        body = blob(case[names[kind]][role])
        found.say(role, kind, body)
        proof = read(kind, body)[-1]
        key = ristretto.key_of(seeds[role], found.context)
        public = ristretto.encode(ristretto.times(key, ristretto.GENERATOR))
        elements, chosen = found.points(role, seeds[role], case["choices"][role])
        match kind:
            case "overlap.commit":
                fields = [public, found.commitment(role, public, elements, chosen)]
            case "overlap.points":
                fields = [elements, chosen, proof]
            case _:
                theirs = [ristretto.decode(each) or ristretto.ZERO for each in found.placed[1 - role]]
                many = [ristretto.encode(ristretto.times(key, each)) for each in theirs]
                fields = [b"".join(sorted(many) if found.subject[0] else many), proof]
        made[names[kind]][role] = cbor.encode([1, found.session, *fields])
    made["results"] = [found.result(role, seeds[role], case["choices"][role]) for role in (0, 1)]
    match(case["what"], case, "what line opener open seeds choices", made)


def _faulty(case: dict[str, Any], rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """What is found wrong where one side says other things (spec 11.4)."""
    whole = rounds[case["round"]]
    found = opened(whole)
    names = {"overlap.commit": "commits", "overlap.points": "points", "overlap.answer": "answers"}
    instead: dict[str, list[bytes]] = {}
    for kind, body in case["said"]:
        instead.setdefault(kind, []).append(blob(body))
    for role, kind in _order(found):
        usual = [blob(whole[names[kind]][role])]
        for body in instead.get(kind, usual) if role == case["author"] else usual:
            try:
                found.say(role, kind, body)
            except Fault as fault:
                return {"by": role, "step": STEPS[kind], "fault": str(fault)}
    raise Mismatch(f"nothing was found wrong: {case['what']}")


def rounds(vectors: Any) -> int:
    """Elements, whole rounds and broken ones (spec 11)."""
    for place, case in enumerate(vectors["elements"]):
        message, context = blob(case["message"]), blob(case["context"])
        made = {
            "element": ristretto.encode(ristretto.group(message, context)),
            "scalar": ristretto.scalar(message, context).to_bytes(32, "little"),
        }
        match(f"elements[{place}]", case, "message context", made)
    for case in vectors["rounds"]:
        try:
            _whole(case)
        except (Fault, Refused) as error:
            raise Mismatch(f"{case['what']}: {error}") from None
    for case in vectors["faults"]:
        try:
            made = _faulty(case, vectors["rounds"])
        except Refused as error:
            raise Mismatch(f"{case['what']}: {error}") from None
        match(case["what"], case, "what round author said", made)
    match("", vectors, "elements rounds faults", {})
    return len(vectors["elements"]) + len(vectors["rounds"]) + len(vectors["faults"])
