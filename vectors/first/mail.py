"""5.5.2: the tags of mails, and those of other mailboxes."""

from backchannel.crypto.suite import Role
from backchannel.line.mailbox import mailbox_from
from backchannel.transport.mail_tag import Tags
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded


def mail(_: Recorded) -> Json:
    """5.5.2."""
    out = []
    for number, role in enumerate((Role.INVITER, Role.JOINER, Role.INVITER)):
        secret, context = seeded(f"mail {number}", 32), b"mail"
        order, noise = 1_700_000_000_000_000_000 + number * 2**58, seeded(f"mail noise {number}", 4)
        out.append(
            {
                "secret": secret.hex(),
                "writer": int(role),
                "context": context.hex(),
                "order": order,
                "noise": noise.hex(),
                "tag": Tags(mailbox_from(secret, role, context)).make(order, noise),
            }
        )
    return out
