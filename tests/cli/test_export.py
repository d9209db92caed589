"""`export`: only when asked for, with a warning; and harmless to look at, whatever the other side wrote."""

from __future__ import annotations

import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

from backchannel.errors import ConfigRefused, FileExists, LineUnknown
from tests.cli.people import Person

SAID = (
    "Good evening.",
    "שלום, מה שלומך?",
    "مساء الخير",
    "<script>alert(1)</script> & 'quotes' \"",
    "a\u202eb",
    "two\nlines",
)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "p":
            self._in = (dict(attrs).get("class") or "").startswith("said")
            if self._in:
                self.said.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._in = False

    def handle_data(self, data: str) -> None:
        if self._in:
            self.said[-1] += data


def talked(pair: tuple[Person, Person]) -> Person:
    ann, bob = pair
    ann.says("bob", *SAID)
    bob.runs("sync")
    bob.says("ann", *SAID)
    ann.runs("sync")
    return ann


def test_nothing_is_exported_without_agreement(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    file = home / "out"
    done = ann.tries("export", "bob", "--as", "text", "--to", str(file))
    assert done.code == ConfigRefused.exit_code
    assert "anybody" in done.err
    assert not file.exists()
    assert ann.tries("export", "bob", "--yes").code == 2
    assert ann.tries("export", "nobody", "--as", "text", "--yes").code == LineUnknown.exit_code


def test_html_is_one_quiet_page(pair: tuple[Person, Person], home: Path) -> None:
    ann = talked(pair)
    file = home / "out.html"
    done = ann.runs("export", "bob", "--as", "html", "--to", str(file), "--yes")
    assert "not encrypted" in done.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text("utf-8")
    page = Page()
    page.feed(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "a", "object", "form", "svg"}
    assert not any(
        name.startswith("on") or name in ("src", "href") for _, attributes in page.tags for name in attributes
    )
    assert "default-src 'none'" in text
    assert "url(" not in text
    said = [attributes for tag, attributes in page.tags if tag == "p" and (attributes.get("class") or "") == "said"]
    assert len(said) == 12
    assert all(attributes["dir"] == "auto" for attributes in said)
    assert page.said == [text.replace("\u202e", "RLO") for text in SAID * 2]
    assert "\u202e" not in text
    assert '<span class="mark">RLO</span>' in text


def test_text_and_json(pair: tuple[Person, Person]) -> None:
    ann = talked(pair)
    text = ann.runs("export", "bob", "--as", "text", "--yes").out
    assert "\u202e" not in text
    assert len(re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC  (me  |them)  ", text, re.MULTILINE)) == 12
    value = json.loads(ann.runs("export", "bob", "--as", "json", "--yes").out)
    assert (value["schema"], value["line"]) == (1, "bob")
    assert [event["text"] for event in value["events"]] == list(SAID * 2)


def test_an_empty_line_is_exported_too(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    assert json.loads(ann.runs("export", "bob", "--as", "json", "--yes").out)["events"] == []
    file = home / "there"
    file.write_text("mine", "utf-8")
    assert ann.tries("export", "bob", "--as", "html", "--to", str(file), "--yes").code == FileExists.exit_code
    assert file.read_text("utf-8") == "mine"
