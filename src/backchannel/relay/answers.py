"""What goes back to the client: CBOR when it went well, one line of JSON when not (spec 6.9)."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from backchannel.errors import BackchannelError, InputRefused, Unauthorized
from backchannel.wire import codec

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = 1
CBOR_TYPE: Final = "application/cbor"
JSON_TYPE: Final = "application/json"

_ALWAYS: Final = {"cache-control": "no-store"}


def cbor(status: int, value: codec.Value) -> Response:
    """Return `value` in its one encoding."""
    return Response(codec.encode(value), status, _ALWAYS, CBOR_TYPE)


def text(content: str, content_type: str) -> Response:
    """Return a page of text."""
    return Response(content, HTTPStatus.OK, _ALWAYS, content_type)


def json_line(status: int, members: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return one line of JSON that begins with its schema number."""
    content = json.dumps({"schema": SCHEMA, **members}, separators=(",", ":")) + "\n"
    return Response(content, status, {**_ALWAYS, **(headers or {})}, JSON_TYPE)


def empty(status: int) -> Response:
    """Return nothing but a status."""
    return Response(b"", status, _ALWAYS)


def refusal(error: Exception, *, retry_after: float | None = None) -> Response:
    """Return the answer for `error`: the only place where an exception becomes a status.

    Args:
        error: what was raised; whatever is not from `errors` is `internal`, and nothing of it is told.
        retry_after: seconds until it is worth trying again.
    """
    known = error if isinstance(error, BackchannelError) else BackchannelError()
    headers: dict[str, str] = {}
    if retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(retry_after)))
    if isinstance(known, Unauthorized):
        headers["www-authenticate"] = "Backchannel"
    # From 500 on the detail would describe this machine; below, it describes the request.
    reason = str(known) if known.http_status < HTTPStatus.INTERNAL_SERVER_ERROR else known.sentence()
    return json_line(known.http_status, {"error": known.code, "reason": reason}, headers)


def no_such_route(status: int, allowed: str | None = None) -> Response:
    """Return 404 or 405; an unknown mailbox has its own code, so that a wrong address makes no client make one."""
    wrong_method = status == HTTPStatus.METHOD_NOT_ALLOWED
    reason = "This address takes another method." if wrong_method else "There is nothing at this address."
    return json_line(status, {"error": InputRefused.code, "reason": reason}, {"allow": allowed} if allowed else None)
