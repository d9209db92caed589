"""Templates: agendas to begin from, as files that a person can read, copy and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from backchannel.app.package_file import read_map
from backchannel.errors import InputRefused, Malformed
from backchannel.table.issue import Issue, read_issue

NUMBERS = ("least", "most", "step")


@dataclass(frozen=True, slots=True)
class Template:
    """An agenda to begin from.

    Attributes:
        name: what people type.
        title: by language tag.
        about: one sentence, in English.
        issues: in their order.
    """

    name: str
    title: Mapping[str, str]
    about: str
    issues: tuple[Issue, ...]


def template_names() -> list[str]:
    """Return the names of the templates that come with the program."""
    folder = files("backchannel.table").joinpath("templates")
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def template_source(name: str) -> bytes:
    """Return the file of a template as it is.

    Raises:
        InputRefused: there is none of that name.
    """
    if name not in template_names():
        raise InputRefused(f"there is no template {name!r}; there are {', '.join(template_names())}")
    return files("backchannel.table").joinpath("templates", f"{name}.yaml").read_bytes()


def read_template(name: str, content: bytes) -> Template:
    """Return the template in a file.

    Args:
        name: what it is called.
        content: YAML or JSON: a map with `issues`, and for people `title` and `about`.

    Raises:
        InputRefused: it is no template; the detail says which issue is wrong.
        Oversize: it is too large.
    """
    value = read_map(content)
    issues = value.get("issues")
    if not isinstance(issues, list) or not issues:
        raise InputRefused("a template has a list of issues")
    title = value.get("title", {"en": name})
    if not isinstance(title, dict):
        raise InputRefused("the title of a template is a map of languages and words")
    read = tuple(issue_from(issue, f"issue {place}") for place, issue in enumerate(issues, start=1))
    return Template(name, title, str(value.get("about", "")), read)


def issue_from(written: Any, what: str) -> Issue:
    """Return an issue as it stands in a file, where numbers are texts and an English title needs no language.

    Raises:
        InputRefused: it is none.
    """
    if not isinstance(written, dict):
        raise InputRefused(f"{what} is not a map")
    value = dict(written)
    if isinstance(value.get("title"), str):
        value["title"] = {"en": value["title"]}
    try:
        for name in NUMBERS:
            if isinstance(value.get(name), str):
                value[name] = int(value[name])
        if value.get("type") == "range":
            value.setdefault("step", 1)
        return read_issue(value)
    except ValueError:
        raise InputRefused(f"{what}: a number that is none") from None
    except Malformed as error:
        raise InputRefused(f"{what}: {error.detail}") from None
