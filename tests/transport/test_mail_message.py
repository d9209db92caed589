"""One mail, one envelope: written in one form, read in whatever form a provider leaves it (spec 5.5.3)."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message

import pytest

from backchannel.errors import Malformed
from backchannel.transport.mail_message import LARGEST_MAIL, MOST_LEVELS, read_mail, write_mail
from backchannel.wire.envelope import BUCKETS
from tests.support.mail_server import rewritten

TAG = "0f" * 28
NORTH, SOUTH = "north@mail.example", "south@mail.example"


def mail(envelope: bytes) -> bytes:
    return write_mail(envelope, TAG, NORTH, SOUTH, seconds=1_700_000_000, noise=os.urandom(32))


@pytest.mark.parametrize("size", BUCKETS)
def test_there_and_back(size: int) -> None:
    for envelope in (os.urandom(size), bytes(size), b"\xff" * size, b"\r\n.\r\n==\n--".ljust(size, b".")):
        assert read_mail(mail(envelope)) == envelope


@pytest.mark.parametrize("size", BUCKETS)
def test_a_mail_has_the_size_of_its_bucket(size: int) -> None:
    assert len({len(mail(os.urandom(size))) for _ in range(5)}) == 1
    assert len(mail(bytes(size))) < size * 1.4 + 1024


def test_lines_are_short_and_ascii() -> None:
    for line in mail(os.urandom(4096)).split(b"\r\n"):
        assert len(line) <= 78 or line.startswith((b"Content-", b"Subject"))
        assert line.isascii()
        assert b"\n" not in line
    assert "python" not in mail(bytes(1024)).decode().lower()


def attached(raw: bytes, change: Callable[[Message], None]) -> bytes:
    whole = message_from_bytes(raw)
    part = whole.get_payload(1)
    assert isinstance(part, Message)
    change(part)
    return whole.as_bytes()


def in_quoted_printable(part: Message) -> None:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    part.replace_header("Content-Transfer-Encoding", "quoted-printable")
    part.set_payload(
        "=\r\n".join("".join(f"={byte:02X}" for byte in content[at : at + 20]) for at in range(0, len(content), 20))
    )


def renamed(part: Message) -> None:
    for header in ("Content-Type", "Content-Disposition"):
        part.replace_header(header, "application/x-unknown")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "line ends": lambda raw: raw.replace(b"\r\n", b"\n"),
    "a byte at the end": lambda raw: raw + b"\r\n\r\n",
    "trailing spaces": lambda raw: raw.replace(b"\r\n", b" \r\n", 3),
    "headers in front": lambda raw: b"Received: x\r\nX-Spam: no\r\nDKIM-Signature: a=b;\r\n\tc=d\r\n" + raw,
    "another subject": lambda raw: raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=5Bexternal=5D?= "),
    "a folded header": lambda raw: raw.replace(b"; boundary", b";\r\n boundary").replace(
        b"; filename", b";\r\n\tfilename"
    ),
    "quoted-printable": lambda raw: attached(raw, in_quoted_printable),
    "other types": lambda raw: attached(raw, renamed),
    "a gateway": lambda raw: rewritten(raw, random.Random(1)),
    "a gateway twice": lambda raw: rewritten(rewritten(raw, random.Random(1)), random.Random(2)),
    "inside another mail": lambda raw: b"Content-Type: message/rfc822\r\n\r\n" + raw,
    "no last boundary": lambda raw: raw.rstrip().rstrip(b"-"),
    "the same part twice": lambda raw: (
        raw.replace(raw[raw.rindex(b"Content-Type: app") :], b"")
        + raw[raw.rindex(b"Content-Type: app") :].replace(b"--\r\n", b"\r\n")
        + raw[raw.rindex(b"Content-Type: app") :]
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_provider_does_to_it_is_no_matter(change: Callable[[bytes], bytes]) -> None:
    for size in BUCKETS:
        envelope = os.urandom(size)
        assert read_mail(change(mail(envelope))) == envelope


def test_a_footer_behind_the_base64_of_a_mail_without_parts() -> None:
    envelope = os.urandom(1024)
    head = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    footer = b"\r\n_______________\r\nSent through a list == of friends\r\n"
    assert read_mail(head + base64.encodebytes(envelope) + footer) == envelope


def part(content: bytes, kind: bytes = b"application/x") -> bytes:
    head = b"--x\r\nContent-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(content) + b"\r\n"


HEAD = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: dinner\r\n\r\nCome at eight.",
        b"\0" * 1024,
        HEAD + part(bytes(1023)) + b"--x--",
        HEAD + part(bytes(1025)) + b"--x--",
        HEAD + part(bytes(1024), b"text/plain") + b"--x--",
        HEAD + part(bytes(1024)) + part(b"\1" * 1024) + b"--x--",
        HEAD + part(bytes(1024)).replace(b"AAAA", b"AA*A", 1) + b"--x--",
        mail(bytes(1024)).replace(b"AA==", b"AA"),
        mail(bytes(65536)) + b"x" * LARGEST_MAIL,
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(3000)),
        b"Content-Type: text/plain\r\n" * (MOST_LEVELS + 1) + mail(bytes(1024)),
    ],
    ids=range(13),
)
def test_what_carries_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_mail(raw)


def test_levels_below_the_limit_are_read_without_falling() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(MOST_LEVELS - 3)
    )
    envelope = os.urandom(1024)
    assert read_mail(deep + mail(envelope)) == envelope
