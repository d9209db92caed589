"""What an event says, in words for people; what is ours and no peer's words stands in square brackets."""

from __future__ import annotations

from backchannel.app.read import Said
from backchannel.cli.render import local, moment, plural
from backchannel.log.carried import Carried
from backchannel.log.closing import Closed
from backchannel.log.file import File
from backchannel.log.kinds import Text, Unknown
from backchannel.log.retention import Rule
from backchannel.log.retraction import Retracted
from backchannel.log.tombstone import Tombstone, Why


def words(said: Said) -> str:
    """Return what an event says, as it stands in a conversation."""
    match said:
        case Text(text=text) | Carried(text=text):
            return text
        case File(name):
            return f"[file: {name}]"
        case Closed(word):
            return f"[closes the line] {word}".rstrip()
        case Retracted(number):
            return f"[takes back number {number}]"
        case Rule():
            return f"[proposes: {rule_words(said)}]"
        case Tombstone():
            how = "taken back" if said.why is Why.RETRACTED else "past its time"
            return f"[{said.kind} number {said.number}: removed on {local(said.when)[:10]}, {how}]"
        case Unknown(kind):
            return f"[{kind}: this version cannot show it]"


def rule_words(rule: Rule) -> str:
    """Return how long talk is kept, in words."""
    if rule.days:
        return f"words are removed after {plural(rule.days, 'day')}"
    return "words are removed when the line is closed" if rule.on_closing else "words are kept"


def text_of(said: Said) -> str | None:
    """Return the author's own words, exactly; None where an event has none."""
    match said:
        case Text(text=text) | Carried(text=text):
            return text
        case Closed(word):
            return word or None
        case _:
            return None


def removed_value(said: Said) -> dict[str, object] | None:
    """Return why and when the words of an event were removed, as a JSON object; None where they were not."""
    if not isinstance(said, Tombstone):
        return None
    return {"why": said.why.name.lower(), "when": moment(said.when)}
