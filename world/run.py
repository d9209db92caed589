"""Play worlds: ``python -m world.run [--seed N | --seeds COUNT] [--years 17] [--messages N] [--json]``.

The exit code is 1 where anything was lost, doubled or stuck, and the command that plays that world again is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter
from typing import Any, Final

from world.life import play
from world.plan import plan

YEARS: Final = 17
MESSAGES: Final = 100_000
MESSAGES_OF_MANY: Final = 2_000
AT_ONCE: Final = 2

SUMMED: Final = (
    "sent", "received", "lost", "doubled", "misplaced", "gone", "stranded", "forks", "hidden", "damaged", "restores",
    "alive", "superseded", "resets", "migrated", "blackouts", "crashes",
)  # fmt: skip


def one(seed: int, years: int, messages: int) -> dict[str, Any]:
    """Play one world and return what `--json` prints; what breaks in it is part of that."""
    started = perf_counter()
    try:
        return play(plan(seed, years, messages)).as_json()
    except Exception:  # noqa: BLE001  (a world that breaks is a finding like any other: the others go on)
        told = {"error": traceback.format_exc(), "wall_seconds": round(perf_counter() - started, 2)}
        return {"schema": 1, "seed": seed, "years": years, "good": False, **told}


def many(seeds: Sequence[int], years: int, messages: int) -> Iterator[dict[str, Any]]:
    """Play many worlds, two at a time, and yield what came of each, in order."""
    with ProcessPoolExecutor(min(AT_ONCE, len(seeds)), mp_context=get_context("spawn")) as pool:
        running = [pool.submit(one, seed, years, messages) for seed in seeds]
        for each in running:
            yield each.result()


def replay(seed: int, years: int, messages: int) -> str:
    """Return the command that plays a world again."""
    return f"python3 x.py world --seed {seed} --years {years} --messages {messages}"


def summary(results: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Return what many worlds come to."""
    sums = {name: sum(result.get(name, 0) for result in results) for name in SUMMED}
    bad = [result["seed"] for result in results if not result["good"]]
    return {"schema": 1, "worlds": len(results), "bad": bad, **sums, "wall_seconds": round(seconds, 2)}


def as_line(result: dict[str, Any]) -> str:
    """Return a result as a line for people."""
    if "error" in result:
        return f"seed {result['seed']}: broke: {result['error'].strip().splitlines()[-1]}"
    shown = [name for name in SUMMED if name in result]
    what = ", ".join(f"{result[name]:,} {name}" for name in shown)
    stuck = "" if result.get("settled_after", 0) is not None else ", NOT SETTLED"
    who = f"seed {result['seed']}" if "seed" in result else f"{result['worlds']} worlds"
    return f"{who}: {what}{stuck}, {result['wall_seconds']:.1f} s"


def main(arguments: Sequence[str]) -> int:
    """Play what is asked for and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 x.py world", description="Two people, seventeen years, and everything that goes wrong."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, metavar="N", help="the world to play (1)")
    which.add_argument("--seeds", type=_positive, metavar="COUNT", help="play the worlds 1 to COUNT, two at a time")
    parser.add_argument("--years", type=_positive, default=YEARS, metavar="N", help=f"how long it lasts ({YEARS})")
    about = f"things said in all ({MESSAGES:,}; with --seeds {MESSAGES_OF_MANY:,})"
    parser.add_argument("--messages", type=_positive, metavar="N", help=about)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    messages: int = chosen.messages or (MESSAGES_OF_MANY if chosen.seeds else MESSAGES)
    show = json.dumps if chosen.json else as_line

    started = perf_counter()
    seed = 1 if chosen.seed is None else chosen.seed
    results = []
    for result in (
        many(range(1, chosen.seeds + 1), chosen.years, messages)
        if chosen.seeds
        else [one(seed, chosen.years, messages)]
    ):
        results.append(result)
        print(show(result), flush=True)
        if not result["good"]:
            _tell_bad(result, messages)
    if chosen.seeds:
        print(show(summary(results, perf_counter() - started)), flush=True)
    return 0 if all(result["good"] for result in results) else 1


def _tell_bad(result: dict[str, Any], messages: int) -> None:
    for line in [*result.get("error", "").splitlines(), *result.get("examples", ())]:
        print(f"  {line}", file=sys.stderr)
    print(f"  again: {replay(result['seed'], result['years'], messages)}", file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # whoever read this has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
