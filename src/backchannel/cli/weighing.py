"""An act weighed by the owner's own limits before anything is sent; what is beyond them needs `--anyway`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from backchannel.cli.at_table import tell
from backchannel.cli.context import Session, talk
from backchannel.table.acts import AcceptOffer, Act, MakeOffer, OfferKind, Settle
from backchannel.table.issue import Value
from backchannel.table.model import Table

if TYPE_CHECKING:
    from backchannel.app.own_limits import Limits

anyway_option = click.option(
    "--anyway", is_flag=True, help="Even if it crosses your red lines or goes beyond your mandate."
)


@dataclass(frozen=True, slots=True)
class Checking:
    """The owner's limits on a line, and what this run says of them.

    Attributes:
        limits: of the owner; None where there are none, so that nothing heavy is loaded.
        anyway: whether the owner said that it is to be sent all the same.
        as_json: whether a program reads.
    """

    limits: Limits | None
    anyway: bool
    as_json: bool

    def checked(self, table: Table, act: Act) -> Act:
        """Return the act, after saying what it is worth and what it crosses.

        Raises:
            RedLineCrossed: it can never be agreed to, and nobody said `--anyway`.
            BeyondOwnMandate: it would bind beyond the mandate, and nobody said `--anyway`.
            PreferencesRefused: the preferences do not fit the agenda, and nobody said `--anyway`.
        """
        package, binds = _package(table, act)
        if self.limits is None or not package:
            return act
        from backchannel.errors import PreferencesRefused

        try:
            found = self.limits.weigh(table, package)
        except PreferencesRefused:
            if not self.anyway:
                raise
            talk("warning: your preferences do not fit the agenda any more; this was not weighed")
            return act
        found.check(binds=binds, anyway=self.anyway)
        for sentence in (*found.never, *found.ask):
            talk(f"warning: {sentence}")
        if found.worth is not None:
            low, high = found.worth
            worth = f"{low:,}" if low == high else f"{low:,} to {high:,}"
            tell(
                f"For you: {worth}; no agreement {found.reservation:,}, your best {found.best:,}.", as_json=self.as_json
            )
        return act


def own_limits(session: Session, name: str, *, anyway: bool, as_json: bool) -> Checking:
    """Return what weighs the acts of this run."""
    with session.desk().look() as transaction:
        line = transaction.line_named(name)
        limited = transaction.private(line.id, "preferences") is not None
    if not limited:
        return Checking(None, anyway, as_json)
    from backchannel.app.own_limits import limits_of  # numpy, for who has preferences alone

    return Checking(limits_of(session.desk(), name), anyway, as_json)


def _package(table: Table, act: Act) -> tuple[Mapping[bytes, Value], bool]:
    """Return what an act would have the owner agree to, and whether it binds."""
    match act:
        case MakeOffer(kind, package):
            return package, kind is OfferKind.BINDING
        case AcceptOffer(offer, versions) if offer in table.offers:
            package = table.offers[offer].offer.package
            if versions is None:
                return package, True
            return {version: value for version, value in package.items() if version in versions}, False
        case Settle(offer) if offer is not None and offer in table.offers:
            return table.offers[offer].offer.package, True
        case _:
            return {}, False
