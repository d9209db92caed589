"""A map of which a copy with a few things changed costs little: a fold makes one for each of many thousand events.

What was changed lately stands beside the rest; from time to time both become one. The order is that of a dict: what
comes first stays first, whatever becomes of it later.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Final, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_BESIDE: Final = 64


class Growing(Mapping[Key, Value]):
    """A map that never changes; `with_more` returns another one."""

    __slots__ = ("_beside", "_rest", "_whole")

    def __init__(self, rest: Mapping[Key, Value] | None = None, beside: dict[Key, Value] | None = None) -> None:
        self._rest = dict(rest or {}) if beside is None else rest or {}
        self._beside = beside or {}
        self._whole: Mapping[Key, Value] | None = None if self._beside else self._rest

    def with_more(self, more: Mapping[Key, Value]) -> Growing[Key, Value]:
        """Return this map with things added or changed."""
        beside = {**self._beside, **more}
        if len(beside) > MOST_BESIDE:
            return Growing({**self._rest, **beside}, {})
        return Growing(self._rest, beside)

    def __getitem__(self, key: Key) -> Value:
        return self._beside[key] if key in self._beside else self._rest[key]

    def __contains__(self, key: object) -> bool:
        return key in self._beside or key in self._rest

    def __iter__(self) -> Iterator[Key]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def keys(self) -> KeysView[Key]:
        """Return the keys, in their order."""
        return self._all().keys()

    def values(self) -> ValuesView[Value]:
        """Return the values, in the order of their keys."""
        return self._all().values()

    def items(self) -> ItemsView[Key, Value]:
        """Return the keys and values, in their order."""
        return self._all().items()

    def __repr__(self) -> str:
        return f"Growing({dict(self._all())!r})"

    def _all(self) -> Mapping[Key, Value]:
        if self._whole is None:
            self._whole = {**self._rest, **self._beside}
        return self._whole


def grown(found: Mapping[Key, Value], more: Mapping[Key, Value]) -> Growing[Key, Value]:
    """Return a map with things added or changed, whatever kind of map it was."""
    return (found if isinstance(found, Growing) else Growing(found)).with_more(more)
