"""`init` and `passphrase`."""

from __future__ import annotations

import click

from backchannel.cli.context import PROXY, Session, ask, check_new_passphrase, talk, vault_options
from backchannel.errors import ConfigRefused, VaultExists


@click.command()
@click.option("--proxy", metavar="URL", help="Reach relays through this SOCKS proxy, such as socks5://127.0.0.1:9050.")
@vault_options
def init(session: Session, proxy: str | None) -> None:
    """Make the vault.

    Everything is kept in it, encrypted under the passphrase, and nowhere else. Nobody can open it without.
    """
    if session.adapters.has_vault(session.folder):
        raise VaultExists(str(session.folder))
    url = session.adapters.proxy_url(proxy) if proxy else None
    passphrase = session.passphrase("New passphrase", twice=True)
    check_new_passphrase(passphrase)
    vault = session.adapters.create_vault(session.folder, passphrase)
    try:
        with vault.write() as transaction:
            transaction.save_setting(PROXY, url)
    finally:
        vault.close()
    talk(f"The vault is made: {session.folder}")


@click.command()
@click.option("--new-passphrase-file", type=click.Path(dir_okay=False), help="A file that holds the new passphrase.")
@vault_options
def passphrase(session: Session, new_passphrase_file: str | None) -> None:
    """Change the passphrase.

    The store itself is not rewritten. A copy of the vault from before still opens with the old one.
    """
    old = session.passphrase("Old passphrase")
    session.adapters.open_vault(session.folder, old).close()
    if new_passphrase_file is None:
        new = ask("New passphrase", twice=True)
    else:
        try:
            with open(new_passphrase_file, encoding="utf-8") as file:  # noqa: PTH123  (click's own type)
                new = file.read().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigRefused(f"the passphrase file {new_passphrase_file} cannot be read") from error
    check_new_passphrase(new)
    session.adapters.change_passphrase(session.folder, old, new)
    talk("The passphrase is changed.")
