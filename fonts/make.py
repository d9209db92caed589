"""Writes the letters that papers are printed with, from DejaVu Sans: `python -m fonts.make DejaVuSans.ttf`.

    src/backchannel/app/paper/letters.ttf     the outlines: a part of DejaVu Sans 2.37, a thousand units to the em
    src/backchannel/app/paper/letters.json    what a program must know to set them: classes, forms, ligatures, anchors

The font comes with most systems (fonts-dejavu-core). What is written is a format: papers are made again to the byte for
ever. So these two files are made once; others would be others, under another name, beside them.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

HERE: Final = Path(__file__).parents[1] / "src" / "backchannel" / "app" / "paper"
EM: Final = 1000
RANGES: Final = (
    (0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x24F), (0x259, 0x259), (0x300, 0x304), (0x306, 0x30C), (0x323, 0x323),
    (0x326, 0x328), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x5FF), (0x606, 0x6FF), (0x1E00, 0x1EFF), (0x2010, 0x2015),
    (0x2018, 0x2022), (0x2026, 0x2026), (0x2030, 0x203A), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x221E, 0x221E), (0x2248, 0x2248), (0x2260, 0x2265), (0x25CC, 0x25CC),
    (0xFB1D, 0xFB4E), (0xFEF5, 0xFEFC),
)  # fmt: skip
UNSEEN: Final = (0x200C, 0x200D, 0x2066, 0x2067, 0x2068, 0x2069)
"""Characters that are set as nothing: they say how their neighbours join, or which way they go."""
COMPOSED: Final = {"\u05e9\u05c1": "\ufb2a", "\u05e9\u05c2": "\ufb2b", "\u05d5\u05b9": "\ufb4b"}
"""Pairs that Unicode never composes, and the font has as one letter."""
RANKS: Final = {
    10: 22, 11: 15, 12: 16, 13: 17, 14: 23, 15: 18, 16: 19, 17: 20, 18: 21, 19: 14, 20: 24, 21: 12, 22: 25, 23: 13,
    24: 10, 25: 11, 26: 26, 27: 28, 28: 29, 29: 30, 30: 31, 31: 32, 32: 33, 33: 27, 34: 34, 35: 35,
}  # fmt: skip
"""Canonical combining class -> the order in which marks stand on a letter, as HarfBuzz has it (hb-unicode.hh)."""
LEFT: Final = (0x5B9, 0x5BA)
"""Marks without an anchor that stand over the left edge of their letter."""
MARK: Final = 3
"""The class of a mark (OpenType, GDEF)."""
GLYPH_FEATURES: Final = ("rlig", "liga")


def make(source: Path) -> tuple[TTFont, dict[str, Any]]:
    """Return the font and what is to be known of it."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options(
        hinting=False, layout_features=["init", "medi", "fina", "rlig", "liga", "mark", "mkmk"], notdef_outline=True,
        layout_scripts=["arab", "hebr"], name_IDs=[], glyph_names=False, drop_tables=["FFTM", "kern"],
    )  # fmt: skip
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[one for first, last in RANGES for one in range(first, last + 1)])
    subsetter.subset(font)
    scale_upem(font, EM)
    _plain(font)
    _without_width(font)
    return font, _table(font)


def _without_width(font: TTFont) -> None:
    """Let no mark move what comes behind it."""
    for name in _marks(font):
        font["hmtx"][name] = 0, font["hmtx"][name][1]


def _marks(font: TTFont) -> dict[str, bool]:
    """Return the outlines of marks, and whether each stands on the left of its letter."""
    classes = font["GDEF"].table.GlyphClassDef.classDefs
    found = {name: False for name, kind in classes.items() if kind == MARK}
    return found | {
        name: code in LEFT for code, name in font.getBestCmap().items() if unicodedata.category(chr(code)) == "Mn"
    }


def _plain(font: TTFont) -> None:
    """Make every outline stand for itself, so that one can be taken out without others."""
    glyphs = font.getGlyphSet()
    plain = {}
    for name in font.getGlyphOrder():
        recorded = DecomposingRecordingPen(glyphs)
        glyphs[name].draw(recorded)
        pen = TTGlyphPen(None)
        recorded.replay(pen)
        plain[name] = pen.glyph()
    for name, glyph in plain.items():
        font["glyf"][name] = glyph
        glyph.recalcBounds(font["glyf"])


def _table(font: TTFont) -> dict[str, Any]:
    numbers = {name: font.getGlyphID(name) for name in font.getGlyphOrder()}
    known = {code: numbers[name] for code, name in font.getBestCmap().items()}
    codes = sorted({*known, *UNSEEN})
    forms = [_singles(font, tag, numbers) for tag in ("init", "medi", "fina")]
    return {
        "version": 1,
        "characters": {
            f"{code:04X}": [known.get(code, 0), unicodedata.bidirectional(chr(code)), _rank(code)] for code in codes
        },
        "mirrors": dict(_mirrors(codes)),
        "composed": dict(_composed(codes)),
        "forms": {
            str(one): [found.get(one, 0) for found in forms] for one in sorted({*forms[0], *forms[1], *forms[2]})
        },
        "ligatures": list(_ligatures(font, numbers)),
        "marks": {str(numbers[name]): left for name, left in _marks(font).items()},
        "anchors": list(_anchors(font, numbers)),
        "boxes": [_box(font, name) for name in font.getGlyphOrder()],
    }


def _rank(code: int) -> int:
    found = unicodedata.combining(chr(code))
    return RANKS.get(found, found)


def _mirrors(codes: list[int]) -> Iterator[tuple[str, str]]:
    pairs = ("()", "[]", "{}", "<>", "\u00ab\u00bb", "\u2039\u203a", "\u2264\u2265")
    for pair in pairs:
        one, other = pair[0], pair[1]
        if ord(one) in codes and ord(other) in codes:
            yield one, other
            yield other, one


def _composed(codes: list[int]) -> Iterator[tuple[str, str]]:
    yield from COMPOSED.items()
    for code in codes:
        parts = unicodedata.normalize("NFD", chr(code))
        for cut in range(1, len(parts)):
            first = unicodedata.normalize("NFC", parts[:cut])
            whole = unicodedata.normalize("NFC", first + parts[cut])
            if len(first) == len(whole) == 1 and ord(first) in codes and ord(whole) in codes:
                yield first + parts[cut], whole


def _lookups(font: TTFont, table: str, tags: tuple[str, ...]) -> list[Any]:
    layout = font[table].table
    numbers = {
        number
        for record in layout.FeatureList.FeatureRecord
        if record.FeatureTag in tags
        for number in record.Feature.LookupListIndex
    }
    return [layout.LookupList.Lookup[number] for number in sorted(numbers)]


def _parts(lookup: Any) -> Iterator[Any]:
    for part in lookup.SubTable:
        yield getattr(part, "ExtSubTable", part)


def _singles(font: TTFont, tag: str, numbers: dict[str, int]) -> dict[int, int]:
    return {
        numbers[before]: numbers[after]
        for lookup in _lookups(font, "GSUB", (tag,))
        for part in _parts(lookup)
        for before, after in part.mapping.items()
    }


def _ligatures(font: TTFont, numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen = []
    for tag in GLYPH_FEATURES:
        for lookup in _lookups(font, "GSUB", (tag,)):
            if lookup in seen:
                continue
            seen.append(lookup)
            pairs = [
                [numbers[first], numbers[one.Component[0]], numbers[one.LigGlyph]]
                for part in _parts(lookup)
                for first, found in part.ligatures.items()
                for one in found
                if len(one.Component) == 1
            ]
            yield {"past_marks": bool(lookup.LookupFlag & 8), "pairs": sorted(pairs)}


def _anchors(font: TTFont, numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for lookup in [*_lookups(font, "GPOS", ("mark",)), *_lookups(font, "GPOS", ("mkmk",))]:
        for part in _parts(lookup):
            match lookup.LookupType:
                case 4:
                    marks, placed, to = part.MarkCoverage, part.MarkArray, part.BaseCoverage
                    records = [one.BaseAnchor for one in part.BaseArray.BaseRecord]
                    kind = "letter"
                case 5:
                    marks, placed, to = part.MarkCoverage, part.MarkArray, part.LigatureCoverage
                    records = [
                        [component.LigatureAnchor for component in one.ComponentRecord]
                        for one in part.LigatureArray.LigatureAttach
                    ]
                    kind = "ligature"
                case _:
                    marks, placed, to = part.Mark1Coverage, part.Mark1Array, part.Mark2Coverage
                    records = [one.Mark2Anchor for one in part.Mark2Array.Mark2Record]
                    kind = "mark"
            yield {
                "to": kind,
                "marks": {
                    str(numbers[name]): [one.Class, *_point(one.MarkAnchor)]
                    for name, one in zip(marks.glyphs, placed.MarkRecord, strict=True)
                },
                "places": {
                    str(numbers[name]): [
                        [_point(point) for point in one] if kind == "ligature" else _point(one) for one in record
                    ]
                    for name, record in zip(to.glyphs, records, strict=True)
                },
            }


def _point(anchor: Any) -> Any:
    return None if anchor is None else [anchor.XCoordinate, anchor.YCoordinate]


def _box(font: TTFont, name: str) -> list[int]:
    glyph = font["glyf"][name]
    edges = [glyph.xMin, glyph.xMax] if glyph.numberOfContours else [0, 0]
    return [font["hmtx"][name][0], *edges]


def run(arguments: list[str]) -> int:
    """Write both files; return the exit code."""
    if len(arguments) != 1:
        print("python -m fonts.make DejaVuSans.ttf", file=sys.stderr)
        return 2
    font, table = make(Path(arguments[0]))
    font.save(HERE / "letters.ttf", reorderTables=True)
    text = json.dumps(table, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    (HERE / "letters.json").write_text(text.replace('},"', '},\n"').replace('}],"', '}],\n"') + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
