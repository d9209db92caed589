"""3.1.5 and 3.2: the first root, the keys of an epoch, and a step to the next."""

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import Role
from backchannel.line.epochs import Epochs, Proposal, keys_of
from vectors.first.seeds import line_context, line_context_shown, seeded, seeded_key
from vectors.first.shown import Json, Recorded, mailbox_shown


def root(_: Recorded) -> Json:
    """3.1.5: RK[0] from its inputs."""
    context = line_context()
    secret, first, second = seeded("invitation secret", 32), seeded("s1", 32), seeded("s2", 32)
    return {
        "context": line_context_shown(),
        "invitation_secret": secret.hex(),
        "s1": first.hex(),
        "s2": second.hex(),
        "root": derive(first + second, context.info("root", 0), salt=secret).hex(),
    }


def epochs(recorded: Recorded) -> Json:
    """3.2.1, 3.2.3, 3.2.4, 3.2.8."""
    context, first = line_context(), seeded("root 0", 32)
    key = seeded_key("epoch key")
    sealed = bytes.fromhex(recorded["epoch_sealed"])
    after = Epochs(((0, first),), step=Proposal(key.to_bytes())).answered(context, 1, sealed)
    return {
        "context": line_context_shown(),
        "root": first.hex(),
        "keys": [
            {
                "epoch": epoch,
                "writer": int(writer),
                "root": known.hex(),
                "seal": keys_of(context, known, epoch, writer).seal.hex(),
                "binding": keys_of(context, known, epoch, writer).binding.hex(),
                "mailbox": mailbox_shown(keys_of(context, known, epoch, writer).mailbox),
            }
            for epoch, known in after.roots
            for writer in Role
        ],
        "step": {
            "epoch": 1,
            "private": key.to_bytes().hex(),
            "public": key.public().hex(),
            "sealed": sealed.hex(),
            "secret": seeded("epoch secret", 32).hex(),
            "next_root": after.root(1).hex(),
        },
    }
