"""3.7: the exchange by a spoken code, and codes that are none."""

import json
from typing import Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.pake import CodeExchange
from backchannel.crypto.suite import Role, digest, info
from backchannel.line.code import InviterCode, JoinerCode, code_mailbox
from backchannel.line.seal import ContentType, seal
from backchannel.wire.codec import encode
from vectors.first.defect import Defect
from vectors.first.seeds import seeded, seeded_invitation
from vectors.first.shown import Json, Recorded, mailbox_shown

_GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493


def _exchange(digits: str, scalar: int, *, inviter: bool) -> CodeExchange:
    """Return one side of SPAKE2 whose secret scalar is known."""
    exchange = CodeExchange(info("code password", digits), inviter=inviter)
    state = json.loads(exchange._exchange.serialize())
    state["xy_scalar"] = scalar.to_bytes(32, "little").hex()
    exchange._exchange = type(exchange._exchange).from_serialized(json.dumps(state).encode())
    object.__setattr__(exchange, "message", exchange._exchange.side + exchange._exchange.outbound_message)
    return exchange


def code(_: Recorded) -> Json:
    """3.7.1, 3.7.2, 3.7.3, 3.7.4: a whole exchange."""
    digits = "123456789012"
    scalars = [int.from_bytes(seeded(f"scalar {at}", 48), "big") % _GROUP_ORDER for at in range(2)]
    nonces = [seeded(f"code nonce {at}", 24) for at in range(3)]
    invitation = seeded_invitation(("https://relay.example",)).encode()
    inviter = InviterCode(digits)
    inviter._exchange = _exchange(digits, scalars[0], inviter=True)
    ours = inviter._exchange.message
    offer = inviter.offer(lambda _: nonces[0])
    theirs = _exchange(digits, scalars[1], inviter=False)
    messages = ours, theirs.message
    key, bound = theirs.finish(ours), digest("code exchange", *messages)
    plate = derive(digest("code plate", digits[:4]), info("code seal"))
    confirmation = derive(key, info("code confirmation", bound))
    content = bytes([ContentType.CODE_ANSWER]) + encode([1, theirs.message, confirmation])
    answer = seal(plate, nonces[1], content)
    handed = inviter.invitation(answer, invitation, lambda _: nonces[2])
    joiner = JoinerCode(digits)
    joiner._key, joiner._bound = key, bound
    assert joiner.invitation(handed) == invitation
    return {
        "typed": "1234-5678-9012",
        "digits": digits,
        "plate_secret": digest("code plate", digits[:4]).hex(),
        "plate_key": plate.hex(),
        "mailbox": [mailbox_shown(code_mailbox(digits, writer)) for writer in Role],
        "password": info("code password", digits).hex(),
        "scalar_a": scalars[0].to_bytes(32, "little").hex(),
        "scalar_b": scalars[1].to_bytes(32, "little").hex(),
        "message_a": messages[0].hex(),
        "message_b": messages[1].hex(),
        "key": key.hex(),
        "bound": bound.hex(),
        "confirmation": confirmation.hex(),
        "invitation_key": derive(key, info("code invitation", bound)).hex(),
        "invitation": invitation.hex(),
        "nonces": [nonce.hex() for nonce in nonces],
        "offer": offer.hex(),
        "answer": answer.hex(),
        "handed": handed.hex(),
    }


def code_defects() -> list[Defect]:
    """3.7.1."""
    return [
        ("code-short", "3.7.1", "eleven digits", "code-refused", {"text": "1234-5678-901"}),
        ("code-long", "3.7.1", "thirteen digits", "code-refused", {"text": "1234-5678-9012-3"}),
    ]
