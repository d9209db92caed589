"""`steady`."""

from __future__ import annotations

import re
from typing import Final

import click

from backchannel.app.desk import Desk
from backchannel.app.status import status
from backchannel.app.steady import rhythm_of, set_rhythm
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data
from backchannel.cli.steady_sentences import KEEPERS, span_told, steady_told, steady_value
from backchannel.errors import ConfigRefused
from backchannel.line.slots import DAY, LONGEST, MINUTE, SHORTEST, Rhythm

UNITS: Final = {"m": MINUTE, "h": 60 * MINUTE, "d": DAY}
EVERY: Final = "10m"
SIZE: Final = "4"


def _span(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Return a span such as 10m, 2h or 1d in milliseconds."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,4})([mhd])", value)
    span = int(found[1]) * UNITS[found[2]] if found else 0
    if not SHORTEST <= span <= LONGEST:
        raise click.BadParameter("give a span from 1m to 1d, such as 10m or 2h")
    return span


@click.command()
@click.argument("name")
@click.option(
    "--every", callback=_span, metavar="SPAN", help=f"One envelope in each SPAN, 1m to 1d; {EVERY} unless told."
)
@click.option(
    "--size", type=click.Choice(["1", "4", "16", "64"]), help=f"KiB of every envelope; {SIZE} unless told otherwise."
)
@click.option("--off", is_flag=True, help="Send at once again.")
@click.option("--json", "as_json", is_flag=True, help="Print how it stands as one JSON object.")
@vault_options
def steady(
    session: Session,
    name: str,
    every: int | None,
    size: str | None,
    off: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Let a line go in slots, so that nobody sees when it matters.

    In each slot one envelope of one size goes out on the line NAME, whether there is something to say or not; what is
    said waits for its slot. `sync --watch` or `read --follow` must run for that. With no option, shows how it stands.
    """
    if off and (every or size):
        raise click.UsageError("--off stands alone")
    desk = session.desk()
    with desk.look() as transaction:
        line = transaction.line_named(name)
        before = rhythm_of(transaction, line.id)
    wanted = before
    if off:
        wanted = None
    elif every or size:
        now = before or Rhythm(UNITS["m"] * 10, int(SIZE) * 1024)
        wanted = Rhythm(every or now.every, int(size) * 1024 if size else now.size)
    if wanted is not None and not (line.relays or line.folders or line.mails):
        raise ConfigRefused(f"{name} goes by hand only, and no hand is steady")
    set_rhythm(desk, name, wanted)
    _tell(desk, name, wanted, as_json=as_json, changed=wanted != before)


def _tell(desk: Desk, name: str, rhythm: Rhythm | None, *, as_json: bool, changed: bool) -> None:
    (standing,) = status(desk, name)
    if as_json:
        data({"line": name, "steady": steady_value(standing.steady)})
        return
    if rhythm is None:
        talk(f"{name} {'sends at once again' if changed else 'is not steady: it sends at once'}.")
    elif standing.steady is None:
        talk(f"{name} will be steady when it is open: every {span_told(rhythm.every)}, {rhythm.size // 1024} KiB.")
    else:
        click.echo(f"{name}: {steady_told(standing.steady)}")
    if rhythm is not None and changed:
        talk(f"It is sent and fetched while {KEEPERS} runs; a slot that is missed shows.")
        talk("It hides when you speak, not when they do: ask them to be steady too.")
