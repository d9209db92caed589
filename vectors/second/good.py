"""The vectors of what must work, one function for each file of `vectors/line` but those of the handshake."""

import hashlib
from typing import Any

from vectors.second import (
    backup,
    cbor,
    deal,
    event,
    files,
    frame,
    keyfile,
    ledger,
    mail,
    paper,
    recovery,
    relay,
    sealing,
    steady,
    third,
    xwing,
)  # fmt: skip
from vectors.second.channel import Channel
from vectors.second.line import Context, Invitation, compare
from vectors.second.log import Log
from vectors.second.matching import Mismatch, blob, match, plain, same
from vectors.second.refusal import Refused
from vectors.second.spoken import ORDER, Code, bound
from vectors.second.table import Table


def codec(vectors: Any) -> int:
    """Values and their bytes, both ways (spec 1.1)."""
    for place, case in enumerate(vectors):
        value = plain(case["value"])
        match(f"[{place}]", case, "value", {"bytes": cbor.encode(value)})
        found = cbor.decode(blob(case["bytes"]))
        if found != value or repr(found) != repr(cbor.decode(cbor.encode(value))):
            raise Mismatch(f"[{place}]: another value")
    return len(vectors)


def envelope(vectors: Any) -> int:
    """Padding, both ways (spec 1.2)."""
    for place, case in enumerate(vectors):
        content = blob(case["content"])
        padded = sealing.pad(content)
        match(f"[{place}]", case, "content", {"bucket": len(padded) + 40, "padded": padded})
        same(f"[{place}]", case["content"], sealing.unpad(padded))
    return len(vectors)


def labels(vectors: Any) -> int:
    """Info strings, digests, HKDF (spec 2.1, 2.2)."""
    for place, case in enumerate(vectors["info"]):
        named = case["label"], *[plain(part) for part in case["parts"]]
        made = {"info": sealing.info(*named), "digest": sealing.digest(*named)}
        match(f"info[{place}]", case, "label parts", made)
    for place, case in enumerate(vectors["hkdf"]):
        salt, ikm, where = (blob(case[name]) for name in ("salt", "ikm", "info"))
        match(f"hkdf[{place}]", case, "salt ikm info size", {"out": sealing.hkdf(salt, ikm, where, case["size"])})
    match("", vectors, "info hkdf", {})
    return len(vectors["info"]) + len(vectors["hkdf"])


def seal(vectors: Any) -> int:
    """The outer seal, both ways (spec 3.2)."""
    for place, case in enumerate(vectors):
        key, nonce, content = (blob(case[name]) for name in ("key", "nonce", "content"))
        made = sealing.seal(key, nonce, content)
        match(f"[{place}]", case, "key nonce content", {"envelope": made})
        same(f"[{place}]", case["content"], bytes([sealing.unseal(key, made)[0]]) + sealing.unseal(key, made)[1])
    return len(vectors)


def mailbox(vectors: Any) -> int:
    """Ids and capabilities (spec 3.5)."""
    for place, case in enumerate(vectors):
        box = sealing.mailbox(blob(case["secret"]), case["writer"], blob(case["context"]))
        match(f"[{place}]", case, "secret writer context", {"mailbox": box})
    return len(vectors)


def coverage(vectors: Any) -> int:
    """Sets of numbers (spec 3.4.1)."""
    for place, case in enumerate(vectors):
        held = frame.check_coverage(frame.coverage(case["numbers"]))
        made = {"held": held, "missing": frame.missing(held, case["upto"])}
        match(f"[{place}]", case, "numbers upto", made)
    return len(vectors)


def frames(vectors: Any) -> int:
    """Frames, both ways (spec 3.4.1)."""
    for case in vectors["good"]:
        found = frame.read(blob(case["frame"]))
        match(case["what"], case, "what", {**vars(found), "frame": frame.write(found)})
    newer = vectors["newer"]
    match(newer["what"], newer, "what frame", vars(frame.read(blob(newer["frame"]))))
    cut = vectors["cut"]
    frame.check_coverage(cut["held"])
    events = [blob(one) for one in cut["events"]]
    without, beside = (frame.Frame(0, 1, 0, 0, cut["held"], b"", [], some) for some in ([], events))
    made = {"without_events": frame.write(without), "with_events": frame.write(beside)}
    match(cut["what"], cut, "what held events", made)
    match("", vectors, "good newer cut", {})
    return len(vectors["good"]) + 3


def events(vectors: Any) -> int:
    """Events, both ways (spec 4.1)."""
    for place, case in enumerate(vectors):
        inputs = "author number seen before clock kind body"
        numbers = case["author"], case["number"], case["seen"], blob(case["before"]), case["clock"]
        raw = event.write(*numbers, case["kind"], blob(case["body"]))
        found = event.read(raw)
        match(f"[{place}]", case, inputs, {"event": raw, "id": found.id, "height": found.height})
        same(f"[{place}]", {name: case[name] for name in inputs.split()}, {k: vars(found)[k] for k in inputs.split()})
    return len(vectors)


def kinds(vectors: Any) -> int:
    """What events show (spec 4.4)."""
    for case in vectors:
        match(case["what"], case, "what kind body", {"text": event.text(case["kind"], blob(case["body"]))})
    return len(vectors)


def file(vectors: Any) -> int:
    """What announces a file, and its parts, both ways (spec 8.1 to 8.3)."""
    for case in vectors["bodies"]:
        match(case["what"], case, "what body", {"file": files.announced(blob(case["body"]))})
    for case in vectors["sizes"]:
        parts, last = files.cut(case["size"])
        match(str(case["size"]), case, "size", {"parts": parts, "last": last})
    line, root = context(vectors["context"]), blob(vectors["root"])
    key, name = blob(vectors["key"]), blob(vectors["name"])
    for place, case in enumerate(vectors["parts"]):
        of, box = files.keys(line, root, case["epoch"], case["writer"])
        sealed = files.protect(key, case["number"], blob(case["plaintext"]))
        envelope = sealing.seal(of, blob(case["nonce"]), files.write(name, case["number"], sealed))
        made = {"seal": of, "mailbox": box, "sealed": sealed, "envelope": envelope}
        match(f"parts[{place}]", case, "epoch writer number plaintext nonce", made)
        kind, body = sealing.unseal(of, envelope)
        if kind != 0x0B or files.read(body) != (name, case["number"], sealed):
            raise Mismatch(f"parts[{place}]: another part comes out")
        same(f"parts[{place}]", case["plaintext"], files.reveal(key, case["number"], sealed))
    match("", vectors, "bodies sizes context root key name parts", {})
    return len(vectors["bodies"]) + len(vectors["sizes"]) + len(vectors["parts"])


def order(vectors: Any) -> int:
    """Where events stand (spec 4.2, 4.3)."""
    log = Log.of(vectors["role"], [blob(one) for one in vectors["own"]])
    for place, case in enumerate(vectors["placing"]):
        found = event.read(blob(case["event"]))
        placed, gaps = log.place(found)
        made = {"placed": placed, "missing": gaps, "held": log.coverage(found.author)}
        match(f"placing[{place}]", case, "event", made)
    several = [event.read(blob(one)) for one in vectors["unordered"]]
    if sorted(one.raw for one in several) != sorted(one.raw for held in log.held.values() for one in held):
        raise Mismatch("unordered: other events than are held")
    for given in (several, several[::-1]):
        ordered = sorted(given, key=lambda one: one.place)
        made = {"ordered": [one.id for one in ordered], "heights": [one.height for one in ordered]}
        match("", vectors, "role own placing unordered", made)
    return len(vectors["placing"]) + len(several)


def forks(vectors: Any) -> int:
    """What the peer's frames do to a log (spec 3.4.2 steps 6 to 8, 4.2)."""
    count = 0
    for case in vectors:
        match(case["what"], case, "what role own frames", {})
        log = Log.of(case["role"], [blob(one) for one in case["own"]])
        for place, one in enumerate(case["frames"]):
            log.notices.clear()
            kept, error = 0, None
            try:
                kept = log.receive(frame.read(blob(one["frame"])))
            except Refused as refused:
                error = refused.code
            made = {
                "error": error,
                "events": kept,
                "held": log.coverage(1 - log.role),
                "delivered": log.theirs,
                "forks": [[*where, *log.forks[where]] for where in sorted(log.forks)],
                "notices": log.notices,
            }
            match(f"{case['what']}, frame {place}", one, "frame", made)
            count += 1
    return count


def context(case: dict[str, Any]) -> Context:
    """The context that vectors of an open line start from (spec 3.1.5)."""
    publics = [xwing.check_public(blob(case[f"{side}_hybrid_public"])) for side in ("inviter", "joiner")]
    first, second = (sealing.digest("hybrid identity", public) for public in publics)
    inputs = "inviter_curve joiner_curve inviter_hybrid_public joiner_hybrid_public transcript"
    match("context", case, inputs, {"inviter_hybrid": first, "joiner_hybrid": second})
    curves = blob(case["inviter_curve"]), blob(case["joiner_curve"])
    return Context(curves, (first, second), blob(case["transcript"]))


def root(vectors: Any) -> int:
    """The first root (spec 3.1.5)."""
    secrets = (blob(vectors[name]) for name in ("invitation_secret", "s1", "s2"))
    made = {"root": context(vectors["context"]).first_root(*secrets)}
    match("", vectors, "context invitation_secret s1 s2", made)
    return 1


def recoveries(vectors: Any) -> int:
    """The name of a line, recovery secrets and the rendezvous (spec 3.1.5, 3.8.1, 3.8.2)."""
    line = context(vectors["context"])
    for place, case in enumerate(vectors["secrets"]):
        made = {"secret": recovery.secret(line, blob(case["root"]), case["epoch"])}
        match(f"secrets[{place}]", case, "epoch root", made)
    for place, case in enumerate(vectors["kept"]):
        match(f"kept[{place}]", case, "epochs", {"of": recovery.kept(case["epochs"])})
    for place, case in enumerate(vectors["rendezvous"]):
        of, writer, invitation = blob(case["secret"]), case["writer"], blob(case["invitation"])
        envelope = recovery.seal(of, writer, blob(case["nonce"]), invitation)
        found: dict[str, Any] = {"mailbox": recovery.mailbox(of, writer), "envelope": envelope}
        match(f"rendezvous[{place}]", case, "secret writer invitation nonce", found)
        if recovery.find([bytes(32), of], writer, envelope).raw != invitation:
            raise Mismatch(f"rendezvous[{place}]: another invitation comes out")
    match("", vectors, "context secrets kept rendezvous", {"origin": recovery.origin(line)})
    return 1 + sum(len(vectors[name]) for name in ("secrets", "kept", "rendezvous"))


def epochs(vectors: Any) -> int:
    """The next root, and the keys of an epoch (spec 3.2.1, 3.2.8)."""
    line = context(vectors["context"])
    step = vectors["step"]
    private, sealed = blob(step["private"]), blob(step["sealed"])
    public, number = xwing.public_key(private), step["epoch"]
    secret = xwing.unseal(private, line.info("epoch secret", number), sealed)
    first = blob(vectors["root"])
    after = line.next_root(first, number, secret, public, sealed)
    match("step", step, "epoch private sealed", {"public": public, "secret": secret, "next_root": after})
    if xwing.unseal(private, b"again", xwing.seal(public, b"again", secret)) != secret or len(sealed) != 1168:
        raise Mismatch("step: HPKE does not open what it sealed")
    for place, case in enumerate(vectors["keys"]):
        of = {0: first, number: after}[case["epoch"]]
        key, binding, box = line.epoch(of, case["epoch"], case["writer"])
        made = {"root": of, "seal": key, "binding": binding, "mailbox": box}
        match(f"keys[{place}]", case, "epoch writer", made)
    match("", vectors, "context root step keys", {})
    return 1 + len(vectors["keys"])


def safety(vectors: Any) -> int:
    """The safety number, and how it may be typed (spec 3.6)."""
    digits = context(vectors["context"]).safety_number()
    match("", vectors, "context typed_same", {"digits": digits})
    for typed in vectors["typed_same"]:
        compare(digits, typed)
    return 1 + len(vectors["typed_same"])


def code(vectors: Any) -> int:
    """A spoken code, from beginning to end (spec 3.7)."""
    spoken = Code.typed(vectors["typed"])
    scalars = [int.from_bytes(blob(vectors[name]), "little") for name in ("scalar_a", "scalar_b")]
    if not all(0 <= one < ORDER for one in scalars):
        raise Mismatch("a scalar that is not below the order")
    first, second = (spoken.message(role, scalars[role]) for role in (0, 1))
    key, tied = spoken.key(0, scalars[0], first, second), bound(first, second)
    if spoken.key(1, scalars[1], second, first) != key:
        raise Mismatch("the two sides have different keys")
    confirmation = sealing.hkdf(b"", key, sealing.info("code confirmation", tied), 32)
    under = sealing.hkdf(b"", key, sealing.info("code invitation", tied), 32)
    contents = b"\x08" + cbor.encode([1, first]), b"\x09" + cbor.encode([1, second, confirmation])
    handed = b"\x0a" + Invitation.read(blob(vectors["invitation"])).raw
    nonces = [blob(one) for one in vectors["nonces"]]
    keys = spoken.plate_key, spoken.plate_key, under
    three = [sealing.seal(*one) for one in zip(keys, nonces, (*contents, handed), strict=True)]
    made = {
        "digits": spoken.digits,
        "plate_secret": spoken.plate_secret,
        "plate_key": spoken.plate_key,
        "mailbox": [spoken.mailbox(0), spoken.mailbox(1)],
        "password": spoken.password,
        "message_a": first,
        "message_b": second,
        "key": key,
        "bound": tied,
        "confirmation": confirmation,
        "invitation_key": under,
        **dict(zip(("offer", "answer", "handed"), three, strict=True)),
    }
    match("", vectors, "typed scalar_a scalar_b invitation nonces", made)
    return 1


def steadies(vectors: Any) -> int:
    """Slots, strides, pieces, and their envelopes, both ways (spec 18.1, 18.2)."""
    for place, case in enumerate(vectors["slots"]):
        slot = (case["now"] - case["phase"]) // case["every"]
        begins, ends = (case["phase"] + each * case["every"] for each in (slot, slot + 1))
        made = {"slot": slot, "begins": begins, "ends": ends}
        match(f"slots[{place}]", case, "every phase now", made)
    for place, case in enumerate(vectors["strides"]):
        made = {"stride": steady.stride(case["every"], case["silent"])}
        match(f"strides[{place}]", case, "every silent", made)
    line, root, message = context(vectors["context"]), blob(vectors["root"]), blob(vectors["message"])
    for place, case in enumerate(vectors["keys"]):
        made = {"key": steady.key(line, root, case["epoch"], case["writer"])}
        match(f"keys[{place}]", case, "epoch writer", made)
    for place, case in enumerate(vectors["pieces"]):
        bodies = [blob(body) for body in case["bodies"]]
        content = blob(case["content"])
        if steady.write(content, case["size"], message) != bodies or steady.joined(bodies[::-1]) != content:
            raise Mismatch(f"pieces[{place}]: other pieces")
        match(f"pieces[{place}]", case, "size content bodies", {})
    of = blob(vectors["keys"][0]["key"])
    for place, case in enumerate(vectors["envelopes"]):
        envelope = sealing.seal(of, blob(case["nonce"]), b"\x0d" + blob(case["body"]))
        match(f"envelopes[{place}]", case, "body nonce", {"envelope": envelope})
        if sealing.unseal(of, envelope) != (0x0D, blob(case["body"])):
            raise Mismatch(f"envelopes[{place}]: another body comes out")
    match("", vectors, "slots strides context root message keys pieces envelopes", {})
    return sum(len(vectors[name]) for name in ("slots", "strides", "keys", "pieces", "envelopes"))


def keyfiles(vectors: Any) -> int:
    """Key files (spec 7.1)."""
    for place, case in enumerate(vectors):
        under, key = keyfile.read(blob(case["file"]), case["passphrase"])
        match(f"[{place}]", case, "passphrase file", {"kek": under, "key": key})
    return len(vectors)


def relays(vectors: Any) -> int:
    """What client and relay say (spec 6.2 to 6.7)."""
    box = {name: blob(value) for name, value in vectors["mailbox"].items()}
    made: dict[str, Any] = {"create_body": relay.create_body(box)}
    for way in ("put", "get"):
        identity, capability = box[f"{way}_id"], box[f"{way}_capability"]
        made[f"{way}_authorization"] = relay.authorization(identity, capability)
        if relay.read_authorization([made[f"{way}_authorization"]]) != (identity, capability):
            raise Mismatch("an authorization that is not read again")
        for name in (f"{way}_id", f"{way}_capability"):
            made[f"{name}_hash"] = hashlib.sha256(box[name]).digest()
    made["put_many_body"] = cbor.encode([1, [blob(one) for one in vectors["put_many"]]])
    made["delete_body"] = cbor.encode([1, int(vectors["delete_upto"])])
    match("", vectors, "mailbox put_many delete_upto", made)
    for one in relay.body(blob(vectors["put_many_body"])):
        if len(cbor.octets(one)) not in sealing.BUCKETS:
            raise Mismatch("put_many_body: no envelope")
    cbor.natural(relay.body(blob(vectors["delete_body"])), 1 << 63)
    return len(made)


def mails(vectors: Any) -> int:
    """Tags of mails (spec 5.5.2)."""
    for place, case in enumerate(vectors):
        where = blob(case["secret"]), case["writer"], blob(case["context"])
        tag = mail.tag(*where, case["order"], blob(case["noise"]))
        match(f"[{place}]", case, "secret writer context order noise", {"tag": tag})
    return len(vectors)


def backups(vectors: Any) -> int:
    """Backups, both ways (spec 13.1, 13.2)."""
    for case in vectors:
        salt, header, said = blob(case["salt"]), blob(case["header"]), [blob(one) for one in case["messages"]]
        key = keyfile.kek(case["passphrase"], salt, *backup.costs(*case["cost"]))
        made = {"key": key, "check": backup.checks(key), "file": backup.write(key, case["cost"], salt, header, said)}
        match(case["what"], case, "what passphrase cost salt header messages", made)
        if backup.read(made["file"], case["passphrase"]) != said:
            raise Mismatch(f"{case['what']}: other messages come out")
    return len(vectors)


def papers(vectors: Any) -> int:
    """QR texts and blocks of text, both ways (spec 5.1 to 5.3)."""
    for place, case in enumerate(vectors["made"]):
        data, kind, size = blob(case["blob"]), paper.KINDS[case["kind"]], case["part_size"]
        parts, codes = paper.cut(kind, data, size), paper.cut(kind, data, paper.qr_size(len(data), size))
        text = "\n".join(part.block() for part in parts)
        made = {"set_id": parts[0].set_id, "text": text, "qr": [part.qr() for part in codes]}
        match(f"made[{place}]", case, "kind blob part_size", made)
        back = [paper.read_text(text), paper.scan([part.qr() for part in codes[::-1]])]
        if back != [[(kind, data)]] * 2:
            raise Mismatch(f"made[{place}]: another blob comes back")
    for name, given, read in (("read", "text", paper.read_text), ("scanned", "codes", paper.scan)):
        for case in vectors[name]:
            found = [[paper.NAMES[kind], data] for kind, data in read(case[given])]
            match(f"{name}: {case['what']}", case, f"what {given}", {"blobs": found})
    match("", vectors, "made read scanned", {})
    return sum(len(several) for several in vectors.values())


def _asks(control: str, sequence: int) -> bool:
    """Whether a control makes its reader owe an acknowledgement (spec 3.4.3, 8.4)."""
    return control not in ("fork answer", "over") and (control != "file" or sequence % 32 == 0)


def opened(vectors: Any) -> int:
    """Frames on an open line (spec 3.4.2)."""
    for case in vectors:
        channel = Channel.load(blob(case["state"]))
        for one in case["before"]:
            channel.open(blob(one))
        found = channel.open(blob(case["envelope"]))
        trace = channel.trace
        made = {name: trace[name] for name in trace if name != "asks"}
        made |= {**vars(found), "frame": trace["olm_plaintext"][16:], "after": channel.after()}
        controls = any(_asks(one[0], found.sequence) for one in found.controls)
        again = trace["type"] in (6, 7)
        made |= {"again": again, "wants_answer": bool(found.events) or controls or again}
        for raw in found.events:
            event.read(raw)
        match(case["what"], case, "what state before envelope", made)
    return len(vectors)


def tables(vectors: Any) -> int:
    """What events make of a table (spec 10.3 to 10.6)."""
    for place, case in enumerate(vectors):
        events = sorted((event.read(blob(one)) for one in case["events"]), key=lambda one: one.place)
        match(f"[{place}]", case, "what events now", _table(events, case["now"]))
    return len(vectors)


def _table(events: list[event.Event], now: int) -> dict[str, Any]:
    table = Table()
    for one in events:
        table.take(one)

    def short(identity: bytes | None) -> str:
        return "none" if identity is None else identity.hex()[:16]

    contest = table.contest
    return {
        "order": [short(one.id) for one in events],
        "agenda": {
            issue.hex(): f"{version.hex()} {table.versions[version].definition['key']}"
            for issue, version in table.agenda.items()
        },
        "proposals": {short(one): state for one, (_, _, state, _) in table.proposals.items()},
        "offers": {short(one): table.status(one, now) for one in table.offers},
        "agreement": [short(table.agreements[-1][0]), *(short(one.id) for one in table.agreements[-1][1])]
        if table.agreements
        else None,
        "contest": contest
        and {
            "acts": [short(one.id) for one in contest.acts],
            "offers": [short(one) for one in contest.offers],
            "words": {str(author): short(outcome) for author, (_, outcome) in contest.last().items()},
        },
        "newest": [short(one) for one in table.newest],
        "agreed": [short(one) for one in table.agreed],
        "comments": table.comments,
        "ignored": {short(one): reason for one, reason in table.ignored.items()},
        "unknown": [short(one) for one in table.unknown],
    }


def deals(vectors: Any) -> int:
    """Terms, texts, signatures, the file, lists (spec 12.1 to 12.4, 12.7)."""
    for place, case in enumerate(vectors["terms"]):
        raw = blob(case["terms"])
        terms = deal.read_terms(raw)
        if terms != deal.plain_terms(case["value"]):
            raise Mismatch(f"terms[{place}]: another value")
        made = {
            "terms": cbor.encode(terms),
            "texts": {language: deal.full_text(terms, language) for language in deal.LANGUAGES},
            "hash": deal.deal_hash(raw, list(deal.LANGUAGES)),
            "digits": deal.read_out(deal.deal_hash(raw, list(deal.LANGUAGES))),
            "hash_in_english": deal.deal_hash(raw, ["en"]),
        }
        match(f"terms[{place}]", case, "value", made)
    line = sealing.digest("deal line", blob(vectors["line"]["origin"]))
    match("line", vectors["line"], "origin", {"line": line})
    match("list", vectors["list"], "rows", {"hash": sealing.digest("name list", vectors["list"]["rows"])})
    signed, sides, witnesses = deal.read_file(vectors["file"])
    for case, (role, public, signature) in zip(vectors["signatures"], sides, strict=True):
        made = {"hash": signed, "role": role, "public": deal.public_key(blob(case["private"])), "signature": signature}
        match("signatures", case, "private", made | {"digits": deal.digits(public)})
        same("public", case["public"], public)
    (witness,) = witnesses
    match("witness", vectors["witness"], "private", witness)
    same("witness", vectors["witness"]["public"], deal.public_key(blob(vectors["witness"]["private"])))
    match("", vectors, "terms line list signatures witness file", {})
    return len(vectors["terms"]) + len(sides) + 4


def thirds(vectors: Any) -> int:
    """Events of a line with a third party, what they come to, and the hash of a text (spec 12.10 to 12.12, 15.5.3)."""
    for case in vectors["lines"]:
        match(case["what"], case, "what events", {"after": third.folded([blob(raw) for raw in case["events"]])})
    match("text", vectors["text"], "clauses", {"hash": sealing.digest("text", vectors["text"]["clauses"])})
    match("", vectors, "lines text", {})
    return len(vectors["lines"]) + 1


def ledgers(vectors: Any) -> int:
    """Events of a line, and what they come to (spec 12.5, 12.6)."""
    for case in vectors:
        made = ledger.folded(blob(case["line"]), [blob(raw) for raw in case["events"]])
        match(case["what"], case, "what line events", {"after": made})
    return len(vectors)
