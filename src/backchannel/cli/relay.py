"""`relay serve`."""

from __future__ import annotations

from pathlib import Path

import click

from backchannel.cli.adapters import RelaySettings
from backchannel.cli.context import Session, talk
from backchannel.errors import ConfigRefused


@click.group()
def relay() -> None:
    """Run a relay.

    A relay is a server that keeps envelopes until they are fetched, and learns nothing else.
    """


@relay.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8440, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where envelopes are kept.",
)
@click.option(
    "--operator-token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Only who shows this token may make mailboxes.",
)
@click.option("--metrics/--no-metrics", default=True, show_default=True, help="Answer /metrics.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), help="Answer /metrics on this port of loopback, and nowhere else."
)
@click.option("--mailboxes-per-hour", type=click.IntRange(1), help="New mailboxes for one client; raise it behind Tor.")
@click.pass_obj
def serve(
    session: Session,
    host: str,
    port: int,
    data: Path,
    operator_token_file: Path | None,
    metrics: bool,  # noqa: FBT001  (click passes by name)
    metrics_port: int | None,
    mailboxes_per_hour: int | None,
) -> None:
    """Serve until SIGTERM or Ctrl-C. Put TLS or an onion service in front of it.

    The address is printed on standard output when the relay is ready.
    """
    token = None
    if operator_token_file is not None:
        try:
            token = operator_token_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigRefused(f"the token file {operator_token_file} cannot be read") from error
    settings = RelaySettings(data, host, port, token, metrics, metrics_port, mailboxes_per_hour)

    def ready(url: str) -> None:
        click.echo(url)
        talk("The relay is ready. Ctrl-C stops it.")

    session.adapters.serve_relay(settings, ready)
