"""One mail with one envelope in it: written plainly, read in spite of what servers do to it (spec 5.5.3)."""

from __future__ import annotations

import base64
import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import formatdate
from typing import Final

from backchannel.errors import Malformed
from backchannel.wire.envelope import BUCKETS, is_envelope_size

ROOM: Final = 64 * 1024
"""Bytes that headers, footers and other parts may take beside the envelope."""

LARGEST_MAIL: Final = BUCKETS[-1] * 3 + ROOM
"""Quoted-printable, the worst that a server may turn an envelope into, makes three bytes of one."""

SMALLEST_MAIL: Final = BUCKETS[0]

MOST_LEVELS: Final = 64
"""Headers that may open another level of parts; a mail of ours has three."""

_END: Final = "=="
"""Every size of an envelope leaves one byte behind the last three: its base64 ends so, whatever is put behind it."""

_FOLD: Final = re.compile(r"\s+")


def write_mail(envelope: bytes, tag: str, sender: str, to: str, *, seconds: int, noise: bytes) -> bytes:
    """Return a mail.

    Args:
        envelope: its bytes.
        tag: 56 hexadecimal digits; the name of the attachment, and the subject, as when a mail program sends a file.
        sender: an address.
        to: an address.
        seconds: since 1970, for the date.
        noise: 32 fresh random bytes, for the message's id and the boundary.
    """
    boundary = noise[:16].hex()
    content = base64.b64encode(envelope).decode("ascii")
    lines = (
        f"From: <{sender}>",
        f"To: <{to}>",
        f"Date: {formatdate(seconds)}",
        f"Message-ID: <{noise[16:32].hex()}@{sender.rpartition('@')[2]}>",
        f"Subject: {tag}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "",
        f"--{boundary}",
        f'Content-Type: application/octet-stream; name="{tag}.dat"',
        f'Content-Disposition: attachment; filename="{tag}.dat"',
        "Content-Transfer-Encoding: base64",
        "",
        *(content[at : at + 76] for at in range(0, len(content), 76)),
        f"--{boundary}--",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def read_mail(raw: bytes) -> bytes:
    """Return the envelope that a mail carries.

    Whatever stands around it is passed over: headers, footers, more parts, other line ends, another encoding.

    Args:
        raw: the mail as the server keeps it.

    Raises:
        Malformed: it carries none, or more than one, or is too large to be looked at.
    """
    if len(raw) > LARGEST_MAIL or raw.lower().count(b"content-type") > MOST_LEVELS:
        raise Malformed("a mail that is none of ours")
    mail = BytesParser(policy=compat32).parsebytes(raw)
    found = {content for part in mail.walk() if (content := _content(part)) is not None}
    if len(found) != 1:
        raise Malformed(f"a mail with {len(found)} envelopes")
    return found.pop()


def _content(part: Message) -> bytes | None:
    """Return what a part holds, if that has the size of an envelope and is no text."""
    if part.is_multipart() or part.get_content_maintype() == "text":
        return None
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        content: object = _from_base64(str(part.get_payload()))
    else:
        content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) and is_envelope_size(len(content)) else None


def _from_base64(text: str) -> bytes:
    text = _FOLD.sub("", text)
    end = text.find(_END)
    try:
        return base64.b64decode(text[: end + len(_END)], validate=True) if end >= 0 else b""
    except ValueError:
        return b""
