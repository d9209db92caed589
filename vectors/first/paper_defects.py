"""5: armor and QR texts that are damaged, and sets that are not whole."""

import base64
from hashlib import sha256

from backchannel.wire import armor, parts
from backchannel.wire.base45 import base45_decode, base45_encode
from vectors.first.defect import Defect
from vectors.first.seeds import seeded


def paper_defects() -> list[Defect]:
    """5.1, 5.2, 5.3."""
    blob = seeded("paper 90", 90)
    text = armor.armor(parts.Kind.INVITATION, blob)
    first, second, third = armor.armor(parts.Kind.ENVELOPE, seeded("paper 100", 100), 40).split("\n\n-----BEGIN")[0:3]
    qr = parts.to_texts(parts.Kind.INVITATION, blob)[0]
    lines = text.splitlines()
    swapped = "\n".join([*lines[:3], lines[4], lines[3], *lines[5:]])
    content = base64.b64encode(blob).decode()
    other = content[:7] + ("A" if content[7] != "A" else "B")
    title = "BACKCHANNEL INVITATION part 1 of 1"
    texts = {
        "nothing": ("no block", "hello"),
        "no-end": ("no END line", "\n".join(lines[:-1])),
        "no-begin": ("no BEGIN line", "\n".join(lines[1:])),
        "lines": ("two lines changed places", swapped),
        "letter": ("a letter was changed", text.replace(content[:8], other)),
        "line-lost": ("a line is missing", "\n".join([*lines[:3], *lines[4:]])),
        "check-small": ("the check in small letters", "\n".join([*lines[:-2], lines[-2].lower(), lines[-1]])),
        "numbers": ("BEGIN and END differ", text.replace(f"END {title}", f"END {title[:-1]}2")),
        "zero": ("part 0 of 1", text.replace("part 1 of 1", "part 0 of 1")),
        "kind": ("another kind", text.replace("INVITATION", "ENVELOPE")),
        "kinds": (
            "BEGIN and END name different kinds",
            text.replace("END BACKCHANNEL INVITATION", "END BACKCHANNEL ENVELOPE"),
        ),
        "small": ("markers in small letters", text.replace("BACKCHANNEL", "backchannel")),
        "large": ("part 1 of 10000", text.replace("part 1 of 1", "part 1 of 10000")),
        "word": ("a letter before the content", text.replace(content[:64], f"Dana {content[:64]}")),
        "unforgiven": ("a damaged block whose set cannot be read, and a good copy of it",
                       text.replace("set ", "sat ") + text),
        "unforgiven-end": ("an END alone, and a good copy of its block", f"{lines[-1]}\n{text}"),
    }  # fmt: skip
    texts |= _bad_sets()
    missing = f"{first}\n\n-----BEGIN{third}"
    del second
    codes = {
        "magic": ("another magic", "BKC2:" + qr[5:]),
        "small": ("a small letter", qr[:5] + qr[5:].lower()),
        "symbol": ("a symbol was changed", qr[:40] + ("0" if qr[40] != "0" else "1") + qr[41:]),
        "cut": ("cut off", qr[:30]),
        "lone": ("a lone symbol at the end", qr + "0"),
        "large": ("three symbols above 65535", "BKC1:" + ":::"),
        "kind": ("a kind that is none", "BKC1:" + base45_encode(b"\x09" + base45_decode(qr[5:])[1:])),
        "short": (
            "one byte less than header and check",
            "BKC1:" + base45_encode(base45_decode(qr[5:])[:17]),
        ),
        "empty": ("the magic alone", "BKC1:"),
        "number": ("part 2 of 1", "BKC1:" + _whole_part(2, 1, blob)),
        "magic-small": ("the magic in small letters", "bkc1:" + qr[5:]),
    }
    return [
        *((f"armor-{name}", "5.3.4", what, "armor-damaged", {"text": value}) for name, (what, value) in texts.items()),
        ("armor-missing", "5.1.5", "the second of three parts is missing", "parts-missing", {"text": missing}),
        (
            "armor-missing-beside",
            "5.1.5",
            "a part is missing of one set, and another set is whole",
            "parts-missing",
            {"text": f"{text}\n{missing}"},
        ),
        *((f"qr-{name}", "5.2", what, "armor-damaged", {"text": value}) for name, (what, value) in codes.items()),
    ]


def _whole_part(number: int, count: int, content: bytes) -> str:
    """Return the base45 of a part whose check is right, whatever its numbers."""
    header = (
        b"\x01" + number.to_bytes(2, "big") + count.to_bytes(2, "big") + parts.set_id(parts.Kind.INVITATION, content)
    )
    return base45_encode(header + sha256(b"backchannel/part/1\0" + header + content).digest()[:5] + content)


def _bad_sets() -> dict[str, tuple[str, str]]:
    """5.1.1, 5.1.2, 5.1.5: blocks that are whole, and sets that are not."""
    kind, blob = parts.Kind.ENVELOPE, seeded("paper 100", 100)
    name = parts.set_id(kind, blob)

    def text(*pieces: tuple[int, int, bytes]) -> str:
        return "\n".join(armor._block(parts.Part(kind, number, count, name, data)) for number, count, data in pieces)

    return {
        "contradiction": ("two parts of one place differ", text((1, 1, blob), (1, 1, blob[:-1]))),
        "whole": ("the parts are of another whole", text((1, 2, blob[:50]), (2, 2, blob[50:-1]))),
        "cuts": ("the right whole in other cuts", text((1, 2, blob[:40]), (2, 2, blob[40:]))),
    }
