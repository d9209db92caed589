"""The composition root: the only place that picks adapters, and the last that sees an error."""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backchannel.cli.context import Session
from backchannel.cli.program import program
from backchannel.errors import BackchannelError

if TYPE_CHECKING:  # the help must not pay for the cryptography
    from backchannel.app.line import Line
    from backchannel.app.mail import MailAccount, MailServer
    from backchannel.app.ports import Clock, Folder, Random, Transport, Transports, Vault
    from backchannel.cli.adapters import BackupContents, RelayClient, RelaySettings
    from backchannel.crypto.passphrase import Cost

INTERRUPTED = 130


class Outside:
    """The adapters of the real world; each is loaded when it is first needed."""

    @property
    def clock(self) -> Clock:
        """Return this machine's clock."""
        return lambda: time.time_ns() // 1_000_000

    @property
    def random(self) -> Random:
        """Return the operating system's randomness."""
        return os.urandom

    def create_vault(self, folder: Path, passphrase: str) -> Vault:
        """Make a vault in a folder that has none."""
        from backchannel.vault.store import create_vault

        return create_vault(folder, passphrase)

    def open_vault(self, folder: Path, passphrase: str, *, old: bool = False) -> Vault:
        """Open the vault in a folder; with `old`, also where its files were put back to an older state."""
        from backchannel.vault.store import open_vault

        return open_vault(folder, passphrase, old=old)

    def write_backup(self, vault: Vault, file: Path, passphrase: str, tell: Callable[[int], None]) -> BackupContents:
        """Write a backup of a vault; go on with what an earlier run left."""
        from backchannel.vault.backup import write_backup

        return write_backup(vault, file, passphrase, self.random, tell)

    def verify_backup(self, file: Path, passphrase: str, tell: Callable[[int], None]) -> BackupContents:
        """Read a backup to its end."""
        from backchannel.vault.backup import verify_backup

        return verify_backup(file, passphrase, tell)

    def restore_backup(
        self, file: Path, passphrase: str, folder: Path, vault_passphrase: str, tell: Callable[[int], None]
    ) -> BackupContents:
        """Make a vault from a backup."""
        from backchannel.vault.backup import restore_backup

        return restore_backup(file, passphrase, folder, vault_passphrase, self.clock, self.random, tell)

    def has_vault(self, folder: Path) -> bool:
        """Say whether a folder has a vault."""
        from backchannel.vault.keyfile import NAME

        return (folder / NAME).exists()

    def change_passphrase(self, folder: Path, old: str, new: str) -> None:
        """Wrap a vault's key under another passphrase."""
        from backchannel.vault.store import change_passphrase

        change_passphrase(folder, old, new)

    def destroy_vault(self, folder: Path) -> list[str]:
        """Destroy the vault in a folder; return the names of what is left there and is not ours."""
        from backchannel.vault.destroy import destroy_vault

        return destroy_vault(folder)

    def rekey_vault(self, folder: Path, passphrase: str) -> None:
        """Encrypt a vault's store anew, under a fresh key."""
        from backchannel.vault.rekey import rekey

        rekey(folder, passphrase)

    def move_vault(self, folder: Path, to: Path, passphrase: str) -> None:
        """Move a vault to another folder."""
        from backchannel.vault.move import move

        move(folder, to, passphrase)

    @property
    def file_cost(self) -> Cost:
        """Return what one guess at the passphrase of an archive costs."""
        from backchannel.crypto.passphrase import RECOMMENDED

        return RECOMMENDED

    def new_file(self, path: Path) -> AbstractContextManager[Callable[[bytes], object]]:
        """Write a new file piece by piece, whole or not at all."""
        from backchannel.vault.files import writing_whole

        return writing_whole(path)

    def transports(self, proxy: str | None, mail: MailAccount | None = None) -> Transports:
        """Return what makes a line's transports, the quickest first: its relays, its folders, then mail."""

        def of(line: Line) -> list[Transport]:
            made: list[Transport] = [self.relay(url, proxy) for url in line.relays]
            made.extend(self.folder(Path(path)) for path in line.folders)
            if mail is not None:
                made.extend(self.mail(mail, address, proxy) for address in line.mails)
            return made

        return of

    def relay(self, url: str, proxy: str | None) -> RelayClient:
        """Return the transport of one relay."""
        from backchannel.transport.address import relay_address
        from backchannel.transport.relay import RelayTransport

        return RelayTransport(relay_address(url), proxy)

    def relay_url(self, url: str) -> tuple[str, bool]:
        """Return a relay's address in its one spelling, and whether others on the way could listen in on it."""
        from backchannel.transport.address import relay_address

        address = relay_address(url)
        return address.url, address.exposed

    def proxy_url(self, url: str) -> str:
        """Return a proxy's address in its one spelling."""
        from backchannel.transport.address import proxy_address

        return proxy_address(url)

    def folder(self, path: Path) -> Folder:
        """Return the transport of one folder."""
        from backchannel.transport.folder import FolderTransport

        return FolderTransport(path)

    def mail(self, account: MailAccount, to: str, proxy: str | None) -> Transport:
        """Return the transport of mail to one address."""
        from backchannel.transport.mail import MailTransport

        return MailTransport(account, to, proxy)

    def check_mail(self, account: MailAccount, proxy: str | None) -> None:
        """Log in at both servers of a mail account."""
        from backchannel.transport.imap import check_imap
        from backchannel.transport.smtp import check_smtp

        check_smtp(account, proxy)
        check_imap(account, proxy)

    def mail_servers(self, smtp: str, imap: str) -> tuple[MailServer, MailServer, bool]:
        """Return both mail servers that a person named, and whether others on the way could see the password."""
        from backchannel.transport.address import IMAP_PORTS, SUBMISSION_PORTS, is_exposed, mail_server

        sending, fetching = mail_server(smtp, SUBMISSION_PORTS), mail_server(imap, IMAP_PORTS)
        return sending, fetching, is_exposed(sending) or is_exposed(fetching)

    def mail_address(self, text: str) -> str:
        """Return an address of mail in its one spelling."""
        from backchannel.transport.address import mail_address

        return mail_address(text)

    def write_qr(self, path: Path, text: str) -> None:
        """Write one QR code as a PNG file."""
        from backchannel.transport.qr import write_png

        write_png(path, text)

    def write_qr_sheet(self, folder: Path, texts: Sequence[str]) -> list[Path]:
        """Write QR codes as numbered PNG files."""
        from backchannel.transport.qr import write_sheet

        return write_sheet(folder, texts)

    def terminal_qr(self, text: str) -> str:
        """Return one QR code to be printed on a terminal."""
        from backchannel.transport.qr import terminal

        return terminal(text)

    def read_qr(self, paths: Sequence[Path]) -> list[str]:
        """Return the texts of the QR codes in images."""
        from backchannel.transport.qr import read_images

        return read_images(paths)

    def serve_relay(self, settings: RelaySettings, on_ready: Callable[[str], None]) -> None:
        """Run a relay until it is told to stop."""
        from backchannel.relay.config import RelayConfig
        from backchannel.relay.limits import Limits
        from backchannel.relay.serve import serve

        limits = Limits() if settings.mailboxes_per_hour is None else Limits(makes_per_hour=settings.mailboxes_per_hour)
        config = RelayConfig(
            data=settings.data,
            host=settings.host,
            port=settings.port,
            operator_token=settings.operator_token,
            metrics=settings.metrics,
            metrics_port=settings.metrics_port,
            limits=limits,
        )
        serve(config, on_ready)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code of the one table (docs/errors.md)."""
    with _interrupts_kept():
        sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Press Ctrl-C again where it was lost: a library that drops what Python raises in it, as cbor2 may, drops it."""
    before = sys.unraisablehook

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            before(dropped)
            return
        again = threading.Timer(0.02, _press_ctrl_c)  # later: what is raised in here is dropped as well
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _press_ctrl_c() -> None:
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGINT)  # also wakes it from a wait for the network
    else:
        _thread.interrupt_main()


def _run(arguments: list[str]) -> int:
    _speak_utf8()
    colour = False if os.environ.get("NO_COLOR") else None
    session = Session(Outside())
    try:
        result = program.main(arguments, prog_name="backchannel", standalone_mode=False, obj=session, color=colour)
    except BackchannelError as error:
        _tell(error, as_json="--json" in arguments, colour=colour)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _tell(error: BackchannelError, *, as_json: bool, colour: bool | None) -> None:
    if as_json:
        value = {"schema": 1, "error": error.code, "message": str(error), "hint": error.hint or None}
        click.echo(json.dumps(value, ensure_ascii=False), err=True)
        return
    click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True, color=colour)
    if error.hint:
        click.echo(f"{click.style('hint:', bold=True)} {error.hint}", err=True, color=colour)


def _speak_utf8() -> None:
    """Hebrew and Arabic go out as UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    run()
