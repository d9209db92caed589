"""Run the benches: ``python -m bench.run [NAME ...] [--json] [--quick]``.

A bench is a module ``bench/bench_*.py`` with a ``NAME`` and a function ``rows(quick)`` that measures and yields one
``Row`` after the other. A missed target is a finding and not a failure: machines differ, so the exit code stays 0.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.rows import Row, as_json, as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOLDER = Path(__file__).parent
USAGE = 2


class Bench(NamedTuple):
    """A bench that was found."""

    name: str
    rows: Callable[[bool], Iterator[Row]]


def discover(folder: Path = FOLDER, package: str = "bench") -> dict[str, Bench]:
    """Find every bench of a folder, by name.

    Args:
        folder: where the modules are.
        package: what the folder is called in an import.

    Returns:
        The benches, in the order of their names.

    Raises:
        ValueError: two modules have the same NAME.
    """
    found: dict[str, Bench] = {}
    for path in sorted(folder.glob("bench_*.py")):
        module = importlib.import_module(f"{package}.{path.stem}")
        bench = Bench(module.NAME, module.rows)
        if bench.name in found:
            raise ValueError(f"two benches are called {bench.name!r}; one is {path.name}")
        found[bench.name] = bench
    return dict(sorted(found.items()))


def measure(benches: Sequence[Bench], *, quick: bool) -> Iterator[Row]:
    """Yield every row as soon as it is measured, and say on a terminal which bench is at work."""
    for bench in benches:
        if sys.stderr.isatty():
            print(f"bench: {bench.name} ...", file=sys.stderr, flush=True)
        yield from bench.rows(quick)


def main(arguments: Sequence[str], found: dict[str, Bench] | None = None) -> int:
    """Run the benches that are named, or all.

    Args:
        arguments: the command line.
        found: the benches to choose from; those of this folder when None.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="x.py bench", description="Measure, and compare with the targets.")
    parser.add_argument("names", metavar="NAME", nargs="*", help="run only these benches")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as soon as it is measured")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: a look, not a measurement")
    chosen = parser.parse_args(arguments)

    benches = discover() if found is None else found
    unknown = [name for name in chosen.names if name not in benches]
    if unknown:
        print(f"error: there is no bench {', '.join(unknown)}", file=sys.stderr)
        print(f"hint: there are: {', '.join(benches) or 'none yet'}", file=sys.stderr)
        return USAGE

    measured = measure([benches[name] for name in chosen.names or benches], quick=chosen.quick)
    if chosen.json:
        for row in measured:
            print(as_json(row), flush=True)
        return 0
    rows = list(measured)
    if rows:
        print(as_table(rows, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
