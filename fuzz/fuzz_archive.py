"""Archives: any bytes as the file, and as the lines inside; nothing but a refusal that we name."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from backchannel.app.archive import MAGIC, Archived, event_value, verify_archive
from backchannel.app.archive_lines import line_of, values_of
from backchannel.app.ports import Stored
from backchannel.app.read import Entry, said_by
from backchannel.crypto.chunks import ChunkSealer
from backchannel.crypto.passphrase import Cost
from backchannel.errors import FileDamaged, FileForeign, FileNewer, FilePassphraseWrong
from backchannel.log.closing import CLOSE, close_body
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE, File, file_body
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.tombstone import Why, bury

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = "words"
CONTENT = b"content"


def lines(events: Iterable[Event]) -> bytes:
    """The lines of an archive of these events, in their order; a file's content is there."""
    times: dict[str, Any] = {"created": 0, "made": 1, "verified": None, "closed": 2}
    out = [line_of({"archive": 1, "line": "north", "role": 0, "phase": "open", "program": "this", **times})]
    ids, files, count = sha256(), 0, 0
    for count, event in enumerate(events, start=1):
        said = said_by(event)
        stored = Stored(count, count, event)
        out.append(line_of(event_value(Entry(stored, event.author == 0, said, forked=False, delivered=True))))
        ids.update(event.id)
        if isinstance(said, File):
            name, files = event.id.hex(), files + 1
            about = {"name": said.name, "sha256": said.hash.hex(), "size": said.size, "type": said.media_type}
            out += [
                line_of({"content": name, "data": b64encode(CONTENT).decode()}),
                line_of({"content": name, **about}),
            ]
    return b"".join([*out, line_of({"end": 1, "events": count, "files": files, "ids": ids.hexdigest()})])


def _event(author: int, number: int, kind: str, body: bytes, seen: int = 0) -> Event:
    return write_event(author=author, number=number, seen=seen, clock=number, kind=kind, body=body)


def examples() -> list[bytes]:
    """Valid inputs to start from: lines, and whole files."""
    text = _event(0, 1, TEXT, text_body("שלום\x00\\"))
    file = _event(1, 1, FILE, file_body(File("a", len(CONTENT), "b", sha256(CONTENT).digest(), bytes(32))), seen=1)
    close = _event(1, 2, CLOSE, close_body("farewell"), seen=1)
    found = [lines([]), lines([text]), lines([file]), lines([bury(text, Why.RETRACTED, 7), file, close])]
    return [*found, sealed(found[0]), sealed(found[1])]


def sealed(plain: bytes) -> bytes:
    """The file of these lines."""
    out: list[bytes] = []
    sealer = ChunkSealer(MAGIC, WORDS, Cost(1, 8, 1), bytes, out.append)
    sealer.add(plain)
    sealer.finish()
    return b"".join(out)


def read(data: bytes) -> Archived | None:
    """Read a file; None where it is refused."""
    try:
        return verify_archive(WORDS, BytesIO(data).read)
    except (FileDamaged, FileForeign, FileNewer, FilePassphraseWrong):
        return None


def one_input(data: bytes) -> None:
    """Read it as a file, and as the lines of one, wherever they are cut."""
    read(data)
    found = read(sealed(data))
    try:
        values = list(values_of([data]))
    except FileDamaged:
        assert found is None
        return
    assert list(values_of(data[at : at + 7] for at in range(0, len(data), 7))) == values
    assert b"".join(map(line_of, values)) == data, "one value, one line"
    if found is not None:
        assert json.loads(data.splitlines()[-1])["events"] == found.events >= found.removed
        assert len(values) >= 2 + found.events + found.files
