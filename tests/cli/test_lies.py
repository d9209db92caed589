"""A relay that lies: whatever it answers, nothing changes, everything ends soon, and the truth comes through after."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterable, Iterator

import pytest

from backchannel.wire.codec import encode
from tests.cli.liar import Asked, Liar, answer, lying
from tests.cli.people import Person, open_line, until

NOISE = os.urandom(1024)
SOON = 10.0


def found(*pairs: object) -> bytes:
    return encode([1, list(pairs)])


def endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\n\r\n"
    while True:
        yield bytes(65536)


def endless_head() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"x-more: " + b"y" * 60_000 + b"\r\n"


def endless_promise() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100


def endless_chunks() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + bytes(65536) + b"\r\n"


GARBAGE: dict[str, Iterable[bytes]] = {
    "nothing at all": [],
    "no HTTP": [b"SSH-2.0-OpenSSH_9.6\r\n"],
    "binary": [os.urandom(2000)],
    "a web page": answer(200, b"<html><body>Welcome to the hotel's network</body></html>"),
    "empty": answer(200),
    "half an answer": [b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\nonly this"],
    "a length that is none": [b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"],
    "a negative length": [b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n"],
    "other CBOR": answer(200, encode({"a": [1, 2, 3]})),
    "another format": answer(200, encode([2, []])),
    "not in its one form": answer(200, b"\x98\x02\x01\x80"),
    "a bool for the format": answer(200, encode([True, []])),
    "too deep": answer(200, b"\x81" * 100_000),
    "no list": answer(200, encode([1, "none"])),
    "items of another kind": answer(200, found([1, "text"], 5)),
    "a cursor that falls": answer(200, found([2, NOISE], [1, NOISE])),
    "a cursor of zero": answer(200, found([0, NOISE])),
    "a cursor beyond all": answer(200, found([2**63, NOISE])),
    "another size": answer(200, found([1, bytes(1000)])),
    "no bytes": answer(200, found([1, b""])),
    "a huge envelope": answer(200, found([1, bytes(1_500_000)])),
    "a huge body": answer(200, bytes(3_000_000)),
    "a promise of a huge body": [b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n" + bytes(100)],
    "a redirect": answer(302, location="http://127.0.0.1:9/elsewhere"),
    "a redirect for good": answer(308, location="https://evil.example/"),
    "an odd status": answer(299, found()),
    "no content": answer(204),
    "teapot": answer(418, b"{}"),
    "an error in JSON that is too deep": answer(500, b"[" * 200_000),
    "an error of no kind": answer(400, b'{"schema":1,"error":["x"],"reason":5}'),
    "a status that is none": [b"HTTP/1.1 9999 OK\r\n\r\n"],
    "cookies and compression": answer(200, b"\x1f\x8b junk", set_cookie="track=me", content_encoding="gzip"),
}
ENDLESS = {"body": endless, "head": endless_head, "promise": endless_promise, "chunks": endless_chunks}
REFUSALS = ("unauthorized", "forbidden", "mailbox-unknown", "mailbox-conflict", "size-refused", "slow-down", "internal")


@pytest.fixture
def liar(relay: str) -> Iterator[Liar]:
    with lying(relay) as liar:
        yield liar


@pytest.fixture
def pair(ann: Person, bob: Person, liar: Liar) -> tuple[Person, Person]:
    open_line(ann, bob, liar.url)
    ann.says("bob", "before")
    bob.runs("sync")
    ann.runs("sync")
    bob.runs("sync")
    return ann, bob


def kept(person: Person) -> list[tuple[object, ...]]:
    return [row for row in person.rows() if row[0] != "line"]


def tries_everything(person: Person, line: str, *, code: int | None = 6) -> None:
    """Every command that talks to the relay ends soon, with a word, and changes nothing but what was said."""
    before = kept(person)
    began = time.monotonic()
    done = person.tries("sync", "--json")
    if code is not None:
        assert done.code == code, done
        assert bool(done.value["problems"]) is bool(code)
    assert person.tries("read", line).code == 0
    assert person.tries("doctor").code == 0
    assert time.monotonic() - began < SOON
    assert kept(person) == before
    value = person.status(line)
    assert (value["missing"], value["notices"], value["phase"]) == ([], [], "open")


def comes_through(ann: Person, bob: Person, liar: Liar, *texts: str) -> None:
    """Once the relay is honest again, nothing is lost and nothing doubled."""
    liar.lie = None
    for person in (ann, bob, ann, bob):
        ann.years += 0.01
        person.runs("sync")
    assert ann.texts("bob") == bob.texts("ann") == ["before", *texts]


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage(pair: tuple[Person, Person], liar: Liar, what: str) -> None:
    ann, bob = pair
    liar.lie = lambda asked: GARBAGE[what]
    tries_everything(ann, "bob")
    done = ann.tries("say", "bob", "meanwhile", "--json")
    assert done.code == 0
    assert not any("elsewhere" in asked.path for asked in liar.asked), "redirects are not followed"
    assert not any("cookie" in asked.headers for asked in liar.asked)
    comes_through(ann, bob, liar, "meanwhile")


@pytest.mark.parametrize("what", ENDLESS)
def test_answers_without_end(pair: tuple[Person, Person], liar: Liar, what: str) -> None:
    ann, bob = pair
    liar.lie = lambda asked: ENDLESS[what]()
    before = liar.sent
    tries_everything(ann, "bob")
    assert liar.sent - before < 64 * 1024 * 1024
    assert ann.runs("say", "bob", "meanwhile", "--json").value["sent"] is False
    comes_through(ann, bob, liar, "meanwhile")


def test_an_answer_that_drips(pair: tuple[Person, Person], liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no answer; only the whole counts."""
    monkeypatch.setattr("backchannel.transport.http.ANSWER_TIMEOUT", 0.5)
    ann, _ = pair

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"
        while True:
            time.sleep(0.05)
            yield b"x"

    liar.lie = lambda asked: drip()
    tries_everything(ann, "bob")


@pytest.mark.parametrize("code", REFUSALS)
def test_it_refuses_everything(pair: tuple[Person, Person], liar: Liar, code: str) -> None:
    ann, bob = pair
    body = json.dumps({"schema": 1, "error": code, "reason": "\x1b[31mno"}).encode()
    liar.lie = lambda asked: answer(429, body, retry_after="999999999")
    tries_everything(ann, "bob")
    done = ann.runs("say", "bob", "meanwhile")
    assert "warning" in done.err
    assert "\x1b" not in done.err
    comes_through(ann, bob, liar, "meanwhile")


def test_it_says_yes_to_everything_and_keeps_nothing(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair
    liar.lie = lambda asked: answer(200, found() if "/get" in asked.path else encode([1, 1]))
    assert ann.runs("say", "bob", "meanwhile", "--json").value["sent"] is True
    ann.runs("sync")
    assert ann.status("bob")["unacknowledged"] == 1, "what it says it has is not what the other side has"
    assert "1 message not confirmed yet" in ann.runs("doctor").out
    comes_through(ann, bob, liar, "meanwhile")


def test_the_same_envelopes_without_end(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair
    liar.lie = lambda asked: answer(
        200, found(*([at, NOISE] for at in range(1, 65))) if "/get" in asked.path else encode([1, 0])
    )
    before = len(liar.asked)
    tries_everything(ann, "bob", code=0)
    assert len(liar.asked) - before < 60
    comes_through(ann, bob, liar)


def test_other_noise_without_end(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair

    def noise(asked: Asked) -> list[bytes]:
        return answer(
            200, found(*([at, os.urandom(1024)] for at in range(1, 65))) if "/get" in asked.path else encode([1, 0])
        )

    liar.lie = noise
    tries_everything(ann, "bob", code=0)
    comes_through(ann, bob, liar)


def test_replays_of_everything_it_ever_saw(pair: tuple[Person, Person], liar: Liar) -> None:
    """Old envelopes, the other direction's, twice, backwards: nothing is doubled."""
    ann, bob = pair
    ann.says("bob", "one")
    bob.says("ann", "two")
    bob.runs("sync")
    ann.runs("sync")
    bob.runs("sync")
    ann.runs("sync")
    seen = [asked.body for asked in liar.asked if asked.path == "/v1/put"]
    assert len(seen) > 4
    rounds = itertools.count()

    def replay(asked: Asked) -> list[bytes] | None:
        if "/get" not in asked.path or next(rounds) > 20:
            return None
        return answer(200, found(*([at, old] for at, old in enumerate([*reversed(seen), *seen], start=1))))

    before = [person.log(line) for person, line in ((ann, "bob"), (bob, "ann"))]
    liar.lie = replay
    ann.runs("sync")
    bob.runs("sync")
    assert [person.log(line) for person, line in ((ann, "bob"), (bob, "ann"))] == before
    for person, line in ((ann, "bob"), (bob, "ann")):
        assert person.status(line)["notices"] == []
        assert person.status(line)["forks"] == []
    liar.lie = None
    ann.says("bob", "three")
    bob.runs("sync")
    assert bob.texts("ann")[-1] == "three"


def test_it_withholds_some_and_turns_the_rest_around(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair
    puts = itertools.count()
    texts = [f"word {count}" for count in range(6)]
    liar.lie = lambda asked: answer(201, encode([1, 1])) if "/put" in asked.path and next(puts) % 2 else None
    ann.says("bob", *texts)
    bob.runs("sync")
    got = bob.texts("ann")
    assert got == ["before", *texts[::2]]
    done = bob.runs("read", "ann")
    assert "not here yet: 3, 5" in done.err, "what is missing is visibly missing"
    assert bob.status("ann")["missing"] == [[3, 3], [5, 5]]
    assert "have not come" in bob.runs("doctor").out
    comes_through(ann, bob, liar, *texts)


def test_it_says_that_it_lost_the_mailbox_for_ever(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair
    lost = json.dumps({"schema": 1, "error": "mailbox-unknown", "reason": "gone"}).encode()
    liar.lie = lambda asked: answer(201) if asked.path == "/v1/mailbox" else answer(404, lost)
    before = len(liar.asked)
    tries_everything(ann, "bob")
    assert len(liar.asked) - before < 20, "it is made again once, not for ever"
    comes_through(ann, bob, liar)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"5", b"null", b'{"status":"ok"}', b'{"status":"ok","time":"now"}', b'{"status":"ok","time":true}',
        b'{"status":"ok","time":1e999}', b'{"status":"ok","time":' + b"9" * 4000 + b"}", b'{"status":"down","time":5}',
        b'{"status":"ok","time":-5}', b"[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_its_health_is_nonsense(pair: tuple[Person, Person], liar: Liar, body: bytes) -> None:
    ann, _ = pair
    liar.lie = lambda asked: answer(200, body) if "health" in asked.path else None
    done = ann.runs("doctor")
    assert "not an answer" in done.out
    assert len(done.out) < 2000


def test_nothing_secret_is_in_an_address(pair: tuple[Person, Person], liar: Liar) -> None:
    """Proxies and servers log paths: ids and capabilities are in a header, and no other header tells of us."""
    assert len(liar.asked) > 5
    for asked in liar.asked:
        assert asked.path.partition("?")[0] in ("/v1/mailbox", "/v1/put", "/v1/put-many", "/v1/get", "/v1/delete")
        assert set(asked.headers) <= {"host", "accept-encoding", "authorization", "content-length", "content-type"}


def test_watching_a_liar_does_not_burn_the_battery(pair: tuple[Person, Person], liar: Liar) -> None:
    ann, bob = pair
    noise = answer(200, found(*([at, NOISE] for at in range(1, 65))))
    with ann.keeps_running("sync", "--watch") as watching:
        watching.talk("bob: ")
        liar.lie = lambda asked: noise if "/get" in asked.path else None
        bob.runs("say", "ann", "a push for the poll that waits")
        time.sleep(0.5)
        before = len(liar.asked)
        time.sleep(1.5)
        assert len(liar.asked) - before < 20
        liar.lie = None
        until(lambda: ann.texts("bob")[-1] == "a push for the poll that waits")
        watching.stops()
