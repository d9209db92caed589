"""The HTTP API (spec 6.1 to 6.9): what each route reads, does and answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from backchannel import __version__
from backchannel.errors import (
    BackchannelError,
    Forbidden,
    MailboxConflict,
    MailboxUnknown,
    Malformed,
    Oversize,
    SizeRefused,
    SlowDown,
    StorageFull,
)
from backchannel.relay import access, answers, metrics
from backchannel.relay.batch import envelopes_of
from backchannel.relay.body import Body, ClientLeft
from backchannel.relay.limits import Meter, Rate, client_key
from backchannel.relay.store import (
    AlreadyThere,
    Direction,
    Gone,
    Made,
    MailboxFull,
    NewMailbox,
    Stored,
    StoreFull,
    Taken,
)
from backchannel.relay.wake import Wakes
from backchannel.wire import codec
from backchannel.wire.envelope import BUCKETS, is_envelope_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from backchannel.relay.config import RelayConfig
    from backchannel.relay.store import Held, Store

    Endpoint = Callable[[Request, Body], Awaitable[Response]]

_log = logging.getLogger(__name__)

FORMAT: Final = 1
"""The first item of every list in a body."""

MOST_READ: Final = 64
MOST_READ_BYTES: Final = 2**20
LONGEST_WAIT: Final = 55.0

_SMALL_BODY: Final = 256
_MANY_BODY: Final = 1_100_000
_LARGEST_CURSOR: Final = 2**63 - 1
_HOUR: Final = 3600.0
_FULL_RETRY: Final = 300.0  # a full mailbox is emptied by a person who comes back, not within a second
_BUSY_RETRY: Final = 5.0
_CLIENT_LEFT: Final = 499

_INTEGER: Final = re.compile(r"[0-9]{1,19}")
_SECONDS: Final = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?")


class Relay:
    """One relay over one store; holds no state that a restart would miss."""

    def __init__(
        self, store: Store, config: RelayConfig, *, clock: Callable[[], float], metrics_port: int | None = None
    ) -> None:
        """Start with nobody connected.

        Args:
            store: where envelopes are kept.
            config: limits, token, metrics.
            clock: seconds since 1970, for `/v1/health`.
            metrics_port: the bound port that is for `/metrics` alone; None if it answers on the main one.
        """
        limits = config.limits
        self.seen = metrics.Seen()
        self.wakes = Wakes(per_mailbox=limits.waiters_per_mailbox, total=limits.waiters_total)
        self._store = store
        self._config = config
        self._clock = clock
        self._metrics_port = metrics_port
        self._outcomes = metrics.Outcomes()
        self._requests = Meter(Rate(limits.requests_per_second, limits.requests_burst))
        self._makes = Meter(Rate(limits.makes_per_hour / _HOUR, limits.makes_per_hour))

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            self._route("POST", "/v1/mailbox", "mailbox", self._make),
            self._route("POST", "/v1/put", "put", self._put),
            self._route("POST", "/v1/put-many", "put-many", self._put_many),
            self._route("GET", "/v1/get", "get", self._get),
            self._route("POST", "/v1/delete", "delete", self._delete),
            self._route("GET", "/v1/health", "health", self._health),
        ]
        if self._config.metrics:
            routes.append(self._route("GET", "/metrics", "metrics", self._metrics))
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._unrouted})
        app.router.redirect_slashes = False
        return app

    def _route(self, method: str, path: str, name: str, endpoint: Endpoint) -> Route:
        async def answered(request: Request) -> Response:
            body = Body(request, self._config.limits.body_seconds)
            try:
                response = await self._answer(name, endpoint, request, body)
            except ClientLeft:
                response = answers.empty(_CLIENT_LEFT)
            self._outcomes.add(name, response.status_code)
            return response

        route = Route(path, answered, methods=[method])
        route.methods = {method}  # Starlette adds HEAD, which would fetch envelopes for nothing
        return route

    async def _answer(self, name: str, endpoint: Endpoint, request: Request, body: Body) -> Response:
        if self._metrics_port is not None and (self._metrics_port == _local_port(request)) != (name == "metrics"):
            return answers.no_such_route(HTTPStatus.NOT_FOUND)
        wait = self._requests.take(_client(request), time.monotonic())
        try:
            if wait:
                response = answers.refusal(SlowDown("too many requests"), retry_after=wait)
            else:
                response = await endpoint(request, body)
        except ClientLeft:
            raise
        except Exception as error:  # noqa: BLE001 - every error has an answer, and none of them has a trace in a log
            if not isinstance(error, BackchannelError):
                _report(error)
            response = answers.refusal(error)
        if request.method == "POST" and not await body.settle():
            response.headers["connection"] = "close"
        return response

    async def _unrouted(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else int(HTTPStatus.NOT_FOUND)
        allowed = (error.headers or {}).get("Allow") if isinstance(error, HTTPException) else None
        self._outcomes.add("other", status)
        response = answers.no_such_route(status, allowed)
        with contextlib.suppress(ClientLeft):
            if not await Body(request, self._config.limits.body_seconds).settle():
                response.headers["connection"] = "close"
        return response

    async def _make(self, request: Request, body: Body) -> Response:
        token = self._config.operator_token
        if token is not None and not access.is_operator(token, request.headers.getlist("backchannel-operator")):
            raise Forbidden("this relay makes mailboxes for its operator only")
        wait = self._makes.take(_client(request), time.monotonic())
        if wait:
            return answers.refusal(SlowDown("too many new mailboxes"), retry_after=wait)
        outcome = await self._store.make(_new_mailbox(await body.read(_SMALL_BODY, Oversize)))
        match outcome:
            case Made():
                return answers.empty(HTTPStatus.CREATED)
            case AlreadyThere():
                return answers.empty(HTTPStatus.OK)
            case Taken():
                raise MailboxConflict
            case StoreFull():
                raise StorageFull

    async def _put(self, request: Request, body: Body) -> Response:
        box = await self._admit(request, Direction.PUT)
        envelope = await body.read(BUCKETS[-1], SizeRefused)
        stored = await self._stored(box, [envelope])
        if isinstance(stored, Stored):
            status = HTTPStatus.CREATED if stored.fresh[0] else HTTPStatus.OK
            return answers.cbor(status, [FORMAT, stored.cursors[0]])
        return stored

    async def _put_many(self, request: Request, body: Body) -> Response:
        box = await self._admit(request, Direction.PUT)
        envelopes = envelopes_of(await body.read(_MANY_BODY, Oversize))
        stored = await self._stored(box, envelopes)
        if isinstance(stored, Stored):
            return answers.cbor(HTTPStatus.CREATED, [FORMAT, list(stored.cursors)])
        return stored

    async def _stored(self, box: int, envelopes: Sequence[bytes]) -> Stored | Response:
        for envelope in envelopes:
            if not is_envelope_size(len(envelope)):
                raise SizeRefused(f"{len(envelope)} bytes")
        outcome = await self._store.put(box, envelopes)
        match outcome:
            case Stored():
                self.wakes.wake(box)
                self.seen.add(len(item) for item, new in zip(envelopes, outcome.fresh, strict=True) if new)
                return outcome
            case MailboxFull():
                return answers.refusal(SlowDown("the mailbox is full"), retry_after=_FULL_RETRY)
            case StoreFull():
                raise StorageFull
            case Gone():
                raise MailboxUnknown

    async def _get(self, request: Request, _: Body) -> Response:
        query = _query(request, {"after", "wait", "limit"})
        after = _integer(query.get("after", "0"), 0, _LARGEST_CURSOR)
        limit = _integer(query.get("limit", str(MOST_READ)), 1, MOST_READ)
        wait = _seconds(query.get("wait", "0"))
        box = await self._admit(request, Direction.GET)
        if not wait:
            return _held(await self._store.read(box, after, limit, MOST_READ_BYTES))
        with self.wakes.waiting(box) as woken:
            if woken is None:
                return answers.refusal(SlowDown("too many wait already"), retry_after=_BUSY_RETRY)
            return _held(await self._first_held(request, woken, box, after, limit, wait))

    async def _first_held(
        self, request: Request, woken: asyncio.Event, box: int, after: int, limit: int, wait: float
    ) -> tuple[Held, ...]:
        """Look, and look again whenever woken, until there is something or no reason to wait (spec 6.6)."""
        until = time.monotonic() + wait
        gone = asyncio.create_task(_gone(request))
        gone.add_done_callback(lambda _: woken.set())
        try:
            while True:
                woken.clear()
                held = await self._store.read(box, after, limit, MOST_READ_BYTES)
                left = until - time.monotonic()
                if held or left <= 0 or self.wakes.stopped:
                    return held
                if gone.done():
                    raise ClientLeft
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await woken.wait()
        finally:
            gone.cancel()

    async def _delete(self, request: Request, body: Body) -> Response:
        box = await self._admit(request, Direction.GET)
        (upto,) = _items(await body.read(_SMALL_BODY, Oversize), 1)
        if type(upto) is not int or not 0 <= upto <= _LARGEST_CURSOR:
            raise Malformed("not a cursor")
        return answers.cbor(HTTPStatus.OK, [FORMAT, await self._store.delete(box, upto)])

    async def _health(self, _: Request, __: Body) -> Response:
        members = {"status": "ok", "version": __version__, "time": int(self._clock())}
        return answers.json_line(HTTPStatus.OK, members)

    async def _metrics(self, _: Request, __: Body) -> Response:
        totals = await self._store.totals()
        page = metrics.exposition(self.seen, self._outcomes, totals, self.wakes.count)
        return answers.text(page, metrics.CONTENT_TYPE)

    async def _admit(self, request: Request, wanted: Direction) -> int:
        # Before the body is read: a stranger makes the relay hold nothing.
        credential = access.credential_of(request.headers.getlist("authorization"))
        return access.admit(await self._store.find(credential.id_hash), credential, wanted)


def _report(error: Exception) -> None:
    # Type and place, never the text: what a library puts in there could be a value of somebody's request.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("internal error: %s at %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _client(request: Request) -> str:
    return client_key(request.client.host) if request.client else ""


def _local_port(request: Request) -> int | None:
    server: tuple[str, int | None] | None = request.scope.get("server")
    return server[1] if server else None


def _held(held: Sequence[Held]) -> Response:
    return answers.cbor(HTTPStatus.OK, [FORMAT, [[item.cursor, item.envelope] for item in held]])


def _items(data: bytes, count: int) -> list[Any]:
    value = codec.decode(data)
    if type(value) is not list or len(value) != 1 + count or type(value[0]) is not int or value[0] != FORMAT:
        raise Malformed("not a list of this format")
    return value[1:]


def _new_mailbox(data: bytes) -> NewMailbox:
    items = _items(data, 4)
    sizes = (access.ID_SIZE, access.HASH_SIZE, access.ID_SIZE, access.HASH_SIZE)
    if any(type(item) is not bytes or len(item) != size for item, size in zip(items, sizes, strict=True)):
        raise Malformed("not two ids and two hashes")
    put_id, put_capability, get_id, get_capability = items
    if put_id == get_id:
        raise Malformed("one id for both directions")
    return NewMailbox(access.digest(put_id), put_capability, access.digest(get_id), get_capability)


def _query(request: Request, known: set[str]) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    if len({name for name, _ in pairs}) != len(pairs) or not {name for name, _ in pairs} <= known:
        raise Malformed("query")
    return dict(pairs)


def _integer(text: str, low: int, high: int) -> int:
    if _INTEGER.fullmatch(text) is None or not low <= int(text) <= high:
        raise Malformed(f"not an integer from {low} to {high}")
    return int(text)


def _seconds(text: str) -> float:
    if _SECONDS.fullmatch(text) is None or float(text) > LONGEST_WAIT:
        raise Malformed(f"not seconds from 0 to {LONGEST_WAIT:.0f}")
    return float(text)
