"""A conversation as one page of HTML: no script, nothing from elsewhere, each message in its own direction."""

from __future__ import annotations

from html import escape
from typing import Final

from backchannel.app.read import Entry
from backchannel.cli.read import about
from backchannel.cli.render import moment, unsafe_name
from backchannel.cli.said import words
from backchannel.log.carried import Carried
from backchannel.log.kinds import Text

_STYLE: Final = """
:root { color-scheme: light dark; --mine: #dcebf7; --theirs: #eeeeec; --ink: #1c1c1c; --faint: #5c5c5c; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --mine: #22384a; --theirs: #303030; --ink: #ececec; --faint: #a8a8a8; --page: #161616; }
}
body { max-inline-size: 46rem; margin: 2rem auto; padding-inline: 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic", sans-serif; }
h1 { font-size: 1.4rem; margin-block-end: 0; }
header p, .head { color: var(--faint); font-size: 0.85rem; }
article { margin-block: 0.75rem; }
article.mine { margin-inline-start: 4rem; }
article.theirs { margin-inline-end: 4rem; }
.head { margin: 0 0 0.15rem; }
.said { margin: 0; padding: 0.5rem 0.8rem; border-radius: 0.6rem; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: plaintext; text-align: start; }
.mine .said { background: var(--mine); }
.theirs .said { background: var(--theirs); }
.note { font-style: italic; color: var(--faint); }
.mark { direction: ltr; unicode-bidi: isolate; border: 1px solid currentColor; border-radius: 0.25rem; font-size: 0.7em;
  padding: 0 0.2em; }
@media print { article { break-inside: avoid; } }
"""


def html_head(name: str, made: str) -> str:
    """Return the beginning of the page.

    Args:
        name: what the owner calls the line.
        made: when the page was made, ISO 8601.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1><bdi>{_visible(name)}</bdi></h1>\n"
        f'<p>Exported on <time datetime="{made}">{made}</time>. This page is not encrypted.</p>\n</header>\n<main>\n'
    )


def html_of(entry: Entry, act: str | None) -> str:
    """Return one event as a piece of the page.

    Args:
        entry: the event.
        act: what it did, in our words, with what a peer wrote isolated in them; None where it is talk.
    """
    event = entry.stored.event
    iso = moment(event.clock) or ""
    when = f'<time datetime="{escape(iso)}">{escape(iso[:16].replace("T", " "))} UTC</time>'
    who, side = ("me", "mine") if entry.mine else ("them", "theirs")
    fork = " · this number exists in more than one version" if entry.forked else ""
    style = "said" if isinstance(entry.said, Text | Carried) else "said note"
    said = _visible(words(entry.said)) if act is None else escape(act)
    marks = escape(about(entry).strip())
    return (
        f'<article class="{side}" id="e{entry.stored.position}">\n<p class="head">{who} · {when} · number '
        f'{event.number}{fork} {marks}</p>\n<p class="{style}" dir="auto">{said}</p>\n</article>\n'
    )


def html_foot() -> str:
    """Return the end of the page."""
    return "</main>\n</body>\n</html>\n"


def _visible(text: str) -> str:
    """Return someone's words, escaped, with a mark for each character that could reorder or hide what is around it."""
    shown = []
    for character in text:
        name = unsafe_name(character)
        shown.append(escape(character) if name is None else f'<span class="mark">{name}</span>')
    return "".join(shown)
