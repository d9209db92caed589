"""Two people, an untrusted relay between them, a cut in the middle, an agreement, a deal of one for a thousand kept.

All of it is played by real processes, one vault each: from the first word to the last promise.

python3 x.py demo [--no-ui] [--json] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from conversation import (
    AFTER_THE_CUT,
    AGENDA,
    BEFORE_THE_CUT,
    DURING_THE_CUT,
    OFFERS,
    PREFERENCES,
    SIGNS,
    Side,
)
from processes import DemoFailed, Person, RelayProcess
from two_sides import TwoSides

TURNS: Final = 8
"""Steps that each side may need for one overlap round, and some to spare."""

BUCKETS: Final = (1024, 4096, 16384, 65536)
BOLD, DIM, BLUE, GREEN, PLAIN = "\033[1m", "\033[2m", "\033[34m", "\033[32m", "\033[0m"
ISOLATE, POP = "\u2068", "\u2069"


class Stage:
    """Shows what happens, unless only the summary is wanted."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._colour = sys.stdout.isatty()

    def _print(self, text: str) -> None:
        if not self._quiet:
            print(text if self._colour else _plain(text), flush=True)

    def step(self, text: str) -> None:
        """Announce what comes next."""
        self._print(f"\n{BOLD}{text}{PLAIN}")

    def note(self, text: str) -> None:
        """Say what has happened."""
        self._print(f"{DIM}  {text}{PLAIN}")

    def said(self, side: Side, text: str, mark: str) -> None:
        """Show words that have arrived."""
        colour = BLUE if side == "north" else GREEN
        self._print(f"  {colour}{side:>5}{PLAIN} {DIM}{mark}{PLAIN} {ISOLATE}{text}{POP}")


def _plain(text: str) -> str:
    for code in (BOLD, DIM, BLUE, GREEN, PLAIN):
        text = text.replace(code, "")
    return text


class Demo:
    """One run."""

    def __init__(self, home: Path, stage: Stage) -> None:
        self.stage = stage
        self.relay = RelayProcess(home / "relay")
        self.north = Person("north", "south", home)
        self.south = Person("south", "north", home)
        self.stick = home / "stick"
        self.stick.mkdir()
        self.seen: Counter[int] = Counter()
        self.by_hand: Counter[int] = Counter()
        self.overlap: dict[str, Any] = {}
        self.agreed: dict[str, Any] = {}
        self.deal: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """Play it, and return the summary."""
        started = time.monotonic()
        try:
            self._open_the_line()
            self._talk_through_the_relay()
            self._cut()
            self._come_back()
            self._agree_on_the_agenda()
            self._make_offers()
            self._find_the_overlap()
            self._accept_a_package()
            self._keep_a_deal()
            self._hear_everything()
            return self._summary(time.monotonic() - started)
        finally:
            self.north.stop()
            self.south.stop()
            self.relay.kill()

    def _person(self, side: Side) -> tuple[Person, Person]:
        return (self.north, self.south) if side == "north" else (self.south, self.north)

    def _open_the_line(self) -> None:
        self.stage.step("1. Two vaults and a relay, each a process of its own")
        self.relay.start()
        self.stage.note(f"the relay listens on {self.relay.url}")
        self.north.run("init")
        self.south.run("init")
        self.stage.note("north invites; the invitation passes from hand to hand; south joins")
        invitation = self.north.vault.parent / "invitation.txt"
        self.north.run("invite", "south", "--relay", self.relay.url, "--file", str(invitation))
        self.south.run("join", "north", "--file", str(invitation), "--wait", "0")
        self.north.run("sync", "south")
        self.south.run("sync", "north")
        invitation.unlink()
        self.stage.step("2. They call each other and read the safety number")
        digits = json.loads(self.north.run("verify", "south", "--json"))["digits"]
        self.stage.note(" ".join(digits[at : at + 5] for at in range(0, 60, 5)))
        self.south.run("verify", "north", "--digits", digits)
        self.north.run("verify", "south", "--digits", digits)
        self.stage.note("the same on both sides: nobody sits in between")

    def _talk_through_the_relay(self) -> None:
        self.stage.step("3. They talk, through the relay")
        self.north.follow()
        self.south.follow()
        self._talk(BEFORE_THE_CUT, "through the relay")

    def _talk(self, words: tuple[tuple[Side, str], ...], mark: str) -> None:
        for side, text in words:
            speaker, listener = self._person(side)
            speaker.run("say", speaker.peer, text)
            listener.wait_for(text)
            self.stage.said(side, text, mark)

    def _cut(self) -> None:
        self.stage.step("4. The relay is killed in the middle; they go on with a stick in a drawer")
        self._remember_what_the_relay_saw()
        self.relay.kill()
        for side, text in DURING_THE_CUT:
            speaker, listener = self._person(side)
            speaker.run("say", speaker.peer, text)
            speaker.run("carry", "out", speaker.peer, str(self.stick))
            self.by_hand.update(path.stat().st_size for path in self.stick.iterdir())
            listener.run("carry", "in", str(self.stick))
            listener.wait_for(text)
            self.stage.said(side, text, "by hand          ")

    def _come_back(self) -> None:
        self.stage.step("5. The relay comes back; nothing has to be said twice")
        self.relay.start()
        self.north.run("sync", "south")
        self.south.run("sync", "north")
        self._talk(AFTER_THE_CUT, "through the relay")

    def _agree_on_the_agenda(self) -> None:
        self.stage.step("6. The table: an agenda of both, and what each wants, which stays at home")
        self.north.run("issue", "add", "south", "--file", str(self._written("agenda", AGENDA)))
        self.south.wait_for_act("table.issue.propose")
        self.south.run("issue", "agree", "north")
        self.north.wait_for_act("table.issue.agree")
        for person in (self.north, self.south):
            form = json.dumps(PREFERENCES["north" if person is self.north else "south"])
            person.run("prefs", "set", person.peer, "--file", "-", typed=form)
        self.stage.note(f"on the agenda: {', '.join(one['key'] for one in AGENDA['issues'])}")

    def _make_offers(self) -> None:
        self.stage.step("7. Offers; each is weighed at home before it leaves")
        for side, package in OFFERS:
            speaker, listener = self._person(side)
            speaker.run("offer", "make", speaker.peer, *_words(package))
            listener.wait_for_act("table.offer.make")
            self.stage.said(side, ", ".join(_words(package)), "offers           ")

    def _find_the_overlap(self) -> None:
        self.stage.step("8. A blind round: which of these would both sign? No third party, and nothing else is shown")
        listed = json.loads(self.north.run("overlap", "open", "south", "--from-offers", "--json"))["packages"]
        self.south.wait_for_act("overlap.open")
        for side, places in SIGNS.items():
            person, _ = self._person(side)
            marks = " ".join(str(1 + listed.index("; ".join(_words(OFFERS[place][1])))) for place in places)
            person.run("overlap", "mark", person.peer, typed=marks)
        for _ in range(TURNS):
            views = [
                json.loads(person.run("overlap", "go", person.peer, "--json")) for person in (self.north, self.south)
            ]
            if all(view["state"] == "completed" for view in views):
                break
        else:
            raise DemoFailed("the overlap round did not end")
        found = [[view["packages"][number - 1] for number in view["result"]] for view in views]
        if found[0] != found[1]:
            raise DemoFailed("the two sides see different results")
        self.overlap = {"packages": len(listed), "both": found[0]}
        for package in found[0]:
            self.stage.note(f"both would sign: {package}")

    def _accept_a_package(self) -> None:
        self.stage.step("9. One of them is offered, and accepted")
        package = self.overlap["both"][0].split("; ")
        offer = json.loads(self.north.run("offer", "make", "south", *package, "--kind", "binding", "--json"))["id"]
        self.south.wait_for_act("table.offer.make")
        self.south.run("offer", "accept", "north", offer)
        self.north.wait_for_act("table.offer.accept")
        agreed = [
            json.loads(person.run("table", "show", person.peer, "--offline", "--json"))["agreed"]
            for person in (self.north, self.south)
        ]
        if agreed[0] is None or agreed[0]["package"] != agreed[1]["package"]:
            raise DemoFailed("the two sides do not agree on what was agreed")
        self.agreed = agreed[0]["package"]
        self.stage.note(f"agreed: {', '.join(f'{key} {value}' for key, value in self.agreed.items())}")

    def _written(self, name: str, value: dict[str, Any]) -> Path:
        path = self.north.vault.parent / f"{name}.json"
        path.write_text(json.dumps(value), "utf-8")
        return path

    def _hear_everything(self) -> None:
        for _ in range(2):
            self.north.run("sync", "south")
            self.south.run("sync", "north")
        self._remember_what_the_relay_saw()

    def _keep_a_deal(self) -> None:
        self.stage.step("10. A deal: one for a thousand in two phases, signed by both, and every promise in its turn")
        home = self.stick.parent / "deal"
        home.mkdir()
        people = {person.name: person for person in (self.north, self.south)}
        two = TwoSides(self.north, self.south, home, lambda side, event: people[side.name].wait_for_event(event))
        two.agree_on_names()
        self.stage.note("a list of 1,000 names, the same for both and closed by both")
        deal = two.propose()
        digits = two.sign(deal)
        self.stage.note(f"signed by both: {digits}")
        found = two.carry_out()
        for promise, said, stands in found["steps"]:
            self.stage.note(f"{promise:14} {said:8} -> {stands}")
        if not found["same"] or set(found["promises"]) != {"confirmed"}:
            raise DemoFailed("the two sides do not agree on what was kept")
        checked = json.loads(self.north.run("deal", "verify", str(two.export(deal)), "--json"))
        if checked["deal"] != deal:
            raise DemoFailed("the deal file is another deal's")
        self.stage.note("its file verifies without a vault")
        self.deal = {
            "digits": digits,
            "promises": found["promises"],
            "disputed_and_settled": found["disputed_and_settled"],
            "score": found["score"],
        }

    def _remember_what_the_relay_saw(self) -> None:
        self.seen.update(self.relay.seen())

    def _summary(self, seconds: float) -> dict[str, Any]:
        logs = {person.name: person.everything() for person in (self.north, self.south)}
        said = {(name, event["id"]) for name, log in logs.items() for event in log if event["author"] == "me"}
        other = {"north": "south", "south": "north"}
        came = [(other[name], event["id"]) for name, log in logs.items() for event in log if event["author"] == "them"]
        orders = [[event["id"] for event in log] for log in logs.values()]
        envelopes = self.seen + self.by_hand
        return {
            "schema": 1,
            "sent": len(said),
            "received": len(set(came) & said),
            "lost": len(said - set(came)),
            "doubled": len(came) - len(set(came)),
            "same_order": orders[0] == orders[1],
            "confirmed": all(event["delivered"] for log in logs.values() for event in log),
            "envelopes": envelopes.total(),
            "bytes_on_wire": sum(size * count for size, count in envelopes.items()),
            "relay_saw": {str(size): self.seen[size] for size in BUCKETS},
            "by_hand": {str(size): self.by_hand[size] for size in BUCKETS},
            "overlap": self.overlap,
            "agreed": self.agreed,
            "deal": self.deal,
            "wall_seconds": round(seconds, 1),
        }


def _words(package: dict[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in package.items()]


def show(stage: Stage, summary: dict[str, Any]) -> None:
    """Show the summary to a person."""
    stage.step("What happened")
    for label in ("sent", "received", "lost", "doubled"):
        stage.note(f"{label:<10} {summary[label]}")
    stage.note(f"the logs of both sides are {'the same, in the same order' if summary['same_order'] else 'DIFFERENT'}")
    stage.note(f"{summary['envelopes']} envelopes, {summary['bytes_on_wire']:,} bytes")
    stage.step("What the relay saw: sizes and times, nothing else")
    for size, count in summary["relay_saw"].items():
        stage.note(f"{int(size):>6,} bytes: {count}")


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="x.py demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-ui", action="store_true", help="stay in the terminal for good")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object, and nothing else")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the vaults in DIR, to look around in")
    options = parser.parse_args()
    home = options.keep or Path(tempfile.mkdtemp(prefix="backchannel-demo-"))
    stage = Stage(quiet=options.json)
    try:
        if options.keep is not None:
            home.mkdir(parents=True, exist_ok=False)
        summary = Demo(home, stage).run()
    except DemoFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except FileExistsError:
        print(f"error: {home} is there already; name a folder that is not", file=sys.stderr)
        return 2
    finally:
        if options.keep is None:
            shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps(summary))
    else:
        show(stage, summary)
        if options.keep is not None:
            stage.note(f"the vaults are in {home}")
    whole = summary["lost"] == summary["doubled"] == 0 and summary["sent"] == summary["received"]
    return 0 if whole and summary["same_order"] else 1


if __name__ == "__main__":
    sys.exit(main())
