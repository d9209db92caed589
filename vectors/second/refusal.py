"""How the second program says no."""


class Refused(Exception):
    """Bytes or an action were refused, with the code that the specification names for it.

    Attributes:
        code: the code, as in docs/errors.md.
        why: what was wrong, for whoever reads the report.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


def malformed(why: str) -> Refused:
    """A refusal for a shape that is none (spec 1.1).

    Args:
        why: what was wrong.

    Returns:
        The refusal, to be raised.
    """
    return Refused("malformed", why)
