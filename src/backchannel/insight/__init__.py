"""What only the owner sees: preferences, frontier, counterpart model, suggestions; none of it has a wire encoding.

Usable in a notebook without a vault. The names are loaded when they are first used, because numpy is not small.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from backchannel.insight.counterpart import CounterpartModel as CounterpartModel
    from backchannel.insight.merging import additive_frontier as additive_frontier

_HOMES: Final = {
    "CounterpartModel": "backchannel.insight.counterpart",
    "additive_frontier": "backchannel.insight.merging",
}


def __getattr__(name: str) -> Any:
    """Load a name of the library when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
