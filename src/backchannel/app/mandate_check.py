"""Before anything binds: whether it is within the mandates that are used for a line (spec 15.5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.app.signing_off import demand_signoffs, signed_off_on
from backchannel.errors import BeyondMandate
from backchannel.ledger.mandate import GIVE, Mandate, exceeds, given, package_hash, text_hash
from backchannel.table.acts import AcceptOffer, Act, DecideText, MakeOffer, OfferKind, ProposeText, Settle
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

    A package that a principal signed off by its hash is within that principal's mandate, whatever the limits are. A
    final yes to the text is only within it if it was signed off: limits are of issues, and words have none.

    Raises:
        BeyondMandate: it does; the detail names what exceeds.
    """
    if isinstance(act, DecideText):
        draft = table.drafts.get(act.version)
        if act.yes and draft is not None and not draft.bracketed:
            _text_signed_off(transaction, line, draft.text)
        return
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
        by_them = any(not one.mine for one in signed_off_on(transaction, principal, package_hash(package)))
        found[principal.name] = () if by_them else exceeds(in_force(transaction, principal, now), package)
    return found


def deal_signed_off(transaction: Transaction, line: Line, deal: bytes) -> None:
    """Return if each principal whose mandate is used for a line signed a deal off.

    Limits are of issues, and a deal has promises as well: so no mandate is enough for it.

    Raises:
        BeyondMandate: one did not; the hint says what to do.
    """
    known = deal.hex()[:8]

    def way(principal: Line) -> str:
        show = f"show it to them: backchannel deal show {line.name} {known} --to {principal.name}"
        return f"{show}; they sign it off: backchannel deal signoff LINE {known}"

    demand_signoffs(transaction, principals_of(transaction, line), deal, "deal", way)


def _text_signed_off(transaction: Transaction, line: Line, text: ProposeText) -> None:
    def way(principal: Line) -> str:
        return (
            f"propose the same text to them: backchannel text propose {principal.name} --file FILE; they sign off what"
            " `text show` gives: backchannel mandate signoff LINE HASH"
        )

    demand_signoffs(transaction, principals_of(transaction, line), hash_of_text(text), "text", way)


def hash_of_text(text: ProposeText) -> bytes:
    """Return the hash of a version of the text that has no brackets (spec 15.5.3)."""
    return text_hash("".join(span.text for span in clause.spans) for clause in text.clauses)


def principals_of(transaction: Transaction, line: Line) -> list[Line]:
    """Return the principals' lines whose mandates are used for a line."""
    return [transaction.line(line_id) for line_id in used(transaction, line)]


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
