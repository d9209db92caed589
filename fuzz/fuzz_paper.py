"""Papers: a PDF gives its deal file or our own error, and whatever is written can be set in rows."""

from __future__ import annotations

from functools import cache

from backchannel.app.deal_pdf import deal_in_pdf, pdf_of
from backchannel.app.paper.letters import letters
from backchannel.app.paper.rows import Setter
from backchannel.errors import DealVoid, Malformed, SignatureRefused, TermsRefused
from fuzz.fuzz_deal import examples as deal_examples

WIDTH = 20_000


@cache
def examples() -> list[bytes]:
    """Valid inputs to start from."""
    texts = ["in two (2) phases", "הַסְכֵּם [1]: \u2068A\u2069", "اتُّفق ١٢٣، لا\u200dب", "\u202eabc\u0301 \U0001f600"]
    return [*(text.encode() for text in texts), pdf_of(deal_examples()[-1])]


def one_input(data: bytes) -> None:
    """Read it as a PDF, and set it as text."""
    try:
        inside = deal_in_pdf(data)
    except (Malformed, TermsRefused, DealVoid, SignatureRefused):
        pass
    else:
        assert pdf_of(inside) == data
    setter = Setter(letters())
    said = setter.shown(data[:200].decode("utf-8", "replace"))
    for base in (0, 1):
        rows = setter.rows(said, base, WIDTH)
        assert all(row.width <= WIDTH for row in rows)
        assert all(0 < one.glyph < len(letters().boxes) for row in rows for one in row.placed)
