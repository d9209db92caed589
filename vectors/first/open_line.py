"""3.2 to 3.4: envelopes for channels in full, and those that do not open."""

from backchannel.crypto import olm
from backchannel.crypto.suite import Role
from backchannel.errors import NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.epochs import Answered, Proposal
from backchannel.line.seal import seal, unseal
from vectors.first.defect import Defect, flip
from vectors.first.frames import frame_shown
from vectors.first.seeds import NOW, seeded, source
from vectors.first.shown import Json, Recorded


def open_line(recorded: Recorded) -> Json:
    """3.2.3, 3.2.4, 3.2.5, 3.2.7, 3.2.8, 3.3.1, 3.3.2, 3.3.4, 3.4.1, 3.4.2, 7.2: envelopes for channels in full."""
    state, good = recorded["channel_inviter"], recorded["frame_good"]
    session = recorded["frame_session"]
    rows: list[tuple[str, str, list[str], str]] = [
        ("type 05, a frame with one event", state, [], good),
        ("type 07, the same frame said again", state, [], said_again(recorded, good, 7)),
        ("type 04, the joiner starts generation 1 from our reserve", state, [], session),
        ("type 06, the same said again", state, [], said_again(recorded, session, 6)),
        ("type 04 on the session that it started", state, [session], recorded["frame_session_more"]),
        ("type 05 on the older session", state, [session], good),
        ("a proposal, which is answered", state, [], recorded["frame_proposal"]),
        ("the answer to our proposal; of its reserve we have used one", recorded["channel_proposed"], [],
         recorded["frame_answer"]),
        ("epoch 0, when we write epoch 1", recorded["channel_proposed"], [recorded["frame_answer"]],
         recorded["frame_epoch_0"]),
        ("the first frame under epoch 1, for the side that answered", recorded["channel_answered"], [],
         recorded["frame_epoch_1"]),
        ("the proposal that was answered, once more", recorded["channel_answered"], [], recorded["frame_proposal"]),
    ]  # fmt: skip
    return [_opened(*row) for row in rows]


def said_again(recorded: Recorded, envelope: str, kind: int) -> str:
    """Return a frame's envelope as a silenced peer says it again: the same body, another type, a fresh seal."""
    keys = Channel.from_bytes(bytes.fromhex(recorded["channel_inviter"])).keys(0, Role.JOINER)
    first, body = unseal(keys.seal, bytes.fromhex(envelope))
    assert first == kind - 2
    return seal(keys.seal, seeded(f"nonce again {kind}", 24), bytes([kind]) + body).hex()


def loaded(state: str, before: list[str]) -> Channel:
    channel = Channel.from_bytes(bytes.fromhex(state))
    for envelope in before:
        channel.open(bytes.fromhex(envelope), now=NOW * 1000, randomness=source("before"))
    return channel


def layers(state: str, before: list[str], envelope: str) -> dict[str, Json]:
    """Return what Olm sees of an envelope, and what it makes of it: null where it refuses, nothing if not asked."""
    channel = loaded(state, before)
    try:
        epoch, kind, body = channel._unseal(bytes.fromhex(envelope))
    except (NotForUs, PeerMisbehaved):
        return {}
    if kind not in (4, 5, 6, 7) or len(body) <= 8:
        return {}
    keys, tag, raw = channel.keys(epoch, Role.JOINER), body[:8], body[8:]
    found: dict[str, Json] = {
        "epoch": epoch,
        "seal_key": keys.seal.hex(),
        "binding": keys.binding.hex(),
        "type": int(kind),
        "tag": tag.hex(),
        "olm_message": raw.hex(),
    }
    try:
        if channel._sessions.knows(tag):
            found["olm_plaintext"] = channel._sessions.decrypt(kind % 2, tag, raw).hex()
        elif kind % 2 == 0:
            found["olm_plaintext"] = channel._start_from(tag, raw)[1].hex()
    except olm.OlmRefused:
        found["olm_plaintext"] = None
    except PeerMisbehaved:
        pass
    return found


def _opened(what: str, state: str, before: list[str], envelope: str) -> Json:
    channel = loaded(state, before)
    known = dict(channel.epochs.roots)
    frame = channel.open(bytes.fromhex(envelope), now=NOW * 1000, randomness=source("open"))
    step = {type(None): None, Proposal: "proposed", Answered: "answered"}[type(channel.epochs.step)]
    drawn = step == "answered"
    return {
        "what": what,
        "state": state,
        "before": before,
        "envelope": envelope,
        **layers(state, before, envelope),
        "frame": frame.encode().hex(),
        "again": frame.again,
        **frame_shown(frame),
        "wants_answer": frame.wants_answer,
        "after": {
            "roots": [
                [epoch, None if drawn and epoch not in known else value.hex()] for epoch, value in channel.epochs.roots
            ],
            "writing": channel.epochs.writing,
            "reading": channel.epochs.reading,
            "step": step,
            "sessions": [[held.tag.hex(), held.generation, held.first_sequence] for held in channel._sessions._held],
            "ours": [key.hex() for key in channel._reserve.ours],
            "theirs": [key.hex() for key in channel._reserve.theirs],
            "used": [key.hex() for key in channel._reserve.used],
            "sequence": channel.sequence,
            "heard": channel.heard,
            "heard_by_peer": channel.heard_by_peer,
            "epoch_frames": channel.epoch_frames,
        },
    }


def open_defects(recorded: Recorded) -> list[Defect]:
    """3.2, 3.3.1, 3.4.2."""
    state, proposed, answered = (recorded[f"channel_{name}"] for name in ("inviter", "proposed", "answered"))
    good = recorded["frame_good"]
    rows: list[tuple[str, str, str, str, str]] = [
        ("binding", "3.4.2", "the binding of the other direction", "peer-misbehaved", state),
        ("heard", "3.4.2", "it heard a frame that was never sent", "peer-misbehaved", state),
        ("shape", "3.4.1", "a frame without events", "peer-misbehaved", state),
        ("skip", "3.2.3", "a proposal for epoch 2 in epoch 0", "peer-misbehaved", state),
        ("no_key", "3.2.3", "a proposal with a key of the right size that is none", "peer-misbehaved", state),
        ("no_key_size", "3.2.3", "a proposal with a key of no bytes", "peer-misbehaved", state),
        ("second_key", "3.2.3", "another key for the step that was answered", "peer-misbehaved", answered),
        ("answer_skip", "3.2.4", "an answer for epoch 2", "peer-misbehaved", proposed),
        ("answer_other", "3.2.4", "an answer that does not open", "peer-misbehaved", proposed),
        ("answer_short", "3.2.4", "a secret of 31 bytes", "peer-misbehaved", proposed),
        ("unknown_type", "3.2", "content type 127", "peer-misbehaved", state),
        ("other_type", "3.2", "a request on an open line", "not-for-us", state),
        ("code_type", "3.2", "an offer of a spoken code on an open line", "not-for-us", state),
        ("no_body", "3.2", "a tag and no message", "not-for-us", state),
        ("direction", "3.2.8", "sealed for the other direction", "not-for-us", state),
        ("epoch_1", "3.2.7", "an epoch that is not known", "not-for-us", state),
        ("tag", "3.3.1", "a session that nobody knows", "already-opened", state),
        ("olm", "3.3.1", "not an Olm message", "already-opened", state),
        ("session_tag", "3.3.1", "a pre-key message under another tag than its own", "peer-misbehaved", state),
        ("session_normal", "3.3.1", "type 04 without a pre-key message, for a new session", "already-opened", state),
        ("session_known", "3.3.1", "type 04 without a pre-key message, for a session that is held", "already-opened",
         state),
        ("session_one_time", "3.3.1", "a one-time key that we never had", "already-opened", state),
        ("session_identity", "3.3.1", "a session of another's identity key", "already-opened", state),
        ("session_binding", "3.4.2", "a new session, and another binding", "peer-misbehaved", state),
    ]  # fmt: skip
    more: list[tuple[str, str, str, str, str, list[str], str]] = [
        ("changed", "3.2", "one bit was changed", "not-for-us", state, [], flip(bytes.fromhex(good), 300).hex()),
        ("again", "3.3.1", "the same envelope again", "already-opened", state, [good], good),
        ("again-marked", "3.3.5", "the same message said again", "already-opened", state, [good],
         said_again(recorded, good, 7)),
        ("session-again", "3.3.1", "the message that started a session, again", "already-opened", state,
         [recorded["frame_session"]], recorded["frame_session"]),
        ("session-again-marked", "3.3.5", "the same said again", "already-opened", state,
         [recorded["frame_session"]], said_again(recorded, recorded["frame_session"], 6)),
        ("session-used", "3.3.1", "a second session from one one-time key", "already-opened", state,
         [recorded["frame_session"]], recorded["frame_session_used"]),
    ]  # fmt: skip
    all_rows = [
        *((name.replace("_", "-"), where, what, error, held, list[str](), recorded[f"frame_{name}"])
          for name, where, what, error, held in rows),
        *more,
    ]  # fmt: skip
    out: list[Defect] = []
    for name, where, what, error, held, before, envelope in all_rows:
        asks = loaded(held, before).asks_again(bytes.fromhex(envelope))
        inputs = {"bytes": envelope, "state": held, "before": before, **layers(held, before, envelope), "asks": asks}
        out.append((f"open-{name}", where, what, error, inputs))
    return out
