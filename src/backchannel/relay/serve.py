"""Starting and stopping a relay (spec 6.13)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

import uvicorn

from backchannel.errors import ConfigRefused
from backchannel.relay.config import DEFAULT_HOST
from backchannel.relay.routes import Relay
from backchannel.relay.store_sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from backchannel.relay.config import RelayConfig
    from backchannel.relay.store import Store

_BACKLOG: Final = 2048
_KEEP_ALIVE: Final = 75  # longer than the longest poll, so that a client that polls keeps its connection
_GRACE: Final = 10
_LONGEST_HEAD: Final = 16 * 1024
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


def serve(config: RelayConfig, on_ready: Callable[[str], None]) -> None:
    """Run a relay until SIGINT or SIGTERM; then answer who waits, close the data cleanly, and return.

    Args:
        config: the relay.
        on_ready: called once with the URL, when the relay takes requests; with port 0 it tells the port.

    Raises:
        ConfigRefused: the address or the data directory cannot be used.
    """
    _allow_many_connections()
    # In its debug mode, which the environment can ask for, asyncio logs the address of every connection.
    asyncio.run(_run(config, lambda url, _: on_ready(url), time.time), debug=False)


@contextlib.contextmanager
def running(config: RelayConfig, *, clock: Callable[[], float] = time.time) -> Iterator[str]:
    """Run a relay in a background thread, for tests and the demo.

    Args:
        config: the relay.
        clock: seconds since 1970.

    Yields:
        The URL; afterwards the relay is stopped as by a signal.

    Raises:
        ConfigRefused: the address or the data directory cannot be used.
    """
    ready: queue.SimpleQueue[tuple[str, Callable[[], None]] | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            asyncio.run(_run(config, lambda url, stop: ready.put((url, stop)), clock), debug=False)
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread of whoever started this
            ready.put(error)

    thread = threading.Thread(target=run, name="relay")
    thread.start()
    first = ready.get()
    if isinstance(first, BaseException):
        thread.join()
        raise first
    url, stop = first
    try:
        yield url
    finally:
        stop()
        thread.join()
    if not ready.empty() and isinstance(late := ready.get(), BaseException):
        raise late


class _Server(uvicorn.Server):
    """Uvicorn, with a stop that answers long polls first and returns to its caller."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stop = on_stop

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on a signal; uvicorn would raise it again at the end, before our data is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _STOPPING}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell that requests are taken from now on."""
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send everybody home who waits; the rest is uvicorn's, but for who came in while it shut the door."""
        self._on_stop()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            transport: asyncio.Transport | None = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)  # the loop lets go of what was aborted before it ends


async def _run(
    config: RelayConfig, on_ready: Callable[[str, Callable[[], None]], None], clock: Callable[[], float]
) -> None:
    with contextlib.ExitStack() as bound:
        main = bound.enter_context(_bind(config.host, config.port))
        sockets = [main]
        if config.metrics and config.metrics_port is not None:
            sockets.append(bound.enter_context(_bind(DEFAULT_HOST, config.metrics_port)))
        store = await SqliteStore.open(config.data, config.limits, clock)
        try:
            metrics_port = sockets[1].getsockname()[1] if len(sockets) > 1 else None
            relay = Relay(store, config, clock=clock, metrics_port=metrics_port)
            server = _Server(
                _uvicorn(relay),
                on_started=lambda: on_ready(_url(config.host, main.getsockname()[1]), stop),
                on_stop=relay.wakes.stop,
            )

            def stop() -> None:
                server.should_exit = True

            await store.expire()
            expiry = asyncio.create_task(_expire_for_ever(store, config.expiry_every))
            try:
                await server.serve(sockets)
            finally:
                expiry.cancel()
                await asyncio.gather(expiry, return_exceptions=True)
        finally:
            await store.close()


async def _expire_for_ever(store: Store, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        # A full or failing disk must not end expiry, which is what makes room again; puts report the same failure.
        with contextlib.suppress(Exception):
            await store.expire()


def _uvicorn(relay: Relay) -> uvicorn.Config:
    return uvicorn.Config(
        relay.app(),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        # No log of ours has an address in it: no access log, no trace of connections, no date, no server's name.
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        # A forwarded address could be anybody's word; limits count the address that really connects.
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Not socket.create_server: asyncio turns Nagle's delay (40 ms a put) off only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option lets two programs have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigRefused(f"cannot listen on {_url(host, port)}: {error.strerror}") from error
    return listener


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _allow_many_connections() -> None:
    """Use as many connections as the system lets us; the usual 1,024 would end long before `waiters_total`."""
    try:
        import resource  # there is none on Windows
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
