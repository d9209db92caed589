"""5: armor and QR texts that can be read."""

from backchannel.wire import armor, parts
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded


def paper(_: Recorded) -> Json:
    """5.1, 5.2, 5.3."""
    out = []
    one, other = parts.Kind.INVITATION, parts.Kind.ENVELOPE
    for kind, size, part in ((one, 90, None), (other, 1024, None), (other, 100, 40), (other, 0, None)):
        blob = seeded(f"paper {size}", size)
        out.append(
            {
                "kind": kind.value,
                "blob": blob.hex(),
                "part_size": part,
                "set_id": parts.set_id(kind, blob).hex(),
                "text": armor.armor(kind, blob, part),
                "qr": parts.to_texts(kind, blob, part),
            }
        )
    texts = [
        {"what": what, "text": text, "blobs": [[each.kind.value, each.data.hex()] for each in armor.dearmor(text)]}
        for what, text in _texts().items()
    ]
    cut = parts.to_texts(other, seeded("paper 100", 100), 40)
    codes = {
        "in any order, twice, and others between them": [cut[2], "https://example.org", cut[0], cut[1], cut[0]],
        "white space around": [f" {cut[1]}\n", f"\t{cut[0]}", cut[2]],
        "one cut that is whole and one that is not": [*cut, parts.to_texts(other, seeded("paper 100", 100), 60)[0]],
    }
    scanned = [
        {"what": what, "codes": some, "blobs": [[kind.value, data.hex()] for kind, data in parts.collect(some)]}
        for what, some in codes.items()
    ]
    return {"made": out, "read": texts, "scanned": scanned}


def _texts() -> dict[str, str]:
    """Texts that can be read, whatever has been done to them."""
    text = armor.armor(parts.Kind.INVITATION, seeded("paper 90", 90))
    lines = text.splitlines()
    blocks = [armor._block(part) for part in parts.split(parts.Kind.ENVELOPE, seeded("paper 100", 100), 40)]
    title = "BACKCHANNEL INVITATION part 1 of 1"
    damaged = "\n".join([*lines[:3], *lines[4:]])
    return {
        "twice, with talk around": f"Hi!\n{text}\nand again:\n{text}bye",
        "parts in another order, two blobs": "\n".join(reversed(blocks)) + text,
        "quoted": "".join(f"> > {line}\n" for line in lines),
        "without line breaks": " ".join(lines),
        "wrapped inside the markers": text.replace("BACKCHANNEL", "BACK\n> CHANNEL").replace("part 1", "pa rt\n| 1"),
        "other dashes, one of them": text.replace("-----", "\u2014"),
        "digits of another script, a leading zero": text.replace("part 1 of 1", "part \u0660\u0661 of 1"),
        "marks that cannot be seen": text.replace("BEGIN", "BE\u200bGIN").replace("set ", "\u202bset\u00ad "),
        "a chat's prefix before each line": "".join(f"[12/03/2024, 10:15] Dana: {line}\n" for line in lines),
        "a name in angle brackets": "".join(f" <dana> {line}\n" for line in lines),
        "lines with dashes at their ends": "\n".join([lines[0], *(f"- {line} -" for line in lines[1:-1]), lines[-1]]),
        "END with the number written otherwise": text.replace(f"END {title}", f"END {title[:-1]}01"),
        "a damaged block beside a good copy of it": damaged + "\n" + text,
        "a block without its END beside a good copy of it": "\n".join(lines[:-1]) + "\n" + text,
    }
