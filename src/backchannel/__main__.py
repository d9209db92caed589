"""`python -m backchannel`."""

from backchannel.main import run

run()
