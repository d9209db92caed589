"""Dovecot over a maildir, where it is installed: the IMAP server that most providers run."""

from __future__ import annotations

import getpass
import grp
import mailbox
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PATIENCE = 20.0


def why_not() -> str | None:
    """Say why it cannot be used here."""
    if PROGRAM is None:
        return "dovecot is not installed"
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False).stdout
    return (
        None if version.startswith("2.3.") else f"the configuration is for dovecot 2.3, and this is {version.strip()}"
    )


CONFIG = """
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 0
mail_location = maildir:{place}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={place}/mail/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@contextmanager
def serving_dovecot(place: Path, password: str) -> Iterator[int]:
    """Serve the maildirs under `place`/mail, each named by its address; yield the port."""
    assert PROGRAM is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = place / "dovecot.conf"
    config.write_text(CONFIG.format(place=place, port=port, password=password, **_users()), "utf-8")
    (place / "mail").mkdir()
    _give_away(place / "mail")
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                if connection.recv(1):
                    break
            log = place / "log"
            told = log.read_text("utf-8") if log.exists() else ""
            assert process.poll() is None, told
            assert time.monotonic() < end, told
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _users() -> dict[str, str]:
    """Whom its processes run as: ourselves, or those of the package where we are root, whom it refuses."""
    if os.getuid():
        me = getpass.getuser()
        return {"user": me, "group": grp.getgrgid(os.getgid()).gr_name, "login": me}
    return {"user": "dovecot", "group": "dovecot", "login": "dovenull"}


def _give_away(path: Path) -> None:
    if not os.getuid():
        shutil.chown(path, "dovecot", "dovecot")


def deliver(place: Path, address: str, raw: bytes) -> None:
    """Put a mail into the maildir of an address."""
    folder = place / "mail" / address
    box = mailbox.Maildir(folder)
    key = box.add(raw)
    for path in (folder, *folder.iterdir(), folder / "new" / key):
        _give_away(path)
