"""What the ends of a line find each other by after a loss (spec 3.1.5, 3.8.1, 3.8.2)."""

from vectors.second import sealing
from vectors.second.line import Context, Invitation
from vectors.second.refusal import Refused, malformed

EVERY = 64
TYPE = 0x0C


def origin(line: Context) -> bytes:
    """What names a line for ever (spec 3.1.5).

    Args:
        line: the context of its first incarnation.

    Returns:
        32 bytes.
    """
    sides = [[1, curve, hybrid] for curve, hybrid in zip(line.curves, line.hybrids, strict=True)]
    return sealing.digest("line origin", [1, *sides, line.transcript])


def secret(line: Context, root: bytes, epoch: int) -> bytes:
    """RS (spec 3.8.1).

    Args:
        line: who is on the line.
        root: RK of the epoch.
        epoch: one that has a recovery secret.

    Returns:
        32 bytes.

    Raises:
        ValueError: it has none.
    """
    if epoch % EVERY:
        raise ValueError("an epoch without a recovery secret")
    return sealing.hkdf(b"", root, line.info("recovery", epoch), 32)


def kept(epochs: list[int]) -> int | None:
    """The epoch whose secret is kept by who has these roots and looked at none before (spec 3.8.1).

    Args:
        epochs: of the live roots.

    Returns:
        The epoch, or None.
    """
    wanted = max(epochs) - max(epochs) % EVERY
    return wanted if wanted in epochs else None


def mailbox(of: bytes, writer: int) -> dict[str, bytes]:
    """Where a side puts its invitations (spec 3.8.2).

    Args:
        of: the recovery secret.
        writer: the role that puts.

    Returns:
        Ids and capabilities.
    """
    return sealing.mailbox(of, writer, sealing.info("rendezvous"))


def seal(of: bytes, writer: int, nonce: bytes, invitation: bytes) -> bytes:
    """An invitation as an envelope (spec 3.8.2).

    Args:
        of: the recovery secret.
        writer: the role that puts.
        nonce: 24 bytes.
        invitation: its bytes.

    Returns:
        The envelope.
    """
    return sealing.seal(_key(of, writer), nonce, bytes([TYPE]) + invitation)


def find(secrets: list[bytes], writer: int, envelope: bytes) -> Invitation:
    """The invitation in an envelope from a rendezvous (spec 3.8.2).

    Args:
        secrets: those that are kept, the oldest first.
        writer: the other side's role.
        envelope: the envelope.

    Returns:
        The invitation.

    Raises:
        Refused: `not-for-us` or `malformed`.
    """
    for one in reversed(secrets):
        try:
            kind, body = sealing.unseal(_key(one, writer), envelope)
        except Refused as error:
            if error.code != "not-for-us":
                raise
            continue
        if kind != TYPE:
            raise malformed("another type than 0c")
        return Invitation.read(body)
    raise Refused("not-for-us", "no key opens it")


def _key(of: bytes, writer: int) -> bytes:
    return sealing.hkdf(b"", of, sealing.info("rendezvous seal", writer), 32)
