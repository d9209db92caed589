"""Mandates and what was signed off (spec 15.5)."""

from typing import Any

from vectors.second import cbor, event, sealing
from vectors.second.event import Event
from vectors.second.refusal import Refused, malformed

KINDS = ("mandate", "mandate.withdraw", "signoff")
LARGEST = 2**53 - 1


def need(good: Any, why: str) -> None:
    """Refuses with `malformed` unless something is so.

    Args:
        good: what must be.
        why: what was wrong.
    """
    if not good:
        raise malformed(why)


def _says(value: Any, most: int) -> bool:
    return type(value) is str and len(value) <= most and bool(value.strip())


def read(kind: str, raw: bytes) -> dict[str, Any]:
    """The body of an event of these kinds (spec 15.5.1).

    Args:
        kind: of the event.
        raw: its body.

    Returns:
        The map.

    Raises:
        Refused: `malformed`.
    """
    body = cbor.decode(raw)
    need(type(body) is dict and type(body.get("v")) is int and body["v"] == 1, "version")
    if kind == "mandate.withdraw":
        cbor.octets(body.get("mandate"), 32)
        return dict(body)
    words = body.get("words", "")
    need(type(words) is str and len(words) <= 4_000, "words")
    if kind == "signoff":
        cbor.octets(body.get("of"), 32)
        return dict(body)
    limits, until = body.get("limits"), body.get("until")
    need(type(limits) is dict and 1 <= len(limits) <= 256 and type(body.get("binding")) is bool, "a mandate")
    for key, limit in limits.items():
        need(_says(key, 40), "a key")
        _limit(limit)
    if until is not None:
        need(type(until) is list and len(until) == 2 and type(until[1]) is int and abs(until[1]) < 1_440, "until")
        cbor.natural(until[0], 2**53)
    return dict(body)


def _limit(limit: Any) -> None:
    need(type(limit) is dict, "a limit")
    numbers = [limit[name] for name in ("least", "most") if name in limit]
    need(all(type(one) is int and abs(one) <= LARGEST for one in numbers), "a number")
    need(numbers == sorted(numbers), "upside down")
    if "options" in limit:
        options = limit["options"]
        need(type(options) is list and 1 <= len(options) <= 1_000, "options")
        need(all(_says(one, 200) for one in options) and len(set(options)) == len(options), "options")


def allows(limit: dict[str, Any], value: Any) -> bool:
    """Whether a value is within a limit (spec 15.5.2).

    Args:
        limit: `least`, `most`, `options`; each may be absent.
        value: a number, a text, or a list of names.

    Returns:
        Whether it is.
    """
    options = limit.get("options")
    if type(value) is str:
        return "least" not in limit and "most" not in limit and (options is None or value in options)
    size = value if type(value) is int else len(value)
    if not limit.get("least", size) <= size <= limit.get("most", size):
        return False
    return options is None or (type(value) is list and all(name in options for name in value))


def package_hash(package: list[list[Any]]) -> bytes:
    """What stands for a package on every line (spec 15.5.3).

    Args:
        package: keys and values.

    Returns:
        32 bytes.
    """
    return sealing.digest("package", sorted(package, key=lambda one: one[0]))


def folded(raws: list[bytes], now: int, packages: list[list[list[Any]]]) -> dict[str, Any]:
    """What events of a line say of mandates.

    Args:
        raws: the events, in any order.
        now: milliseconds since 1970.
        packages: to be bound.

    Returns:
        What the files say.
    """
    given: list[list[tuple[Event, dict[str, Any]]]] = [[], []]
    withdrawn, signed = set(), []
    events = sorted(map(event.read, raws), key=lambda found: found.place)
    for one in events:
        try:
            body = read(one.kind, one.body) if one.kind in KINDS else {}
        except Refused:
            continue
        if one.kind == "mandate":
            given[one.author].append((one, body))
        elif one.kind == "signoff":
            signed.append([one.id[:8], body["of"]])
        elif one.kind == "mandate.withdraw" and body["mandate"] in (found.id for found, _ in given[one.author]):
            withdrawn.add(body["mandate"])
    holding = [_holding(some, withdrawn, now) for some in given]
    return {
        "order": [one.id[:8] for one in events],
        "given": [[one.id[:8] for one, _ in some] for some in given],
        "in_force": [None if one is None else one[0].id[:8] for one in holding],
        "within": [
            [one is not None and within(one[1], package) for package in packages] for one in holding
        ],
        "signed_off": signed,
    }  # fmt: skip


def _holding(some: list[tuple[Event, dict[str, Any]]], withdrawn: set[bytes], now: int) -> Any:
    if not some or some[-1][0].id in withdrawn:
        return None
    until = some[-1][1]["until"]
    return some[-1] if until is None or until[0] > now else None


def within(mandate: dict[str, Any], package: list[list[Any]]) -> bool:
    """Whether a binding package is within a mandate that is in force (spec 15.5.2).

    Args:
        mandate: its body.
        package: keys and values.

    Returns:
        Whether it is.
    """
    limits = mandate["limits"]
    return mandate["binding"] and all(key in limits and allows(limits[key], value) for key, value in package)
