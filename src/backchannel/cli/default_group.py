"""A group one of whose commands needs no name: `backup FILE` beside `backup verify FILE`."""

from __future__ import annotations

from typing import Any

import click


class DefaultGroup(click.Group):
    """A group that runs its default command where the first word names none.

    A first argument that is also a command's name is taken for the command; ./NAME tells it apart.
    """

    def __init__(self, *args: Any, default: str, **named: Any) -> None:
        """Name the default command."""
        super().__init__(*args, **named)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before arguments that begin with none."""
        shows_help = bool(args) and args[0] in self.get_help_option_names(ctx)
        if args and not shows_help and args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
