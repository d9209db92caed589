"""12.1 to 12.4 and 12.7: terms, text, signatures, the deal file, lists; and deals that are refused."""

import json
from collections.abc import Callable
from typing import Any, Final

from backchannel.crypto import sign as signing
from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.ledger.deal import (
    Capacity,
    Countersignature,
    Draft,
    Signature,
    countersign,
    deal_line,
    draft,
    fingerprint,
    hash_digits,
    sign,
)
from backchannel.ledger.deal_file import deal_file
from backchannel.ledger.name_list import NameList, Row, move, propose
from backchannel.ledger.row_life import Stage
from backchannel.ledger.terms import (
    Ceasefire,
    Choice,
    Clause,
    Moment,
    Names,
    Number,
    Obligation,
    Terms,
    encode_terms,
)
from backchannel.wire.codec import decode, encode
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded

NORTH, SOUTH = Role.INVITER, Role.JOINER
WITNESS: Final = "Somebody between"
LANGUAGES: Final = ("ar", "en", "he")


def listed() -> NameList:
    rows = (Row("1", "سليم كرمي", "wounded", "1970"), Row("2", "נדיר זהר"), Row("3", "Talal, who does not go"))
    names = propose(NameList(), rows)
    return move(move(names, ["1"], Stage.AGREED), ["2"], Stage.AGREED)


def full_terms() -> Terms:
    day = Moment(1_951_234_567, 180, "Somewhere/North\n2. a line")
    truce = Ceasefire(
        Moment(1_951_000_000, -210, "W"), Moment(1_951_900_000, 0, "UTC"), "the strip", "any shot", "by telephone",
        "by both", "none",
    )  # fmt: skip
    return Terms(
        title="One for two \u202e; אחד תמורת שניים; واحد مقابل اثنين",
        line=deal_line(seeded("origin", 32)),
        sides=("Side A", "צד ב"),
        items=(
            Choice("crossing", "the northern gate"),
            Number("buses", -12, "buses"),
            Names("who", 2, listed().hash),
            Clause("visits", 'once\ta  month; {braces} \\ " \x07'),
        ),
        obligations=(
            Obligation("first", NORTH, SOUTH, "hands over two", day, None, "", "the carrier's list", 2, None),
            Obligation("one", SOUTH, NORTH, "hands over one", None, 86_400, "first", "", 1, None),
            Obligation("quiet", NORTH, SOUTH, "holds its fire", None, None, "", "", 0, truce),
        ),
    )


def plain_terms() -> Terms:
    return Terms("t", bytes(32), ("a", "b"), (), ())


def amended_terms() -> Terms:
    early = Moment(0, 840, "Z")
    last = Moment(253_402_300_799, -840, "Z")
    leap = Obligation("leap", SOUTH, NORTH, "", Moment(951_782_400, 0, "Z"), 0, "last", "", 2**32 - 1, None)
    return Terms(
        "t", bytes(32), ("a", "b"), (Number("n", 2**53 - 1, ""),),
        (leap, Obligation("last", NORTH, SOUTH, "", last), Obligation("early", NORTH, SOUTH, "", early)),
        seeded("old", 32),
    )  # fmt: skip


def key(name: str) -> SigningKey:
    return SigningKey.from_bytes(seeded(f"deal key {name}", signing.PRIVATE_SIZE))


def drafted() -> Draft:
    return draft(full_terms(), LANGUAGES)


def record_deal() -> dict[str, bytes]:
    """Return signatures, which the library draws anew each time."""
    deal_hash = drafted().hash
    both = [sign(deal_hash, NORTH, key("north")), sign(deal_hash, SOUTH, key("south"))]
    between = countersign(deal_hash, both, WITNESS, Capacity.GUARANTOR, key("witness"))
    return {
        "deal_north": both[0].signature,
        "deal_south": both[1].signature,
        "deal_witness": between.signature,
    }


def recorded_signatures(recorded: Recorded) -> tuple[list[Signature], Countersignature]:
    north, south, between = (bytes.fromhex(recorded[f"deal_{name}"]) for name in ("north", "south", "witness"))
    both = [Signature(NORTH, key("north").public(), north), Signature(SOUTH, key("south").public(), south)]
    return both, Countersignature(WITNESS, Capacity.GUARANTOR, key("witness").public(), between)


def value_of(terms: Terms) -> Json:
    """Return terms as JSON: the list of 12.1, byte strings in hexadecimal."""

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return value.hex()
        return [plain(one) for one in value] if isinstance(value, list) else value

    return plain(decode(encode_terms(terms)))


def deal(recorded: Recorded) -> Json:
    """12.1, 12.2, 12.3, 12.4, 12.7."""
    made = drafted()
    both, between = recorded_signatures(recorded)
    return {
        "terms": [
            {
                "value": value_of(terms),
                "terms": encode_terms(terms).hex(),
                "texts": dict(zip(LANGUAGES, draft(terms, LANGUAGES).texts, strict=True)),
                "hash": draft(terms, LANGUAGES).hash.hex(),
                "digits": hash_digits(draft(terms, LANGUAGES).hash),
                "hash_in_english": draft(terms, ["en"]).hash.hex(),
            }
            for terms in (full_terms(), plain_terms(), amended_terms())
        ],
        "line": {"origin": seeded("origin", 32).hex(), "line": full_terms().line.hex()},
        "list": {
            "rows": [[row.key, row.name, row.category, row.born] for row in listed().going],
            "hash": listed().hash.hex(),
        },
        "signatures": [
            {
                "hash": made.hash.hex(),
                "role": int(one.role),
                "private": key(name).to_bytes().hex(),
                "public": one.public.hex(),
                "digits": fingerprint(one.public),
                "signature": one.signature.hex(),
            }
            for name, one in zip(("north", "south"), both, strict=True)
        ],
        "witness": {
            "private": key("witness").to_bytes().hex(),
            "name": between.name,
            "capacity": between.capacity.value,
            "public": between.public.hex(),
            "signature": between.signature.hex(),
        },
        "file": deal_file(made, both, [between]).decode(),
    }


def deal_defects(recorded: Recorded) -> list[Defect]:
    """12.1, 12.4."""
    both, between = recorded_signatures(recorded)
    good = json.loads(deal_file(drafted(), both))

    def rewritten(change: Callable[[Any], object]) -> dict[str, Json]:
        value = json.loads(json.dumps(good))
        change(value)
        return {"text": json.dumps(value, ensure_ascii=False, indent=1) + "\n"}

    def spoilt(at: int) -> Callable[[Any], object]:
        def change(value: Any) -> None:
            value["signatures"][1]["signature"] = flip(both[1].signature, at).hex()

        return change

    void, refused, bad = "deal-void", "signature-refused", "malformed"
    other = {
        "name": "Another",
        "capacity": "witness",
        "public": between.public.hex(),
        "signature": between.signature.hex(),
    }
    found: dict[str, tuple[str, str, Callable[[Any], object]]] = {
        "text": ("a word of the text", bad, lambda value: value["text"]["en"].__setitem__(0, "Agreement: two for one")),
        "hash": ("another hash", bad, lambda value: value.update(hash="00" * 32)),
        "key": ("a further key", bad, lambda value: value.update(more=1)),
        "order": (
            "languages in another order",
            bad,
            lambda value: value.update(text=dict(reversed(value["text"].items()))),
        ),
        "alone": ("one signature", void, lambda value: value["signatures"].pop()),
        "nobody": ("no signature", void, lambda value: value.update(signatures=[])),
        "swapped": ("the sides' order", void, lambda value: value["signatures"].reverse()),
        "ed25519": ("a bit of the Ed25519 signature", refused, spoilt(5)),
        "mldsa": ("a bit of the ML-DSA signature", refused, spoilt(-5)),
        "witness": ("a witness of another name", refused, lambda value: value["witnesses"].append(other)),
    }
    lines = json.dumps(good, ensure_ascii=False, indent=2) + "\n"
    return [
        *((f"deal-{name}", "12.4", what, error, rewritten(change)) for name, (what, error, change) in found.items()),
        ("deal-form", "12.4", "two blanks a level", bad, {"text": lines}),
        *_terms_defects(),
    ]


def _terms_defects() -> list[Defect]:
    good: list[Any] = decode(encode_terms(full_terms()))

    def changed(value: Any, *path: int) -> bytes:
        spoilt = decode(encode(good))
        place = spoilt
        for at in path[:-1]:
            place = place[at]
        place[path[-1]] = value
        return encode(spoilt)

    malformed = {
        "version": ("version 2", changed(2, 0)),
        "title": ("a title of blanks", changed(" \u2003", 1)),
        "line": ("a line of 31 bytes", changed(bytes(31), 2)),
        "sides": ("three sides", changed(["a", "b", "c"], 3)),
        "item": ("an item of kind 4", changed(4, 4, 0, 1)),
        "number": ("2^53", changed(2**53, 4, 1, 2)),
        "role": ("debtor 2", changed(2, 5, 0, 1)),
        "offset": ("an offset of 841 minutes", changed(841, 5, 0, 4, 1)),
        "instant": ("the year 10000", changed(253_402_300_800, 5, 0, 4, 0)),
        "size": ("a size of 2^32", changed(2**32, 5, 0, 8)),
        "clause": ("a clause of 8,001 characters", changed("x" * 8_001, 4, 3, 2)),
        "large": ("more than 48 KiB", changed([[f"i{at}", 3, "x" * 8_000] for at in range(7)], 4)),
    }
    refused = {
        "ids": ("two obligations with one id", changed("first", 5, 1, 0)),
        "issues": ("two items with one issue", changed("crossing", 4, 1, 0)),
        "names": ("both sides have one name", changed(["a", "a"], 3)),
        "itself": ("a side owes itself", changed(1, 5, 0, 1)),
        "ends": ("a ceasefire that ends as it begins", changed([1_951_000_000, 0, "Z"], 5, 2, 9, 1)),
        "after": ("it waits for nobody", changed("none", 5, 1, 6)),
        "circle": ("two wait for each other", changed("one", 5, 0, 6)),
    }
    return [
        *bytes_defects("12.1", "malformed", {f"terms-{name}": one for name, one in malformed.items()}),
        *bytes_defects("12.1", "terms-refused", {f"terms-{name}": one for name, one in refused.items()}),
    ]
