"""Every file in vectors/line and what is in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vectors.first.archive_defects import archive_defects
from vectors.first.archives import archive
from vectors.first.backups import backup, backup_defects
from vectors.first.carrying import carrying, mandate_defects
from vectors.first.codec import codec, codec_defects
from vectors.first.deal import deal, deal_defects
from vectors.first.defect import Defect
from vectors.first.ending import ending, tombstone_defects
from vectors.first.envelope import envelope, envelope_defects, seals
from vectors.first.epochs import epochs, root
from vectors.first.events import event, event_defects, kinds
from vectors.first.forks import forks
from vectors.first.frames import coverage, frame, frame_defects
from vectors.first.handshake import handshake, handshake_defects
from vectors.first.invitation import invitation, invitation_defects
from vectors.first.keyfile import key_file, key_file_defects
from vectors.first.labels import labels
from vectors.first.ledger import ledger, release
from vectors.first.lists import list_defects, lists
from vectors.first.mail import mail
from vectors.first.open_line import open_defects, open_line
from vectors.first.order import order
from vectors.first.overlap import overlap_defects, overlap_rounds
from vectors.first.paper import paper
from vectors.first.paper_defects import paper_defects
from vectors.first.parts_of_files import file, part_defects
from vectors.first.recovery import recovery, recovery_defects
from vectors.first.relay import mailboxes, relay, relay_defects
from vectors.first.removal import removal
from vectors.first.retention import retention
from vectors.first.safety import safety, safety_defects
from vectors.first.shown import Json, Recorded
from vectors.first.spoken import code, code_defects
from vectors.first.steady_lines import piece_defects, steady
from vectors.first.table import table, table_defects
from vectors.first.third import third

HERE: Final = Path(__file__).parents[1] / "line"
RECORDED: Final = HERE / "recorded.json"

GOOD: Final[dict[str, Callable[[Recorded], Json]]] = {
    "codec": codec,
    "envelope": envelope,
    "labels": labels,
    "seal": seals,
    "invitation": invitation,
    "mailbox": mailboxes,
    "handshake": handshake,
    "open": open_line,
    "root": root,
    "epochs": epochs,
    "frame": frame,
    "coverage": coverage,
    "event": event,
    "kinds": kinds,
    "file": file,
    "order": order,
    "forks": forks,
    "safety": safety,
    "code": code,
    "paper": paper,
    "mail": mail,
    "keyfile": key_file,
    "backup": backup,
    "archive": archive,
    "relay": relay,
    "recovery": recovery,
    "ending": ending,
    "removal": removal,
    "retention": retention,
    "steady": steady,
    "deal": deal,
    "ledger": ledger,
    "release": release,
    "lists": lists,
    "carrying": carrying,
    "third": third,
    "overlap": overlap_rounds,
    "table": table,
}


def defects(recorded: Recorded) -> list[Defect]:
    """Return every defect."""
    return [
        *codec_defects(),
        *envelope_defects(),
        *invitation_defects(),
        *handshake_defects(recorded),
        *open_defects(recorded),
        *frame_defects(),
        *event_defects(),
        *part_defects(),
        *piece_defects(),
        *paper_defects(),
        *key_file_defects(),
        *safety_defects(),
        *code_defects(),
        *backup_defects(),
        *archive_defects(),
        *relay_defects(),
        *recovery_defects(),
        *tombstone_defects(),
        *deal_defects(recorded),
        *list_defects(),
        *mandate_defects(),
        *overlap_defects(),
        *table_defects(),
    ]


def files(recorded: Recorded) -> dict[Path, str]:
    """Return every file but recorded.json."""
    found: dict[Path, Json] = {}
    for name, make in GOOD.items():
        steps = (make.__doc__ or "").split(":")[0].rstrip(".").split(", ")
        found[HERE / f"{name}.json"] = {"schema": 1, "steps": steps, "vectors": make(recorded)}
    for name, step, what, error, inputs in defects(recorded):
        path = HERE / "fail" / f"{name}.json"
        if path in found:
            raise ValueError(f"{name} twice")
        found[path] = {"schema": 1, "step": step, "do": name.split("-")[0], "what": what, "error": error, **inputs}
    return {path: written(value) for path, value in found.items()}


def written(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=True, sort_keys=False) + "\n"
