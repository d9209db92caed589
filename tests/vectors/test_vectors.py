"""Our code against every file in vectors/line; each is checked from its inputs, not by making it again."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backchannel.app.archive import verify_archive
from backchannel.app.line import Line, Phase
from backchannel.app.receive import _Reader
from backchannel.crypto import aead, hybrid
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Account, OlmRefused, Session, pre_key_tag
from backchannel.crypto.passphrase import Cost, stretch
from backchannel.crypto.suite import Role, digest, info
from backchannel.errors import BackchannelError, DigitsDiffer, VaultDamaged
from backchannel.ledger.deal_file import verify_deal
from backchannel.ledger.list_kinds import read_list_body
from backchannel.ledger.mandate import read_body as read_mandate
from backchannel.ledger.terms import decode_terms
from backchannel.line.channel import Channel
from backchannel.line.code import JoinerCode, code_mailbox, read_code
from backchannel.line.epochs import Answered, Epochs, Proposal, keys_of
from backchannel.line.file_part import file_keys_of, part_count, part_from_body, part_length, protect, reveal
from backchannel.line.file_word import FileWord
from backchannel.line.frame import Answer, ForkNotice, Frame, Lost, Propose, Recount, Superseded, decode_frame
from backchannel.line.handshake import Inviting, Joining, Opened, Refused, Repeated
from backchannel.line.identity import Identity, LineContext, origin_of
from backchannel.line.invitation import decode_invitation
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.line.pieces import Waiting, cut, piece_from_body
from backchannel.line.recovery import Recovery, find_invitation, rendezvous, seal_invitation
from backchannel.line.safety_number import safety_number, same
from backchannel.line.seal import seal, unseal
from backchannel.line.slots import Rhythm, slot_at, start_of, stride
from backchannel.line.steady import steady_key_of
from backchannel.log.event import Event, read_event, write_event
from backchannel.log.file import FILE, File
from backchannel.log.kinds import Text, read_body
from backchannel.log.order import height, in_order
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.log.tombstone import read_kept
from backchannel.relay.access import credential_of
from backchannel.relay.batch import envelopes_of
from backchannel.table.bodies import read_act
from backchannel.table.evolve import evolve, table_of
from backchannel.table.model import EMPTY
from backchannel.table.overlap import read_said
from backchannel.transport.mail_tag import Tags
from backchannel.vault.backup import read_head, restore_backup, verify_backup
from backchannel.vault.keyfile import NAME, read_key
from backchannel.vault.store import open_vault
from backchannel.wire import armor, parts
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.envelope import pad, unpad
from vectors.first.table import table_shown
from vectors.make import run

HERE = Path(__file__).parents[2] / "vectors" / "line"
Case = dict[str, Any]
FAILURES = sorted((HERE / "fail").glob("*.json"))


def vectors(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())["vectors"]


def raw(shown: Any) -> bytes:
    if isinstance(shown, str):
        return bytes.fromhex(shown)
    return b"".join(bytes.fromhex(data) * count for data, count in shown)


def untagged(value: Any) -> Any:
    match value:
        case {"simple": plain}:
            return plain
        case {"int": digits}:
            return int(digits)
        case {"bytes": data}:
            return bytes.fromhex(data)
        case {"text": text}:
            return text
        case {"list": items}:
            return [untagged(item) for item in items]
        case {"map": pairs}:
            return {untagged(key): untagged(inside) for key, inside in pairs}
    raise AssertionError(value)


def box(mailbox: Mailbox) -> dict[str, str]:
    return {name: getattr(mailbox, name).hex() for name in ("put_id", "put_capability", "get_id", "get_capability")}


def context_of(shown: dict[str, Any]) -> LineContext:
    return LineContext(
        Identity.of(raw(shown["inviter_curve"]), raw(shown["inviter_hybrid_public"])),
        Identity.of(raw(shown["joiner_curve"]), raw(shown["joiner_hybrid_public"])),
        raw(shown["transcript"]),
    )


def fixed(data: str) -> Callable[[int], bytes]:
    return lambda size: raw(data)[:size]


def no_randomness(size: int) -> bytes:
    raise AssertionError("no randomness is needed here")


def test_every_file_is_what_the_program_makes() -> None:
    assert run(["--check"]) == 0


def test_codec() -> None:
    for case in vectors("codec"):
        value = untagged(case["value"])
        assert encode(value) == raw(case["bytes"])
        assert decode(raw(case["bytes"])) == value


def test_envelope() -> None:
    for case in vectors("envelope"):
        content, padded = raw(case["content"]), raw(case["padded"])
        assert pad(content) == padded
        assert unpad(padded) == content
        assert len(padded) + 40 == case["bucket"]


def test_labels() -> None:
    found = vectors("labels")
    for case in found["info"]:
        some = [untagged(part) for part in case["parts"]]
        assert info(case["label"], *some) == raw(case["info"])
        assert digest(case["label"], *some) == raw(case["digest"])
    for case in found["hkdf"]:
        out = derive(raw(case["ikm"]), raw(case["info"]), salt=raw(case["salt"]) or None, size=case["size"])
        assert out == raw(case["out"])


def test_seal() -> None:
    for case in vectors("seal"):
        content, envelope = raw(case["content"]), raw(case["envelope"])
        assert seal(raw(case["key"]), raw(case["nonce"]), content) == envelope
        kind, body = unseal(raw(case["key"]), envelope)
        assert bytes([kind]) + body == content


def test_invitation() -> None:
    for case in vectors("invitation"):
        made = decode_invitation(raw(case["invitation"]))
        for name in ("curve", "one_time", "hybrid", "secret"):
            assert getattr(made, name) == raw(case[name])
        assert (list(made.relays), made.expires) == (case["relays"], case["expires"])
        assert made.encode() == raw(case["invitation"])
        assert made.hash == raw(case["hash"])
        assert [made.seal_key(writer).hex() for writer in Role] == case["handshake_key"]
        assert [box(made.mailbox(writer)) for writer in Role] == case["mailbox"]


def test_mailbox() -> None:
    for case in vectors("mailbox"):
        assert box(mailbox_from(raw(case["secret"]), Role(case["writer"]), raw(case["context"]))) == case["mailbox"]


def test_request() -> None:
    case = vectors("handshake")
    made = decode_invitation(raw(case["invitation"]))
    kind, request = unseal(made.seal_key(Role.JOINER), raw(case["request_envelope"]))
    assert (kind, request) == (1, raw(case["request"]))
    assert seal(made.seal_key(Role.JOINER), raw(case["request_nonce"]), b"\x01" + request) == raw(
        case["request_envelope"]
    )
    assert digest("request", request) == raw(case["request_hash"])
    plain = HybridKey.from_bytes(raw(case["inviter"]["hybrid_private"])).decrypt(request, info("request", made.hash))
    assert plain == raw(case["request_plain"])
    joiner = case["joiner"]
    wanted: list[Any] = [
        1,
        raw(joiner["curve"]),
        raw(joiner["hybrid_public"]),
        raw(joiner["s1"]),
        raw(case["request_olm"]),
    ]
    assert decode(plain) == wanted
    assert pre_key_tag(wanted[4]) == raw(case["session_tag"])
    session, inner = Account.from_pickle(raw(case["inviter"]["account"])).answer(wanted[1], wanted[4])
    assert session.tag == raw(case["session_tag"])
    assert inner == raw(case["request_inner"])
    binding = digest("request binding", made.hash, wanted[2], wanted[3])
    assert decode(inner)[1] == binding == raw(case["request_binding"])


def test_reply_and_what_follows() -> None:
    case = vectors("handshake")
    made = decode_invitation(raw(case["invitation"]))
    joiner = case["joiner"]
    joining = Joining(
        made, raw(joiner["account"]), raw(joiner["session"]), raw(joiner["hybrid_private"]), raw(joiner["s1"]),
        raw(case["request"]), (),
    )  # fmt: skip
    envelope = raw(case["reply_envelope"])
    assert seal(made.seal_key(Role.INVITER), raw(case["reply_nonce"]), b"\x02" + raw(case["reply"])) == envelope
    plain = HybridKey.from_bytes(joining.hybrid_key).decrypt(
        raw(case["reply"]), info("reply", made.hash, raw(case["request_hash"]))
    )
    assert plain == raw(case["reply_plain"])
    assert decode(plain)[1] == raw(case["s2"])
    inner = decode(Session.from_pickle(joining.session).decrypt(1, decode(plain)[2]))
    assert inner[1] == raw(case["reply_binding"])
    assert inner == decode(raw(case["reply_inner"]))
    assert decode(plain)[2] == raw(case["reply_olm"])
    channel = joining.receive(envelope, now=1_900_000_000)
    assert channel.context.transcript == raw(case["transcript"])
    assert channel.epochs.root(0) == raw(case["root"])
    assert safety_number(channel.context) == case["safety_number"]
    refusal = seal(made.seal_key(Role.INVITER), raw(case["refusal_nonce"]), b"\x03" + raw(case["refused_hash"]))
    assert refusal == raw(case["refusal_envelope"])


def nonces_of(case: Case) -> Callable[[int], bytes]:
    left = [raw(nonce) for nonce in case["nonces"]]
    return lambda size: left.pop(0)[:size]


@pytest.mark.parametrize("case", vectors("handshake")["later"], ids=lambda case: case["what"])
def test_later_requests(case: Case) -> None:
    state = Inviting.from_bytes(raw(case["state"]))
    outcome = state.receive(raw(case["envelope"]), now=case["now"], randomness=no_randomness)
    if case["outcome"] == "repeated":
        assert isinstance(outcome, Repeated)
        after = told = state
        answers = [state.reply(nonces_of(case))]
    else:
        assert isinstance(outcome, Refused)
        after = outcome.state
        told, refusals = after.refuse(nonces_of(case))
        answers = [*refusals]
        _, request = unseal(state.invitation.seal_key(Role.JOINER), raw(case["envelope"]))
        assert unseal(state.invitation.seal_key(Role.INVITER), refusals[-1]) == (3, digest("request", request))
    assert answers == [raw(answer) for answer in case["answers"]]
    assert (after.to_bytes(), told.to_bytes()) == (raw(case["state_after"]), raw(case["state_told"]))


def loaded(case: Case) -> Channel:
    channel = Channel.from_bytes(raw(case["state"]))
    for envelope in case["before"]:
        channel.open(raw(envelope), now=1, randomness=no_randomness)
    return channel


def check_layers(case: Case, envelope: bytes) -> None:
    """What stands beside an envelope for those who have no Olm."""
    channel = loaded(case)
    keys = channel.keys(case["epoch"], Role.JOINER)
    assert (keys.seal.hex(), keys.binding.hex()) == (case["seal_key"], case["binding"])
    kind, body = unseal(keys.seal, envelope)
    assert (kind, body) == (case["type"], raw(case["tag"]) + raw(case["olm_message"]))
    if "olm_plaintext" not in case:
        return
    try:
        if channel._sessions.knows(raw(case["tag"])):
            plain = channel._sessions.decrypt(kind % 2, raw(case["tag"]), raw(case["olm_message"]))
        else:
            assert pre_key_tag(raw(case["olm_message"])) == raw(case["tag"])
            plain = channel._start_from(raw(case["tag"]), raw(case["olm_message"]))[1]
    except OlmRefused:
        assert case["olm_plaintext"] is None
        return
    assert plain == raw(case["olm_plaintext"])


@pytest.mark.parametrize("case", vectors("open"), ids=lambda case: case["what"])
def test_an_open_line(case: Case) -> None:
    check_layers(case, raw(case["envelope"]))
    channel = loaded(case)
    known = dict(channel.epochs.roots)
    randomness = fixed("09" * 64) if case["after"]["step"] == "answered" else no_randomness
    frame = channel.open(raw(case["envelope"]), now=1, randomness=randomness)
    assert raw(case["olm_plaintext"]) == raw(case["binding"]) + raw(case["frame"])
    assert frame == replace(decode_frame(raw(case["frame"])), again=case["again"])
    assert (frame.again, frame.wants_answer) == (case["again"], case["wants_answer"])
    check_frame(frame, case)
    after = case["after"]
    roots = [epoch for epoch, _ in channel.epochs.roots]
    assert roots == [epoch for epoch, _ in after["roots"]]
    for epoch, root in after["roots"]:
        if root is None:
            assert epoch not in known
        else:
            assert channel.epochs.root(epoch) == raw(root)
    step = {type(None): None, Proposal: "proposed", Answered: "answered"}[type(channel.epochs.step)]
    assert (channel.epochs.writing, channel.epochs.reading, step) == (after["writing"], after["reading"], after["step"])
    rows = [[held.tag.hex(), held.generation, held.first_sequence] for held in channel._sessions._held]
    assert rows == after["sessions"]
    for name in ("ours", "theirs", "used"):
        assert [key.hex() for key in getattr(channel._reserve, name)] == after[name]
    for name in ("sequence", "heard", "heard_by_peer", "epoch_frames"):
        assert getattr(channel, name) == after[name]


def test_root() -> None:
    case = vectors("root")
    context = context_of(case["context"])
    assert context.inviter.hybrid == raw(case["context"]["inviter_hybrid"])
    assert context.joiner.hybrid == raw(case["context"]["joiner_hybrid"])
    out = derive(raw(case["s1"]) + raw(case["s2"]), context.info("root", 0), salt=raw(case["invitation_secret"]))
    assert out == raw(case["root"])


def test_epochs() -> None:
    case = vectors("epochs")
    context, step = context_of(case["context"]), case["step"]
    for row in case["keys"]:
        keys = keys_of(context, raw(row["root"]), row["epoch"], Role(row["writer"]))
        assert (keys.seal.hex(), keys.binding.hex(), box(keys.mailbox)) == (row["seal"], row["binding"], row["mailbox"])
    key = HybridKey.from_bytes(raw(step["private"]))
    assert key.public() == raw(step["public"])
    assert key.decrypt(raw(step["sealed"]), context.info("epoch secret", 1)) == raw(step["secret"])
    proposed = Epochs(((0, raw(case["root"])),), step=Proposal(key.to_bytes()))
    after = proposed.answered(context, step["epoch"], raw(step["sealed"]))
    assert (after.writing, after.root(1)) == (1, raw(step["next_root"]))


def shown_controls(frame: Frame) -> list[Any]:
    out: list[Any] = []
    for control in frame.controls:
        match control:
            case Propose(epoch, public, reserve):
                out.append(["propose", epoch, public.hex(), [key.hex() for key in reserve]])
            case Answer(epoch, sealed, reserve):
                out.append(["answer", epoch, sealed.hex(), [key.hex() for key in reserve]])
            case FileWord(name, standing, held):
                out.append(["file", int(standing), name.hex(), held.to_value()])
            case Lost(runs):
                out.append(["lost", [list(run) for run in runs]])
            case Recount():
                out.append(["restored"])
            case Superseded(since):
                out.append(["over", since])
            case ForkNotice(author, number, ids, answer):
                out.append(["fork answer" if answer else "fork", author, number, [name.hex() for name in ids]])
    return out


def check_frame(frame: Frame, case: Case) -> None:
    for name in ("generation", "sequence", "heard", "own"):
        assert getattr(frame, name) == case[name]
    assert frame.held.to_value() == case["held"]
    assert frame.head == raw(case["head"])
    assert [event.hex() for event in frame.events] == case["events"]
    assert shown_controls(frame) == case["controls"]


def test_recovery() -> None:
    found = vectors("recovery")
    context = context_of(found["context"])
    assert origin_of(context) == raw(found["origin"])
    for case in found["secrets"]:
        kept = Recovery().noting(context, Epochs(((case["epoch"], raw(case["root"])),)))
        assert (kept.secrets, kept.noted) == ((raw(case["secret"]),), case["epoch"])
    for case in found["kept"]:
        roots = tuple((epoch, bytes([epoch]) * 32) for epoch in case["epochs"])
        assert Recovery().noting(context, Epochs(roots)).noted == case["of"]
    for case in found["rendezvous"]:
        secret, writer = raw(case["secret"]), Role(case["writer"])
        assert box(rendezvous(secret, writer)) == case["mailbox"]
        invitation = find_invitation((bytes(32), secret), writer, raw(case["envelope"]))
        assert invitation.encode() == raw(case["invitation"])
        assert seal_invitation(secret, writer, invitation, fixed(case["nonce"])) == raw(case["envelope"])


def test_frame() -> None:
    found = vectors("frame")
    for case in [*found["good"], found["newer"]]:
        check_frame(decode_frame(raw(case["frame"])), case)
    for case in found["good"]:
        assert decode_frame(raw(case["frame"])).encode() == raw(case["frame"])
    cut = found["cut"]
    assert decode_frame(raw(cut["without_events"])).held.to_value() == cut["held"][: 1 + 2 * 128]
    assert decode_frame(raw(cut["with_events"])).held.to_value() == cut["held"][: 1 + 2 * 16]


def test_a_frame_may_be_as_large_as_an_envelope_allows() -> None:
    """What a writer keeps to is no limit of a reader (3.4.1)."""
    large = encode([1, 0, 1, 0, 0, [0], b"", [], [bytes(65_400)]])
    assert len(decode_frame(large).events[0]) == 65_400


def test_coverage() -> None:
    for case in vectors("coverage"):
        held = NOTHING
        for number in case["numbers"]:
            held = held.with_number(number)
        assert held.to_value() == case["held"]
        assert Coverage.from_value(case["held"]) == held
        assert [list(run) for run in held.missing(case["upto"])] == case["missing"]


def test_event() -> None:
    for case in vectors("event"):
        made = read_event(raw(case["event"]))
        for name in ("author", "number", "seen", "clock", "kind"):
            assert getattr(made, name) == case[name]
        assert (made.before, made.body) == (raw(case["before"]), raw(case["body"]))
        assert (made.id.hex(), height(made)) == (case["id"], case["height"])
        again = write_event(
            author=made.author, number=made.number, seen=made.seen, before=made.before, clock=made.clock,
            kind=made.kind, body=made.body,
        )  # fmt: skip
        assert again == made
        assert again.raw == made.raw


@pytest.mark.parametrize("case", vectors("kinds"), ids=lambda case: case["what"])
def test_kinds(case: Case) -> None:
    event = write_event(author=0, number=1, seen=0, clock=0, kind=case["kind"], body=raw(case["body"]))
    said = read_body(event)
    assert (said.text if isinstance(said, Text) else None) == case["text"]


class Log:
    """What a vault holds of a line, as far as receiving asks for it."""

    def __init__(self, events: list[str]) -> None:
        self.events = [read_event(raw(each)) for each in events]

    def ids_at(self, _: bytes, author: int, number: int) -> list[bytes]:
        return sorted(each.id for each in self.events if (each.author, each.number) == (author, number))

    def raw_events(self, _: bytes, author: int, first: int, last: int) -> list[bytes]:
        return [each.raw for each in self.events if each.author == author and first <= each.number <= last]

    def append(self, line: Line, event: Event, _: int) -> int:
        self.events.append(event)
        return line.positions + 1


PLACED = {Appended: "appended", Gap: "beyond a gap", Duplicate: "duplicate", Forked: "forked"}


def test_file() -> None:
    found = vectors("file")
    for case in found["bodies"]:
        said = read_body(write_event(author=0, number=1, seen=0, clock=0, kind=FILE, body=raw(case["body"])))
        if case["file"] is None:
            assert not isinstance(said, File), case["what"]
        else:
            name, size, media_type, digest_of_it, key = case["file"]
            assert said == File(name, size, media_type, raw(digest_of_it), raw(key)), case["what"]
    for case in found["sizes"]:
        count = part_count(case["size"])
        assert (count, part_length(case["size"], count)) == (case["parts"], case["last"])
    key, context = raw(found["key"]), context_of(found["context"])
    for case in found["parts"]:
        seal_key, mailbox = file_keys_of(context, raw(found["root"]), case["epoch"], Role(case["writer"]))
        assert (seal_key, box(mailbox)) == (raw(case["seal"]), case["mailbox"])
        kind, body = unseal(seal_key, raw(case["envelope"]))
        part = part_from_body(body)
        assert (kind, part.name.hex(), part.number) == (11, found["name"], case["number"])
        assert part.sealed == raw(case["sealed"]) == protect(key, case["number"], raw(case["plaintext"]))
        assert reveal(key, case["number"], part.sealed) == raw(case["plaintext"])


def test_steady() -> None:
    found = vectors("steady")
    for case in found["slots"]:
        rhythm = Rhythm(case["every"], 1024)
        slot = slot_at(rhythm, case["phase"], case["now"])
        begins, ends = (start_of(rhythm, case["phase"], each) for each in (slot, slot + 1))
        assert (slot, begins, ends) == (case["slot"], case["begins"], case["ends"])
    for case in found["strides"]:
        assert stride(Rhythm(case["every"], 1024), case["silent"]) == case["stride"], case
    context, root = context_of(found["context"]), raw(found["root"])
    keys = [steady_key_of(context, root, case["epoch"], Role(case["writer"])) for case in found["keys"]]
    assert keys == [raw(case["key"]) for case in found["keys"]]
    for case in found["pieces"]:
        bodies, waiting, content = [raw(body) for body in case["bodies"]], Waiting(), None
        assert cut(raw(case["content"]), case["size"], raw(found["message"])) == bodies
        for body in bodies[::-1]:
            piece = piece_from_body(body)
            assert piece is not None
            waiting, content = waiting.with_piece(piece)
        assert content == raw(case["content"])
    for case in found["envelopes"]:
        assert unseal(keys[0], raw(case["envelope"])) == (0x0D, raw(case["body"]))
        assert seal(keys[0], raw(case["nonce"]), b"\x0d" + raw(case["body"])) == raw(case["envelope"])


def test_placing_and_order() -> None:
    case = vectors("order")
    log, covered = Log(case["own"]), {case["role"]: Coverage(len(case["own"])), 1 - case["role"]: NOTHING}
    for row in case["placing"]:
        event = read_event(raw(row["event"]))
        placed = place(covered[event.author], event, log.ids_at(b"", event.author, event.number))
        assert PLACED[type(placed)] == row["placed"]
        covered[event.author] = getattr(placed, "coverage", covered[event.author])
        assert covered[event.author].to_value() == row["held"]
        assert [list(run) for run in getattr(placed, "missing", ())] == row["missing"]
        if row["placed"] != "duplicate":
            log.events.append(event)
    assert [each.raw.hex() for each in log.events] == case["unordered"]
    for some in (log.events, log.events[::-1], sorted(log.events, key=lambda event: event.id)):
        assert [event.id.hex() for event in in_order(some)] == case["ordered"]
    assert [height(event) for event in in_order(log.events)] == case["heights"]


@pytest.mark.parametrize("case", vectors("forks"), ids=lambda case: case["what"])
def test_forks(case: Case) -> None:
    log = Log(case["own"])
    line = Line(
        b"", "", Role(case["role"]), Phase.OPEN, 0, own=len(case["own"]), positions=len(case["own"]),
        last=log.events[-1].id,
    )  # fmt: skip
    channel: Any = SimpleNamespace(
        epochs=Epochs(((1, bytes(32)),)),
        context=None,
        heard_by_peer=0,
        forget_epochs=lambda: None,
    )
    for row in case["frames"]:
        work: Any = SimpleNamespace(transaction=log, append=log.append)
        frame, reader, events, error = decode_frame(raw(row["frame"])), _Reader(work, line, 1), [*log.events], None
        try:
            reader._keep_events(frame)
            reader._match_forks(frame)
            reader._note_delivery(channel, frame)
        except BackchannelError as refused:
            reader.line, log.events, error = line, events, refused.code
        line = reader.line
        assert error == row["error"]
        assert len(log.events) - len(events) == row["events"]
        assert line.theirs.to_value() == row["held"]
        assert line.delivery.theirs.to_value() == row["delivered"]
        assert [[fork.author, fork.number, fork.settled, fork.asked] for fork in line.forks] == row["forks"]
        assert [str(notice) for _, notice in line.notices] == row["notices"]
        line = replace(line, notices=())


def test_safety_number() -> None:
    case = vectors("safety")
    assert safety_number(context_of(case["context"])) == case["digits"]
    assert all(same(case["digits"], typed) for typed in case["typed_same"])


def test_spoken_code() -> None:
    spake2 = pytest.importorskip("spake2")
    case = vectors("code")
    digits = read_code(case["typed"])
    assert digits == case["digits"]
    assert [box(code_mailbox(digits, writer)) for writer in Role] == case["mailbox"]
    secret = digest("code plate", digits[:4])
    assert secret == raw(case["plate_secret"])
    assert derive(secret, info("code seal")) == raw(case["plate_key"])
    assert info("code password", digits) == raw(case["password"])
    key = b""
    sides = (
        (spake2.SPAKE2_A, "scalar_a", "message_a", "message_b"), (spake2.SPAKE2_B, "scalar_b", "message_b", "message_a")
    )  # fmt: skip
    for side, scalar, ours, theirs in sides:
        fresh = side(raw(case["password"]), idA=b"backchannel inviter", idB=b"backchannel joiner")
        fresh.start()
        state = json.loads(fresh.serialize()) | {"xy_scalar": case[scalar]}
        exchange = side.from_serialized(json.dumps(state).encode())
        assert exchange.side + exchange.outbound_message == raw(case[ours])
        key = exchange.finish(raw(case[theirs]))
        assert key == raw(case["key"])
    bound = digest("code exchange", raw(case["message_a"]), raw(case["message_b"]))
    assert bound == raw(case["bound"])
    assert derive(key, info("code confirmation", bound)) == raw(case["confirmation"])
    assert derive(key, info("code invitation", bound)) == raw(case["invitation_key"])
    plate, last = raw(case["plate_key"]), raw(case["invitation_key"])
    contents = (
        (plate, "offer", b"\x08" + encode([1, raw(case["message_a"])])),
        (plate, "answer", b"\x09" + encode([1, raw(case["message_b"]), raw(case["confirmation"])])),
        (last, "handed", b"\x0a" + raw(case["invitation"])),
    )
    for (under, name, content), nonce in zip(contents, case["nonces"], strict=True):
        assert seal(under, raw(nonce), content) == raw(case[name])
    joiner = JoinerCode(digits)
    assert unseal(plate, joiner.answer(raw(case["offer"]), fixed("07" * 24)))[0] == 9
    joiner._key, joiner._bound = key, bound
    assert decode_invitation(joiner.invitation(raw(case["handed"]))).encode() == raw(case["invitation"])


def test_paper() -> None:
    found = vectors("paper")
    for case in found["made"]:
        kind, blob = parts.Kind(case["kind"]), raw(case["blob"])
        assert parts.set_id(kind, blob) == raw(case["set_id"])
        assert armor.armor(kind, blob, case["part_size"]) == case["text"]
        assert armor.dearmor(case["text"]) == [armor.Armored(kind, blob)]
        assert parts.to_texts(kind, blob, case["part_size"]) == case["qr"]
        assert parts.collect(reversed(case["qr"])) == [(kind, blob)]
    for case in found["read"]:
        assert [[each.kind.value, each.data.hex()] for each in armor.dearmor(case["text"])] == case["blobs"], case
    for case in found["scanned"]:
        assert [[kind.value, data.hex()] for kind, data in parts.collect(case["codes"])] == case["blobs"], case


def test_key_file(tmp_path: Path) -> None:
    for case in vectors("keyfile"):
        (tmp_path / NAME).write_bytes(raw(case["file"]))
        assert read_key(tmp_path, case["passphrase"]) == raw(case["key"])
        version, time, memory, lanes, salt, wrapped = decode(raw(case["file"])[:-32])
        kek = stretch(case["passphrase"], salt, Cost(time, memory, lanes))
        assert kek == raw(case["kek"])
        where = info("vault key", version, time, memory, lanes, salt)
        assert aead.open_sealed(kek, wrapped, where) == raw(case["key"])


def test_backup(tmp_path: Path) -> None:
    for case in vectors("backup"):
        file = tmp_path / "backup"
        file.write_bytes(raw(case["file"]))
        with file.open("rb") as opened:
            head = read_head(opened)
        key = stretch(case["passphrase"], head.salt, head.cost)
        assert (head.salt, head.header, key) == (raw(case["salt"]), raw(case["header"]), raw(case["key"]))
        assert derive(key, info("backup check"), size=16) == head.check == raw(case["check"])
        assert [head.cost.time, head.cost.memory, head.cost.lanes] == case["cost"]
        said = [decode(raw(message)) for message in case["messages"]]
        contents = verify_backup(file, case["passphrase"], lambda _: None)
        assert [4, contents.lines, contents.events] == said[-1]
        restore_backup(
            file, case["passphrase"], tmp_path / case["what"], "p", lambda: 1_900_000_000_000, os.urandom,
            lambda _: None, Cost(1, 8, 1),
        )  # fmt: skip
        vault = open_vault(tmp_path / case["what"], "p")
        with vault.read() as transaction:
            lines = transaction.lines()
            events = [each.event.raw for line in lines for each in transaction.by_position(line.id, 0, 99)]
            files = [[file.name, file.position] for line in lines for file in transaction.files(line.id)]
        vault.close()
        assert sorted([line.id, line.name] for line in lines) == sorted(each[1:3] for each in said if each[0] == 2)
        assert sorted(events) == sorted(row[2] for each in said if each[0] == 1 for row in each[2])
        assert sorted(files) == sorted(each[2:4] for each in said if each[0] == 6)


def read_a_backup(case: Case) -> None:
    (case["folder"] / "backup").write_bytes(raw(case["bytes"]))
    verify_backup(case["folder"] / "backup", case["passphrase"], lambda _: None)


def test_mail_tags() -> None:
    boxes = [mailbox_from(raw(case["secret"]), Role(case["writer"]), raw(case["context"])) for case in vectors("mail")]
    for at, case in enumerate(vectors("mail")):
        assert Tags(boxes[at]).make(case["order"], raw(case["noise"])) == case["tag"]
        read = [Tags(box).order(case["tag"]) for box in boxes]
        assert read[at] == case["order"].to_bytes(8, "big") + raw(case["noise"])
        assert read.count(None) == len(boxes) - 1


def test_relay() -> None:
    case = vectors("relay")
    for way in ("put", "get"):
        credential = credential_of([case[f"{way}_authorization"]])
        assert credential.id_hash == raw(case[f"{way}_id_hash"])
        assert credential.capability_hash == raw(case[f"{way}_capability_hash"])
    put, get = (sha256(raw(case["mailbox"][f"{way}_capability"])).digest() for way in ("put", "get"))
    body = [1, raw(case["mailbox"]["put_id"]), put, raw(case["mailbox"]["get_id"]), get]
    assert encode(body) == raw(case["create_body"])
    assert len(raw(case["create_body"])) == 104
    many = [raw(envelope) for envelope in case["put_many"]]
    assert encode([1, many]) == raw(case["put_many_body"])
    assert envelopes_of(raw(case["put_many_body"])) == many
    assert decode(raw(case["delete_body"])) == [1, int(case["delete_upto"])]


# --- one defect a file ------------------------------------------------------------------------------------------------


def open_a_line(case: Case) -> None:
    if "epoch" in case:
        check_layers(case, raw(case["bytes"]))
    assert loaded(case).asks_again(raw(case["bytes"])) == case["asks"]
    channel = loaded(case)
    good = raw(vectors("open")[0]["envelope"])
    try:
        channel.open(raw(case["bytes"]), now=1, randomness=fixed("09" * 64))
    except BackchannelError as error:
        if error.code != "peer-misbehaved" and good.hex() not in case["before"]:
            channel.open(good, now=1, randomness=no_randomness)  # what was refused has changed nothing
        raise


def receive_a_request(case: Case) -> None:
    state = Inviting.from_bytes(raw(case["state"]))
    if "olm_plaintext" in case:
        _, request = unseal(state.invitation.seal_key(Role.JOINER), raw(case["bytes"]))
        where = info("request", state.invitation.hash)
        _, curve, public, _, message = decode(HybridKey.from_bytes(state.hybrid_key).decrypt(request, where))
        assert len(public) == hybrid.PUBLIC_SIZE
        try:
            assert Account.from_pickle(state.account).answer(curve, message)[1] == raw(case["olm_plaintext"])
        except OlmRefused:
            assert case["olm_plaintext"] is None
    outcome = state.receive(raw(case["bytes"]), now=case["now"], randomness=fixed("09" * 64))
    assert isinstance(outcome, Opened)


def receive_a_reply(case: Case) -> None:
    state = Joining.from_bytes(raw(case["state"]))
    if "olm_plaintext" in case:
        _, reply = unseal(state.invitation.seal_key(Role.INVITER), raw(case["bytes"]))
        where = info("reply", state.invitation.hash, digest("request", state.request))
        message = decode(HybridKey.from_bytes(state.hybrid_key).decrypt(reply, where))[2]
        try:
            assert Session.from_pickle(state.session).decrypt(1, message) == raw(case["olm_plaintext"])
        except OlmRefused:
            assert case["olm_plaintext"] is None
    state.receive(raw(case["bytes"]), now=case["now"])


def read_a_key(case: Case) -> None:
    (case["folder"] / NAME).write_bytes(raw(case["bytes"]))
    read_key(case["folder"], case["passphrase"])


def compare_digits(case: Case) -> None:
    if not same(case["digits"], case["text"]):
        raise DigitsDiffer


@pytest.mark.parametrize("case", vectors("table"), ids=lambda case: case["what"])
def test_table(case: Case) -> None:
    events = [read_event(raw(shown)) for shown in case["events"]]
    step_by_step = reduce(evolve, in_order(events), EMPTY)
    assert table_of(events) == step_by_step
    said = {key: case[key] for key in case if key not in ("what", "events", "now", "order")}
    assert json.loads(json.dumps(table_shown(step_by_step, case["now"]))) == said
    assert [event.id.hex()[:16] for event in in_order(events)] == case["order"]


DO: dict[str, Callable[[Case], object]] = {
    "codec": lambda case: decode(raw(case["bytes"])),
    "pad": lambda case: pad(raw(case["bytes"])),
    "unseal": lambda case: unseal(raw(case["key"]), raw(case["bytes"])),
    "invitation": lambda case: decode_invitation(raw(case["bytes"])),
    "expired": lambda case: decode_invitation(raw(case["bytes"])).check(case["now"]),
    "request": receive_a_request,
    "reply": receive_a_reply,
    "open": open_a_line,
    "frame": lambda case: decode_frame(raw(case["bytes"])),
    "event": lambda case: read_event(raw(case["bytes"])),
    "armor": lambda case: armor.dearmor(case["text"]),
    "qr": lambda case: parts.read_text(case["text"]),
    "keyfile": read_a_key,
    "digits": compare_digits,
    "code": lambda case: read_code(case["text"]),
    "rendezvous": lambda case: find_invitation(
        tuple(raw(secret) for secret in case["secrets"]), Role(case["writer"]), raw(case["bytes"])
    ),
    "archive": lambda case: verify_archive(case["passphrase"], BytesIO(raw(case["bytes"])).read),
    "tombstone": lambda case: read_kept(raw(case["bytes"])),
    "backup": read_a_backup,
    "part": lambda case: part_from_body(raw(case["bytes"])),
    "piece": lambda case: piece_from_body(raw(case["bytes"])),
    "authorization": lambda case: credential_of(case["headers"]),
    "deal": lambda case: verify_deal(case["text"].encode()),
    "terms": lambda case: decode_terms(raw(case["bytes"])),
    "overlap": lambda case: read_said(case["kind"], raw(case["bytes"])),
    "table": lambda case: read_act(case["kind"], raw(case["bytes"])),
    "mandate": lambda case: read_mandate(case["kind"], raw(case["bytes"])),
    "list": lambda case: read_list_body(case["kind"], raw(case["bytes"])),
}


@pytest.mark.parametrize("path", FAILURES, ids=lambda path: path.stem)
def test_one_defect(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text())
    case["folder"] = tmp_path
    with pytest.raises(BackchannelError) as caught:
        DO[case["do"]](case)
    assert caught.value.code == case["error"], case["what"]


def test_a_key_file_of_another_shape_is_damaged_not_ours(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"")
    with pytest.raises(VaultDamaged):
        read_key(tmp_path, "x")
