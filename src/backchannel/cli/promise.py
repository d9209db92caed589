"""x."""

import click


@click.command()
def promise():
    "x"
