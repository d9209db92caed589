"""The life of a row of a list: from proposed to confirmed, in one table.

    proposed -> agreed -> identity checked -> proof of life -> medical check -> in custody of the carrier -> handed over
                                                                                -> confirmed -> family told
    proposed <-> vetoed,  proposed | vetoed | agreed -> substituted

Proof of life and the medical check may be left out; a transport that turns back brings a row back to its medical check.
What is above `FREEZING` is talk about who goes, and ends when the list is frozen; what is below it begins then.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Stage(Enum):
    """Where a row stands; the value is what people read, and what a file says."""

    PROPOSED = "proposed"
    VETOED = "vetoed"
    SUBSTITUTED = "substituted"
    AGREED = "agreed"
    IDENTITY_CHECKED = "identity checked"
    PROOF_OF_LIFE = "proof of life"
    MEDICAL_CHECK = "medical check"
    IN_CUSTODY = "in custody of the carrier"
    HANDED_OVER = "handed over"
    CONFIRMED = "confirmed"
    FAMILY_TOLD = "family told"


NEXT: Final[dict[Stage, frozenset[Stage]]] = {
    Stage.PROPOSED: frozenset({Stage.AGREED, Stage.VETOED, Stage.SUBSTITUTED}),
    Stage.VETOED: frozenset({Stage.PROPOSED, Stage.SUBSTITUTED}),
    Stage.SUBSTITUTED: frozenset(),
    Stage.AGREED: frozenset({Stage.PROPOSED, Stage.SUBSTITUTED, Stage.IDENTITY_CHECKED}),
    Stage.IDENTITY_CHECKED: frozenset({Stage.PROOF_OF_LIFE, Stage.MEDICAL_CHECK, Stage.IN_CUSTODY}),
    Stage.PROOF_OF_LIFE: frozenset({Stage.MEDICAL_CHECK, Stage.IN_CUSTODY}),
    Stage.MEDICAL_CHECK: frozenset({Stage.IN_CUSTODY}),
    Stage.IN_CUSTODY: frozenset({Stage.HANDED_OVER, Stage.MEDICAL_CHECK}),
    Stage.HANDED_OVER: frozenset({Stage.CONFIRMED}),
    Stage.CONFIRMED: frozenset({Stage.FAMILY_TOLD}),
    Stage.FAMILY_TOLD: frozenset(),
}
"""What may follow; nothing else may."""

FREEZING: Final = frozenset({Stage.PROPOSED, Stage.VETOED, Stage.SUBSTITUTED, Stage.AGREED})
"""Where a row can stand while the list is not frozen."""

GOING: Final = frozenset(Stage) - {Stage.PROPOSED, Stage.VETOED, Stage.SUBSTITUTED}
"""Where a row counts as one that goes."""
