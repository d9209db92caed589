"""`issue`: the agenda."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from backchannel.app.line import Line
from backchannel.app.package_file import LARGEST_FILE
from backchannel.app.templates import Template, issue_from, read_template, template_names, template_source
from backchannel.cli.at_table import act, acting, content_of, tell
from backchannel.cli.context import Session, vault_options
from backchannel.cli.render import data
from backchannel.cli.render import table as print_table
from backchannel.errors import InputRefused
from backchannel.table.acts import Act, Add, AgreeIssues, Close, DeclineIssues, ProposeIssues, Replace
from backchannel.table.issue import Issue
from backchannel.table.model import ProposalState, Table
from backchannel.table.naming import find_issue, find_proposal

_TITLE: Final = re.compile(r"([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)=(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"(-?\d+)\s*(?:\.\.|to)\s*(-?\d+)")
_NEITHER: Final = "say what it takes: --choice OPTION (twice or more), --range LEAST..MOST, --names MOST, or --clause"


def defining(command: Any) -> Any:
    """Give a command the options that say what an issue is."""
    for option in (
        click.option("--clause", is_flag=True, help="It takes a text."),
        click.option("--names", type=click.IntRange(1), metavar="MOST", help="It takes a list of at most MOST names."),
        click.option("--step", type=click.IntRange(1), help="Of a range: the distance between two numbers."),
        click.option("--unit", help="Of a range: such as days."),
        click.option("--range", "limits", metavar="LEAST..MOST", help="It takes a whole number."),
        click.option("--choice", "choices", multiple=True, metavar="OPTION", help="It takes one of these options."),
        click.option(
            "--title", "titles", multiple=True, metavar="[LANGUAGE=]TITLE", help="In English, or in LANGUAGE: he=..."
        ),
    ):
        command = option(command)
    return command


@click.group()
def issue() -> None:
    """The agenda: propose, change, close, agree, decline."""


@issue.command("add")
@click.argument("name")
@click.argument("key", required=False)
@click.option("--template", help="Propose all issues of a template that comes with the program.")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="Propose all issues of a file like a template."
)
@click.option(
    "--xml", type=click.Path(path_type=Path, dir_okay=False), help="Propose all issues of a domain of Genius or NegMAS."
)
@defining
@acting
@vault_options
def add_command(
    session: Session,
    name: str,
    key: str | None,
    template: str | None,
    file: Path | None,
    xml: Path | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
    **defined: Any,
) -> None:
    """Propose an issue KEY for the agenda of NAME, or all of a template or a public domain, in one go.

    It is on the agenda when the other side has agreed.
    """
    if sum(one is not None for one in (key, template, file, xml)) != 1:
        raise click.UsageError("give one of KEY, --template, --file and --xml")
    if key is None:
        if any(defined.values()):
            raise click.UsageError("--template, --file and --xml say themselves what the issues are")
        issues = _many(template, file, xml)
    else:
        issues = (_issue(key, defined, None),)

    def choose(_: Line, __: Table) -> Act:
        return ProposeIssues(tuple(Add(one) for one in issues))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell("Proposed; on the agenda once the other side agrees.", as_json=as_json)


@issue.command("change")
@click.argument("name")
@click.argument("issue_key", metavar="ISSUE")
@click.option("--key", help="Another name for it.")
@defining
@acting
@vault_options
def change_command(
    session: Session,
    name: str,
    issue_key: str,
    key: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
    **defined: Any,
) -> None:
    """Propose another version of ISSUE; what is not said stays as it is."""

    def choose(_: Line, table: Table) -> Act:
        version = find_issue(table, issue_key)
        return ProposeIssues((Replace(version.id, _issue(key, defined, version.definition)),))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell("Proposed; the issue changes once the other side agrees.", as_json=as_json)


@issue.command("close")
@click.argument("name")
@click.argument("issue_keys", metavar="ISSUE...", nargs=-1, required=True)
@acting
@vault_options
def close_command(
    session: Session,
    name: str,
    issue_keys: tuple[str, ...],
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose to take issues off the agenda."""

    def choose(_: Line, table: Table) -> Act:
        return ProposeIssues(tuple(Close(find_issue(table, key).id) for key in issue_keys))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell("Proposed; off the agenda once the other side agrees.", as_json=as_json)


@issue.command("agree")
@click.argument("name")
@click.argument("proposal", required=False)
@acting
@vault_options
def agree_command(
    session: Session,
    name: str,
    proposal: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Agree to the other side's PROPOSAL for the agenda; without an id, to the only one that is open."""

    def choose(line: Line, table: Table) -> Act:
        return AgreeIssues(_proposal(line, table, proposal))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell("Agreed; the agenda has changed.", as_json=as_json)


@issue.command("decline")
@click.argument("name")
@click.argument("proposal", required=False)
@acting
@vault_options
def decline_command(
    session: Session,
    name: str,
    proposal: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Decline the other side's PROPOSAL for the agenda, or take your own back."""

    def choose(line: Line, table: Table) -> Act:
        return DeclineIssues(_proposal(line, table, proposal))

    act(session, name, choose, offline=offline, as_json=as_json)
    tell("Declined.", as_json=as_json)


@issue.command("templates")
@click.argument("template", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each template.")
def templates_command(template: str | None, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """List the templates; with TEMPLATE, print its file, to be copied and changed for `issue add --file`."""
    if template is not None and not as_json:
        click.echo(template_source(template).decode("utf-8"), nl=False)
        return
    found = [read_template(one, template_source(one)) for one in ([template] if template else template_names())]
    if as_json:
        for one in found:
            data(_template_value(one))
        return
    print_table([[one.name, str(len(one.issues)), one.about] for one in found], ["template", "issues", "for"])


def _template_value(template: Template) -> dict[str, Any]:
    return {
        "template": template.name,
        "title": dict(template.title),
        "about": template.about,
        "issues": [one.to_value() for one in template.issues],
    }


def _many(template: str | None, file: Path | None, xml: Path | None) -> tuple[Issue, ...]:
    if xml is not None:
        from backchannel.app.domain_import import issues_in_domain  # numpy, for this alone
        from backchannel.insight.domain_xml import LARGEST_FILE as LARGEST_DOMAIN

        return issues_in_domain(content_of(xml, LARGEST_DOMAIN))
    if template is not None:
        return read_template(template, template_source(template)).issues
    assert file is not None  # noqa: S101  (the caller has looked)
    return read_template(file.stem, content_of(file, LARGEST_FILE)).issues


def _proposal(line: Line, table: Table, word: str | None) -> bytes:
    if word is not None:
        return find_proposal(table, word).trace.id
    found = [
        one
        for one in table.proposals.values()
        if one.state is ProposalState.OPEN and one.trace.author != int(line.role)
    ]
    if len(found) != 1:
        raise InputRefused("no proposal of theirs is open" if not found else "more than one is open: name it by its id")
    return found[0].trace.id


def _issue(key: str | None, defined: dict[str, Any], before: Issue | None) -> Issue:
    """Return the issue that options describe; of one that is changed, what they do not say stays."""
    kinds = [name for name in ("choices", "limits", "names", "clause") if defined[name]]
    only = kinds[0] if len(kinds) == 1 else None
    if only is None and (kinds or before is None):
        raise click.UsageError(_NEITHER)
    if only not in (None, "limits") and (defined["unit"] is not None or defined["step"] is not None):
        raise click.UsageError("--unit and --step go with --range")
    value = {} if before is None else before.to_value()
    if key is not None:
        value["key"] = key
    if defined["titles"]:
        value["title"] = _titles(defined["titles"])
    value.setdefault("title", {"en": key})
    value |= _taking(only, defined)
    made = issue_from(value, value["key"])
    if before is not None and made == before:
        raise InputRefused("that is how it is already")
    return made


def _taking(only: str | None, defined: dict[str, Any]) -> dict[str, Any]:
    """Return what options say of the values that an issue takes."""
    said = {name: defined[name] for name in ("unit", "step") if defined[name] is not None}
    match only:
        case "choices":
            return {"type": "choice", "options": list(defined["choices"])}
        case "limits":
            found = _RANGE.fullmatch(defined["limits"].strip())
            if found is None:
                raise InputRefused("a range is written LEAST..MOST, such as 1..90")
            return {"type": "range", "least": found[1], "most": found[2], **said}
        case "names":
            return {"type": "names", "most": defined["names"]}
        case "clause":
            return {"type": "clause"}
        case _:
            return said


def _titles(given: Sequence[str]) -> dict[str, str]:
    titles = {}
    for one in given:
        found = _TITLE.fullmatch(one)
        language, words = (found[1], found[2]) if found else ("en", one)
        if language in titles:
            raise InputRefused(f"two titles in {language}")
        titles[language] = words
    return titles
