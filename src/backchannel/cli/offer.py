"""`offer`: make, counter, accept, reject, withdraw, and settle what crossed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from backchannel.app.line import Line
from backchannel.app.package_file import (
    HANDLINGS,
    KINDS,
    LARGEST_FILE,
    WrittenOffer,
    package_on,
    read_offer_file,
    read_until,
    read_words,
)
from backchannel.cli.at_table import act, acting, content_of, tell
from backchannel.cli.context import Session, vault_options
from backchannel.cli.weighing import anyway_option, own_limits
from backchannel.errors import InputRefused
from backchannel.table.acts import (
    USUAL,
    AcceptOffer,
    Act,
    MakeOffer,
    OfferKind,
    RejectOffer,
    Settle,
    WithdrawOffer,
)
from backchannel.table.issue import Value
from backchannel.table.model import Standing, Table
from backchannel.table.naming import find_offer, version_named
from backchannel.table.status import covers_agenda

NOTHING = "none"


@click.group()
def offer() -> None:
    """Offers: make, counter, accept, reject, withdraw, settle."""


def offering(command: Any) -> Any:
    """Give a command the options that say what is offered."""
    for option in (
        anyway_option,
        click.option("--handling", type=click.Choice(list(HANDLINGS)), help="What the other side may do with it."),
        click.option("--condition", "conditions", multiple=True, metavar="TEXT", help="It holds only under this."),
        click.option("--until", metavar="TIME", help="Its end: 2030-01-31T18:00+02:00, or from now: 12h, 3d."),
        click.option("--kind", type=click.Choice(list(KINDS)), help="How it is meant; a proposal if nothing is said."),
        click.option(
            "--file", type=click.Path(path_type=Path, dir_okay=False), help="Take it from a file of YAML or JSON."
        ),
    ):
        command = option(command)
    return command


@offer.command("make")
@click.argument("name")
@click.argument("words", metavar="ISSUE=VALUE...", nargs=-1)
@offering
@acting
@vault_options
def make_command(
    session: Session,
    name: str,
    words: tuple[str, ...],
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
    **given: Any,
) -> None:
    """Offer a package on NAME: a value for some issues of the agenda, or for all.

    An option may be given by its number or its beginning, names with commas between them.
    """
    written = Written.of(session, words, given)

    limits = own_limits(session, name, anyway=given["anyway"], as_json=as_json)

    def choose(_: Line, table: Table) -> Act:
        return limits.checked(table, written.with_package(package_on(table, written.offer.package), None))

    act(session, name, choose, offline=offline, as_json=as_json)


@offer.command("counter")
@click.argument("name")
@click.argument("offer_id", metavar="OFFER")
@click.argument("words", metavar="ISSUE=VALUE...", nargs=-1)
@click.option("--only", is_flag=True, help="Offer the issues named here alone; else the rest is as in OFFER.")
@offering
@acting
@vault_options
def counter_command(
    session: Session,
    name: str,
    offer_id: str,
    words: tuple[str, ...],
    only: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **given: Any,
) -> None:
    """Answer OFFER with another: what is named here changes, the rest is as in OFFER.

    OFFER stands until it is rejected, withdrawn or over.
    """
    written = Written.of(session, words, given)
    limits = own_limits(session, name, anyway=given["anyway"], as_json=as_json)

    def choose(_: Line, table: Table) -> Act:
        standing = find_offer(table, offer_id)
        package = package_on(table, written.offer.package)
        if not only:
            package = {**_rest(table, standing), **package}
        return limits.checked(table, written.with_package(package, standing))

    act(session, name, choose, offline=offline, as_json=as_json)


@offer.command("accept")
@click.argument("name")
@click.argument("offer_id", metavar="OFFER")
@click.option("--issue", "issues", multiple=True, help="Accept this issue of it alone, provisionally.")
@anyway_option
@acting
@vault_options
def accept_command(
    session: Session,
    name: str,
    offer_id: str,
    issues: tuple[str, ...],
    anyway: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Accept OFFER of the other side.

    A package over the whole agenda is agreed with that. Over some issues it is accepted provisionally: nothing is
    agreed until everything is agreed.
    """
    whole = False
    limits = own_limits(session, name, anyway=anyway, as_json=as_json)

    def choose(_: Line, table: Table) -> Act:
        nonlocal whole
        standing = find_offer(table, offer_id)
        if issues:
            return limits.checked(table, AcceptOffer(standing.trace.id, version_named(table, issues)))
        whole = covers_agenda(table, standing) and standing.offer.kind is not OfferKind.FEELER
        return limits.checked(table, AcceptOffer(standing.trace.id, None if whole else tuple(standing.offer.package)))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell(
        "Accepted: the whole package is agreed, unless something of theirs crossed with this."
        if whole
        else "Accepted provisionally: nothing is agreed until everything is agreed.",
        as_json=as_json,
    )


@offer.command("reject")
@click.argument("name")
@click.argument("offer_id", metavar="OFFER")
@click.option("--reason", default="", help="Why, in words for them.")
@acting
@vault_options
def reject_command(
    session: Session,
    name: str,
    offer_id: str,
    reason: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Reject OFFER of the other side."""

    def choose(_: Line, table: Table) -> Act:
        return RejectOffer(find_offer(table, offer_id).trace.id, reason)

    act(session, name, choose, offline=offline, as_json=as_json)


@offer.command("withdraw")
@click.argument("name")
@click.argument("offer_id", metavar="OFFER")
@acting
@vault_options
def withdraw_command(
    session: Session,
    name: str,
    offer_id: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Withdraw OFFER of your own; what was agreed cannot be withdrawn."""

    def choose(_: Line, table: Table) -> Act:
        return WithdrawOffer(find_offer(table, offer_id).trace.id)

    act(session, name, choose, offline=offline, as_json=as_json)


@offer.command("settle")
@click.argument("name")
@click.argument("outcome")
@anyway_option
@acting
@vault_options
def settle_command(
    session: Session,
    name: str,
    outcome: str,
    anyway: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say how what crossed is to be settled: OUTCOME is the offer that holds, or `none`.

    It is settled when both sides have named the same.
    """
    limits = own_limits(session, name, anyway=anyway, as_json=as_json)

    def choose(_: Line, table: Table) -> Act:
        return limits.checked(table, Settle(None if outcome == NOTHING else find_offer(table, outcome).trace.id))

    _, table = act(session, name, choose, offline=offline, as_json=as_json)
    tell("Settled." if table.contest is None else "Said; settled when they name the same.", as_json=as_json)


def _rest(table: Table, standing: Standing) -> dict[bytes, Value]:
    """Return the values of an offer whose issues are as they were."""
    return {
        version: value for version, value in standing.offer.package.items() if table.versions[version].ended is None
    }


@dataclass(frozen=True, slots=True)
class Written:
    """An offer as its author wrote it.

    Attributes:
        offer: from words, options and a file; what stands on the command line counts before the file.
        session: this run.
    """

    offer: WrittenOffer
    session: Session

    @classmethod
    def of(cls, session: Session, words: tuple[str, ...], given: dict[str, Any]) -> Written:
        """Read words, options and file.

        Raises:
            InputRefused: they do not make an offer.
        """
        file = given["file"]
        base = WrittenOffer({}) if file is None else read_offer_file(content_of(file, LARGEST_FILE))
        return cls(
            WrittenOffer(
                package={**base.package, **read_words(words)},
                kind=given["kind"] or base.kind,
                until=given["until"] or base.until,
                conditions=(*base.conditions, *given["conditions"]),
                handling=given["handling"] or base.handling,
            ),
            session,
        )

    def with_package(self, package: dict[bytes, Value], answered: Standing | None) -> MakeOffer:
        """Return the act.

        Raises:
            InputRefused: it is no offer that could be made.
        """
        from datetime import datetime

        kind = KINDS[self.offer.kind or "proposal"]
        handling = USUAL[kind] if self.offer.handling is None else HANDLINGS[self.offer.handling]
        if kind is OfferKind.FEELER and handling is not USUAL[kind]:
            raise InputRefused("a feeler is for the other side alone")
        now = self.session.adapters.clock()
        local = datetime.fromtimestamp(now / 1000).astimezone().utcoffset()
        zone = 0 if local is None else round(local.total_seconds() / 60)
        return MakeOffer(
            kind=kind,
            package=package,
            conditions=self.offer.conditions,
            until=None if self.offer.until is None else read_until(self.offer.until, now, zone),
            replies_to=None if answered is None else answered.trace.id,
            handling=handling,
        )
