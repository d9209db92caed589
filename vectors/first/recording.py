"""What the libraries draw at random, drawn anew: Olm's key pairs and messages, X-Wing ciphertexts."""

from dataclasses import replace
from typing import Final

from backchannel.crypto import hybrid, olm
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.suite import Role, digest, info
from backchannel.line.channel import Channel
from backchannel.line.epochs import Answered, keys_of
from backchannel.line.frame import Answer, Frame, Propose
from backchannel.line.handshake import Inviting, Joining, Opened, invite, join
from backchannel.line.seal import seal
from backchannel.wire.codec import encode
from backchannel.wire.coverage import NOTHING
from vectors.first.deal import record_deal
from vectors.first.handshake import pre_key_of
from vectors.first.seeds import EXPIRES, NOW, line_context, seeded, seeded_key, source, text_event
from vectors.first.shown import Recorded

RECORDED_STEPS: Final = ["3.1.2", "3.1.3", "3.2.1", "3.2.3", "3.3.1", "3.3.4", "7.2", "12.3"]


def record() -> Recorded:
    """Run a handshake, steps of epochs and a few frames; keep every secret that a reader needs."""
    inviting = invite(("https://relay.example", "http://example.onion"), EXPIRES, source("invite"))
    joining = join(inviting.invitation, NOW, source("join"))
    outcome = inviting.receive(joining.envelope(source("e")), now=NOW, randomness=source("answer"))
    assert isinstance(outcome, Opened)
    answered = outcome.state.answered
    assert answered is not None
    found = {
        "inviting": inviting.to_bytes(),
        "joining": joining.to_bytes(),
        "inviting_after": outcome.state.to_bytes(),
        "second_request": join(inviting.invitation, NOW, source("second join")).request,
        "reply": answered.reply,
        "s2": source("answer")(32),
        "channel_inviter": outcome.channel.to_bytes(source("pickle")),
    }
    found |= _record_bad_handshakes(inviting, joining)
    joiner = joining.receive(outcome.state.reply(source("r")) or b"", now=NOW)
    found["channel_joiner"] = joiner.to_bytes(source("pickle joiner"))
    found |= _record_frames(joiner, outcome.channel)
    where = line_context().info("epoch secret", 1)
    found["epoch_sealed"] = hybrid.encrypt(seeded_key("epoch key").public(), seeded("epoch secret", 32), where)
    found |= record_deal()
    return {name: value.hex() for name, value in found.items()}


def _no_key(public: bytes) -> bytes:
    """Return a public key of the right size that is none: its ML-KEM part has coefficients above the modulus."""
    return b"\xff" * 32 + public[32:]


def _record_bad_handshakes(inviting: Inviting, joining: Joining) -> dict[str, bytes]:
    invitation = inviting.invitation
    key = HybridKey.from_bytes(joining.hybrid_key)
    account = olm.Account()

    def bound(public: bytes) -> bytes:
        return digest("request binding", invitation.hash, public, joining.first_secret)

    def request(
        inner: bytes,
        *,
        identity: bytes = account.identity,
        public: bytes = key.public(),
        one_time: bytes = invitation.one_time,
        version: int = 1,
    ) -> bytes:
        _, raw = account.start(invitation.curve, one_time).encrypt(inner)
        plain = encode([version, identity, public, joining.first_secret, raw])
        return hybrid.encrypt(invitation.hybrid, plain, info("request", invitation.hash))

    other = account.new_one_time_keys(1)[0]
    none = _no_key(key.public())
    inner = encode([1, bound(key.public()), []])
    found = {
        "request_binding": request(encode([1, bytes(32), []])),
        "request_identity": request(inner, identity=joining.request[:32]),
        "request_one_time": request(inner, one_time=other),
        "request_hybrid_short": request(inner, public=key.public()[:-1]),
        "request_hybrid_none": request(encode([1, bound(none), []]), public=none),
        "request_hybrid_none_olm": request(encode([1, bound(none), []]), public=none, one_time=other),
        "request_hybrid_none_binding": request(inner, public=none),
        "request_inner": request(encode([1, bound(key.public())])),
        "request_reserve": request(encode([1, bound(key.public()), [bytes(31)]])),
        "request_version": request(inner, version=2),
    }
    request_hash = digest("request", joining.request)
    inviter = olm.Account.from_pickle(inviting.account)
    plain = HybridKey.from_bytes(inviting.hybrid_key).decrypt(joining.request, info("request", invitation.hash))
    session, _ = inviter.answer(olm.Account.from_pickle(joining.account).identity, pre_key_of(plain))
    where = info("reply", invitation.hash, request_hash)

    def reply(inner: bytes, *, second: bytes = bytes(32), change: int = 0) -> bytes:
        _, raw = session.encrypt(inner)
        changed = raw[:-1] + bytes([raw[-1] ^ change])
        return hybrid.encrypt(key.public(), encode([1, second, changed]), where)

    good = digest("reply binding", invitation.hash, request_hash, bytes(32))
    return found | {
        "reply_binding": reply(encode([1, bytes(32), []])),
        "reply_olm": reply(encode([1, good, []]), change=1),
        "reply_inner": reply(encode([2, good, []])),
        "reply_reserve": reply(encode([1, good, [bytes(32)] * 17])),
        "reply_secret": reply(encode([1, good, []]), second=bytes(31)),
    }


def _record_frames(joiner: Channel, inviter: Channel) -> dict[str, bytes]:
    """Frames from the joiner to the inviter, as envelopes, each for a state of the inviter's that stands beside it."""
    keys, second = joiner.keys(0, Role.JOINER), joiner.keys(0, Role.INVITER)
    event = text_event(1, 1, b"", "שלום")
    whole = replace(Frame(own=1, held=NOTHING, events=(event.raw,)), sequence=1)
    nonces = source("frame nonce")

    def envelope(plaintext: bytes, *, seal_key: bytes = b"") -> bytes:
        kind, tag, raw = joiner._sessions.encrypt(plaintext)
        return seal(seal_key or keys.seal, nonces(24), bytes((5 if kind else 4,)) + tag + raw)

    def framed(frame: Frame) -> bytes:
        return envelope(keys.binding + frame.encode())

    good = whole.encode()
    tag = joiner._sessions.encrypt(b"")[1]
    proposed, answered = _inviter_steps(inviter)
    step = answered.epochs.step
    assert isinstance(step, Answered)
    later = keys_of(joiner.context, answered.epochs.root(1), 1, Role.JOINER)
    reserve = (seeded("otk 1", 32), seeded("otk 2", 32))
    where = joiner.context.info("epoch secret", 1)
    public = seeded_key("inviter's epoch key").public()
    sealed = hybrid.encrypt(public, seeded("answer secret", 32), where)
    short = hybrid.encrypt(public, bytes(31), where)
    again = replace(whole, sequence=2, own=2, events=(text_event(1, 2, event.id[:8], "and more").raw,), controls=())
    found = {
        "channel_proposed": proposed.to_bytes(source("pickle proposed")),
        "channel_answered": answered.to_bytes(source("pickle answered")),
        "answer_sealed": sealed,
        "frame_good": envelope(keys.binding + good),
        "frame_proposal": framed(
            replace(whole, controls=(Propose(1, seeded_key("joiner's epoch key").public(), reserve),))
        ),
        "frame_answer": framed(replace(whole, controls=(Answer(1, sealed, reserve),))),
        "frame_epoch_0": framed(again),
        "frame_epoch_1": envelope(later.binding + whole.encode(), seal_key=later.seal),
        "frame_binding": envelope(second.binding + good),
        "frame_heard": framed(replace(whole, heard=1)),
        "frame_shape": envelope(keys.binding + encode([1, 0, 1, 0, 0, [0], b"", []])),
        "frame_skip": framed(replace(whole, controls=(Propose(2, public, ()),))),
        "frame_no_key": framed(replace(whole, controls=(Propose(1, _no_key(public), ()),))),
        "frame_no_key_size": framed(replace(whole, controls=(Propose(1, b"", ()),))),
        "frame_second_key": framed(replace(whole, controls=(Propose(1, public, ()),))),
        "frame_answer_skip": framed(replace(whole, controls=(Answer(2, sealed, ()),))),
        "frame_answer_other": framed(replace(whole, controls=(Answer(1, sealed[:-1] + b"\0\0", ()),))),
        "frame_answer_short": framed(replace(whole, controls=(Answer(1, short, ()),))),
        "frame_direction": envelope(keys.binding + good, seal_key=second.seal),
        "frame_tag": seal(keys.seal, nonces(24), b"\x05" + bytes(8) + b"\x03" + seeded("no olm", 60)),
        "frame_olm": seal(keys.seal, nonces(24), b"\x05" + tag + b"\x03" + seeded("no olm", 60)),
        "frame_no_body": seal(keys.seal, nonces(24), b"\x05" + tag),
        "frame_other_type": seal(keys.seal, nonces(24), b"\x01" + tag + b"\x03"),
        "frame_code_type": seal(keys.seal, nonces(24), b"\x08" + tag + b"\x03"),
        "frame_unknown_type": seal(keys.seal, nonces(24), b"\x7f" + tag + b"\x03"),
    }
    return found | _record_sessions(joiner, inviter, whole, again)


def _inviter_steps(inviter: Channel) -> tuple[Channel, Channel]:
    """Return the inviter's channel with a proposal of its own, and with an answer to the joiner's."""
    data = inviter.to_bytes(source("pickle"))
    proposed, answered = Channel.from_bytes(data), Channel.from_bytes(data)
    proposed.epochs = proposed.epochs.propose(seeded_key("inviter's epoch key"))
    proposed._reserve = replace(proposed._reserve, used=(seeded("otk 2", 32),))
    answered.epochs = answered.epochs.answer(
        answered.context, Role.INVITER, 1, seeded_key("joiner's epoch key").public(), source("step")
    )
    return proposed, answered


def _record_sessions(joiner: Channel, inviter: Channel, whole: Frame, more: Frame) -> dict[str, bytes]:
    """Pre-key messages of types 04: a renewal by the joiner, and what looks like one."""
    keys, curve = joiner.keys(0, Role.JOINER), inviter.context.inviter.curve
    one_time = inviter._reserve.ours[0]
    nonces = source("session nonce")
    session, stranger = joiner.account.start(curve, one_time), olm.Account()

    def envelope(session: olm.Session, frame: Frame, *, tag: bytes = b"") -> bytes:
        kind, raw = session.encrypt(keys.binding + replace(frame, generation=1).encode())
        assert kind == olm.PRE_KEY
        return seal(keys.seal, nonces(24), b"\x04" + (tag or session.tag) + raw)

    first, second = envelope(session, whole), envelope(session, more)
    _, tag, normal = joiner._sessions.encrypt(keys.binding + whole.encode())
    unknown = joiner.account.start(curve, stranger.new_one_time_keys(1)[0])
    return {
        "frame_session": first,
        "frame_session_more": second,
        "frame_session_tag": envelope(session, whole, tag=seeded("another tag", 8)),
        "frame_session_normal": seal(keys.seal, nonces(24), b"\x04" + seeded("another tag", 8) + normal),
        "frame_session_known": seal(keys.seal, nonces(24), b"\x04" + tag + normal),
        "frame_session_one_time": envelope(unknown, whole),
        "frame_session_used": envelope(joiner.account.start(curve, one_time), whole),
        "frame_session_identity": envelope(stranger.start(curve, one_time), whole),
        "frame_session_binding": seal(
            keys.seal, nonces(24), b"\x04" + session.tag + session.encrypt(bytes(16) + whole.encode())[1]
        ),
    }
