"""Mails: whatever a provider keeps under our tag, one envelope comes out of it, or a refusal that we name."""

from __future__ import annotations

import base64
import quopri

from backchannel.errors import Malformed
from backchannel.transport.imap import _by_uid, _tags
from backchannel.transport.mail_message import LARGEST_MAIL, read_mail, write_mail
from backchannel.wire.envelope import is_envelope_size

TAG = "0f" * 28
ENVELOPE = bytes(range(256)) * 4


def examples() -> list[bytes]:
    """Valid mails, as they are written and as gateways leave them."""
    plain = write_mail(ENVELOPE, TAG, "a@north.example", "b@south.example", seconds=1_700_000_000, noise=bytes(32))
    boundary = bytes(16).hex().encode()
    content = base64.encodebytes(ENVELOPE)
    single = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content
    return [
        plain,
        plain.replace(b"\r\n", b"\n"),
        plain.replace(b"--" + boundary + b"--", b"--" + boundary + b"\r\n\r\nA footer.\r\n--" + boundary + b"--"),
        single,
        single + b"\r\n_____\r\nA list's footer, behind everything.\r\n",
        b"Content-Type: application/x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quopri.encodestring(ENVELOPE),
        b"Content-Type: application/x\r\n\r\n" + bytes(range(1, 10)) * 113 + b"1234567",
        b"Content-Type: message/rfc822\r\n\r\n" + plain,
        b"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\n" + single + b"\r\n--x--\r\n",
    ]


def one_input(data: bytes) -> None:
    """Read it as a mail, and as lines that a server says of mails."""
    try:
        envelope = read_mail(data)
    except Malformed:
        pass
    else:
        assert is_envelope_size(len(envelope))
        assert len(data) <= LARGEST_MAIL
    lines = data.split(b"\r\n")
    answer = [(line, lines[at + 1]) if line.endswith(b"}") else line for at, line in enumerate(lines[:-1])]
    for uid, pieces in _by_uid(answer):
        assert 0 <= uid < 10**10
        assert all(len(tag) == len(TAG) for tag in _tags(pieces))
