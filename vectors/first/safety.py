"""3.6: the safety number, and digits that differ."""

from backchannel.line.safety_number import safety_number
from vectors.first.defect import Defect
from vectors.first.seeds import line_context, line_context_shown
from vectors.first.shown import Json, Recorded


def safety(_: Recorded) -> Json:
    """3.6."""
    digits = safety_number(line_context())
    arabic = digits.translate({ord("0") + at: 0x660 + at for at in range(10)})
    persian = digits.translate({ord("0") + at: 0x6F0 + at for at in range(10)})
    grouped = " ".join(digits[at : at + 5] for at in range(0, 60, 5))
    return {
        "context": line_context_shown(),
        "digits": digits,
        "typed_same": [digits, grouped, f"\u2066{grouped}\u2069\n", arabic, persian, grouped.replace(" ", "-")],
    }


def safety_defects() -> list[Defect]:
    """3.6."""
    digits = safety_number(line_context())
    wrong = ("1" if digits[0] != "1" else "2") + digits[1:]
    typed = {"wrong": ("one digit differs", wrong), "short": ("59 digits", digits[:-1]), "nothing": ("nothing", "")}
    return [
        (f"digits-{key}", "3.6", what, "digits-differ", {"digits": digits, "text": text})
        for key, (what, text) in typed.items()
    ]
