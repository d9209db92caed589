"""The one error tree.

Every class docstring is the sentence that a person reads: what happened and, where one exists, what to do next.
`code` is stable for ever, `exit_code` is what the command line returns, `http_status` what a server would answer.
docs/errors.md is this table, and a test holds the two together.
"""

from __future__ import annotations

from typing import ClassVar


class BackchannelError(Exception):
    """Something went wrong that Backchannel did not foresee; please report it with the text that follows."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, detail: str = "", *, hint: str = "") -> None:
        """Keep what is particular to this case.

        Args:
            detail: one clause about this case; never a secret.
            hint: what the person can do next; replaces nothing, is shown on its own line.
        """
        super().__init__(detail)
        self.detail = detail
        self.hint = hint

    @classmethod
    def sentence(cls) -> str:
        """Return the first line of the class docstring: the sentence for people."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    def __str__(self) -> str:
        return f"{self.sentence()} ({self.detail})" if self.detail else self.sentence()


# --- bad input: 9 ---------------------------------------------------------------------------------------------------


class InputRefused(BackchannelError):
    """This input cannot be used; nothing was changed."""

    code = "input-refused"
    exit_code = 9
    http_status = 400


class Malformed(InputRefused):
    """These bytes are not in a form that Backchannel writes; they are damaged or not ours, and nothing was changed."""

    code = "malformed"


class Oversize(InputRefused):
    """This is larger than one message can be; send it in smaller pieces."""

    code = "oversize"
    http_status = 413


class ArmorDamaged(InputRefused):
    """The pasted text or QR code is damaged or incomplete; copy it again from the first line to the last."""

    code = "armor-damaged"


class PartsMissing(InputRefused):
    """Some parts are still missing; add them, in any order, and run this again."""

    code = "parts-missing"


class ConfigRefused(InputRefused):
    """This setting cannot be used; correct it and run this again."""

    code = "config-refused"


class FileDamaged(InputRefused):
    """This encrypted file is damaged or cut short; use another copy of it, nothing was changed."""

    code = "file-damaged"


class FileForeign(InputRefused):
    """This is not the kind of file that was asked for; nothing was changed."""

    code = "file-foreign"


class FileNewer(InputRefused):
    """This file was written by a newer Backchannel; install that version, nothing was changed."""

    code = "file-newer"


class FileExists(InputRefused):
    """There is a file of that name already; it was left as it is, choose another name."""

    code = "file-exists"
    http_status = 409


# --- the peer, the line: 5 ------------------------------------------------------------------------------------------


class LineError(BackchannelError):
    """The line cannot do this now."""

    code = "line"
    exit_code = 5
    http_status = 409


class NotForUs(LineError):
    """This envelope does not belong to any line of this vault, or was changed on the way; it was left alone."""

    code = "not-for-us"
    http_status = 400


class AlreadyOpened(LineError):
    """This envelope was opened before or came too late to be opened; what it carried is, or will be, sent again."""

    code = "already-opened"


class PeerMisbehaved(LineError):
    """The other side's software sent something that breaks the protocol; it was refused and nothing was changed."""

    code = "peer-misbehaved"


class LocalMisuse(LineError):
    """Backchannel called the line in a state in which this is not possible; please report it."""

    code = "local-misuse"
    http_status = 500


class LineUnknown(LineError):
    """There is no line with that name in this vault; `backchannel lines` lists them."""

    code = "line-unknown"
    http_status = 404


class LineExists(LineError):
    """A line with that name already exists in this vault; choose another name."""

    code = "line-exists"


class LineNotOpen(LineError):
    """The line is not open yet: the other side has not finished joining; run `backchannel sync` and try again."""

    code = "line-not-open"


class LineClosed(LineError):
    """This line is closed: what was said can be read and archived, and nothing more can be said on it."""

    code = "line-closed"


class TransportMissing(LineError):
    """This line has no way to carry this; give it a relay, or use `carry`."""

    code = "transport-missing"


# --- invitations: 7 -------------------------------------------------------------------------------------------------


class InvitationError(BackchannelError):
    """The invitation cannot be used."""

    code = "invitation"
    exit_code = 7
    http_status = 409


class InvitationExpired(InvitationError):
    """The invitation has expired; ask for a new one, or check this machine's clock."""

    code = "invitation-expired"
    http_status = 410


class InvitationUsed(InvitationError):
    """The invitation was used already; if not by you, someone else has it: ask for another, by another way."""

    code = "invitation-used"


class CodeRefused(InvitationError):
    """The spoken code was wrong, old, or used before; a code allows one try, so ask for a new one."""

    code = "code-refused"
    http_status = 403


# --- verification: 8 ------------------------------------------------------------------------------------------------


class DigitsDiffer(BackchannelError):
    """The digits differ: read them again; if they still differ, someone sits in between: stop using this line."""

    code = "digits-differ"
    exit_code = 8
    http_status = 409


# --- the vault: 3 and 4 ---------------------------------------------------------------------------------------------


class PassphraseWrong(BackchannelError):
    """The passphrase does not open this vault; nothing was changed."""

    code = "passphrase-wrong"
    exit_code = 3
    http_status = 401


class FilePassphraseWrong(PassphraseWrong):
    """The passphrase does not open this file; it has one of its own, nothing was changed."""

    code = "file-passphrase-wrong"


class VaultError(BackchannelError):
    """The vault cannot be used."""

    code = "vault"
    exit_code = 4
    http_status = 500


class VaultMissing(VaultError):
    """There is no vault here; `backchannel init` makes one, `--vault DIR` names another."""

    code = "vault-missing"
    http_status = 404


class VaultExists(VaultError):
    """There is a vault here already; it was left as it is."""

    code = "vault-exists"
    http_status = 409


class VaultDamaged(VaultError):
    """The vault's files are damaged; keep a copy of the folder as it is now, and restore from a backup."""

    code = "vault-damaged"


class VaultNewer(VaultError):
    """This vault was written by a newer Backchannel; install that version, the vault was not touched."""

    code = "vault-newer"
    http_status = 409


class VaultMoved(VaultError):
    """This vault was moved to another place, and must not be used here any more: open it there."""

    code = "vault-moved"
    http_status = 410


class VaultBusy(VaultError):
    """Another Backchannel process is writing to this vault; wait until it is done and run this again."""

    code = "vault-busy"
    http_status = 409


class StorageFull(VaultError):
    """There is no room left on the disk; free some and run this again, nothing was half-written."""

    code = "storage-full"
    exit_code = 10
    http_status = 507


# --- transports and relays: 6 ---------------------------------------------------------------------------------------


class TransportError(BackchannelError):
    """The envelopes could not be carried this way now; they are kept and will be sent again."""

    code = "transport"
    exit_code = 6
    http_status = 503


class FolderFull(TransportError):
    """There is no room left in the folder; free some and run this again, nothing was half-written."""

    code = "folder-full"
    exit_code = 10
    http_status = 507


class RelayUnreachable(TransportError):
    """The relay does not answer; what you said is kept and will be sent when it is back, or use `carry`."""

    code = "relay-unreachable"


class RelayLied(TransportError):
    """The relay answered with something that is not an answer; it is ignored and nothing was changed."""

    code = "relay-lied"
    http_status = 502


class Unauthorized(TransportError):
    """The relay wants a capability and none was given."""

    code = "unauthorized"
    http_status = 401


class Forbidden(TransportError):
    """The relay refused the capability for this mailbox."""

    code = "forbidden"
    http_status = 403


class MailboxUnknown(TransportError):
    """The relay does not know this mailbox; it will be made again."""

    code = "mailbox-unknown"
    http_status = 404


class MailboxConflict(TransportError):
    """The relay holds this mailbox with other capabilities."""

    code = "mailbox-conflict"
    http_status = 409


class SizeRefused(TransportError):
    """The relay takes envelopes of the fixed sizes only."""

    code = "size-refused"
    http_status = 413


class SlowDown(TransportError):
    """The relay asks to slow down, or the mailbox is full; it will be tried again later."""

    code = "slow-down"
    http_status = 429


def every_error() -> list[type[BackchannelError]]:
    """Return each error class once, parents before children, in the order of definition."""
    found: list[type[BackchannelError]] = []
    todo: list[type[BackchannelError]] = [BackchannelError]
    while todo:
        here = todo.pop(0)
        found.append(here)
        todo[:0] = here.__subclasses__()
    return found
