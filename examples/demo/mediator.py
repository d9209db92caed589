"""A go-between with one line to each side: the whole negotiation by shuttle, with real processes.

It ends with one for 1,000, signed through a guarantor who holds both signatures, and carried out promise by promise.

python3 examples/demo/mediator.py [--json] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import BACKCHANNEL, PATIENCE, DemoFailed, Person, RelayProcess
from shuttle import BETWEEN, Shuttle


class Partaker(Person):
    """Somebody in the shuttle, in processes of their own."""

    def fails(self, *arguments: str) -> str:
        """Run a command that must be refused; return the code of its error.

        Raises:
            DemoFailed: it was not.
        """
        done = subprocess.run(
            [*BACKCHANNEL, *arguments],
            env=self.environment(), capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            raise DemoFailed(f"{self.name}: backchannel {' '.join(arguments)} should have been refused")
        return str(json.loads(done.stderr.splitlines()[-1])["error"])


def main() -> int:
    """Run the shuttle; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the vaults in DIR, to look around in")
    options = parser.parse_args()
    home = options.keep or Path(tempfile.mkdtemp(prefix="backchannel-shuttle-"))
    relay = RelayProcess(home / "relay")

    def tell(sentence: str) -> None:
        if not options.json:
            print(sentence, flush=True)

    try:
        if options.keep is not None:
            home.mkdir(parents=True, exist_ok=False)
        relay.start()
        between = Partaker(BETWEEN, "", home)
        north, south, guarantor = (Partaker(name, BETWEEN, home) for name in ("north", "south", "guarantor"))
        summary = Shuttle(between, (north, south, guarantor), relay.url, home, tell).run()
    except DemoFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except FileExistsError:
        print(f"error: {home} is there already", file=sys.stderr)
        return 2
    finally:
        relay.kill()
        if options.keep is None:
            shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(summary) if options.json else "\n".join(f"{name}: {value}" for name, value in summary.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
