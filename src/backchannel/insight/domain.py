"""What is negotiated, as far as a calculation needs it: names of issues and of their options, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backchannel.errors import PreferencesRefused
from backchannel.insight.frontier import Package
from backchannel.insight.links import Choice


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to agree on.

    Attributes:
        name: as both sides call it.
        options: the names of the options, in order; at least one, no two alike.
    """

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """All issues of a negotiation.

    Attributes:
        issues: in order; at least one, no two of one name.
    """

    issues: tuple[Issue, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be told apart."""
        names = [issue.name for issue in self.issues]
        if not names or len(set(names)) < len(names):
            raise PreferencesRefused("no issue, or two issues of one name")
        for issue in self.issues:
            if not issue.options or len(set(issue.options)) < len(issue.options):
                raise PreferencesRefused(f"issue {issue.name!r}: no option, or two options of one name")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return how many options each issue has."""
        return tuple(len(issue.options) for issue in self.issues)

    def issue(self, name: str, place: str) -> int:
        """Return the index of an issue.

        Args:
            name: of the issue.
            place: where the name stands, for the error.

        Raises:
            PreferencesRefused: there is none of that name.
        """
        for index, issue in enumerate(self.issues):
            if issue.name == name:
                return index
        raise PreferencesRefused(f"{place}: there is no issue {name!r}")

    def choice(self, issue: str, option: str, place: str) -> Choice:
        """Return where an option stands.

        Args:
            issue: its issue's name.
            option: its name.
            place: where the names stand, for the error.

        Raises:
            PreferencesRefused: there is none of that name.
        """
        index = self.issue(issue, place)
        if option not in self.issues[index].options:
            raise PreferencesRefused(f"{place}: issue {issue!r} has no option {option!r}")
        return Choice(index, self.issues[index].options.index(option))

    def partial(self, chosen: Mapping[str, str], place: str = "offer") -> tuple[int | None, ...]:
        """Return option indices for names, None where an issue is left open.

        Args:
            chosen: option names by issue name.
            place: what they stand in, for the error.

        Raises:
            PreferencesRefused: an issue or an option that does not exist.
        """
        found: list[int | None] = [None] * len(self.issues)
        for issue, option in chosen.items():
            choice = self.choice(issue, option, place)
            found[choice.issue] = choice.option
        return tuple(found)

    def named(self, package: Package) -> dict[str, str]:
        """Return option names by issue name.

        Args:
            package: option indices, one an issue.
        """
        return {issue.name: issue.options[option] for issue, option in zip(self.issues, package, strict=True)}
