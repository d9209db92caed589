"""The one error tree: a module for each branch; everybody imports from here, and nobody names the modules."""

from backchannel.errors.carrying import *  # noqa: F403
from backchannel.errors.deal import *  # noqa: F403 - what is added there is in the tree without a word here
from backchannel.errors.inputs import *  # noqa: F403
from backchannel.errors.insight import *  # noqa: F403
from backchannel.errors.invitations import *  # noqa: F403
from backchannel.errors.lines import *  # noqa: F403
from backchannel.errors.root import *  # noqa: F403
from backchannel.errors.table import *  # noqa: F403
from backchannel.errors.transports import *  # noqa: F403
from backchannel.errors.vaults import *  # noqa: F403
from backchannel.errors.verification import *  # noqa: F403
