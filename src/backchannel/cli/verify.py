"""`verify`."""

from __future__ import annotations

from typing import Final

import click

from backchannel.app.line import Phase
from backchannel.app.verify import digits_of
from backchannel.app.verify import verify as record
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, left_to_right, local, moment, right_to_left
from backchannel.line.safety_number import grouped

PER_ROW: Final = 4
_ARABIC_INDIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

SCRIPTS: Final = {
    "en": (
        "Call the other side, by a way on which you know their voice.",
        "Say: « I will read twelve groups of five digits. Stop me at the first one that differs. »",
        "Read the first six groups; let them read the other six.",
        "All the same? Then each of you runs: {command}",
        "One differs? Then somebody sits in between: hang up, and do not use this line.",
    ),
    "he": (
        "התקשרו לצד השני בדרך שבה אתם מכירים את קולו.",
        "אמרו: « אקריא שתים־עשרה קבוצות של חמש ספרות. עצרו אותי בקבוצה הראשונה ששונה. »",
        "הקריאו את שש הקבוצות הראשונות; הצד השני יקריא את שש האחרות.",
        "הכול זהה? כל אחד מכם מריץ: {command}",
        "משהו שונה? מישהו נמצא באמצע: נתקו, ואל תשתמשו בקו הזה.",
    ),
    "ar": (
        "اتصلوا بالطرف الآخر بطريقة تعرفون بها صوته.",
        "قولوا: « سأقرأ اثنتي عشرة مجموعة من خمسة أرقام. أوقفوني عند أول مجموعة تختلف. »",
        "اقرأوا المجموعات الست الأولى، وليقرأ الطرف الآخر الست الباقية.",
        "كلها متطابقة؟ يشغّل كل منكما: {command}",
        "اختلفت واحدة؟ إذن هناك من يقف بينكما: أغلقوا الخط ولا تستعملوه.",
    ),
}  # fmt: skip


@click.command()
@click.argument("name")
@click.option("--digits", metavar="DIGITS", help="What the other side read to you; checks it and records the day.")
@click.option(
    "--script", type=click.Choice(list(SCRIPTS)), default="en", show_default=True, help="Language of the call script."
)
@click.option("--arabic-indic", is_flag=True, help="Show the digits as ٠١٢٣٤٥٦٧٨٩, a group a line.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def verify(
    session: Session,
    name: str,
    digits: str | None,
    script: str,
    arabic_indic: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the safety number, or check and record it.

    It is the same on both sides if, and only if, nobody sits in between. Compare it by voice.
    """
    if session.line(name).phase is not Phase.OPEN:
        exchange_now(session, name)
    line, number = digits_of(session.desk(), name)
    if digits is not None:
        line = record(session.desk(), name, digits)
    if as_json:
        data({"line": name, "digits": number, "verified": moment(line.verified)})
        return
    if digits is not None:
        talk("They are the same: nobody sits in between. The line is verified.")
        return
    groups = grouped(number)
    if arabic_indic:
        # One under the other: side by side, one screen would begin at the left and another at the right.
        for place, group in enumerate(groups, start=1):
            click.echo(f"{place:>2}.  {left_to_right(group.translate(_ARABIC_INDIC))}")
    else:
        for at in range(0, len(groups), PER_ROW):
            click.echo("  ".join(groups[at : at + PER_ROW]))
    talk("")
    command = f'backchannel verify {name} --digits "..."'
    for sentence in SCRIPTS[script]:
        talk(sentence.format(command=command) if script == "en" else _from_the_right(sentence, command))
    talk("")
    talk(f"Verified on {local(line.verified)}." if line.verified is not None else "Not verified yet.")


def _from_the_right(sentence: str, command: str) -> str:
    return right_to_left(sentence.format(command=left_to_right(command)))
