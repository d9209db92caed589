"""What every command shares: the vault's folder, the passphrase, the open desk."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from backchannel.errors import ConfigRefused

if TYPE_CHECKING:  # the help must not pay for the cryptography
    from backchannel.app.desk import Desk
    from backchannel.app.line import Line
    from backchannel.app.ports import Transport, Transports, Vault
    from backchannel.cli.adapters import Adapters

Command = TypeVar("Command", bound=Callable[..., Any])

PROXY: Final = "proxy"
"""The vault's setting for the SOCKS proxy."""

SHORT_PASSPHRASE: Final = 12


@dataclass(slots=True)
class Session:
    """One run of the program.

    Attributes:
        adapters: everything outside the core.
        vault: the folder that was named, if any.
        passphrase_file: the file that was named, if any.
    """

    adapters: Adapters
    vault: Path | None = None
    passphrase_file: Path | None = None
    _desk: Desk | None = field(default=None, repr=False)
    _opened: Vault | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        """Return the vault's folder."""
        return self.vault or Path(os.environ.get("BACKCHANNEL_VAULT") or Path.home() / ".backchannel")

    def passphrase(self, prompt: str = "Passphrase", *, twice: bool = False) -> str:
        """Return the passphrase from the file that was named, or ask for it.

        Raises:
            ConfigRefused: the file cannot be read, or there is nobody to ask.
        """
        named = os.environ.get("BACKCHANNEL_PASSPHRASE_FILE")
        file = self.passphrase_file or (Path(named) if named else None)
        if file is not None:
            return passphrase_in(file)
        return ask(prompt, twice=twice)

    def desk(self, *, old: bool = False) -> Desk:
        """Open the vault; with `old`, also where its files were put back to an older state."""
        from backchannel.app.desk import Desk

        if self._desk is None:
            if not self.adapters.has_vault(self.folder):
                self.adapters.open_vault(self.folder, "")  # says what is missing, before anybody types anything
            self._opened = self.adapters.open_vault(self.folder, self.passphrase(), old=old)
            self._desk = Desk(self._opened, self.adapters.clock, self.adapters.random)
        return self._desk

    def vault_itself(self) -> Vault:
        """Open the vault, and return it."""
        self.desk()
        assert self._opened is not None  # noqa: S101  (just opened)
        return self._opened

    def close(self) -> None:
        """Close the vault, if it was opened."""
        if self._opened is not None:
            self._opened.close()
            self._opened = self._desk = None

    def proxy(self) -> str | None:
        """Return the SOCKS proxy: of the environment, else of the vault."""
        named = os.environ.get("BACKCHANNEL_PROXY")
        if named is not None:
            return self.adapters.proxy_url(named) if named else None
        with self.desk().look() as transaction:
            return transaction.setting(PROXY)

    def transports(self) -> Transports:
        """Return what makes a line's transports."""
        from backchannel.app.mail import mail_account

        return self.adapters.transports(self.proxy(), mail_account(self.desk()))

    def transports_of(self, line: Line) -> list[Transport]:
        """Return a line's transports."""
        return self.transports()(line)

    def line(self, name: str) -> Line:
        """Return a line.

        Raises:
            LineUnknown: there is none of that name.
        """
        with self.desk().look() as transaction:
            return transaction.line_named(name)


def ask(
    prompt: str, *, twice: bool = False, hint: str = "name a file with --passphrase-file or BACKCHANNEL_PASSPHRASE_FILE"
) -> str:
    """Ask the person at the terminal for a secret.

    Raises:
        ConfigRefused: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise ConfigRefused(f"a {prompt.split()[-1].lower()} is needed and there is no terminal to ask at", hint=hint)
    value: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return value


def check_new_passphrase(passphrase: str) -> None:
    """Refuse an empty passphrase, and warn of a short one.

    Raises:
        ConfigRefused: it is empty.
    """
    if not passphrase:
        raise ConfigRefused("an empty passphrase protects nothing")
    if len(passphrase) < SHORT_PASSPHRASE:
        talk(f"warning: a passphrase of {len(passphrase)} characters can be guessed; six random words cannot")


def other_passphrase(file: Path | None, prompt: str, *, twice: bool = False) -> str:
    """Return a passphrase that is not the vault's: from the file that was named for it, or asked for.

    Raises:
        ConfigRefused: the file cannot be read, or there is nobody to ask.
    """
    return ask(prompt, twice=twice) if file is None else passphrase_in(file)


def passphrase_in(file: Path, what: str = "passphrase") -> str:
    """Return the passphrase, or another secret, that a file holds.

    Args:
        file: with nothing but that on its one line.
        what: the word for it.

    Raises:
        ConfigRefused: it cannot be read.
    """
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"the {what} file {file} cannot be read") from error


def talk(sentence: str) -> None:
    """Tell the person something, on standard error."""
    click.echo(sentence, err=True)


def vault_options(command: Command) -> Command:
    """Give a command `--vault` and `--passphrase-file`, and the session as its first argument."""

    @click.option("--vault", type=click.Path(path_type=Path, file_okay=False), help="The vault's folder.")
    @click.option(
        "--passphrase-file", type=click.Path(path_type=Path, dir_okay=False), help="A file that holds the passphrase."
    )
    @click.pass_obj
    @functools.wraps(command)
    def with_session(
        session: Session, /, *args: Any, vault: Path | None, passphrase_file: Path | None, **options: Any
    ) -> Any:
        session.vault = vault or session.vault
        session.passphrase_file = passphrase_file or session.passphrase_file
        return command(session, *args, **options)

    return with_session  # type: ignore[return-value]
