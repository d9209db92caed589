"""Tags of mails: AES-SIV from CMAC and counter mode (spec 5.5.2, RFC 5297)."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from vectors.second import sealing


def tag(secret: bytes, writer: int, context: bytes, order: int, noise: bytes) -> bytes:
    """The tag of a mail.

    Args:
        secret: what its mailbox follows from (spec 3.5).
        writer: the role that sends.
        context: what the mailbox belongs to.
        order: nanoseconds since 1970.
        noise: 4 bytes.

    Returns:
        28 bytes.
    """
    key = sealing.hkdf(b"", secret, sealing.info("mailbox", writer, context), 160)[96:]
    plain = order.to_bytes(8, "big") + noise
    synthetic = _s2v(key[:32], plain)
    counter = bytearray(synthetic)
    counter[8] &= 0x7F
    counter[12] &= 0x7F
    stream = Cipher(algorithms.AES(key[32:]), modes.CTR(bytes(counter))).encryptor()
    return synthetic + stream.update(plain)


def _s2v(key: bytes, text: bytes) -> bytes:
    """S2V of one string that is shorter than a block, without associated data (RFC 5297, 2.4)."""
    last = int.from_bytes(text + b"\x80" + bytes(15 - len(text)), "big")
    first = int.from_bytes(_cmac(key, bytes(16)), "big") << 1
    doubled = first ^ (0x87 | 1 << 128) if first >> 128 else first
    return _cmac(key, (doubled ^ last).to_bytes(16, "big"))


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()
