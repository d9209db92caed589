"""The vectors of lists of names, and of what goes on behind a go-between: one function for each file."""

from typing import Any

from vectors.second import carrying, lists, mandate
from vectors.second.matching import blob, match
from vectors.second.refusal import Refused


def name_lists(vectors: Any) -> int:
    """Names, and what events of lists come to (spec 12.7, 12.8)."""
    for case in vectors["names"]:
        name, born = case["name"], case["born"]
        made = {"folded": [lists.fold(name), lists.fold(born)], "key": lists.made_key(name, born)}
        match(name, case, "name born", made)
    for case in vectors["lines"]:
        order, after = lists.folded([blob(raw) for raw in case["events"]])
        match(case["what"], case, "what events", {"order": order, "after": after})
    match("", vectors, "names lines", {})
    return len(vectors["names"]) + len(vectors["lines"])


def carried(vectors: Any) -> int:
    """Talk, carrying, questions, mandates (spec 15.2 to 15.5)."""
    for case in vectors["talk"]:
        match(case["what"], case, "what kind body", {"says": carrying.says(case["kind"], blob(case["body"]))})
    for case in vectors["carried"]:
        match(f"carried {case['wish']}", case, "kind body wish", _made(case))
    for case in vectors["questions"]:
        lines = [(blob(one["line"]), one["role"], [blob(raw) for raw in one["events"]]) for one in case["lines"]]
        origins = {_place(place): _place(origin) for place, origin in case["origins"]}
        match("questions", case, "lines origins", {"found": carrying.questions(lines, origins)})
    for case in vectors["limits"]:
        match("limits", case, "limit value", {"allows": mandate.allows(case["limit"], case["value"])})
    for case in vectors["packages"]:
        match("packages", case, "package", {"hash": mandate.package_hash(case["package"])})
    for case in vectors["mandates"]:
        made = mandate.folded([blob(raw) for raw in case["events"]], case["now"], case["packages"])
        match(case["what"], case, "what events now packages", made)
    match("", vectors, "talk carried questions limits packages mandates", {})
    return sum(map(len, vectors.values()))


def _made(case: Any) -> dict[str, Any]:
    wish = dict(case["wish"])
    if wish["answers"] is not None:
        wish["answers"] = blob(wish["answers"])
    try:
        return {"makes": carrying.carry(case["kind"], blob(case["body"]), wish)}
    except Refused as error:
        return {"error": error.code}


def _place(place: Any) -> tuple[bytes, bytes]:
    line, one = place
    return blob(line), blob(one)
