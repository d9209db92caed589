"""Files: what a line has of them, and what their owner says to each (spec 8.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256

from backchannel.app.attach import withdrawn
from backchannel.app.attachment import Attachment, State
from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.crypto.aead import TAG_SIZE, NotAuthentic
from backchannel.errors import FileRefused, FileUnknown, VaultDamaged
from backchannel.line.file_part import part_count, part_length, reveal
from backchannel.line.file_word import Standing

SHORTEST_ID = 4


def files(desk: Desk, line_name: str) -> list[Attachment]:
    """Return the files of a line, in the order in which they were announced.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        return transaction.files(transaction.line_named(line_name).id)


def file_named(transaction: Transaction, line: Line, file_id: str) -> Attachment:
    """Return the file whose id begins so.

    Args:
        transaction: on the vault.
        line: the file's.
        file_id: the beginning of the id of the event that announced it, in hexadecimal, as `files` shows it.

    Raises:
        FileUnknown: there is none, or more than one.
    """
    wanted = file_id.lower()
    found = [file for file in transaction.files(line.id) if file.name.hex().startswith(wanted[: 2 * len(file.name)])]
    if len(wanted) < SHORTEST_ID or len(found) != 1:
        raise FileUnknown(file_id)
    return found[0]


def accept(desk: Desk, line_name: str, file_id: str) -> Attachment:
    """Let a file come that waits for its owner's word, or that was refused or broken before.

    Raises:
        LineUnknown: there is no such line.
        FileUnknown: there is no such file.
        FileRefused: it is the owner's own, or was withdrawn.
    """

    def decide(file: Attachment) -> Attachment:
        if file.fetching is None or file.fetching.standing is Standing.WITHDRAWN:
            raise FileRefused("it does not wait for your word")
        if file.state in (State.MOVING, State.WHOLE):
            return replace(file, asked=True)
        content = file.content or desk.random(16).hex()
        fetching = replace(file.fetching, held=type(file.fetching.held)()).stands(Standing.WANTED)
        return replace(file, content=content, asked=True, fetching=fetching)

    return _decide(desk, line_name, file_id, decide)


def cancel(desk: Desk, line_name: str, file_id: str) -> Attachment:
    """Refuse a file of the other side's, or take back one of the owner's; what is here of it is deleted.

    Raises:
        LineUnknown: there is no such line.
        FileUnknown: there is no such file.
        FileRefused: it has arrived already.
    """

    def decide(file: Attachment) -> Attachment:
        if file.state in (State.WHOLE, State.DROPPED):
            raise FileRefused("it has arrived", hint="`file drop` deletes the copy in this vault")
        if file.fetching is None:
            return withdrawn(file)
        return replace(file, content="", fetching=file.fetching.stands(Standing.REFUSED))

    return _decide(desk, line_name, file_id, decide)


def drop(desk: Desk, line_name: str, file_id: str) -> Attachment:
    """Delete the content of a file that has arrived, here alone; that it was there stays in the log.

    Raises:
        LineUnknown: there is no such line.
        FileUnknown: there is no such file.
        FileRefused: it is still on its way.
    """

    def decide(file: Attachment) -> Attachment:
        if file.state is State.MOVING or file.state is State.WAITING:
            raise FileRefused("it is still on its way", hint="`file cancel` ends that")
        return replace(file, content="")

    return _decide(desk, line_name, file_id, decide)


def _decide(desk: Desk, line_name: str, file_id: str, decide: Callable[[Attachment], Attachment]) -> Attachment:
    with desk.work() as work:
        line = work.transaction.line_named(line_name)
        before = file_named(work.transaction, line, file_id)
        after = decide(before)
        if before.content and not after.content:
            work.transaction.drop_content(before.content)
        work.transaction.save_file(after)
    return after


def content(desk: Desk, line_name: str, file_id: str) -> tuple[Attachment, Iterator[bytes]]:
    """Return a file that is here whole, and its content, a part at a time.

    The content must be read to its end before it is used: only there is its hash compared once more.

    Raises:
        LineUnknown: there is no such line.
        FileUnknown: there is no such file.
        FileRefused: it is not here, or not whole.
    """
    with desk.look() as transaction:
        file = file_named(transaction, transaction.line_named(line_name), file_id)
    complete = file.mine or file.state is State.WHOLE
    if not file.content or not complete:
        raise FileRefused(f"it is {file.state}")
    return file, _content(desk, file)


def asked_for(desk: Desk, file: Attachment) -> None:
    """Note that the owner took a file out: it is no longer one that came unasked."""
    if not file.asked:
        with desk.work() as work:
            known = work.transaction.file(file.line, file.name)
            if known is not None:
                work.transaction.save_file(replace(known, asked=True))


def _content(desk: Desk, file: Attachment) -> Iterator[bytes]:
    """Yield a content without holding one moment of the vault for as long as its reader takes."""

    def read(number: int) -> bytes:
        with desk.look() as transaction:
            return _part(transaction, file, number)

    return _whole(file, read)


def parts_now(transaction: Transaction, file: Attachment) -> Iterator[bytes]:
    """Yield the content of a file that is here whole, at one moment of the vault.

    Raises:
        VaultDamaged: the disk has lost some of it, or it is not what was announced.
    """
    return _whole(file, lambda number: _part(transaction, file, number))


def _whole(file: Attachment, read: Callable[[int], bytes]) -> Iterator[bytes]:
    whole = sha256()
    for number in range(1, part_count(file.file.size) + 1):
        part = read(number)
        whole.update(part)
        yield part
    if whole.digest() != file.file.hash:
        raise VaultDamaged("the content of a file")


def _part(transaction: Transaction, file: Attachment, number: int) -> bytes:
    sealed = transaction.read_part(file.content, number, part_length(file.file.size, number) + TAG_SIZE)
    try:
        return reveal(file.file.key, number, sealed)
    except NotAuthentic as error:
        raise VaultDamaged("the content of a file") from error


def look_at_arrived(desk: Desk, line_id: bytes) -> list[Attachment]:
    """Check the hash of each file whose parts are all here; return those that were looked at, as they now stand."""
    with desk.look() as transaction:
        arrived = [file for file in transaction.files(line_id, moving=True) if file.fetching and file.fetching.arrived]
    looked = []
    for file in arrived:
        standing = _standing(desk, file)
        with desk.work() as work:
            known = work.transaction.file(line_id, file.name)
            if known is None or known.fetching is None or not known.fetching.arrived:
                continue  # another process was faster, or its owner has just refused it
            held = known.fetching.held
            after = replace(known, fetching=replace(known.fetching.stands(standing), held=held))
            if standing is Standing.BROKEN:
                work.transaction.drop_content(known.content)
                after = replace(after, content="")
            work.transaction.save_file(after)
            looked.append(after)
    return looked


def _standing(desk: Desk, file: Attachment) -> Standing:
    try:
        for _ in _content(desk, file):
            pass
    except VaultDamaged:
        return Standing.BROKEN
    return Standing.WHOLE
