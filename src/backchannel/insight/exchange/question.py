"""A question for the planner as plain values, as a file of YAML or JSON has it; nothing in it is passed over.

    phases:                      # in their order; none is one phase, `all`
      - {name: first, worth: 1000}
    budget: 400000               # what giving may cost me at most
    my least: 0                  # the least that my gain may be
    their least: 0
    giving:                      # and, the same, getting
      least: 1000
      most: 1000
      rows: [{key: "17", category: wounded, cost: 40, value: 90}]
      quotas: [{category: wounded, least: 10, most: 200, phase: first}]
      musts: ["17", {key: "18", phase: first}]
      vetoes: [{key: "19", by: north}]
      phases: {first: {least: 100, most: 500}}

Reading the file is the command line's.
"""

from __future__ import annotations

from typing import Any, Final

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.problem import (
    FULL_WORTH,
    Candidate,
    Exchange,
    HandoverList,
    Must,
    PhaseLimit,
    Quota,
    Veto,
    check,
)

_TOP: Final = frozenset({"phases", "budget", "my least", "their least", "giving", "getting"})
_LIST: Final = frozenset({"rows", "least", "most", "quotas", "musts", "vetoes", "phases"})


def read_question(value: Any) -> Exchange:
    """Return the question, checked.

    Args:
        value: maps, lists, texts and whole numbers.

    Raises:
        PlanRefused: something is missing, unknown, of another type, or has no meaning; the place is named.
    """
    found = _map(value, _TOP, "the question")
    named = [_map(one, frozenset({"name", "worth"}), "a phase") for one in _list(found.get("phases", []), "phases")]
    names = tuple(_text(one, "name", "a phase") for one in named) or ("all",)
    worth = tuple(_whole(one, "worth", "a phase", otherwise=FULL_WORTH) or 0 for one in named)
    exchange = Exchange(
        giving=_handed(found.get("giving", {}), names, "giving"),
        getting=_handed(found.get("getting", {}), names, "getting"),
        phases=names,
        worth=worth,
        budget=_whole(found, "budget", "the question"),
        my_least=_whole(found, "my least", "the question"),
        their_least=_whole(found, "their least", "the question"),
    )
    check(exchange)
    return exchange


def _handed(value: Any, phases: tuple[str, ...], where: str) -> HandoverList:
    found = _map(value, _LIST, where)
    limits = _map(found.get("phases", {}), frozenset(phases), f"{where}: phases")
    least, most = _limits(found, where)
    return HandoverList(
        candidates=tuple(_row(one, f"{where}: rows") for one in _list(found.get("rows", []), f"{where}: rows")),
        least=least,
        most=most,
        quotas=tuple(
            _quota(one, phases, f"{where}: quotas") for one in _list(found.get("quotas", []), f"{where}: quotas")
        ),
        musts=tuple(_must(one, phases, f"{where}: musts") for one in _list(found.get("musts", []), f"{where}: musts")),
        vetoes=tuple(_veto(one, f"{where}: vetoes") for one in _list(found.get("vetoes", []), f"{where}: vetoes")),
        phases=tuple(_phase(limits.get(name, {}), f"{where}: phase {name}") for name in phases) if limits else (),
    )


def _row(value: Any, where: str) -> Candidate:
    found = _map(value, frozenset({"key", "category", "cost", "value"}), where)
    key = _text(found, "key", where)
    points = [_whole(found, name, f"{where}: {key}") for name in ("cost", "value")]
    if points[0] is None or points[1] is None:
        raise PlanRefused(f"{where}: {key} needs a cost and a value")
    return Candidate(key, _text(found, "category", where, otherwise=""), points[0], points[1])


def _quota(value: Any, phases: tuple[str, ...], where: str) -> Quota:
    found = _map(value, frozenset({"category", "least", "most", "phase"}), where)
    return Quota(_text(found, "category", where), *_limits(found, where), _phase_of(found, phases, where))


def _must(value: Any, phases: tuple[str, ...], where: str) -> Must:
    if isinstance(value, str):
        return Must(value)
    found = _map(value, frozenset({"key", "phase"}), where)
    return Must(_text(found, "key", where), _phase_of(found, phases, where))


def _veto(value: Any, where: str) -> Veto:
    found = _map(value, frozenset({"key", "by"}), where)
    return Veto(_text(found, "key", where), _text(found, "by", where))


def _phase(value: Any, where: str) -> PhaseLimit:
    return PhaseLimit(*_limits(_map(value, frozenset({"least", "most"}), where), where))


def _limits(found: dict[str, Any], where: str) -> tuple[int, int | None]:
    return _whole(found, "least", where, otherwise=0) or 0, _whole(found, "most", where)


def _phase_of(found: dict[str, Any], phases: tuple[str, ...], where: str) -> int | None:
    if found.get("phase") is None:
        return None
    name = _text(found, "phase", where)
    if name not in phases:
        raise PlanRefused(f"{where}: there is no phase {name}")
    return phases.index(name)


def _map(value: Any, known: frozenset[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PlanRefused(f"{where}: a map is wanted")
    for key in value:
        if key not in known:
            raise PlanRefused(f"{where}: {key} is not known here; there is {', '.join(sorted(known))}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise PlanRefused(f"{where}: a list is wanted")
    return value


def _text(found: dict[str, Any], name: str, where: str, *, otherwise: str | None = None) -> str:
    value = found.get(name, otherwise)
    if not isinstance(value, str):
        raise PlanRefused(f"{where}: {name} is a text")
    return value


def _whole(found: dict[str, Any], name: str, where: str, *, otherwise: int | None = None) -> int | None:
    value = found.get(name, otherwise)
    if value is not None and type(value) is not int:
        raise PlanRefused(f"{where}: {name} is a whole number")
    return value
