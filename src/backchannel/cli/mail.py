"""`mail account` and `mail to`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from backchannel.app.mail import MailAccount, mail_account, mail_to, save_mail_account
from backchannel.cli.context import Session, ask, passphrase_in, talk, vault_options
from backchannel.cli.render import data
from backchannel.errors import ConfigRefused

MOST_FOLDERS: Final = 8
LONGEST: Final = 256


@click.group()
def mail() -> None:
    """Let mail carry a line.

    Set the account once for the vault, and the other side's address for each line.
    """


@mail.command("account")
@click.argument("address", required=False)
@click.option("--smtp", metavar="SERVER", help="Where mail is sent: HOST or HOST:PORT.")
@click.option("--imap", metavar="SERVER", help="Where mail is fetched: HOST or HOST:PORT.")
@click.option("--user", metavar="NAME", help="The name to log in with, where it is not ADDRESS.")
@click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), help="A file that holds the account's password."
)
@click.option("--folder", "folders", multiple=True, metavar="FOLDER", help="Look here, not in INBOX; several are fine.")
@click.option("--remove", is_flag=True, help="Forget the account.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def account_command(
    session: Session,
    address: str | None,
    smtp: str | None,
    imap: str | None,
    user: str | None,
    password_file: Path | None,
    folders: tuple[str, ...],
    remove: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Set, show or forget the mail account of the vault.

    The connection is TLS; on ports 587, 143 and 25 it becomes so by STARTTLS. Write tls://, starttls:// or plain:// in
    front of a server to say otherwise. The password is asked for, and kept in the vault. Without ADDRESS, shows what is
    set.
    """
    if remove:
        if address is not None:
            raise click.UsageError("--remove takes no ADDRESS: there is one account")
        save_mail_account(session.desk(), None)
        talk("The mail account is forgotten. What lies in it stays there.")
    elif address is None:
        if smtp or imap or user or password_file or folders:
            raise click.UsageError("name the ADDRESS of the account")
        _show(mail_account(session.desk()), as_json=as_json)
    else:
        if not (smtp and imap):
            raise click.UsageError("name both servers: --smtp HOST and --imap HOST")
        _set(session, address, (smtp, imap), user, password_file, folders)


def _set(
    session: Session,
    address: str,
    servers: tuple[str, str],
    user: str | None,
    password_file: Path | None,
    folders: tuple[str, ...],
) -> None:
    address = session.adapters.mail_address(address)
    smtp, imap, exposed = session.adapters.mail_servers(*servers)
    for word in (user or address, *folders):
        if not 0 < len(word) <= LONGEST or not word.isprintable():
            raise ConfigRefused("a name that no account has")
    if len(folders) > MOST_FOLDERS or not all(folder.isascii() for folder in folders):
        raise ConfigRefused(f"at most {MOST_FOLDERS} folders, in plain characters (others in modified UTF-7)")
    desk = session.desk()
    if password_file is None:
        password = ask("Mail password", hint="name a file with --password-file")
    else:
        password = passphrase_in(password_file, "password")
    if not password or not password.isprintable() or len(password) > LONGEST:
        raise ConfigRefused("a password that no account has")
    save_mail_account(
        desk, MailAccount(address, smtp, imap, user or address, password, tuple(dict.fromkeys(folders)) or ("INBOX",))
    )
    if exposed:
        talk("warning: the connection is not encrypted: whoever is on the way reads the password and your other mail")
    talk(f"Mail is sent by {smtp} and fetched by {imap}. Next: backchannel mail to NAME THEIR-ADDRESS")
    talk("Check it with: backchannel doctor")


def _show(account: MailAccount | None, *, as_json: bool) -> None:
    if as_json:
        value = None
        if account is not None:
            value = {
                "address": account.address, "smtp": str(account.smtp), "imap": str(account.imap), "user": account.user,
                "folders": list(account.folders),
            }  # fmt: skip
        data({"account": value})
    elif account is None:
        click.echo("none")
    else:
        click.echo(account.address)
        for label, shown in (
            ("sent by", account.smtp),
            ("fetched by", account.imap),
            ("user", account.user),
            ("looks in", ", ".join(account.folders)),
        ):
            click.echo(f"  {label:<14} {shown}")


@mail.command("to")
@click.argument("name")
@click.argument("address")
@click.option("--remove", is_flag=True, help="Do not use it any more.")
@vault_options
def to_command(session: Session, name: str, address: str, remove: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Let the line NAME also travel by mail to ADDRESS, the other side's.

    They do the same with yours. Several addresses for one line are fine.
    """
    address = session.adapters.mail_address(address)
    left = mail_to(session.desk(), name, address, remove=remove)
    talk(f"{name} {'no longer travels' if remove else 'also travels'} by mail to {address}")
    if left and mail_account(session.desk()) is None:
        talk("There is no account to send from yet: backchannel mail account ADDRESS --smtp HOST --imap HOST")
