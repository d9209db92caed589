"""What the commands need of the floors beside them; `main` gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from backchannel.app.mail import MailAccount, MailServer
from backchannel.app.ports import Clock, Folder, Random, Transport, Transports, Vault
from backchannel.crypto.passphrase import Cost


class RelayClient(Transport, Protocol):
    """A relay, which also tells how it is."""

    def health(self) -> int:
        """Return the relay's clock, seconds since 1970.

        Raises:
            TransportError: it cannot be asked now, or is no relay.
        """
        ...


class BackupContents(Protocol):
    """What a backup holds."""

    @property
    def lines(self) -> int:
        """Return how many lines."""
        ...

    @property
    def events(self) -> int:
        """Return how many events."""
        ...

    @property
    def size(self) -> int:
        """Return the bytes of the file."""
        ...

    @property
    def resumed(self) -> bool:
        """Return whether an earlier run was gone on with."""
        ...


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """What an operator can set on the command line.

    Attributes:
        data: the directory of the relay's data.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        operator_token: if set, only who shows it may make mailboxes.
        metrics: whether `/metrics` answers.
        metrics_port: if set, `/metrics` answers there and nowhere else.
        mailboxes_per_hour: new mailboxes for one client.
    """

    data: Path
    host: str
    port: int
    operator_token: str | None
    metrics: bool
    metrics_port: int | None
    mailboxes_per_hour: int | None


class Adapters(Protocol):
    """Everything outside the core."""

    @property
    def clock(self) -> Clock:
        """Return this machine's clock."""
        ...

    @property
    def random(self) -> Random:
        """Return a source of fresh bytes."""
        ...

    def create_vault(self, folder: Path, passphrase: str) -> Vault:
        """Make a vault in a folder that has none."""
        ...

    def open_vault(self, folder: Path, passphrase: str, *, old: bool = False) -> Vault:
        """Open the vault in a folder; with `old`, also where its files were put back to an older state."""
        ...

    def write_backup(self, vault: Vault, file: Path, passphrase: str, tell: Callable[[int], None]) -> BackupContents:
        """Write a backup of a vault; go on with what an earlier run left."""
        ...

    def verify_backup(self, file: Path, passphrase: str, tell: Callable[[int], None]) -> BackupContents:
        """Read a backup to its end."""
        ...

    def restore_backup(
        self, file: Path, passphrase: str, folder: Path, vault_passphrase: str, tell: Callable[[int], None]
    ) -> BackupContents:
        """Make a vault from a backup."""
        ...

    def has_vault(self, folder: Path) -> bool:
        """Say whether a folder has a vault."""
        ...

    def change_passphrase(self, folder: Path, old: str, new: str) -> None:
        """Wrap a vault's key under another passphrase."""
        ...

    def destroy_vault(self, folder: Path) -> list[str]:
        """Destroy the vault in a folder; return the names of what is left there and is not ours."""
        ...

    def rekey_vault(self, folder: Path, passphrase: str) -> None:
        """Encrypt a vault's store anew, under a fresh key."""
        ...

    def move_vault(self, folder: Path, to: Path, passphrase: str) -> None:
        """Move a vault to another folder."""
        ...

    @property
    def file_cost(self) -> Cost:
        """Return what one guess at the passphrase of an archive costs."""
        ...

    def new_file(self, path: Path) -> AbstractContextManager[Callable[[bytes], object]]:
        """Write a new file piece by piece, whole or not at all."""
        ...

    def transports(self, proxy: str | None, mail: MailAccount | None = None) -> Transports:
        """Return what makes a line's transports."""
        ...

    def relay(self, url: str, proxy: str | None) -> RelayClient:
        """Return the transport of one relay."""
        ...

    def relay_url(self, url: str) -> tuple[str, bool]:
        """Return a relay's address in its one spelling, and whether others on the way could listen in on it."""
        ...

    def proxy_url(self, url: str) -> str:
        """Return a proxy's address in its one spelling."""
        ...

    def folder(self, path: Path) -> Folder:
        """Return the transport of one folder."""
        ...

    def check_mail(self, account: MailAccount, proxy: str | None) -> None:
        """Log in at both servers of a mail account.

        Raises:
            TransportError: one of them cannot be used.
        """
        ...

    def mail_servers(self, smtp: str, imap: str) -> tuple[MailServer, MailServer, bool]:
        """Return both mail servers that a person named, and whether others on the way could see the password."""
        ...

    def mail_address(self, text: str) -> str:
        """Return an address of mail in its one spelling."""
        ...

    def write_qr(self, path: Path, text: str) -> None:
        """Write one QR code as a PNG file."""
        ...

    def write_qr_sheet(self, folder: Path, texts: Sequence[str]) -> list[Path]:
        """Write QR codes as numbered PNG files."""
        ...

    def terminal_qr(self, text: str) -> str:
        """Return one QR code to be printed on a terminal."""
        ...

    def read_qr(self, paths: Sequence[Path]) -> list[str]:
        """Return the texts of the QR codes in images."""
        ...

    def serve_relay(self, settings: RelaySettings, on_ready: Callable[[str], None]) -> None:
        """Run a relay until it is told to stop."""
        ...
