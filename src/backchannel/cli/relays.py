"""`relays`."""

from __future__ import annotations

from dataclasses import replace

import click

from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data
from backchannel.errors import ConfigRefused
from backchannel.line.frame import MAX_RELAYS


@click.command()
@click.argument("name")
@click.option("--add", "added", metavar="URL", multiple=True, help="Use this relay as well; the first is tried first.")
@click.option("--remove", "removed", metavar="URL", multiple=True, help="Do not use it any more.")
@click.option("--json", "as_json", is_flag=True, help="Print the relays as one JSON object.")
@vault_options
def relays(
    session: Session,
    name: str,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Show or change the relays of a line.

    For a relay that is gone, or that is no longer to be used. The other side has to do the same: tell them by another
    way of the line, or by the relay that is still there. What is not confirmed goes out again by what is left.
    """
    new = [_address(session, url) for url in added]
    old = {session.adapters.relay_url(url)[0] for url in removed}
    with session.desk().work() as work:
        line = work.transaction.line_named(name)
        unknown = old - set(line.relays)
        if unknown:
            raise ConfigRefused(f"{name} does not use {', '.join(sorted(unknown))}")
        kept = tuple(url for url in dict.fromkeys((*new, *line.relays)) if url not in old)
        if len(kept) > MAX_RELAYS:
            raise ConfigRefused(f"at most {MAX_RELAYS} relays")
        if kept != line.relays:
            work.transaction.save_line(replace(line, relays=kept))
    if as_json:
        data({"line": name, "relays": list(kept)})
        return
    for url in kept:
        click.echo(url)
    if not kept:
        talk(f"{name} uses no relay; it goes by hand, by folder or by mail.")
    if new or old:
        talk("The other side has to do the same.")


def _address(session: Session, url: str) -> str:
    address, exposed = session.adapters.relay_url(url)
    if exposed:
        talk(f"warning: {address} is not encrypted: whoever is on the way can delete what lies in your mailboxes")
    return address
