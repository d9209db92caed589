"""Reading a request body under a hard cap, without ever holding more of it (spec 6.1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from backchannel.errors import BackchannelError, Malformed

if TYPE_CHECKING:
    from starlette.requests import Request

_DRAINED_AT_MOST: Final = 4 * 2**20
_DRAIN_SECONDS: Final = 5.0


class ClientLeft(Exception):
    """The client closed the connection before its request was whole; there is nobody to answer."""


class Body:
    """The body of one request, read at most once."""

    def __init__(self, request: Request, seconds: float) -> None:
        """Read nothing yet.

        Args:
            request: whose body it is.
            seconds: how long it may take to arrive.
        """
        self._request = request
        self._seconds = seconds
        self._more = True
        self._late = False

    async def read(self, cap: int, refusal: type[BackchannelError]) -> bytes:
        """Return the whole body.

        Args:
            cap: bytes that it may have.
            refusal: what to raise if it has more.

        Raises:
            BackchannelError: `refusal`.
            Malformed: it took too long.
            ClientLeft: it ended early.
        """
        announced = self._request.headers.get("content-length", "0")
        if len(announced) > len(str(cap)) + 8 or int(announced) > cap:
            raise refusal
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while self._more:
                    part = await self._next()
                    size += len(part)
                    if size > cap:
                        raise refusal
                    parts.append(part)
        except TimeoutError:
            self._late = True
            raise Malformed("the body came too slowly") from None
        return b"".join(parts)

    async def settle(self) -> bool:
        """Throw away what was not read, within reason, so that a client that is still sending hears the answer.

        Returns:
            Whether the body is at its end; if not, the connection must be closed behind the answer.
        """
        left = _DRAINED_AT_MOST
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while self._more and left > 0 and not self._late:
                    left -= len(await self._next())
        except TimeoutError:
            return False
        return not self._more

    async def _next(self) -> bytes:
        message = await self._request.receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        self._more = bool(message.get("more_body", False))
        return bytes(message.get("body", b""))
