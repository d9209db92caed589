"""Terms, their text, signatures and the deal file (spec 12.1 to 12.4, 12.7)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from vectors.second import cbor
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import digest, info

SPEC = Path(__file__).parents[2] / "docs" / "spec"
SENTENCES: dict[str, Any] = json.loads((SPEC / "12-wording.json").read_text(encoding="utf-8"))
LANGUAGES = ("ar", "en", "he")
PUBLIC, SIGNATURE = 32 + 1952, 64 + 3309
LARGEST_TERMS, LARGEST_FILE = 49_152, 2 * 1024 * 1024
GONE = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
KEYS = ["what", "version", "wording", "hash", "text", "terms", "signatures", "witnesses"]


def need(good: Any, why: str) -> None:
    """Refuses another shape (spec 12.1).

    Args:
        good: whether it is as it should be.
        why: what is looked at.

    Raises:
        Refused: `malformed`.
    """
    if not good:
        raise malformed(why)


def _name(value: Any) -> None:
    need(type(value) is str and 0 < len(value) <= 200 and value.strip(), "a name")


def _text(value: Any, most: int = 8_000) -> None:
    need(type(value) is str and len(value) <= most, "a text")


def _whole(value: Any, below: int) -> None:
    need(type(value) is int and 0 <= value < below, "a number")


def _bytes(value: Any, size: int) -> None:
    need(type(value) is bytes and len(value) == size, "bytes")


def _list(value: Any, *sizes: int) -> None:
    need(type(value) is list and (not sizes or len(value) in sizes), "a list")


def _moment(value: Any) -> None:
    _list(value, 3)
    _whole(value[0], 253_402_300_800)
    need(type(value[1]) is int and -840 <= value[1] <= 840, "an offset")
    _name(value[2])


def _item(value: Any) -> None:
    _list(value, 3, 4)
    _name(value[0])
    need(type(value[1]) is int, "a kind")
    match value[1:]:
        case [0, option]:
            _name(option)
        case [1, number, unit]:
            need(type(number) is int and abs(number) < 2**53, "a number")
            _text(unit, 200)
        case [2, count, listed]:
            _whole(count, 2**32)
            _bytes(listed, 32)
        case [3, clause]:
            _text(clause)
        case _:
            raise malformed("an item")


def _obligation(value: Any) -> None:
    _list(value, 10)
    name, debtor, creditor, what, due, within, after, evidence, size, truce = value
    _name(name)
    _whole(debtor, 2)
    _whole(creditor, 2)
    _text(what)
    if due is not None:
        _moment(due)
    if within is not None:
        _whole(within, 2**32)
    _text(after, 200)
    _text(evidence)
    _whole(size, 2**32)
    if truce is not None:
        _list(truce, 7)
        _moment(truce[0])
        _moment(truce[1])
        for said in truce[2:]:
            _text(said)


def read_terms(raw: bytes) -> list[Any]:
    """The terms of these bytes (spec 12.1).

    Args:
        raw: the bytes.

    Returns:
        The list.

    Raises:
        Refused: `malformed`, `terms-refused`.
    """
    need(len(raw) <= LARGEST_TERMS, "too large")
    terms = cbor.decode(raw)
    _list(terms, 7)
    version, title, line, sides, items, owed, amends = terms
    need(type(version) is int and version == 1, "version")
    _name(title)
    _bytes(line, 32)
    _list(sides, 2)
    for side in sides:
        _name(side)
    _list(items)
    _list(owed)
    need(len(items) <= 500 and len(owed) <= 500, "too many")
    for one in items:
        _item(one)
    for one in owed:
        _obligation(one)
    if amends is not None:
        _bytes(amends, 32)
    _sense(sides, items, owed)
    return list(terms)


def _sense(sides: list[str], items: list[Any], owed: list[Any]) -> None:
    follows = {one[0]: one[6] for one in owed}
    if len(follows) < len(owed) or len({one[0] for one in items}) < len(items) or sides[0] == sides[1]:
        raise Refused("terms-refused", "twice the same")
    for name, debtor, creditor, *_, after, _, _, truce in owed:
        if debtor == creditor or (truce is not None and truce[1][0] <= truce[0][0]):
            raise Refused("terms-refused", f"{name}: owes itself, or ends before it begins")
        if after and after not in follows:
            raise Refused("terms-refused", f"{name}: waits for nobody")
        passed = set()
        while after:
            if after in passed:
                raise Refused("terms-refused", f"{name}: a circle")
            passed.add(after)
            after = follows.get(after, "")


def own(text: str) -> str:
    """Text of a side, isolated (spec 12.2, rule 1).

    Args:
        text: as it was written.

    Returns:
        As it is put in.
    """
    return "\u2068" + " ".join("".join(one for one in text if ord(one) not in GONE).split()) + "\u2069"


def moment(value: list[Any]) -> str:
    """A moment by its own clock (spec 12.2, rule 2).

    Args:
        value: instant, offset, zone.

    Returns:
        As it is put in.
    """
    instant, offset, zone = value
    # The calendar of Python ends with the year 9999: 400 years hold the same days, whatever the year.
    shift = 400 if instant > 200_000_000_000 else 0
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=instant, minutes=offset, days=-146_097 * (shift // 400)
    )
    hours, minutes = divmod(abs(offset), 60)
    when = f"{there.year + shift:04}-{there:%m-%d %H:%M:%S}"
    return f"{when} ({own(zone)}, UTC{'-' if offset < 0 else '+'}{hours:02}:{minutes:02})"


def full_text(terms: list[Any], language: str) -> str:
    """The whole text in a language (spec 12.2, rules 3 and 4).

    Args:
        terms: the list of 12.1.
        language: one of the three.

    Returns:
        The text.
    """
    say = SENTENCES["wording"][language]
    _, title, line, sides, items, owed, amends = terms
    lines = [say["title"].format(title=own(title)), say["between"].format(side0=own(sides[0]), side1=own(sides[1]))]
    if amends is not None:
        lines.append(say["amends"].format(hash=amends.hex()))
    lines += ["", say["items"]]
    for place, (issue, kind, *rest) in enumerate(items, 1):
        known = {"number": place, "issue": own(issue), "value": own(rest[0]) if kind in (0, 3) else rest[0]}
        known |= {"unit": own(rest[1])} if kind == 1 else {"hash": rest[1].hex()} if kind == 2 else {}
        lines.append(say[("choice", "number", "names", "clause")[kind]].format(**known))
    lines += ["", say["owed"]]
    for place, (name, debtor, creditor, what, due, within, after, evidence, size, truce) in enumerate(owed, 1):
        who = {"debtor": own(sides[debtor]), "creditor": own(sides[creditor])}
        lines.append(say["obligation"].format(number=place, id=own(name), what=own(what), **who))
        lines += [say["due"].format(moment=moment(due))] if due is not None else []
        lines += [say["within"].format(seconds=within)] if within is not None else []
        lines += [say["after"].format(after=own(after))] if after else []
        lines += [say["evidence"].format(evidence=own(evidence))] if evidence else []
        lines.append(say["size"].format(size=size))
        if truce is not None:
            begins, ends, where, *said = truce
            lines.append(say["ceasefire"].format(begins=moment(begins), ends=moment(ends), where=own(where)))
            for sentence, one in zip(("breach", "report", "attribution", "answer"), said, strict=True):
                lines.append(say[sentence].format(**{sentence: own(one)}))
    lines += ["", say["line"].format(line=line.hex()), say["void"]]
    return "".join(one + "\n" for one in lines)


def deal_hash(raw: bytes, languages: list[str]) -> bytes:
    """The hash over terms and text (spec 12.2).

    Args:
        raw: the terms' bytes.
        languages: those of the text, in their order.

    Returns:
        32 bytes.
    """
    terms = read_terms(raw)
    return digest("deal", raw, SENTENCES["version"], [[one, full_text(terms, one)] for one in languages])


def public_key(private: bytes) -> bytes:
    """The public key of a private one (spec 12.3).

    Args:
        private: 64 bytes.

    Returns:
        1,984 bytes.
    """
    lattice = MLDSA65PrivateKey.from_seed_bytes(private[32:]).public_key().public_bytes_raw()
    return Ed25519PrivateKey.from_private_bytes(private[:32]).public_key().public_bytes_raw() + lattice


def digits(public: bytes) -> str:
    """The digits of a key (spec 12.3, rule 7).

    Args:
        public: the key.

    Returns:
        60 digits in groups of five.
    """
    return read_out(digest("deal key", public))


def read_out(found: bytes) -> str:
    """The digits of a hash (spec 12.3, rule 7).

    Args:
        found: 32 bytes.

    Returns:
        60 digits in groups of five.
    """
    number = str(int.from_bytes(found, "big") % 10**60).rjust(60, "0")
    return " ".join(number[at : at + 5] for at in range(0, 60, 5))


def verify(public: bytes, signature: bytes, label: str, message: bytes) -> None:
    """Checks both signatures (spec 12.3, rules 1 and 2).

    Args:
        public: the key.
        signature: both.
        label: what for.
        message: what was signed.

    Raises:
        Refused: `signature-refused`.
    """
    try:
        if len(public) != PUBLIC or len(signature) != SIGNATURE:
            raise ValueError("size")
        said = info(label, message)
        Ed25519PublicKey.from_public_bytes(public[:32]).verify(signature[:64], said)
        MLDSA65PublicKey.from_public_bytes(public[32:]).verify(signature[64:], said, info(label))
    except (InvalidSignature, ValueError):
        raise Refused("signature-refused", "it does not hold") from None


def check_side(signed: bytes, role: int, public: bytes, signature: bytes) -> None:
    """Checks a side's signature (spec 12.3, rule 3).

    Args:
        signed: the deal's hash.
        role: whose.
        public: the key.
        signature: both.

    Raises:
        Refused: `signature-refused`.
    """
    void = SENTENCES["wording"]["en"]["void"]
    verify(public, signature, "deal signature", cbor.encode([1, signed, role, void]))


def check_witness(signed: bytes, sides: list[list[Any]], witness: dict[str, Any]) -> None:
    """Checks a witness's signature (spec 12.3, rule 4).

    Args:
        signed: the deal's hash.
        sides: role, public key and signature of both sides.
        witness: name, capacity, public, signature.

    Raises:
        Refused: `signature-refused`.
    """
    both = digest("deal signatures", *sides)
    message = cbor.encode([1, signed, both, witness["capacity"], witness["name"]])
    verify(witness["public"], witness["signature"], "deal witness", message)


def check_both(signed: bytes, both: list[list[Any]]) -> None:
    """Checks both signatures, if there are any (spec 12.3).

    Args:
        signed: the deal's hash.
        both: role, public key and signature of each side.

    Raises:
        Refused: `signature-refused`.
    """
    if both and both[0][1] == both[1][1]:
        raise Refused("signature-refused", "one key")
    for side in both:
        check_side(signed, *side)


def check_release(body: dict[str, Any], both: list[list[Any]]) -> None:
    """Checks both signatures and the guarantor's (spec 12.12, step 6).

    Args:
        body: of a release.
        both: its signatures.

    Raises:
        Refused: `signature-refused`.
    """
    check_both(body["deal"], both)
    if body["public"] in [side[1] for side in both]:
        raise Refused("signature-refused", "one key")
    check_witness(body["deal"], both, body | {"capacity": "guarantor"})


def _hex(value: Any) -> bytes:
    need(type(value) is str and value == value.lower() and " " not in value, "hexadecimal")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise malformed("hexadecimal") from None


def _object(value: Any, keys: list[str]) -> Any:
    need(type(value) is dict and list(value) == keys, "an object")
    return value


def read_file(text: str) -> tuple[bytes, list[list[Any]], list[dict[str, Any]]]:
    """The deal of a file (spec 12.4).

    Args:
        text: the file.

    Returns:
        Hash, both sides as role, public key and signature, and witnesses.

    Raises:
        Refused: `malformed`, `terms-refused`, `deal-void`, `signature-refused`.
    """
    need(len(text.encode()) <= LARGEST_FILE, "too large")
    try:
        found = _object(json.loads(text), KEYS)
    except (ValueError, RecursionError):
        raise malformed("not JSON") from None
    need(found["what"] == "Backchannel deal" and found["version"] == 1 and found["wording"] == 1, "another version")
    need(type(found["text"]) is dict and found["text"], "text")
    languages = [one for one in LANGUAGES if one in found["text"]]
    raw = _hex(found["terms"])
    terms, signed = read_terms(raw), deal_hash(raw, languages)
    texts = {one: full_text(terms, one).split("\n") for one in languages}
    need(list(found["text"].items()) == list(texts.items()) and found["hash"] == signed.hex(), "text or hash")
    need(type(found["signatures"]) is list and type(found["witnesses"]) is list, "lists")
    need(len(found["witnesses"]) <= 16, "too many witnesses")
    sides = []
    for one in found["signatures"]:
        role, public, signature = _object(one, ["role", "public", "signature"]).values()
        need(type(role) is int and role in (0, 1), "role")
        sides.append([role, _hex(public), _hex(signature)])
    witnesses = []
    for one in found["witnesses"]:
        name, capacity, public, signature = _object(one, ["name", "capacity", "public", "signature"]).values()
        _text(name, 200)
        need(capacity in ("witness", "guarantor"), "capacity")
        witnesses.append({"name": name, "capacity": capacity, "public": _hex(public), "signature": _hex(signature)})
    need(json.dumps(found, ensure_ascii=False, indent=1) + "\n" == text, "another form")
    if [side[0] for side in sides] != [0, 1]:
        raise Refused("deal-void", "not signed by both sides")
    keys = [side[1] for side in sides] + [one["public"] for one in witnesses]
    if len(set(keys)) < len(keys):
        raise Refused("signature-refused", "one key twice")
    for side in sides:
        check_side(signed, *side)
    for witness in witnesses:
        check_witness(signed, sides, witness)
    return signed, sides, witnesses


def plain_terms(value: list[Any]) -> list[Any]:
    """Terms as vectors write them, byte strings in hexadecimal, as the codec takes them.

    Args:
        value: the list of 12.1.

    Returns:
        The same with byte strings.
    """
    version, title, line, sides, items, owed, amends = value
    lists = [[*one[:3], bytes.fromhex(one[3])] if one[1] == 2 else one for one in items]
    return [version, title, bytes.fromhex(line), sides, lists, owed, None if amends is None else bytes.fromhex(amends)]
