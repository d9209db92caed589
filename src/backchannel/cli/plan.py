"""`plan exchange`: who goes, in which phase, and how much trust that needs; nothing of it travels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from backchannel.cli.at_table import content_of
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data
from backchannel.errors import ConfigRefused

_LEVELS: Final = 7


@click.group()
def plan() -> None:
    """Plan for yourself; nothing of it travels."""


@plan.command("exchange")
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="The question: YAML or JSON.")
@click.option("--kept", metavar="LABEL", help="Show again what was kept, instead.")
@click.option("--keep", metavar="LABEL", help="Keep the result in the vault, for you alone.")
@click.option("--stake", type=click.IntRange(0), default=0, help="Points that each side has at stake already.")
@click.option("--weight", type=click.IntRange(0, 1000), default=1, show_default=True, help="Of my gain in the aim.")
@click.option("--their-weight", type=click.IntRange(0, 1000), default=1, show_default=True, help="Of theirs.")
@click.option("--frontier", is_flag=True, help="Also what other plans would give to me and to them.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw the trust needed into a file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def exchange_command(
    session: Session,
    name: str,
    file: Path | None,
    kept: str | None,
    keep: str | None,
    stake: int,
    weight: int,
    their_weight: int,
    frontier: bool,  # noqa: FBT001  (click passes by name)
    svg: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Plan an exchange on NAME: who goes when, how near that is to the best, and how much trust each step needs.

    The question names candidates or a list of the line, quotas, musts, vetoes, phases and points; the points are yours
    alone.
    """
    if (file is None) == (kept is None):
        raise click.UsageError("give --file, or --kept")
    if kept is not None and (keep or svg or frontier):
        raise click.UsageError("--kept shows what was kept, and nothing more")
    if not weight and not their_weight:
        raise click.UsageError("one of --weight and --their-weight is above 0")
    if file is None:
        value = _kept(session, name, kept or "")
    else:
        value = _asked(session, name, file, (weight, their_weight), stake, frontier=frontier)
    if svg is not None:
        _draw(svg, value)
    if keep is not None:
        from backchannel.app.exchange_plan import keep_plan

        keep_plan(session.desk(), name, keep, json.dumps(value, ensure_ascii=False).encode())
    if as_json:
        data(value)
    else:
        from backchannel.cli.plan_render import show_plan

        show_plan(value)
    if svg is not None and not as_json:
        talk(f"Drawn: {svg}")


def _asked(
    session: Session, name: str, file: Path, weights: tuple[int, int], stake: int, *, frontier: bool
) -> dict[str, Any]:
    from backchannel.app.exchange_file import LARGEST_QUESTION, question_of
    from backchannel.app.exchange_plan import frontier as frontier_of
    from backchannel.app.exchange_plan import planned
    from backchannel.app.lists import Lists
    from backchannel.app.name_file import LARGEST_FILE
    from backchannel.cli.plan_render import plan_value
    from backchannel.insight.exchange.problem import Aim

    line, listings = Lists(session.desk()).look(name)

    def beside(named: str) -> bytes:
        return content_of(file.parent / named, LARGEST_FILE)

    question = question_of(content_of(file, LARGEST_QUESTION), line, listings, beside)
    done = planned(question, Aim(*weights), stake)
    return plan_value(done, frontier_of(question, _LEVELS) if frontier else ())


def _kept(session: Session, name: str, label: str) -> dict[str, Any]:
    from backchannel.app.exchange_plan import kept_plan

    value: dict[str, Any] = json.loads(kept_plan(session.desk(), name, label))
    return value


def _draw(file: Path, value: dict[str, Any]) -> None:
    from backchannel.cli.plan_picture import drawing

    try:
        file.write_text(drawing(value["trust"]), "utf-8")
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be written: {error.strerror}") from error
