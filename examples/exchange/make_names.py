"""Make the list of the example: 1,000 invented names in three scripts, always the same ones.

Names are put together from syllables, so that they belong to nobody. Costs and values are drawn as well; they stand in
the same file to show that only the known columns of a list travel. Five names stand there twice, in two scripts.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

HERE = Path(__file__).parent
ROWS = 1_000
SEED = 7
TWICE = 200
CONSONANTS = (("b", "ב", "ب"), ("d", "ד", "د"), ("l", "ל", "ل"), ("m", "מ", "م"), ("n", "נ", "ن"), ("r", "ר", "ر"),
              ("t", "ט", "ط"), ("z", "ז", "ز"), ("s", "ס", "س"), ("k", "ק", "ق"))  # fmt: skip
VOWELS = (("a", "א", "ا"), ("u", "ו", "و"), ("i", "י", "ي"))
CATEGORIES = {"wounded": (150, (8, 20), (60, 90)), "elderly": (150, (6, 18), (40, 70)),
              "short term": (450, (10, 40), (20, 50)), "long term": (250, (60, 160), (50, 120))}  # fmt: skip
"""Category -> how many, the least and most that one costs to give, the least and most that one is worth."""


def sounds(draw: random.Random) -> list[list[tuple[str, ...]]]:
    """Return an invented name: for each of its two words the letters, each in three scripts."""
    words = []
    for syllables in (2, 3):
        letters = [draw.choice(among) for _ in range(syllables) for among in (CONSONANTS, VOWELS)]
        words.append([*letters, draw.choice((CONSONANTS[2], CONSONANTS[5], CONSONANTS[6]))])
    return words


def spelled(name: list[list[tuple[str, ...]]], script: int) -> str:
    """Return a name in one of the scripts: 0 Latin, 1 Hebrew, 2 Arabic."""
    return " ".join("".join(letter[script] for letter in word) for word in name).title()


def people() -> list[list[str]]:
    """Return the rows of the file, under their heading."""
    draw = random.Random(SEED)
    kinds = [kind for kind, (count, _, _) in CATEGORIES.items() for _ in range(count)]
    draw.shuffle(kinds)
    rows, before = [["id", "name", "category", "born", "cost", "value"]], sounds(draw)
    while len(rows) <= ROWS:
        # Every two hundredth person has the name of the one before, in the next script.
        heard = before if len(rows) % TWICE == 0 else sounds(draw)
        name, before = spelled(heard, len(rows) % 3), heard
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
