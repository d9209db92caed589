"""Feed the parsers what nobody would send: ``python -m fuzz.run [TARGET ...] [--seconds N]``.

Guided by coverage (atheris), each target in a process of its own, for N seconds each. What was found to reach new code
is kept under .cache/fuzz/TARGET and is where the next run begins; an input that breaks something is left beside it as
``crash-...`` and the exit code is 1. ``python -m fuzz.run TARGET --input FILE`` tries one again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.targets import CORPUS, FOLDER, NAMES, target

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 2
ONE_INPUT_SECONDS = 20
MEMORY_MIB = 2048


def guided(name: str, seconds: int) -> None:
    """Fuzz one target in this process; does not return."""
    import atheris

    # Instrumented is what is imported inside: only the target's room and what it stands on.
    with atheris.instrument_imports(include=["backchannel", "fuzz"]):
        chosen = target(name)
    folder = CORPUS / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for example in chosen.examples():
        (corpus / hashlib.sha256(example).hexdigest()[:16]).write_bytes(example)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={ONE_INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-artifact_prefix={folder}/",
        "-max_len=70000",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], chosen.one_input)
    atheris.Fuzz()


def main(arguments: Sequence[str]) -> int:
    """Run the targets one after the other and give the exit code."""
    parser = argparse.ArgumentParser(prog="python3 x.py fuzz", description="Feed the parsers what nobody would send.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(NAMES)}; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="how long each runs (60)")
    parser.add_argument("--input", type=Path, help="try this one input again, and nothing else")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    names = chosen.targets or list(NAMES)
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"there is no target {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return USAGE
    if chosen.input:
        for name in names:
            target(name).one_input(chosen.input.read_bytes())
        return 0
    if importlib.util.find_spec("atheris") is None:
        text = "this needs atheris, which has wheels for Linux on x86-64 only; the tests run the targets without it"
        print(text, file=sys.stderr)
        return 1
    if chosen.here:
        guided(names[0], chosen.seconds)
    failed = [name for name in names if not in_its_own_process(name, chosen.seconds)]
    if failed:
        print(f"broken: {', '.join(failed)}; the inputs are under {CORPUS}", file=sys.stderr)
    return 1 if failed else 0


def in_its_own_process(name: str, seconds: int) -> bool:
    """Fuzz one target; say whether it held."""
    print(f"== {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "fuzz.run", name, "--here", "--seconds", str(seconds)]
    return subprocess.run(command, cwd=FOLDER.parent, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
