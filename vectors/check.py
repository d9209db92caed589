"""A second program, written from docs/spec alone, that checks every vector: `python -m vectors.check`.

It imports nothing of the first one. One line a file; the exit code is 1 if any fails, or if there is a file that it
does not know.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vectors.second import behind, good, handshake, overlap
from vectors.second.fail import refuse
from vectors.second.matching import Mismatch
from vectors.second.olm import OlmRefused
from vectors.second.parting import archives, endings, removals, rules
from vectors.second.refusal import Refused
from vectors.second.xwing import NotAuthentic

LINE = Path(__file__).parent / "line"
GOOD: dict[str, Callable[[Any], int]] = {
    "archive": archives,
    "backup": good.backups,
    "carrying": behind.carried,
    "code": good.code,
    "codec": good.codec,
    "coverage": good.coverage,
    "deal": good.deals,
    "ending": endings,
    "envelope": good.envelope,
    "epochs": good.epochs,
    "event": good.events,
    "file": good.file,
    "forks": good.forks,
    "frame": good.frames,
    "handshake": handshake.handshake,
    "invitation": handshake.invitation,
    "keyfile": good.keyfiles,
    "kinds": good.kinds,
    "labels": good.labels,
    "ledger": good.ledgers,
    "lists": behind.name_lists,
    "mail": good.mails,
    "mailbox": good.mailbox,
    "open": good.opened,
    "order": good.order,
    "overlap": overlap.rounds,
    "paper": good.papers,
    "recovery": good.recoveries,
    "relay": good.relays,
    "release": good.ledgers,
    "removal": removals,
    "retention": rules,
    "root": good.root,
    "safety": good.safety,
    "seal": good.seal,
    "steady": good.steadies,
    "table": good.tables,
    "third": good.thirds,
}
WRONG = (Mismatch, Refused, OlmRefused, NotAuthentic, ValueError, TypeError, LookupError, AttributeError, OSError)


def check(path: Path, folder: Path) -> tuple[int, str]:
    """Checks one file.

    Args:
        path: the file.
        folder: where the good vectors are.

    Returns:
        How many cases it has, and for a failure vector why it was refused.

    Raises:
        Mismatch: it is of no known type, or something differs.
    """

    def load(name: Path) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    name = path.relative_to(folder)
    data = load(name)
    if name == Path("recorded.json"):
        return handshake.recorded(data, load), ""
    if data.get("schema") != 1:
        raise Mismatch("another schema")
    if name.parent == Path("fail"):
        return 1, refuse(data)
    if name.parent != Path() or name.stem not in GOOD:
        raise Mismatch("a file of no known type")
    if set(data) != {"schema", "steps", "vectors"}:
        raise Mismatch("other keys than schema, steps, vectors")
    return GOOD[name.stem](data["vectors"]), ""


def report(folder: Path) -> Iterator[tuple[str, int, str]]:
    """Checks all files of a folder, and those of its folders.

    Args:
        folder: where the good vectors are.

    Yields:
        Name, number of cases, and what is wrong or an empty text.
    """
    paths = [path for path in folder.rglob("*") if not path.is_dir()]
    for path in sorted(paths, key=lambda one: (len(one.parts), one)):
        name = path.relative_to(folder).as_posix()
        try:
            count, _ = check(path, folder)
        except WRONG as error:
            yield name, 0, f"{type(error).__name__}: {error}"
        else:
            yield name, count, "" if count else "no cases"
    for stem in GOOD:
        if not (folder / f"{stem}.json").exists():
            yield f"{stem}.json", 0, "it is missing"


def main(arguments: list[str] | None = None) -> int:
    """Prints one line a file.

    Args:
        arguments: of the command line.

    Returns:
        The exit code: 1 if any file fails.
    """
    parser = argparse.ArgumentParser(description="check vectors/line with a second program")
    parser.add_argument("folder", nargs="?", type=Path, default=LINE)
    folder = parser.parse_args(arguments).folder
    files = cases = failed = 0
    for name, count, wrong in report(folder):
        print(f"{name:36} {count:4}  {'FAILED ' + wrong if wrong else 'ok'}")
        files, cases, failed = files + 1, cases + count, failed + bool(wrong)
    print(f"{files} files, {cases} cases, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
