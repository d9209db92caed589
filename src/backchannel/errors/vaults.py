"""The vault and its backups: exit codes 3, 4 and 10."""

from __future__ import annotations

from backchannel.errors.root import BackchannelError


class PassphraseWrong(BackchannelError):
    """The passphrase does not open this vault; nothing was changed."""

    code = "passphrase-wrong"
    exit_code = 3
    http_status = 401


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


class VaultRolledBack(VaultError):
    """These vault files are older than what this machine last wrote; going on with old keys would give words away."""

    code = "vault-rolled-back"


class BackupDamaged(VaultError):
    """This backup is damaged, or is none; use another one."""

    code = "backup-damaged"


class BackupUnfinished(VaultError):
    """This backup was cut off before its end; run `backchannel backup` again, or use another one."""

    code = "backup-unfinished"


class BackupNewer(VaultError):
    """This backup was written by a newer version of Backchannel; use that version or a later one."""

    code = "backup-newer"


class VaultBusy(VaultError):
    """Another Backchannel process is writing to this vault; wait until it is done and run this again."""

    code = "vault-busy"
    http_status = 409


class StorageFull(VaultError):
    """There is no room left on the disk; free some and run this again, nothing was half-written."""

    code = "storage-full"
    exit_code = 10
    http_status = 507


class FilePassphraseWrong(PassphraseWrong):
    """The passphrase does not open this file; it has one of its own, nothing was changed."""

    code = "file-passphrase-wrong"


class VaultMoved(VaultError):
    """This vault was moved to another place, and must not be used here any more: open it there."""

    code = "vault-moved"
    http_status = 410
