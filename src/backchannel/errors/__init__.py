"""The one error tree, in a file for each part of it; everybody imports from here.

`tree` holds its root and the errors of the line, the vault and the ways to travel.
"""

from backchannel.errors.carrying import *  # noqa: F403
from backchannel.errors.deal import *  # noqa: F403 - what is added there is in the tree without a word here
from backchannel.errors.insight import *  # noqa: F403
from backchannel.errors.table import *  # noqa: F403
from backchannel.errors.tree import *  # noqa: F403
