"""Crashes on purpose: they live with the simulated world, and the tests use them from here."""

from world.crash import Crash, CrashingTransport, CrashingVault, Fuse

__all__ = ["Crash", "CrashingTransport", "CrashingVault", "Fuse"]
