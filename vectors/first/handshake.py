"""3.1.2 to 3.1.5: a handshake, later requests, and what is refused of either side."""

from dataclasses import replace

from backchannel.crypto import aead, hybrid, olm
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.suite import Role, digest, info
from backchannel.line.handshake import Inviting, Joining, Refused
from backchannel.line.safety_number import safety_number
from backchannel.line.seal import seal
from backchannel.wire.codec import decode
from vectors.first.defect import Defect, flip
from vectors.first.seeds import EXPIRES, NOW, seeded, source
from vectors.first.shown import Json, Recorded


def handshake(recorded: Recorded) -> Json:
    """3.1.2, 3.1.3, 3.1.4, 3.1.5, 3.3.1."""
    inviting = Inviting.from_bytes(bytes.fromhex(recorded["inviting"]))
    joining = Joining.from_bytes(bytes.fromhex(recorded["joining"]))
    reply, s2 = bytes.fromhex(recorded["reply"]), bytes.fromhex(recorded["s2"])
    made = inviting.invitation
    request_hash = digest("request", joining.request)
    inviter_key, joiner_key = HybridKey.from_bytes(inviting.hybrid_key), HybridKey.from_bytes(joining.hybrid_key)
    request_plain = inviter_key.decrypt(joining.request, info("request", made.hash))
    pre_key = pre_key_of(request_plain)
    joiner_curve = olm.Account.from_pickle(joining.account).identity
    session, inner = olm.Account.from_pickle(inviting.account).answer(joiner_curve, pre_key)
    channel = joining.receive(seal(made.seal_key(Role.INVITER), bytes(24), b"\x02" + reply), now=NOW)
    reply_plain = joiner_key.decrypt(reply, info("reply", made.hash, request_hash))
    reply_olm = decode(reply_plain)[2]
    refused = seeded("refused", 32)
    return {
        "invitation": made.encode().hex(),
        "hash": made.hash.hex(),
        "inviter": {"hybrid_private": inviting.hybrid_key.hex(), "account": inviting.account.hex()},
        "joiner": {
            "hybrid_private": joining.hybrid_key.hex(),
            "hybrid_public": joiner_key.public().hex(),
            "account": joining.account.hex(),
            "session": joining.session.hex(),
            "curve": joiner_curve.hex(),
            "s1": joining.first_secret.hex(),
        },
        "request": joining.request.hex(),
        "request_nonce": seeded("request nonce", 24).hex(),
        "request_envelope": joining.envelope(lambda size: seeded("request nonce", size)).hex(),
        "request_hash": request_hash.hex(),
        "request_plain": request_plain.hex(),
        "request_olm": pre_key.hex(),
        "request_inner": inner.hex(),
        "request_binding": digest("request binding", made.hash, joiner_key.public(), joining.first_secret).hex(),
        "session_tag": session.tag.hex(),
        "s2": s2.hex(),
        "reply": reply.hex(),
        "reply_nonce": seeded("reply nonce", 24).hex(),
        "reply_envelope": seal(made.seal_key(Role.INVITER), seeded("reply nonce", 24), b"\x02" + reply).hex(),
        "reply_plain": reply_plain.hex(),
        "reply_olm": reply_olm.hex(),
        "reply_inner": olm.Session.from_pickle(joining.session).decrypt(1, reply_olm).hex(),
        "reply_binding": digest("reply binding", made.hash, request_hash, s2).hex(),
        "refused_hash": refused.hex(),
        "refusal_nonce": seeded("refusal nonce", 24).hex(),
        "refusal_envelope": seal(made.seal_key(Role.INVITER), seeded("refusal nonce", 24), b"\x03" + refused).hex(),
        "transcript": channel.context.transcript.hex(),
        "root": channel.epochs.root(0).hex(),
        "safety_number": safety_number(channel.context),
        "later": _later_requests(recorded, inviting, joining),
    }


def _later_requests(recorded: Recorded, inviting: Inviting, joining: Joining) -> Json:
    """Requests that are not answered as the first one is: the same again, another, and one that comes too late."""
    after = Inviting.from_bytes(bytes.fromhex(recorded["inviting_after"]))
    second = replace(joining, request=bytes.fromhex(recorded["second_request"]))
    owing = after
    for at in range(8):
        owing = replace(owing, refusals=(*owing.refusals, seeded(f"owed {at}", 32)))
    rows = [
        ("the same request again", after, joining, NOW),
        ("another request", after, second, NOW),
        ("another request, after the expiry", after, second, EXPIRES),
        ("another request while eight refusals are owed", owing, second, NOW),
        ("a refused request again before it was told", replace(owing, refusals=(digest("request", second.request),)),
         second, NOW),
        ("a first request in the second in which the invitation expires", inviting, joining, EXPIRES),
    ]  # fmt: skip
    out = []
    for what, state, sender, now in rows:
        envelope = sender.envelope(lambda size: seeded("later request", size))
        outcome = state.receive(envelope, now=now, randomness=source("none"))
        nonces = source(f"later {what}")
        if isinstance(outcome, Refused):
            told, answers = outcome.state.refuse(nonces)
            name, kept = "refused", outcome.state
        else:
            reply = state.reply(nonces)
            assert reply is not None
            told, answers, name, kept = state, [reply], "repeated", state
        out.append(
            {
                "what": what,
                "state": state.to_bytes().hex(),
                "now": now,
                "envelope": envelope.hex(),
                "outcome": name,
                "state_after": kept.to_bytes().hex(),
                "nonces": [seeded(f"later {what} {at}", 24).hex() for at in range(len(answers))],
                "answers": [answer.hex() for answer in answers],
                "state_told": told.to_bytes().hex(),
            }
        )
    return out


def handshake_defects(recorded: Recorded) -> list[Defect]:
    """3.1.2, 3.1.3, 3.1.4."""
    inviting = Inviting.from_bytes(bytes.fromhex(recorded["inviting"]))
    joining = Joining.from_bytes(bytes.fromhex(recorded["joining"]))
    made = inviting.invitation
    reply = bytes.fromhex(recorded["reply"])

    def to_inviter(body: bytes, kind: int = 1) -> str:
        return seal(made.seal_key(Role.JOINER), seeded("bad request", 24), bytes([kind]) + body).hex()

    def to_joiner(body: bytes, kind: int = 2) -> str:
        return seal(made.seal_key(Role.INVITER), seeded("bad reply", 24), bytes([kind]) + body).hex()

    zero = joining.request[:1088] + bytes(32) + joining.request[1120:]
    requests: list[tuple[str, str, str, bytes]] = [
        ("changed", "the HPKE ciphertext was changed", "not-for-us", flip(joining.request, -1)),
        ("short", "the HPKE ciphertext is cut off", "not-for-us", joining.request[:100]),
        ("zero", "the X25519 share of the HPKE ciphertext is zero", "not-for-us", zero),
    ]
    drawn_requests: list[tuple[str, str, str, str]] = [
        ("binding", "bound to something else", "peer-misbehaved", "binding"),
        ("identity", "an identity key that Olm's message is not from", "peer-misbehaved", "identity"),
        ("one-time", "a one-time key that the inviter never had", "peer-misbehaved", "one_time"),
        ("hybrid", "an X-Wing key of 1,215 bytes", "malformed", "hybrid_short"),
        ("hybrid-none", "an X-Wing key of the right size that is no key", "malformed", "hybrid_none"),
        ("hybrid-none-olm", "the same, and a one-time key that the inviter never had", "peer-misbehaved",
         "hybrid_none_olm"),
        ("hybrid-none-binding", "the same, and bound to something else", "peer-misbehaved", "hybrid_none_binding"),
        ("inner", "no reserve inside Olm's message", "malformed", "inner"),
        ("reserve", "a one-time key of 31 bytes", "malformed", "reserve"),
        ("version", "version 2", "malformed", "version"),
    ]  # fmt: skip
    other = joining.request[:-1] + b"\0"
    replies: list[tuple[str, str, str, bytes]] = [
        ("changed", "the HPKE ciphertext was changed", "already-opened", flip(reply, -1)),
        *((name, what, error, bytes.fromhex(recorded[f"reply_{name}"])) for name, what, error in (
            ("binding", "bound to something else", "peer-misbehaved"),
            ("olm", "Olm's message was changed", "peer-misbehaved"),
            ("inner", "version 2 inside Olm's message", "malformed"),
            ("reserve", "17 one-time keys", "malformed"),
            ("secret", "31 bytes of s2", "malformed"),
        )),
    ]  # fmt: skip
    request_hash = digest("request", joining.request)
    refusals: list[tuple[str, str, str, str, int]] = [
        ("type", "a request sent to the joiner", "malformed", to_joiner(joining.request, 1), NOW),
        ("frame", "a frame sent to the joiner", "malformed", to_joiner(bytes(60), 5), NOW),
        ("refused", "a refusal of this request", "invitation-used", to_joiner(request_hash, 3), NOW),
        ("refused-late", "a refusal of this request, after the expiry", "invitation-expired",
         to_joiner(request_hash, 3), EXPIRES),
        ("other-refused", "a refusal of another request", "already-opened", to_joiner(digest("request", other), 3),
         NOW),
        ("refused-short", "a refusal of 31 bytes", "already-opened", to_joiner(request_hash[:-1], 3), NOW),
        ("direction", "sealed with the joiner's own key", "not-for-us", to_inviter(reply, 2), NOW),
    ]  # fmt: skip
    state = {"state": recorded["inviting"], "now": NOW}
    joined = {"state": recorded["joining"], "now": NOW}
    return [
        ("request-type", "3.1.3", "a reply sent to the inviter", "malformed", {"bytes": to_inviter(reply, 2), **state}),
        (
            "request-direction",
            "3.1.3",
            "sealed with the inviter's own key",
            "not-for-us",
            {"bytes": to_joiner(joining.request, 1), **state},
        ),
        *((f"request-{name}", "3.1.3", what, error, {"bytes": to_inviter(data), **state})
          for name, what, error, data in requests),
        *((f"request-{name}", "3.1.3", what, error, {
            "bytes": to_inviter(bytes.fromhex(recorded[f"request_{drawn}"])),
            **state,
            **_request_olm(inviting, bytes.fromhex(recorded[f"request_{drawn}"])),
        }) for name, what, error, drawn in drawn_requests),
        *((f"reply-{name}", "3.1.3", what, error, {
            "bytes": to_joiner(data), **joined, **_reply_olm(joining, data),
        }) for name, what, error, data in replies),
        *((f"reply-{name}", "3.1.4" if kind.startswith("a refusal") else "3.1.3", kind, error,
           {"bytes": data, **joined, "now": now}) for name, kind, error, data, now in refusals),
    ]  # fmt: skip


def _request_olm(inviting: Inviting, request: bytes) -> dict[str, Json]:
    """Return what Olm makes of a request: null where it refuses, nothing where it is not asked."""
    key, where = HybridKey.from_bytes(inviting.hybrid_key), info("request", inviting.invitation.hash)
    version, curve, public, _, raw = decode(key.decrypt(request, where))
    if version != 1 or len(public) != hybrid.PUBLIC_SIZE:
        return {}
    try:
        return {"olm_plaintext": olm.Account.from_pickle(inviting.account).answer(curve, raw)[1].hex()}
    except olm.OlmRefused:
        return {"olm_plaintext": None}


def _reply_olm(joining: Joining, reply: bytes) -> dict[str, Json]:
    """Return what Olm makes of a reply: null where it refuses, nothing where it is not asked."""
    key = HybridKey.from_bytes(joining.hybrid_key)
    try:
        plain = key.decrypt(reply, info("reply", joining.invitation.hash, digest("request", joining.request)))
    except aead.NotAuthentic:
        return {}
    _, second, raw = decode(plain)
    if len(second) != 32:
        return {}
    try:
        return {"olm_plaintext": olm.Session.from_pickle(joining.session).decrypt(1, raw).hex()}
    except olm.OlmRefused:
        return {"olm_plaintext": None}


def pre_key_of(request_plain: bytes) -> bytes:
    pre_key: bytes = decode(request_plain)[4]
    return pre_key
