"""The relay's client against a real relay, and against answers of every kind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backchannel import errors
from backchannel.app.ports import Found, Transport
from backchannel.crypto.suite import Role
from backchannel.errors import (
    Forbidden,
    MailboxConflict,
    MailboxUnknown,
    RelayLied,
    RelayUnreachable,
    SizeRefused,
    SlowDown,
    TransportError,
    Unauthorized,
)
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Limits
from backchannel.relay.serve import running
from backchannel.transport.address import relay_address
from backchannel.transport.relay import RelayTransport
from backchannel.wire.codec import encode
from backchannel.wire.envelope import BUCKETS
from tests.cli.liar import Liar, answer, lying
from tests.cli.people import fast_folder
from tests.transport import test_contract

GENEROUS = Limits(makes_per_hour=100_000, requests_per_second=100_000.0)


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    """A relay for the tests whose mailboxes nobody else has."""
    folder = fast_folder()
    with running(RelayConfig(folder, port=0, limits=GENEROUS)) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def url(request: pytest.FixtureRequest, shared: str, tmp_path: Path) -> Iterator[str]:
    if "box" in request.fixturenames:
        yield shared
        return
    with running(RelayConfig(tmp_path / "own", port=0, limits=GENEROUS)) as url:
        yield url


@pytest.fixture
def transport(url: str) -> Iterator[RelayTransport]:
    transport = RelayTransport(relay_address(url))
    yield transport
    transport.close()


@pytest.fixture
def liar(url: str) -> Iterator[Liar]:
    with lying(url) as liar:
        yield liar


@pytest.fixture
def lied_to(liar: Liar) -> Iterator[RelayTransport]:
    transport = RelayTransport(relay_address(liar.url))
    yield transport
    transport.close()


@pytest.fixture
def box() -> Mailbox:
    return mailbox_from(os.urandom(32), Role.INVITER, b"test")


def envelopes(count: int, size: int = BUCKETS[0]) -> list[bytes]:
    return [os.urandom(size) for _ in range(count)]


def bytes_of(found: list[Found]) -> list[bytes]:
    return [each.envelope for each in found]


# --- the contract of every transport ----------------------------------------------------------------------------------

DIFFERENT = {
    "test_deleting_takes_away_exactly_what_was_named": "test_deleting_is_up_to_the_last_that_is_named",
    "test_the_same_envelope_twice_is_found_twice": "test_the_same_bytes_twice_are_one_envelope",
}
"""What spec 6 promises otherwise than a folder does, and the tests below that say how."""


@pytest.fixture
def open_transport(url: str) -> Iterator[Callable[[], Transport]]:
    opened: list[RelayTransport] = []

    def opener() -> Transport:
        opened.append(RelayTransport(relay_address(url)))
        return opened[-1]

    yield opener
    for transport in opened:
        transport.close()


globals().update(
    {name: test for name, test in vars(test_contract).items() if name.startswith("test_") and name not in DIFFERENT}
)


def test_what_differs_from_the_contract_is_said() -> None:
    assert set(DIFFERENT) <= set(vars(test_contract))
    assert set(DIFFERENT.values()) <= set(globals())


# --- mailboxes --------------------------------------------------------------------------------------------------------


def test_a_mailbox_is_made_by_whoever_comes_first(transport: RelayTransport, box: Mailbox) -> None:
    assert transport.get(box) == []
    sealed = envelopes(3)
    transport.put(box, sealed)
    found = transport.get(box)
    assert bytes_of(found) == sealed
    transport.delete(box, [each.receipt for each in found])
    assert transport.get(box) == []


def test_a_mailbox_that_the_relay_has_forgotten_is_made_again(tmp_path: Path, box: Mailbox) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sealed = envelopes(3)
    first, second = (RelayConfig(tmp_path / name, port=port, limits=GENEROUS) for name in ("one", "two"))
    with running(first) as url:
        transport = RelayTransport(relay_address(url))
        transport.put(box, sealed[:1])
    with running(second):
        assert transport.get(box) == []
        transport.put(box, sealed[1:])
        assert bytes_of(transport.get(box)) == sealed[1:]
    with running(first):
        assert bytes_of(transport.get(box)) == sealed[:1]
    transport.close()


@pytest.mark.parametrize("call", ["put", "put many", "get", "delete"])
def test_every_call_makes_the_mailbox_again_once(lied_to: RelayTransport, liar: Liar, box: Mailbox, call: str) -> None:
    match call:
        case "put":
            lied_to.put(box, envelopes(1))
        case "put many":
            lied_to.put(box, envelopes(3))
        case "get":
            lied_to.get(box)
        case _:
            lied_to.delete(box, ["5"])
    paths = [asked.path for asked in liar.asked]
    assert len(paths) == 3
    assert paths[0] == paths[2] != paths[1] == "/v1/mailbox"


def test_only_hashes_of_capabilities_make_a_mailbox(lied_to: RelayTransport, liar: Liar, box: Mailbox) -> None:
    lied_to.put(box, envelopes(1))
    (made,) = [asked for asked in liar.asked if asked.path == "/v1/mailbox"]
    assert "authorization" not in made.headers
    assert box.put_capability not in made.body
    assert box.get_capability not in made.body
    (put,) = [asked for asked in liar.asked[2:] if asked.path == "/v1/put"]
    assert put.headers["authorization"] == f"Backchannel {box.put_id.hex()}.{box.put_capability.hex()}"


def test_batches_are_of_sixteen(lied_to: RelayTransport, liar: Liar, box: Mailbox) -> None:
    sealed = envelopes(33)
    lied_to.put(box, sealed)
    assert bytes_of(lied_to.get(box)) == sealed
    sizes = [len(asked.body) for asked in liar.asked if asked.path.startswith("/v1/put")]
    assert sizes[-1] == 1024
    assert all(16_000 < size < 17_000 for size in sizes[:-1])


def test_a_full_mailbox_is_told(tmp_path: Path, box: Mailbox) -> None:
    with running(RelayConfig(tmp_path, port=0, limits=Limits(mailbox_envelopes=2))) as url:
        transport = RelayTransport(relay_address(url))
        transport.put(box, envelopes(2))
        with pytest.raises(SlowDown):
            transport.put(box, envelopes(1))
        transport.close()


def test_somebody_elses_mailbox(transport: RelayTransport, box: Mailbox) -> None:
    transport.put(box, envelopes(1))
    stranger = Mailbox(box.put_id, bytes(32), box.get_id, bytes(32))
    for call in (lambda: transport.put(stranger, envelopes(1)), lambda: transport.get(stranger)):
        with pytest.raises(Forbidden):
            call()
    squatter = Mailbox(box.put_id, bytes(32), os.urandom(16), bytes(32))
    with pytest.raises(MailboxConflict):
        transport.get(squatter)


@pytest.mark.parametrize("size", [0, 1, 1023, 1025, 65_537])
def test_a_size_that_none_has(transport: RelayTransport, box: Mailbox, size: int) -> None:
    transport.get(box)
    with pytest.raises(SizeRefused):
        transport.put(box, [bytes(size)])
    if size < 65_536:
        with pytest.raises(TransportError):
            transport.put(box, [bytes(1024), bytes(size)])
    assert transport.get(box) == []


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_waiting_ends_when_something_comes(transport: RelayTransport, box: Mailbox) -> None:
    sealed = envelopes(1)
    threading.Timer(0.2, transport.put, (box, sealed)).start()
    assert bytes_of(transport.get(box, wait=30.0)) == sealed


def test_waiting_ends(transport: RelayTransport, box: Mailbox) -> None:
    assert transport.get(box, wait=0.3) == []


def test_nobody_waits_longer_than_the_relay_lets_them(lied_to: RelayTransport, liar: Liar, box: Mailbox) -> None:
    lied_to.put(box, envelopes(1))
    assert len(lied_to.get(box, wait=1e9)) == 1
    assert liar.asked[-1].path == "/v1/get?wait=50.000"


def test_several_threads_each_have_a_connection(transport: RelayTransport) -> None:
    boxes = [mailbox_from(os.urandom(32), Role.JOINER, b"") for _ in range(8)]

    def talk(box: Mailbox) -> list[bytes]:
        sealed = envelopes(20)
        got: list[bytes] = []
        for one in sealed:
            transport.put(box, [one])
            got.extend(bytes_of(transport.get(box, wait=5.0)))
            transport.delete(box, [each.receipt for each in transport.get(box)])
        return got if got == sealed else []

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(talk, boxes))
    assert len(transport._connections) <= 8


def test_the_connections_of_ended_threads_are_let_go(transport: RelayTransport, box: Mailbox) -> None:
    """A watch has a new thread for each mailbox that a line moves to, for months."""
    for _ in range(20):
        thread = threading.Thread(target=transport.get, args=(box,))
        thread.start()
        thread.join()
    assert len(transport._connections) == 1


def test_closed_it_can_be_used_again(transport: RelayTransport, box: Mailbox) -> None:
    transport.put(box, envelopes(1))
    transport.close()
    assert len(transport.get(box)) == 1
    transport.close()
    transport.close()


# --- answers ----------------------------------------------------------------------------------------------------------

MAPPED = [
    (401, "unauthorized", Unauthorized),
    (403, "forbidden", Forbidden),
    (404, "mailbox-unknown", MailboxUnknown),
    (409, "mailbox-conflict", MailboxConflict),
    (413, "size-refused", SizeRefused),
    (429, "slow-down", SlowDown),
    (400, "malformed", TransportError),
    (404, "input-refused", TransportError),
    (405, "input-refused", TransportError),
    (413, "oversize", TransportError),
    (500, "internal", TransportError),
    (507, "storage-full", TransportError),
    (418, "a code of the future", TransportError),
]


@pytest.mark.parametrize(("status", "code", "error"), MAPPED)
def test_each_refusal_has_its_error(
    lied_to: RelayTransport, liar: Liar, box: Mailbox, status: int, code: str, error: type[TransportError]
) -> None:
    lied_to.get(box)
    body = json.dumps({"schema": 1, "error": code, "reason": "because"}).encode()
    liar.lie = lambda asked: answer(status, body)
    for call in (lambda: lied_to.put(box, envelopes(1)), lambda: lied_to.get(box), lambda: lied_to.delete(box, ["1"])):
        with pytest.raises(error) as refused:
            call()
        assert type(refused.value) is error
        assert liar.url in str(refused.value)
        assert "because" not in str(refused.value), "a relay's words are not shown"


def test_every_code_of_the_specification_is_known() -> None:
    known = {error.code for error in errors.every_error()}
    assert {code for _, code, _ in MAPPED if " " not in code} <= known


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 502, 503])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b"[]", b'"x"', b"[" * 50_000, b'{"error":{}}', b'{"error":null}']
)
def test_a_refusal_that_is_none_of_a_relay(
    lied_to: RelayTransport, liar: Liar, box: Mailbox, status: int, body: bytes
) -> None:
    lied_to.get(box)
    liar.lie = lambda asked: answer(status, body, location="http://127.0.0.1:9/")
    with pytest.raises(TransportError):
        lied_to.get(box)


def test_an_honest_answer_after_a_lie(lied_to: RelayTransport, liar: Liar, box: Mailbox) -> None:
    sealed = envelopes(1)
    lied_to.put(box, sealed)
    liar.lie = lambda asked: [b"nonsense"]
    with pytest.raises(RelayLied):
        lied_to.get(box)
    liar.lie = None
    assert bytes_of(lied_to.get(box)) == sealed


def test_receipts_that_are_none_are_passed_over(lied_to: RelayTransport, liar: Liar, box: Mailbox) -> None:
    lied_to.delete(box, [])
    lied_to.delete(box, ["", "x", "-1", "1.5", "٣", "../x"])
    assert liar.asked == []


def test_deleting_is_up_to_the_last_that_is_named(transport: RelayTransport, box: Mailbox) -> None:
    """Spec 6.7: what lies before it goes too. `take` names all that it was given, so nothing is lost by it."""
    sealed = envelopes(4)
    transport.put(box, sealed)
    found = transport.get(box)
    transport.delete(box, [found[2].receipt])
    assert bytes_of(transport.get(box)) == sealed[3:]


def test_the_same_bytes_twice_are_one_envelope(transport: RelayTransport, box: Mailbox) -> None:
    """Spec 6.4.3. No two envelopes of ours are the same: each has a nonce of its own."""
    (one,) = envelopes(1)
    transport.put(box, [one])
    transport.put(box, [one, one])
    assert bytes_of(transport.get(box)) == [one]


def test_health_is_the_clock(transport: RelayTransport, url: str) -> None:
    import time

    assert abs(transport.health() - time.time()) < 5
    assert url in transport.name


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"status":"ok","time":1e999}', b'{"status":"ok","time":true}', b"[" * 9999]
)
def test_health_that_is_none(lied_to: RelayTransport, liar: Liar, body: bytes) -> None:
    liar.lie = lambda asked: answer(200, body)
    with pytest.raises(RelayLied):
        lied_to.health()


@pytest.mark.parametrize(
    "value",
    [
        [1, [[1, bytes(1024)], [1, bytes(1024)]]],
        [1, [[True, bytes(1024)]]],
        [1, [[1, bytes(1024), 0]]],
        [True, []],
        [1],
        [1, [], 0],
    ],
)
def test_a_list_that_is_none(lied_to: RelayTransport, liar: Liar, box: Mailbox, value: list[object]) -> None:
    lied_to.get(box)
    liar.lie = lambda asked: answer(200, encode(value))
    with pytest.raises(RelayLied):
        lied_to.get(box)


# --- connections ------------------------------------------------------------------------------------------------------


def test_after_a_restart_of_the_relay_it_goes_on(tmp_path: Path, box: Mailbox) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = RelayConfig(tmp_path, port=free.getsockname()[1], limits=GENEROUS)
    sealed = envelopes(2)
    with running(config) as url:
        transport = RelayTransport(relay_address(url))
        transport.put(box, sealed[:1])
    with pytest.raises(RelayUnreachable):
        transport.put(box, sealed[1:])
    with running(config):
        transport.put(box, sealed[1:])
        assert bytes_of(transport.get(box)) == sealed
    transport.close()


def test_a_wait_during_the_end_of_a_relay_ends(tmp_path: Path, box: Mailbox) -> None:
    found: list[list[Found]] = []
    with running(RelayConfig(tmp_path, port=0)) as url:
        transport = RelayTransport(relay_address(url))
        transport.get(box)
        waiting = threading.Thread(target=lambda: found.append(transport.get(box, wait=40.0)))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert found == [[]]
    transport.close()


def test_closing_ends_the_wait_of_another_thread(transport: RelayTransport, box: Mailbox) -> None:
    """Ctrl-C in `read --follow`: nobody waits for polls that have 25 seconds to go."""
    outcomes: list[BaseException] = []

    def wait() -> None:
        try:
            transport.get(box, wait=40.0)
        except RelayUnreachable as error:
            outcomes.append(error)

    transport.get(box)
    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    transport.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert len(outcomes) == 1


def test_nobody_listens(box: Mailbox) -> None:
    transport = RelayTransport(relay_address("http://127.0.0.1:9"))
    for call in (lambda: transport.get(box), lambda: transport.put(box, envelopes(1)), transport.health):
        with pytest.raises(RelayUnreachable) as away:
            call()
        assert "127.0.0.1:9" in str(away.value)
    transport.close()


def test_a_prefix_stands_before_every_path(url: str, box: Mailbox) -> None:
    with lying(url) as liar:
        liar.lie = lambda asked: answer(200, encode([1, []]))
        transport = RelayTransport(relay_address(f"{liar.url}/behind/a/proxy/"))
        transport.get(box)
        transport.close()
        assert liar.asked[0].path == "/behind/a/proxy/v1/get"
