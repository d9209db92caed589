"""Wipe: destroy everything that the vault holds of one line."""

from __future__ import annotations

from backchannel.app.desk import Desk


def wipe(desk: Desk, name: str) -> int:
    """Delete a line, its keys and its log; return how many events there were.

    The other side is told nothing.

    Raises:
        LineUnknown: there is no such line.
        StorageFull: there is no room to write the store anew; the line is deleted all the same.
    """
    with desk.work() as work:
        line = work.transaction.line_named(name)
        work.forget(line)
        for file in work.transaction.files(line.id):
            work.transaction.drop_file(line.id, file.name)
        work.transaction.delete_line(line.id)
    desk.vault.scrub(shrink=True)
    return line.positions
