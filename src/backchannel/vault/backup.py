"""Backups as files: written so that a run that was cut off can be gone on with, read whole or not at all (spec 13).

file   = "backchannel backup" 0A || length(2) || head || header(24) || (length(4) || sealed message)*
head   = [1, time, memory, lanes, salt(16)]                         the cost of a guess at the passphrase
key    = Argon2id(passphrase, salt, time, memory, lanes)
sealed = secretstream XChaCha20-Poly1305, each message bound to the head; the last one carries the final tag
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import BinaryIO, Final

from backchannel.app.backup import LARGEST_MESSAGE, MARK, Progress, Reader, messages
from backchannel.app.ports import Clock, Random, Vault
from backchannel.crypto.aead import NotAuthentic
from backchannel.crypto.kdf import derive
from backchannel.crypto.passphrase import RECOMMENDED, SALT_SIZE, Cost, stretch
from backchannel.crypto.stream import ADDED, HEADER_SIZE, SecretStream
from backchannel.crypto.suite import info
from backchannel.errors import (
    BackupDamaged,
    BackupNewer,
    BackupUnfinished,
    ConfigRefused,
    Malformed,
    PassphraseWrong,
    VaultDamaged,
    VaultExists,
)
from backchannel.vault.files import from_os, sync_folder
from backchannel.vault.keyfile import NAME
from backchannel.vault.store import create_vault
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, sized, whole

MAGIC: Final = b"backchannel backup\n"
VERSION: Final = 1
CHECK_SIZE: Final = 16
_LARGEST_HEAD: Final = 256

Tell = Callable[[int], None]
"""Is told how many bytes are done."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup was found to hold.

    Attributes:
        lines: how many lines.
        events: how many events.
        size: bytes of the file.
        resumed: whether an earlier run was gone on with.
    """

    lines: int
    events: int
    size: int
    resumed: bool = False


def write_backup(
    vault: Vault, file: Path, passphrase: str, random: Random, tell: Tell, cost: Cost = RECOMMENDED
) -> Contents:
    """Write a backup; what an earlier run left beside it is gone on with.

    The file appears when it is whole and on the disk; until then `FILE.part` grows.

    Args:
        vault: what to back up.
        file: where to; an older one is replaced.
        passphrase: opens the backup.
        random: for the mark of the vault and the salt.
        tell: is told how far it is.
        cost: of one guess.

    Raises:
        StorageFull: there is no room; the part stays, and another run goes on with it.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        mark = _mark(vault, random)
        done, stream, resumed = Progress(), None, False
        if part.exists():
            found = _resume(part, passphrase, mark)
            if found is not None:
                (done, stream), resumed = found, True
        if stream is None:
            done, stream = Progress(), _begin(part, passphrase, random, cost)
        with part.open("ab") as output, vault.read() as transaction:
            for message in messages(transaction, mark, done):
                sealed = stream.seal(message, last=done.ended)
                output.write(len(sealed).to_bytes(4, "big") + sealed)
                tell(output.tell())
            output.flush()
            os.fsync(output.fileno())
            size = output.tell()
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise from_os(error) from error
    return Contents(done.lines, done.events, size, resumed)


def verify_backup(file: Path, passphrase: str, tell: Tell) -> Contents:
    """Read a backup to its end, every id and every count of it.

    Raises:
        BackupDamaged, BackupNewer, BackupUnfinished, PassphraseWrong: as they say.
    """
    reader = Reader()
    for message in _messages_in(file, passphrase, tell):
        _take(reader, message)
    if not reader.progress.ended:
        raise BackupUnfinished(file.name)
    return Contents(reader.progress.lines, reader.progress.events, file.stat().st_size)


def restore_backup(
    file: Path, passphrase: str, folder: Path, vault_passphrase: str, clock: Clock, random: Random, tell: Tell,
    cost: Cost = RECOMMENDED,
) -> Contents:  # fmt: skip
    """Make a vault from a backup; it appears when it is whole.

    Args:
        file: the backup.
        passphrase: opens the backup.
        folder: where the vault is to be; it must hold none.
        vault_passphrase: is to open the vault.
        clock: for the time of the restore.
        random: for new keys.
        tell: is told how far it is.
        cost: of one guess at the vault's passphrase.

    Raises:
        VaultExists: there is a vault, or something else.
        StorageFull: there is no room; nothing is left behind.
        BackupDamaged, BackupNewer, BackupUnfinished, PassphraseWrong: as they say; nothing is left behind.
    """
    if (folder / NAME).exists() or (folder.exists() and any(folder.iterdir())):
        raise VaultExists(str(folder))
    reader = Reader(clock(), random)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise from_os(error) from error
    try:
        vault = create_vault(draft / "vault", vault_passphrase, cost)
        try:
            with vault.write() as transaction:
                transaction.defer_references()
                for message in _messages_in(file, passphrase, tell):
                    _take(reader, message, transaction)
                if not reader.progress.ended:
                    raise BackupUnfinished(file.name)
        finally:
            vault.close()
        (draft / "vault").replace(folder)  # an empty folder in its place is replaced
        sync_folder(folder.parent)
    except OSError as error:
        raise from_os(error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Contents(reader.progress.lines, reader.progress.events, file.stat().st_size)


def _take(reader: Reader, message: bytes, transaction: object = None) -> None:
    try:
        reader.take(message, transaction)  # type: ignore[arg-type]
    except (Malformed, VaultDamaged) as error:
        raise BackupDamaged(str(error.detail)) from error


def _mark(vault: Vault, random: Random) -> bytes:
    with vault.write() as transaction:
        known = transaction.setting(MARK)
        if known is None:
            known = random(16).hex()
            transaction.save_setting(MARK, known)
    return bytes.fromhex(known)


def _begin(part: Path, passphrase: str, random: Random, cost: Cost) -> SecretStream:
    salt = random(SALT_SIZE)
    key = stretch(passphrase, salt, cost)
    head = encode([VERSION, cost.time, cost.memory, cost.lanes, salt, _check(key)])
    stream = SecretStream.begin(key, head)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as output:
        output.write(MAGIC + len(head).to_bytes(2, "big") + head + stream.header)
    return stream


def _resume(part: Path, passphrase: str, mark: bytes) -> tuple[Progress, SecretStream] | None:
    """Read what an earlier run left, cut off what it did not finish; None where it is of no use."""
    reader = Reader()
    try:
        with part.open("r+b") as file:
            stream = _open_stream(file, passphrase)
            good = file.tell()
            while (sealed := _next_sealed(file)) is not None:
                try:
                    message, last = stream.open(sealed)
                    reader.take(message)
                except (NotAuthentic, Malformed):
                    return None
                if last or reader.progress.lines or reader.progress.mark != mark:
                    return None  # of a moment that is over: begin again
                good = file.tell()
            file.truncate(good)
    except (BackupDamaged, BackupNewer, BackupUnfinished, PassphraseWrong):
        return None
    return (reader.progress, stream) if reader.progress.mark else None


def _messages_in(file: Path, passphrase: str, tell: Tell) -> Iterator[bytes]:
    try:
        opened = file.open("rb")
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        stream = _open_stream(opened, passphrase)
        ended = False
        while (sealed := _next_sealed(opened)) is not None:
            if ended:
                raise BackupDamaged("something behind the end")
            try:
                message, ended = stream.open(sealed)
            except NotAuthentic as error:
                raise BackupDamaged from error
            tell(opened.tell())
            yield message
        if opened.tell() != os.fstat(opened.fileno()).st_size or not ended:
            raise BackupUnfinished(file.name)


def _open_stream(file: BinaryIO, passphrase: str) -> SecretStream:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupDamaged("not a backup")
    size = int.from_bytes(file.read(2), "big")
    head = file.read(min(size, _LARGEST_HEAD))
    try:
        value = decode(head)
        if type(value) is not list or not value or type(value[0]) is not int or value[0] < 1:
            raise Malformed("head")
        if value[0] > VERSION:
            raise BackupNewer
        if len(value) != 6:
            raise Malformed("head")
        cost = Cost(whole(value[1], "time"), whole(value[2], "memory"), whole(value[3], "lanes"))
        salt = sized(value[4], SALT_SIZE, "salt")
        check = sized(value[5], CHECK_SIZE, "check")
        header = sized(blob(file.read(HEADER_SIZE), "header"), HEADER_SIZE, "header")
    except Malformed as error:
        raise BackupDamaged("its head") from error
    key = stretch(passphrase, salt, cost)
    if not compare_digest(_check(key), check):
        raise PassphraseWrong
    return SecretStream.reading(key, header, head)


def _check(key: bytes) -> bytes:
    return derive(key, info("backup check"), size=CHECK_SIZE)


def _next_sealed(file: BinaryIO) -> bytes | None:
    """Return the next sealed message; None at the end, or where the rest was cut off.

    Raises:
        BackupDamaged: it has a length that no message has.
    """
    start = file.tell()
    if len(head := file.read(4)) == 4:
        size = int.from_bytes(head, "big")
        if not ADDED <= size <= LARGEST_MESSAGE + ADDED:
            raise BackupDamaged("a length that no piece has")
        if len(sealed := file.read(size)) == size:
            return sealed
    file.seek(start)
    return None
