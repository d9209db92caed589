"""`init` and `passphrase`."""

from __future__ import annotations

from pathlib import Path

import click

from backchannel.cli.context import PROXY, Session, ask, check_new_passphrase, passphrase_in, talk, vault_options
from backchannel.errors import VaultExists


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
@click.option(
    "--new-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that holds the new passphrase.",
)
@vault_options
def passphrase(session: Session, new_passphrase_file: Path | None) -> None:
    """Change the passphrase.

    The store itself is not rewritten. A copy of the vault from before still opens with the old one.
    """
    old = session.passphrase("Old passphrase")
    session.adapters.open_vault(session.folder, old).close()
    new = ask("New passphrase", twice=True) if new_passphrase_file is None else passphrase_in(new_passphrase_file)
    check_new_passphrase(new)
    session.adapters.change_passphrase(session.folder, old, new)
    talk("The passphrase is changed.")
