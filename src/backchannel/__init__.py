"""Backchannel: a private line between two people on opposite sides of a conflict."""

__version__ = "0.1.0"
