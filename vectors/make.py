"""Writes vectors/line: what our code says for every step of docs/spec, for other programs to agree with.

    python -m vectors.make            write the files again from recorded.json
    python -m vectors.make --check    write nothing; fail if a file is not what the code makes
    python -m vectors.make --record   also draw anew what the libraries draw at random, into recorded.json

Byte strings are hexadecimal, or a list of [hexadecimal, how often] where a byte repeats for long. What can be is
derived from `seeded`. Key pairs of Olm, its messages, and X-Wing ciphertexts cannot: they are recorded.
"""

import argparse
import json
import sys

from backchannel.line.handshake import Inviting
from backchannel.line.invitation import decode_invitation
from vectors.first.files import HERE, RECORDED, files, written
from vectors.first.recording import RECORDED_STEPS, record
from vectors.first.shown import Recorded


def run(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m vectors.make")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--record", action="store_true", help="draw anew what the libraries draw")
    options = parser.parse_args(arguments)
    (HERE / "fail").mkdir(parents=True, exist_ok=True)
    if options.record:
        RECORDED.write_text(written({"schema": 1, "steps": RECORDED_STEPS, "recorded": record()}))
    recorded: Recorded = json.loads(RECORDED.read_text())["recorded"]
    decode_invitation(Inviting.from_bytes(bytes.fromhex(recorded["inviting"])).invitation.encode())
    wanted = files(recorded)
    there = {path for path in HERE.rglob("*.json") if path != RECORDED}
    wrong = sorted(path for path in wanted if path not in there or path.read_text() != wanted[path])
    extra = sorted(there - set(wanted))
    if options.check:
        for path in [*wrong, *extra]:
            print(f"not as the code makes it: {path.relative_to(HERE)}", file=sys.stderr)
        return 1 if wrong or extra else 0
    for path in extra:
        path.unlink()
    for path in wrong:
        path.write_text(wanted[path])
    print(f"{len(wanted)} files, {len(wrong)} written, {len(extra)} removed")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
