"""Make the list of the example: 1,000 invented names in three scripts, always the same ones.

Names are put together from syllables, so that they belong to nobody. Costs and values are drawn as well; they stand in
the same file to show that only the known columns of a list travel.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

HERE = Path(__file__).parent
ROWS = 1_000
SEED = 7
CONSONANTS = (("b", "ב", "ب"), ("d", "ד", "د"), ("l", "ל", "ل"), ("m", "מ", "م"), ("n", "נ", "ن"), ("r", "ר", "ر"),
              ("t", "ט", "ط"), ("z", "ז", "ز"), ("s", "ס", "س"), ("k", "ק", "ق"))  # fmt: skip
VOWELS = (("a", "א", "ا"), ("u", "ו", "و"), ("i", "י", "ي"))
CATEGORIES = {"wounded": (150, (8, 20), (60, 90)), "elderly": (150, (6, 18), (40, 70)),
              "short term": (450, (10, 40), (20, 50)), "long term": (250, (60, 160), (50, 120))}  # fmt: skip
"""Category -> how many, the least and most that one costs to give, the least and most that one is worth."""


def word(draw: random.Random, script: int, syllables: int) -> str:
    """Return an invented name in one of the scripts: 0 Latin, 1 Hebrew, 2 Arabic."""
    parts = [draw.choice(CONSONANTS)[script] + draw.choice(VOWELS)[script] for _ in range(syllables)]
    return "".join([*parts, draw.choice(CONSONANTS[2:6])[script] if script != 1 else draw.choice("לרת")])


def people() -> list[list[str]]:
    """Return the rows of the file, under their heading."""
    draw = random.Random(SEED)
    kinds = [kind for kind, (count, _, _) in CATEGORIES.items() for _ in range(count)]
    draw.shuffle(kinds)
    rows, seen = [["id", "name", "category", "born", "cost", "value"]], set()
    while len(rows) <= ROWS:
        script = len(rows) % 3
        name = f"{word(draw, script, 2)} {word(draw, script, 3)}"
        name = name.title() if script == 0 else name
        if name in seen:
            continue
        seen.add(name)
        kind = kinds[len(rows) - 1]
        _, costs, values = CATEGORIES[kind]
        born = draw.randint(1940, 1955) if kind == "elderly" else draw.randint(1960, 2005)
        number = f"S-{len(rows):04d}"
        rows.append([number, name, kind, str(born), str(draw.randint(*costs)), str(draw.randint(*values))])
    return rows


def main() -> None:
    """Write the file beside this one."""
    with (HERE / "names.csv").open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(people())


if __name__ == "__main__":
    main()
