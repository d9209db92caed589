"""Check the models: ``python -m formal.run [NAME ...] [--deep] [--json]``.

Each check is exhaustive within its bounds: spin makes a C program that visits every state, and a search that was cut
off counts as failed. A model that is broken on purpose must be found out: else the model shows nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
USAGE: Final = 2
NEEDED: Final = ("spin", "gcc")
AT_ONCE: Final = 2
SECONDS: Final = 900
DEPTH: Final = 100_000
TABLE: Final = 20
DEEP_TABLE: Final = 24
"""The search's hash table has two to the power of this many slots; more states than that only make it slower."""

_FOUND: Final = re.compile(r"^pan:\d+: (.*?) \(at depth \d+\)", re.MULTILINE)
_ERRORS: Final = re.compile(r"errors: (\d+)")
_STATES: Final = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
_CUT_OFF: Final = ("Search not completed", "max search depth too small", "out of memory")
_A_BREACH: Final = ("assertion violated", "invalid end state", "acceptance cycle")


@dataclass(frozen=True, slots=True)
class Check:
    """One search of one model.

    Attributes:
        model: the file's name without its ending.
        defines: names, or names and values, for the preprocessor.
        claim: the LTL property that is checked; assertions and deadlocks where there is none.
        broken: whether it is broken on purpose, and must be found out.
        deep: whether it takes minutes, and is left to those who ask for it.
        optimise: what gcc is told; for a short search it is not worth its time.
    """

    model: str
    defines: tuple[str, ...] = ()
    claim: str | None = None
    broken: bool = False
    deep: bool = False
    optimise: str = "-O0"

    @property
    def name(self) -> str:
        """Return a name for people and for choosing."""
        return " ".join([self.model, *self.defines, *([self.claim] if self.claim else [])])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to.

    Attributes:
        check: its name.
        good: whether it came out as it should.
        found: what was breached, if anything; for a check that is not broken on purpose, what is wrong.
        states: how many were visited.
        seconds: how long it took, with making the program.
    """

    check: str
    good: bool
    found: str
    states: int
    seconds: float


CHECKS: Final = (
    Check("delivery", ("SLOTS=2", "SPEAKER=0")),
    Check("delivery", ("SLOTS=1",), claim="delivered"),
    Check("epochs", ("SLOTS=1", "LAST=3")),
    Check("epochs", ("SLOTS=1", "LAST=3"), claim="delivered"),
    Check("epochs", ("SLOTS=2", "LAST=1", "SPEAKER=0")),
    Check("epochs", ("SLOTS=2", "LAST=1", "SPEAKER=1")),
    Check("sessions", ("FLOOD=8", "TRICKLE=2")),
    Check("sessions", ("FLOOD=8", "TRICKLE=1"), claim="delivered"),
    Check("restore", ("SLOTS=1", "SPEAKER=0")),
    Check("restore", ("SLOTS=1", "SPEAKER=1")),
    Check("restore", ("SLOTS=1", "SPEAKER=0"), claim="restored_whole"),
    *(
        Check(model, (*bounds, what), broken=True)
        for model, bounds, breaks in (
            ("delivery", ("SLOTS=1",), ("ACKNOWLEDGE_EARLY", "FRAMED_IS_DONE", "COUNT_ONLY")),
            ("epochs", ("SLOTS=1",), ("NO_TIEBREAK", "MOVE_EARLY", "FORGET_EARLY", "DROP_PENDING")),
            ("sessions", (), ("NO_LIMIT", "NO_LAST_WORDS", "NEVER_OWED", "OWN_FIRST")),
            (
                "restore",
                ("SLOTS=1", "SPEAKER=0"),
                (
                    *("KEEP_KEYS", "SAME_KEY", "SPEAK_EARLY", "OLD_FRAMES", "DROP_PENDING", "NO_TIEBREAK"),
                    *("ANSWER_ALWAYS", "FORGET_REQUEST"),
                ),
            ),
        )
        for what in breaks
    ),
    Check("delivery", ("SLOTS=2",), deep=True, optimise="-O2"),
    Check("epochs", ("SLOTS=2", "LAST=2"), deep=True, optimise="-O2"),
    Check("epochs", ("SLOTS=2", "LAST=3"), deep=True, optimise="-O2"),
    Check("sessions", ("FLOOD=8", "TRICKLE=4"), deep=True, optimise="-O2"),
    Check("restore", ("SLOTS=2", "SPEAKER=0"), deep=True, optimise="-O2"),
    Check("restore", ("SLOTS=2", "SPEAKER=1"), deep=True, optimise="-O2"),
    Check("restore", ("SLOTS=1", "MOST_SEALED=2"), deep=True, optimise="-O2"),
)


def missing() -> list[str]:
    """Return the programs that are not here."""
    return [name for name in NEEDED if shutil.which(name) is None]


def search(check: Check) -> Outcome:
    """Run one check from its model to its outcome."""
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="backchannel-model-") as folder:
        text = _searched(check, Path(folder))
    found = _FOUND.search(text)
    errors, states = _ERRORS.search(text), _STATES.search(text)
    what = found.group(1) if found else ""
    whole = errors is not None and states is not None and not any(sign in text for sign in _CUT_OFF)
    if check.broken:
        good = any(sign in what for sign in _A_BREACH)
    else:
        good = whole and errors is not None and errors.group(1) == "0"
    if not what and not whole:
        what = f"the search did not end: {text.strip()[-300:]}"
    return Outcome(check.name, good, what, int(states.group(1)) if states else 0, perf_counter() - started)


def _searched(check: Check, folder: Path) -> str:
    """Return what the search printed, or the step before it that failed."""
    claim = ("-N", check.claim) if check.claim else ()
    unclaimed = () if check.claim else ("-DNOCLAIM", "-DSAFETY")
    for command in (
        ["spin", "-a", *(f"-D{define}" for define in check.defines), str(FOLDER / f"{check.model}.pml")],
        ["gcc", check.optimise, "-w", *unclaimed, "-o", "pan", "pan.c"],
    ):
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        if made.returncode:
            return made.stdout + made.stderr
    liveness = ("-a",) if check.claim else ()
    command = [str(folder / "pan"), *liveness, f"-m{DEPTH}", f"-w{DEEP_TABLE if check.deep else TABLE}", *claim]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    return ran.stdout + ran.stderr


def search_all(checks: Sequence[Check]) -> Iterator[Outcome]:
    """Yield the outcomes in order; two searches run at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(search, checks)


def as_line(outcome: Outcome, *, broken: bool) -> str:
    """Return an outcome as a line for people."""
    verdict = "ok" if outcome.good else "FAILED"
    told = f"found out: {outcome.found}" if broken and outcome.good else outcome.found or "holds"
    if broken and not outcome.found:
        told = "broken on purpose, and not found out"
    return f"{verdict:6}  {outcome.check:45}  {outcome.states:>10,} states  {outcome.seconds:6.1f} s  {told[:90]}"


def main(arguments: Sequence[str]) -> int:
    """Check the models that are named, or all, and give the exit code."""
    models = sorted({check.model for check in CHECKS})
    parser = argparse.ArgumentParser(prog="python3 x.py model", description="Check the models of the line with spin.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(models)}; all by default")
    parser.add_argument("--deep", action="store_true", help="also with larger bounds: minutes, and gigabytes of memory")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(models))
    if unknown:
        print(f"there is no model {', '.join(unknown)}; there are: {', '.join(models)}", file=sys.stderr)
        return USAGE
    if missing():
        print(f"this needs {' and '.join(missing())}; try: sudo apt-get install -y spin gcc", file=sys.stderr)
        return 1
    checks = [
        check
        for check in CHECKS
        if (chosen.deep or not check.deep) and (not chosen.names or check.model in chosen.names)
    ]
    good = True
    for check, outcome in zip(checks, search_all(checks), strict=True):
        good &= outcome.good
        print(json.dumps({"schema": 1, **asdict(outcome)}) if chosen.json else as_line(outcome, broken=check.broken))
        sys.stdout.flush()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
