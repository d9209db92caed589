"""The vectors of invitation and handshake, and what was recorded for them (spec 3.1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vectors.second import cbor, olm, xwing
from vectors.second.channel import Channel
from vectors.second.joining import Inviting, Joining, Reply, Request, transcript
from vectors.second.line import Context, Invitation
from vectors.second.matching import Mismatch, blob, match, same
from vectors.second.sealing import digest, seal, unseal

NOW = 1_900_000_000


def invitation(vectors: Any) -> int:
    """Invitations, both ways, and what follows from them (spec 3.1.1)."""
    for place, case in enumerate(vectors):
        found = Invitation.read(blob(case["invitation"]))
        fields = {name: value for name, value in vars(found).items() if name != "raw"}
        boxes = [found.mailbox(writer) for writer in (0, 1)]
        made = {"hash": found.hash, "handshake_key": [found.key(0), found.key(1)], "mailbox": boxes}
        match(f"[{place}]", case, "", {**fields, "invitation": found.write(), **made})
        xwing.check_public(found.hybrid)
    return len(vectors)


def _joiner(case: dict[str, Any], request: Request) -> None:
    account = olm.Account.load(blob(case["account"]))
    given = {"hybrid_public": request.hybrid, "curve": olm.public(account.identity), "s1": request.s1}
    match("joiner", case, "hybrid_private account session", given)
    same("joiner", case["hybrid_public"], xwing.public_key(blob(case["hybrid_private"])))
    same("joiner", case["curve"], request.curve)
    if not set(request.reserve) <= set(account.one_time):
        raise Mismatch("joiner: a reserve that it does not have")


def _made(found: Invitation, request: Request, reply: Reply, raw: dict[str, bytes]) -> dict[str, Any]:
    bindings = (
        digest("request binding", found.hash, request.hybrid, request.s1),
        digest("reply binding", found.hash, request.hash, reply.s2),
    )
    line = Context(
        (found.curve, request.curve),
        (digest("hybrid identity", found.hybrid), digest("hybrid identity", request.hybrid)),
        transcript(found, raw["request"], reply.reply),
    )
    return {
        "hash": found.hash,
        "request_envelope": seal(found.key(1), raw["request_nonce"], b"\x01" + raw["request"]),
        "request_hash": request.hash,
        "request_plain": cbor.encode([1, request.curve, request.hybrid, request.s1, request.olm]),
        "request_olm": request.olm,
        "request_inner": cbor.encode([1, bindings[0], request.reserve]),
        "request_binding": bindings[0],
        "session_tag": olm.PreKey.read(request.olm).tag,
        "s2": reply.s2,
        "reply_envelope": seal(found.key(0), raw["reply_nonce"], b"\x02" + raw["reply"]),
        "reply_plain": cbor.encode([1, reply.s2, reply.olm]),
        "reply_olm": reply.olm,
        "reply_inner": cbor.encode([1, bindings[1], reply.reserve]),
        "reply_binding": bindings[1],
        "refusal_envelope": seal(found.key(0), raw["refusal_nonce"], b"\x03" + raw["refused_hash"]),
        "transcript": line.transcript,
        "root": line.first_root(found.secret, request.s1, reply.s2),
        "safety_number": line.safety_number(),
    }


def _states(vectors: Any, reserve: list[bytes]) -> tuple[Inviting, Joining]:
    """Both sides before the reply."""
    found = Invitation.read(blob(vectors["invitation"]))
    inviter, joiner = vectors["inviter"], vectors["joiner"]
    private, account = blob(inviter["hybrid_private"]), blob(inviter["account"])
    theirs, session, hybrid, s1 = (blob(joiner[name]) for name in ("account", "session", "hybrid_private", "s1"))
    joining = Joining(found, theirs, session, hybrid, s1, blob(vectors["request"]), reserve)
    return Inviting(found, account, private, None, []), joining


def handshake(vectors: Any) -> int:
    """A whole handshake (spec 3.1.2 to 3.1.5)."""
    inputs = "request request_nonce reply reply_nonce refused_hash refusal_nonce"
    raw = {name: blob(vectors[name]) for name in inputs.split()}
    found = Invitation.read(blob(vectors["invitation"]))
    inviter, joiner = _states(vectors, [])
    match("inviter", vectors["inviter"], "hybrid_private account", {})
    if found.hybrid != xwing.public_key(inviter.private):
        raise Mismatch("inviter: another X-Wing key than that of the invitation")
    if found.curve != olm.public(olm.Account.load(inviter.account).identity):
        raise Mismatch("inviter: another identity key than that of the invitation")
    asked: dict[str, Any] = {}
    request = inviter.come(blob(vectors["request_envelope"]), NOW, asked)
    if isinstance(request, str):
        raise Mismatch(f"request: {request}")
    _joiner(vectors["joiner"], request)
    got: dict[str, Any] = {}
    reply = joiner.come(blob(vectors["reply_envelope"]), NOW, got)
    made = _made(found, request, reply, raw)
    match("", vectors, f"invitation inviter joiner later {inputs}", made)
    same("request", vectors["request_plain"], request.plain)
    same("request", vectors["request_inner"], asked["olm_plaintext"])
    same("reply", vectors["reply"], reply.reply)
    same("reply", vectors["reply_plain"], reply.plain)
    same("reply", vectors["reply_inner"], got["olm_plaintext"])
    for place, case in enumerate(vectors["later"]):
        _later(f"later[{place}]", case)
    return 4 + len(vectors["later"])


def _later(path: str, case: dict[str, Any]) -> None:
    """An envelope that comes to an inviter that has answered, or too late (spec 3.1.3, 3.1.4)."""
    inviter = Inviting.load(blob(case["state"]))
    found = inviter.invitation
    outcome = inviter.come(blob(case["envelope"]), case["now"], {})
    if not isinstance(outcome, str):
        raise Mismatch(f"{path}: neither repeated nor refused")
    after = inviter.save()
    owed = [b"\x02" + (inviter.answered or [])[1]] if outcome == "repeated" else []
    owed += inviter.owed()
    nonces = [blob(one) for one in case["nonces"]]
    made = {
        "outcome": outcome,
        "state_after": after,
        "answers": [seal(found.key(0), *one) for one in zip(nonces, owed, strict=True)],
        "state_told": inviter.save(),
    }
    match(path, case, "what state now envelope nonces", made)


def _elsewhere(record: dict[str, Any], found: Invitation, load: Any) -> dict[str, bytes]:
    """Envelopes and HPKE ciphertexts with a defect, from the failure vectors (spec, Vectors: recorded.json)."""
    made = {}
    for name in set(record) - {"frame_" + one for one in OPENED} - {"second_request"}:
        side, _, rest = name.partition("_")
        file = "request-hybrid" if name == "request_hybrid_short" else name.replace("_", "-")
        if side in ("request", "reply") and rest:
            case = load(Path(f"fail/{file}.json"))
            made[name] = unseal(found.key(int(side == "request")), blob(case["bytes"]))[1]
        elif side == "frame":
            made[name] = blob(load(Path(f"fail/open-{file.removeprefix('frame-')}.json"))["bytes"])
    return made


OPENED: dict[str, Callable[[Any], bool]] = {
    "good": lambda case: case["type"] == 5,
    "proposal": lambda case: [one[0] for one in case["controls"]] == ["propose"],
    "answer": lambda case: [one[0] for one in case["controls"]] == ["answer"],
    "epoch_0": lambda case: case["epoch"] == 0 and case["after"]["writing"] == 1 and case["before"] != [],
    "epoch_1": lambda case: case["epoch"] == 1,
    "session": lambda case: case["type"] == 4 and case["before"] == [],
    "session_more": lambda case: case["type"] == 4 and case["before"] != [],
}


def recorded(record: dict[str, Any], load: Any) -> int:
    """What the libraries drew is what stands in the vectors (spec, Vectors: recorded.json).

    Args:
        record: the file.
        load: gives the content of another file of `vectors/line`.

    Returns:
        How many entries were looked at.

    Raises:
        Mismatch: something else stands there.
    """
    if set(record) != {"schema", "steps", "recorded"} or record["schema"] != 1:
        raise Mismatch("other keys than schema, steps, recorded")
    record = record["recorded"]
    shake, lines = (load(Path(f"{name}.json"))["vectors"] for name in ("handshake", "open"))
    waiting, _ = _states(shake, [])
    request = waiting.come(blob(shake["request_envelope"]), NOW, {})
    if isinstance(request, str):
        raise Mismatch(f"request: {request}")
    joining = _states(shake, request.reserve)[1]
    found = waiting.invitation
    answered = Inviting(found, b"", b"", [request.hash, blob(shake["reply"])], [])
    cases = {name: next(case for case in lines if test(case)) for name, test in OPENED.items()}
    made: dict[str, Any] = {
        "inviting": waiting.save(),
        "joining": joining.save(),
        "inviting_after": answered.save(),
        "second_request": unseal(found.key(1), blob(shake["later"][1]["envelope"]))[1],
        "reply": blob(shake["reply"]),
        "s2": blob(shake["s2"]),
        "channel_inviter": blob(lines[0]["state"]),
        "channel_joiner": _other_end(record["channel_joiner"], lines[0]["state"]),
        "channel_proposed": blob(cases["answer"]["state"]),
        "channel_answered": blob(cases["epoch_1"]["state"]),
        "answer_sealed": blob(cases["answer"]["controls"][0][2]),
        "epoch_sealed": blob(load(Path("epochs.json"))["vectors"]["step"]["sealed"]),
        **{f"frame_{name}": blob(case["envelope"]) for name, case in cases.items()},
        **_elsewhere(record, found, load),
        **_under_the_deal(load),
    }
    same("", record, made)
    same("inviting_after", shake["later"][0]["state"], made["inviting_after"])
    for do, name in (("request", "inviting"), ("reply", "joining")):
        same(name, load(Path(f"fail/{do}-changed.json"))["state"], made[name])
    same("channel_answered", load(Path("fail/open-second-key.json"))["state"], made["channel_answered"])
    same("channel_proposed", load(Path("fail/open-answer-skip.json"))["state"], made["channel_proposed"])
    return len(record)


def _under_the_deal(load: Any) -> dict[str, Any]:
    vectors = load(Path("deal.json"))["vectors"]
    north, south = (blob(case["signature"]) for case in vectors["signatures"])
    return {"deal_north": north, "deal_south": south, "deal_witness": blob(vectors["witness"]["signature"])}


def _other_end(state: Any, ours: Any) -> bytes:
    """The state of the other end of a line: role, context and epochs must fit (spec 7.2)."""
    raw = blob(state)
    fields, other = cbor.layout(raw, 9), cbor.layout(blob(ours), 9)
    if fields[0] + other[0] != 1 or fields[1:3] != other[1:3] or fields[3][1][0][:3] != other[3][1][0][:3]:
        raise Mismatch("channel_joiner: not the other end of channel_inviter")
    if fields[5][1:3] != other[5][2:0:-1] or Channel.load(raw).role != 1:
        raise Mismatch("channel_joiner: other reserves than channel_inviter has")
    return raw
