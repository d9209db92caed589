"""The program: which commands there are, each loaded only when it runs."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from backchannel import __version__
from backchannel.cli.context import Session

COMMANDS: Final = {
    "init": ("vault:init", "Make the vault."),
    "invite": ("invite:invite", "Make a line and the invitation to its other end."),
    "join": ("join:join", "Become the other end of a line."),
    "verify": ("verify:verify", "Show the safety number, or check and record it."),
    "say": ("say:say", "Say something on a line."),
    "attach": ("attach:attach", "Send a file on a line."),
    "files": ("files:files", "List the files of a line."),
    "save": ("save:save", "Write a file that has come whole to your disk."),
    "file": ("files:file", "Say what is to become of a file of a line."),
    "read": ("read:read", "Read a line."),
    "table": ("table:table", "The negotiation on a line, as it stands."),
    "issue": ("issue:issue", "The agenda: propose, change, close, agree, decline."),
    "offer": ("offer:offer", "Offers: make, counter, accept, reject, withdraw, settle."),
    "text": ("text:text", "The one text: propose, show, compare, comment, decide."),
    "list": ("lists:lists", "Lists of names: import, agree, freeze, and each row's life."),
    "plan": ("plan:plan", "Plan for yourself; nothing of it travels."),
    "prefs": ("prefs:prefs", "What you want of a line: asked, set, shown."),
    "frontier": ("frontier:frontier", "Show the packages that no other beats."),
    "counterpart": ("counterpart:counterpart", "Show what seems to matter to the other side."),
    "suggest": ("suggest:suggest", "Show counter-offers worth a look; nothing is sent."),
    "overlap": ("overlap:overlap", "Find out blind what both sides would sign."),
    "deal": ("deal:deal", "Deals: draft, sign, export, verify, witness, hold and release."),
    "promise": ("promise:promise", "Promises: list, claim, confirm, dispute, waive, and a calendar."),
    "trust": ("trust:trust", "Show what each side promised and did."),
    "questions": ("questions:questions", "Show what was asked, on which line, and what became of it."),
    "mandate": ("mandate:mandate", "What a go-between may agree for a principal without asking."),
    "sync": ("sync:sync", "Send and fetch by every transport."),
    "lines": ("status:lines", "List the lines."),
    "status": ("status:status", "Show how the lines stand."),
    "doctor": ("doctor:doctor", "Check the vault, the relays, the mail account and the clock."),
    "carry": ("carry:carry", "Carry words to another line, or envelopes by hand."),
    "relays": ("relays:relays", "Show or change the relays of a line."),
    "folder": ("folder:folder", "Let a synced folder carry a line."),
    "mail": ("mail:mail", "Let mail carry a line."),
    "steady": ("steady:steady", "Let a line go in slots, so that nobody sees when it matters."),
    "proxy": ("proxy:proxy", "Reach relays through a SOCKS proxy such as Tor."),
    "passphrase": ("vault:passphrase", "Change the passphrase."),
    "close": ("close:close", "End a line."),
    "archive": ("archive:archive", "Keep a line's log and files as one encrypted file of its own."),
    "export": ("export:export", "Write a line's log so that anybody can read it."),
    "retention": ("retention:retention", "Agree for how long words are kept."),
    "retract": ("retract:retract", "Take back something that you said."),
    "wipe": ("wipe:wipe", "Destroy a line, or the vault."),
    "vault": ("house:vault", "Check, rekey or move the vault."),
    "backup": ("backup:backup", "Back up the vault, or check a backup."),
    "restore": ("backup:restore", "Make a vault from a backup."),
    "reset": ("backup:reset", "Give up a line's keys and look for its other end anew."),
    "relay": ("relay:relay", "Run a relay."),
}
"""Name -> where it is, and what stands in the help; the order is that of the help."""


class LazyGroup(click.Group):
    """A group whose help costs no import of its commands."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run; whoever read us and has seen enough is no failure, though click would call it one."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The interpreter must not complain of it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(f"backchannel.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101  (the table is ours)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the names and what they do."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backchannel")
@click.option("--vault", type=click.Path(path_type=Path, file_okay=False), help="The vault's folder.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path, dir_okay=False), help="A file that holds the passphrase."
)
@click.pass_context
def program(context: click.Context, /, vault: Path | None, passphrase_file: Path | None, **_: Any) -> None:
    """A private line between two people on opposite sides of a conflict.

    The vault is named by --vault or BACKCHANNEL_VAULT, else it is ~/.backchannel. The passphrase is asked for, or read
    from the file that --passphrase-file or BACKCHANNEL_PASSPHRASE_FILE names. BACKCHANNEL_PROXY names a SOCKS proxy.
    """
    session = context.obj
    assert isinstance(session, Session)  # noqa: S101  (main gives it)
    session.vault = vault
    session.passphrase_file = passphrase_file
    context.call_on_close(session.close)
