"""x."""

import click


@click.command()
def trust():
    "x"
