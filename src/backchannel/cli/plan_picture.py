"""The trust that each moment of an exchange needs, as a picture: bars in a terminal, or an SVG file."""

from __future__ import annotations

from typing import Any, Final
from xml.sax.saxutils import escape

from backchannel.cli.render import safe, width

_WIDE: Final = 40
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_BAR: Final = 14
_ROW: Final = 44
_LEFT: Final = 260
_ROOM: Final = 420
_WIDTH: Final = _LEFT + _ROOM + 120
_COLOURS: Final = {"me": "#1f5fa8", "them": "#b4561c"}


def bars(trust: dict[str, Any]) -> list[str]:
    """Return the lines of a chart: for each moment what I, and what they, would gain by walking away.

    Args:
        trust: `moments`, each with `when`, `me` and `them` in points.
    """
    most = max(1, *(max(one["me"], one["them"]) for one in trust["moments"]))
    whens = max(width(safe(one["when"])) for one in trust["moments"])
    lines = []
    for one in trust["moments"]:
        for number, side in enumerate(("me", "them")):
            when = safe(one["when"]) if number == 0 else ""
            lines.append(f"{when}{' ' * (whens - width(when))}  {side:<4}  {_bar(one[side], most)} {one[side]:,}")
    return lines


def drawing(trust: dict[str, Any]) -> str:
    """Return the same chart as an SVG document."""
    moments = trust["moments"]
    most = max(1, *(max(one["me"], one["them"]) for one in moments))
    height = 60 + _ROW * len(moments)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif">',
        "<title>What each side would gain by walking away</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="12" y="24">What each side would gain by walking away, in points</text>',
    ]
    for number, one in enumerate(moments):
        top = 44 + _ROW * number
        parts.append(f'<text x="12" y="{top + 20}">{escape(safe(one["when"]))}</text>')
        for at, side in enumerate(("me", "them")):
            y = top + at * (_BAR + 2)
            wide = round(_ROOM * one[side] / most, 1)
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{wide}" height="{_BAR}" fill="{_COLOURS[side]}"/>')
            parts.append(f'<text x="{_LEFT + wide + 6}" y="{y + 12}">{side} {one[side]:,}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _bar(points: int, most: int) -> str:
    eighths = round(points * _WIDE * 8 / most)
    if points and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
