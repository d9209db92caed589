"""Before anything binds: whether it is within the mandates that are used for a line (spec 15.5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.errors import BeyondMandate
from backchannel.ledger.mandate import GIVE, SIGNOFF, Mandate, exceeds, given, package_hash, signoffs
from backchannel.table.acts import AcceptOffer, Act, MakeOffer, OfferKind, Settle
from backchannel.table.issue import Value
from backchannel.table.model import Table
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields, items, sized

_VERSION: Final = 1
_USED: Final = "mandates"
_LINE_ID: Final = 16
MOST_PRINCIPALS: Final = 16


def used(transaction: Transaction, line: Line) -> tuple[bytes, ...]:
    """Return the ids of the principals' lines whose mandates are used for a line; known to the owner alone."""
    value = transaction.private(line.id, _USED)
    if value is None:
        return ()
    (ids,) = fields(decode(value), _VERSION, 1, "mandates")
    return tuple(sized(one, _LINE_ID, "line") for one in items(ids, "mandates", most=MOST_PRINCIPALS))


def save_used(transaction: Transaction, line: Line, ids: Sequence[bytes]) -> None:
    """Keep whose mandates are used for a line."""
    transaction.save_private(line.id, _USED, encode([_VERSION, sorted(ids)]) if ids else None)


def in_force(transaction: Transaction, principal: Line, now: int) -> Mandate | None:
    """Return the mandate that holds on a principal's line."""
    found = given(transaction.of_kinds(principal.id, GIVE), 1 - int(principal.role))
    return next((one.mandate for one in found if one.holds(now)), None)


def within_mandates(transaction: Transaction, line: Line, table: Table, act: Act, now: int) -> None:
    """Return if an act binds nobody beyond a mandate.

    A package that a principal signed off by its hash is within that principal's mandate, whatever the limits are.

    Raises:
        BeyondMandate: it does; the detail names what exceeds.
    """
    package = binding_package(table, act)
    if package is None:
        return
    for name, beyond in beyond_mandates(transaction, line, package, now).items():
        if beyond:
            raise BeyondMandate(f"{name}: {'; '.join(beyond)}; package {package_hash(package).hex()}")


def beyond_mandates(
    transaction: Transaction, line: Line, package: Mapping[str, Value], now: int
) -> dict[str, tuple[str, ...]]:
    """Return what of a package, if it were binding, goes beyond each mandate that is used for a line, by principal."""
    found: dict[str, tuple[str, ...]] = {}
    for line_id in used(transaction, line):
        principal = transaction.line(line_id)
        signed = signoffs(transaction.of_kinds(principal.id, SIGNOFF), package_hash(package))
        by_them = any(event.author != int(principal.role) for event, _ in signed)
        found[principal.name] = () if by_them else exceeds(in_force(transaction, principal, now), package)
    return found


def binding_package(table: Table, act: Act) -> Mapping[str, Value] | None:
    """Return the package that an act would bind its author to, by keys; None where it binds to none."""
    offer: MakeOffer | None = None
    match act:
        case MakeOffer():
            offer = act
        case AcceptOffer(offer=identity, versions=None) | Settle(outcome=bytes(identity)):
            offer = table.offers[identity].offer if identity in table.offers else None
        case _:
            return None
    if offer is None or offer.kind is not OfferKind.BINDING:
        return None
    return package_by_key(table, offer.package)


def package_by_key(table: Table, package: Mapping[bytes, Value]) -> dict[str, Value]:
    """Return a package by the keys of its issues, as every line can read it."""
    return {
        table.versions[version].definition.key if version in table.versions else version.hex(): value
        for version, value in package.items()
    }
