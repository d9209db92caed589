"""The root of the error tree.

Every class docstring is the sentence that a person reads: what happened and, where one exists, what to do next.
`code` is stable for ever, `exit_code` is what the command line returns, `http_status` what a server would answer.
docs/errors.md is the whole tree as a table, and a test holds the two together.
"""

from __future__ import annotations

from typing import ClassVar


class BackchannelError(Exception):
    """Something went wrong that Backchannel did not foresee; please report it with the text that follows."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, detail: str = "", *, hint: str = "") -> None:
        """Keep what is particular to this case.

        Args:
            detail: one clause about this case; never a secret.
            hint: what the person can do next; replaces nothing, is shown on its own line.
        """
        super().__init__(detail)
        self.detail = detail
        self.hint = hint

    @classmethod
    def sentence(cls) -> str:
        """Return the first line of the class docstring: the sentence for people."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    def __str__(self) -> str:
        return f"{self.sentence()} ({self.detail})" if self.detail else self.sentence()


def every_error() -> list[type[BackchannelError]]:
    """Return each error class once, parents before children, in the order of definition."""
    found: list[type[BackchannelError]] = []
    todo: list[type[BackchannelError]] = [BackchannelError]
    while todo:
        here = todo.pop(0)
        found.append(here)
        todo[:0] = here.__subclasses__()
    return found
