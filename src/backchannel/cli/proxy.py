"""`proxy`."""

from __future__ import annotations

import click

from backchannel.cli.context import PROXY, Session, talk, vault_options


@click.command()
@click.argument("url", required=False)
@vault_options
def proxy(session: Session, url: str | None) -> None:
    """Reach relays through a SOCKS proxy such as Tor.

    URL is like socks5://127.0.0.1:9050; `none` goes back to direct. The proxy also resolves the relays' names. Without
    URL, shows what is set.
    """
    if url is None:
        with session.desk().look() as transaction:
            click.echo(transaction.setting(PROXY) or "none")
        return
    value = None if url == "none" else session.adapters.proxy_url(url)
    with session.desk().work() as work:
        work.transaction.save_setting(PROXY, value)
    talk(f"Relays are reached through {value}." if value else "Relays are reached directly.")
